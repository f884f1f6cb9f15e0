"""The figure of a study: one panel for each experiment with axes; the same bytes for the same rows."""

import io
import math
from collections.abc import Sequence
from typing import Any

from simsuff.reporting.panel import draw_panel
from simsuff.reporting.row import Row
from simsuff.reporting.series import Series, series_of
from simsuff.studies.collect import StudyResult
from simsuff.studies.plan import ExperimentPlan

STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "svg.hashsalt": "simsuff",
    "svg.fonttype": "path",
}
PANEL_INCHES = (3.9, 2.7)
DOTS_PER_INCH = 200

Panel = tuple[ExperimentPlan, list[Series]]


def figure_files(result: StudyResult, rows: Sequence[Row]) -> tuple[dict[str, bytes], list[str]]:
    """The figure as ``png`` and ``svg`` bytes, and which panels that were asked for stay empty, and why.

    Raises
    ------
    ImportError : where Matplotlib is not installed.
    """
    import matplotlib

    panels: list[Panel] = []
    empty: list[str] = []
    for experiment in result.plan.experiments:
        mine = [row for row in rows if row.experiment == experiment.name]
        axes = experiment.axes
        series = series_of(mine, axes) if axes else []
        if series:
            panels.append((experiment, series))
        elif axes and mine:
            empty.append(f"{experiment.name}: no row has {axes.x}" + f" and {axes.show}" * bool(axes.show))
        if series and axes and axes.by and all(one.by in (None, "null") for one in series):
            empty.append(f"{experiment.name} by {axes.by}: no row has it")
    if not panels:
        return {}, empty
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **STYLE, "backend": "agg"}
    with matplotlib.rc_context(settings):
        figure = _figure(panels)
        svg = _save(figure, "svg", {"Date": None, "Creator": None})
        return {"png": _save(figure, "png", {"Software": None}), "svg": svg}, empty


def _figure(panels: Sequence[Panel]) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = 1 if len(panels) == 1 else 2
    lines = math.ceil(len(panels) / columns)
    width, height = PANEL_INCHES
    figure = Figure(figsize=(columns * width, lines * height + 0.3), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for canvas, (experiment, series) in zip(grid, panels, strict=False):
        assert experiment.axes is not None
        title = experiment.axes.title or experiment.description or experiment.name
        draw_panel(canvas, experiment.axes, series, title)
    for canvas in grid[len(panels) :]:
        canvas.set_axis_off()
    _key(figure, panels)
    return figure


def _key(figure: Any, panels: Sequence[Panel]) -> None:
    """What points and lines mean, below the panels."""
    from matplotlib.lines import Line2D

    relations = {one.relation for _, series in panels for one in series}
    point: dict[str, Any] = {"color": "0.2", "marker": "o", "linestyle": "none", "markersize": 4}
    handles = [Line2D([], [], label="empirical (bars: 95 % interval)", **point)]
    names: Any = (
        ("-", "theory", {"=="}),
        ("--", "theory, a bound", {"<=", ">="}),
        ("-.", "theory, a limit", {"->"}),
    )
    for style, label, kinds in names:
        if relations & kinds:
            handles.append(Line2D([], [], color="0.2", linestyle=style, label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)


def _save(figure: Any, kind: str, metadata: dict[str, None]) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return content.getvalue()
