"""The legend of a panel: inside the axes where it covers nothing, else above the data, where room is made for it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.reporting.panel import Drawn

# Corners first, then the middles of the sides.
PLACES = (
    "upper right",
    "upper left",
    "lower left",
    "lower right",
    "center right",
    "center left",
    "upper center",
    "lower center",
)
FORM: dict[str, Any] = {
    "frameon": True,
    "facecolor": "white",
    "edgecolor": "none",
    "framealpha": 0.85,
    "borderaxespad": 0.2,
    "borderpad": 0.2,
    "labelspacing": 0.3,
    "handlelength": 2.1,
    "handletextpad": 0.5,
    "columnspacing": 1.0,
}
# So many entries can be read.
MOST_ENTRIES = 12
# Of the height of the axes, for a legend that nothing else leaves a place for.
MOST_ROOM = 0.65


def place_legend(canvas: Any, drawn: Drawn) -> None:
    """Put the legend on axes whose layout is settled."""
    from matplotlib.lines import Line2D

    handles = drawn.handles[:MOST_ENTRIES]
    if not handles:
        return
    if more := len(drawn.handles) - len(handles):
        handles.append(Line2D([], [], linestyle="none", label=f"and {more} more"))
    form = {**FORM, "title": drawn.heading or None, "alignment": "left"}
    renderer = canvas.figure.canvas.get_renderer()
    frame = canvas.get_window_extent(renderer)
    points = _obstacles(canvas)
    sizes: dict[int, tuple[float, float]] = {}
    for columns in range(1, min(len(handles), 4) + 1):
        for place in PLACES:
            legend = canvas.legend(handles=handles, loc=place, ncols=columns, **form)
            box = legend.get_window_extent(renderer)
            sizes[columns] = box.width, box.height
            if box.width > frame.width or box.height > frame.height:
                break
            inside = (points > (box.x0, box.y0)).all(axis=1) & (points < (box.x1, box.y1)).all(axis=1)
            if not inside.any():
                return
    fitting = {n: size for n, size in sizes.items() if size[0] <= frame.width} or {1: sizes[1]}
    columns = min(fitting, key=lambda n: fitting[n][1])
    share = min(fitting[columns][1] / frame.height + 0.03, MOST_ROOM)
    transform = canvas.yaxis.get_transform()
    bottom, top = canvas.get_ylim()
    low, high = transform.transform([bottom, top])
    ticks = [[y for y in canvas.get_yticks(minor=minor) if bottom <= y <= top] for minor in (False, True)]
    canvas.set_ylim(bottom, float(transform.inverted().transform([low + (high - low) / (1 - share)])[0]))
    for minor in (False, True):
        canvas.set_yticks(ticks[minor], minor=minor)
    canvas.legend(handles=handles, loc="upper left", ncols=columns, **form)


def _obstacles(canvas: Any) -> NDArray[np.float64]:
    """Points of the display, close together, on all that is drawn, with a margin around them."""
    found = []
    for line in canvas.lines:
        path = line.get_transform().transform(line.get_xydata())
        found.append(path)
        if line.get_linestyle() != "None":
            found.append(_along(path))
    for collection in canvas.collections:
        for path in collection.get_paths():
            found.append(_along(collection.get_transform().transform(path.vertices)))
    points = np.concatenate(found) if found else np.empty((0, 2))
    points = points[np.isfinite(points).all(axis=1)]
    margin = 0.04 * canvas.figure.dpi
    return np.concatenate([points + np.array([dx, dy]) * margin for dx in (-1, 0, 1) for dy in (-1, 0, 1)])


def _along(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forty points on each piece of a path."""
    steps = np.linspace(0, 1, 40)[:, None, None]
    return np.asarray((path[:-1] * (1 - steps) + path[1:] * steps).reshape(-1, 2))
