"""The legend of a panel: inside the axes where it covers nothing, else above the data, where room is made for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.reporting.series import JOINED, Groups, Ink, Series, is_number
from simsuff.reporting.typeset import lettered, named
from simsuff.studies.experiment import Axes

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


@dataclass
class Drawn:
    """What a panel shows: entries of its legend, and the kinds of things that the figure's key must explain."""

    handles: list[Any] = field(default_factory=list)
    heading: str = ""
    kinds: set[str] = field(default_factory=set)
    hidden: int = 0

    def entry(self, label: str, letters: int, shape: Mapping[str, Any]) -> None:
        """One more entry, in lines of so many letters."""
        from matplotlib.lines import Line2D

        self.handles.append(Line2D([], [], label=lettered(label, letters), **{"linestyle": "none", **shape}))


def list_entries(
    drawn: Drawn, axes: Axes, series: Sequence[Series], ink: Ink, groups: tuple[Groups, Groups], letters: int
) -> None:
    """What colours and markers stand for, where there is something to tell apart; `groups` are points and lines."""
    is_several = len(ink.colours) > 1
    if is_several and ink.together:
        _together(drawn, axes, series, ink, groups, letters)
    elif is_several:
        for one in {ink.key(one): one for one in series}.values():
            shape = {"color": ink.colours[ink.key(one)], "linestyle": "-", "linewidth": 2.5}
            drawn.entry(_by_text(axes.by, one.by), letters, shape)
    if is_several and axes.by and not ink.by_rest and not all(is_number(one.by) for one in series):
        drawn.heading = lettered(named(axes.by))
    if not ink.together:
        for rest, marker in ink.markers.items():
            drawn.entry(rest, letters, {**ink.point(series[:1]), "color": "0.3", "marker": marker})
    if drawn.hidden:
        drawn.entry(f"{drawn.hidden} value{'s' * (drawn.hidden > 1)} outside this scale", letters, {})


def _together(
    drawn: Drawn, axes: Axes, series: Sequence[Series], ink: Ink, groups: tuple[Groups, Groups], letters: int
) -> None:
    """An entry shows what a series has of its own; series that have all in common share one."""
    points, lines = groups
    black = {id(one): members for members in points if len(members) > 1 for one in members}
    grey = {id(one): members for members in lines if ink.is_mixed(members) for one in members}
    entries: dict[tuple[int, int], list[Series]] = {}
    for one in series:
        shares_all = id(one) in black and (id(one) in grey or not one.has_theory)
        key = (id(black[id(one)]), id(grey.get(id(one)))) if shares_all else (id(one), 0)
        entries.setdefault(key, []).append(one)
    for members in entries.values():
        one, shape = members[0], dict[str, Any]()
        if one.has_theory and (id(one) not in grey or len(members) > 1):
            shape |= ink.line(members)
        elif not one.has_theory and "joined" in drawn.kinds:
            shape |= JOINED
        if id(one) not in black or len(members) > 1:
            shape |= ink.point(members)
        label = ", ".join(one.rest if ink.by_rest else _by_text(axes.by, one.by) for one in members)
        drawn.entry(label, letters, shape)


def _by_text(name: str | None, value: Any) -> str:
    return f"{name} = {value:g}" if is_number(value) else named(str(value))


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
