"""The figure of a study at the width of a journal's column: a panel for each experiment with axes."""

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

from simsuff.numerics.validation import require
from simsuff.reporting.legend import FORM, Drawn, place_legend
from simsuff.reporting.panel import draw_panel
from simsuff.reporting.row import Row, visible
from simsuff.reporting.series import (
    BAR_LEVEL,
    BLACK,
    GREY,
    JOINED,
    LINE_WIDTH,
    LINES,
    POINT,
    Series,
    series_of,
)
from simsuff.studies.collect import StudyResult
from simsuff.studies.plan import ExperimentPlan

STYLE: dict[str, Any] = {
    "font.size": 7.5,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "ytick.minor.size": 1.5,
    "axes.titlepad": 4,
    "axes.labelpad": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.92",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "simsuff",
    "svg.fonttype": "path",
}
# One and two columns of a journal's page, in inches.
WIDTHS = {"single": 3.3, "double": 6.8}
FORMATS = ("png", "svg", "pdf")
PANEL_HEIGHT = 2.15
RELATIONS = {
    "==": "theory",
    "<=": "upper bound",
    ">=": "lower bound",
    "->": "limit in theory",
    "vs": "measured beside it",
}
DOTS_PER_INCH = 300
# Nothing that changes from day to day or from machine to machine.
UNDATED: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

Panel = tuple[ExperimentPlan, list[Series]]


def figure_files(
    result: StudyResult,
    rows: Sequence[Row],
    width: str = "double",
    formats: Sequence[str] = FORMATS,
    experiments: Sequence[str] = (),
) -> tuple[dict[str, bytes], list[str]]:
    """The figure in the formats asked for, and which panels that were asked for stay empty, and why.

    Parameters
    ----------
    width : ``single``, 3.3 inches with one panel above the other, or ``double``, 6.8 inches.
    formats : of ``png``, ``svg``, ``pdf``.
    experiments : those to draw; all that have axes where none is named.

    Raises
    ------
    ValueError : for another width or format.
    ImportError : where Matplotlib is not installed.

    Examples
    --------
    >>> from simsuff.reporting.row import rows_of
    >>> from simsuff.studies import Axes
    >>> from simsuff.studies.collect import PooledRow
    >>> from simsuff.studies.plan import StudyPlan
    >>> from simsuff.verdicts import Comparison
    >>> axes = Axes(x="K", ylabel="score excess 𝓔_∞ (nats)")
    >>> plan = StudyPlan("mine", "", "", "", "", [ExperimentPlan("f", "An example", "B4", [{}], 1, axes)])
    >>> rows = [PooledRow("f", Comparison(1 / K, "<=", 2.0, "B4", {"K": K}), 1, 1) for K in (2, 4)]
    >>> result = StudyResult(plan, rows, [])
    >>> files, empty = figure_files(result, rows_of([result])[0], "single", ["pdf"])
    >>> files["pdf"][:5], empty
    (b'%PDF-', [])
    """
    import matplotlib

    require(width in WIDTHS, "width", width, f"be one of {list(WIDTHS)}", "pick one")
    for kind in formats:
        require(kind in FORMATS, "format", kind, f"be one of {list(FORMATS)}", "pick one")
    panels: list[Panel] = []
    empty: list[str] = []
    for experiment in result.plan.experiments:
        mine = [row for row in rows if row.experiment == experiment.name]
        axes = experiment.axes if experiment.name in experiments or not experiments else None
        series = series_of(mine, axes, experiment.cells) if axes else []
        if series:
            panels.append((experiment, series))
        elif axes and mine:
            empty.append(f"{experiment.name}: no row has {axes.x}" + f" and {axes.show}" * bool(axes.show))
        if series and axes and axes.by and all(one.by in (None, "null") for one in series):
            empty.append(f"{experiment.name} by {axes.by}: no row has it")
    if not panels:
        return {}, empty
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **STYLE, "backend": "agg"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # A letter that the font lacks is a box; that is no reason to draw nothing.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure, files = _figure(panels, width), {}
        for kind in formats:
            content, about = io.BytesIO(), {**UNDATED[kind], "Title": visible(result.plan.title)}
            figure.savefig(content, format=kind, dpi=DOTS_PER_INCH, metadata=about)
            files[kind] = content.getvalue()
        return files, empty


def panel_rows(count: int, width: str) -> list[int]:
    """How many panels stand in each row: two, and three in the last of an odd number; no place stays empty."""
    if width == "single" or count == 1:
        return [1] * count
    return [2] * (count // 2) if count % 2 == 0 else [2] * ((count - 3) // 2) + [3]


def _figure(panels: Sequence[Panel], width: str) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, inches = panel_rows(len(panels), width), WIDTHS[width]
    figure: Any = Figure(
        figsize=(inches, len(rows) * PANEL_HEIGHT + 0.35), dpi=DOTS_PER_INCH, layout="constrained"
    )
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(rows), 6)
    places = [(row, column, 6 // count) for row, count in enumerate(rows) for column in range(count)]
    drawn: list[tuple[Any, Drawn]] = []
    for (row, column, span), (experiment, series) in zip(places, panels, strict=True):
        assert experiment.axes is not None
        canvas = figure.add_subplot(grid[row, column * span : (column + 1) * span])
        title = experiment.axes.title or experiment.description or experiment.name
        size = (inches * span / 6, PANEL_HEIGHT)
        drawn.append((canvas, draw_panel(canvas, experiment.axes, series, title, size)))
    canvases = [canvas for canvas, _ in drawn]
    for count in rows:
        _titles(canvases[:count], len(panels) - len(canvases) if len(panels) > 1 else None)
        canvases = canvases[count:]
    _key(figure, set().union(*(panel.kinds for _, panel in drawn)), inches)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    figure.set_layout_engine(None)  # a placeholder would have each format drawn twice
    renderer = figure.canvas.get_renderer()
    for canvas, panel in drawn:
        # The title begins where the panel does, left of its numbers.
        frame, numbers = canvas.get_window_extent(renderer), canvas.yaxis.get_tightbbox(renderer)
        if numbers is not None:
            place = (numbers.x0 - frame.x0) / frame.width
            canvas.set_title(canvas.get_title(loc="left"), loc="left", x=place)
        place_legend(canvas, panel)
    return figure


def _titles(canvases: Sequence[Any], first: int | None) -> None:
    """Letters before the titles of a row (none where `first` is None), whose first lines stand at one height."""
    texts = [canvas.get_title(loc="left") for canvas in canvases]
    most = max(text.count("\n") for text in texts)
    for place, (canvas, text) in enumerate(zip(canvases, texts, strict=True)):
        letter = "" if first is None else rf"$\mathbf{{({_letter(first + place)})}}$ "
        canvas.set_title(letter + text + "\n" * (most - text.count("\n")), loc="left", x=-0.2)


def _letter(place: int) -> str:
    """a, b, …, z, aa, ab, …"""
    return (_letter(place // 26 - 1) if place >= 26 else "") + "abcdefghijklmnopqrstuvwxyz"[place % 26]


def _key(figure: Any, kinds: set[str], inches: float) -> None:
    """What points and lines mean, below the panels: of all there is to say, what was drawn."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    point: dict[str, Any] = {"color": BLACK, "marker": "o", "markersize": POINT, "markeredgewidth": 0.0}
    share = f"{100 * (1 - BAR_LEVEL):g} %"
    handles: list[Any] = []

    def line(label: str, **style: Any) -> None:
        handles.append(Line2D([], [], label=label, **{"color": BLACK, "linestyle": "none", **style}))

    joined = JOINED if "joined" in kinds else {}
    line(f"measured, bar: {share} interval" if "bars" in kinds else "measured", **{**point, **joined})
    if "clipped" in kinds:
        line("bar goes on beyond the axis", **{**point, "marker": "^"})
    for relation, name in RELATIONS.items():
        if relation in kinds:
            line(name, linestyle=LINES[relation], linewidth=LINE_WIDTH)
    if "band" in kinds:
        handles.append(Patch(color=BLACK, alpha=0.15, linewidth=0, label=f"{share} interval of a line"))
    colours = [name for name in ("grey", "black") if name in kinds]
    if colours:
        style = {"color": GREY, "linewidth": LINE_WIDTH, "linestyle": "-"} if "grey" in kinds else point
        line(f"{', '.join(colours)}: the same for several", **style)
    renderer = figure.canvas.get_renderer()
    for rows in range(1, len(handles) + 1):
        columns = math.ceil(len(handles) / rows)
        legend = figure.legend(handles=handles, loc="outside lower center", ncols=columns, **FORM)
        if legend.get_window_extent(renderer).width <= inches * figure.dpi or columns == 1:
            return
        legend.remove()
