"""One panel of a figure: theory as lines, empirics as points with error bars (joined where there is no theory)."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.reporting.latex import rewrite
from simsuff.reporting.row import visible
from simsuff.reporting.series import Series, is_number
from simsuff.studies.experiment import Axes

LINES = {"<=": "--", ">=": "--", "==": "-", "->": "-."}
# Beside such a point stands another series' point, and no theory to draw a line of.
MEASURED = "vs"
# Labels closer than this share of the axis run into each other; five digits fit.
CLOSEST = 0.11
# So many names below an axis, and so many entries of a legend, can be read.
MOST_LABELS = 24
# What fits beside and above a panel of the figure's size.
TITLE_LETTERS = 46
LABEL_LETTERS = 34
# Okabe and Ito's colours, told apart by colour-blind readers, without the yellow that paper swallows.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# The pale end of the map cannot be read on paper.
DARK_END = 0.85
LEGEND_LETTERS = 26


@dataclass(frozen=True)
class Styles:
    """The colours and markers of a panel, by what they stand for."""

    colours: Mapping[Any, Any]
    markers: Mapping[str, str]
    colour_by_rest: bool

    def colour(self, one: Series) -> Any:
        """The colour of a series."""
        return self.colours[one.rest if self.colour_by_rest else one.by]

    def marker(self, one: Series) -> str:
        """The marker of a series."""
        return self.markers[one.rest]


def draw_panel(canvas: Any, axes: Axes, series: Sequence[Series], title: str) -> None:
    """Draw the series on a Matplotlib Axes."""
    canvas.set_title(printable(textwrap.fill(title, TITLE_LETTERS)), loc="left")
    canvas.set_xlabel(printable(axes.xlabel or axes.x))
    canvas.set_ylabel(printable(textwrap.fill(axes.ylabel, LABEL_LETTERS)))
    places = _places(series)
    numeric = all(is_number(x) for x in places)
    canvas.set_xscale(axes.xscale if numeric else "linear")
    canvas.set_yscale(axes.yscale)
    styles = styles_of(series)
    hidden = sum(_draw(canvas, axes, one, places, styles) for one in series)
    if numeric:
        _ticks(canvas, axes, places)
    else:
        step = math.ceil(len(places) / MOST_LABELS)
        canvas.set_xticks(range(0, len(places), step), list(places)[::step])
    draw_legend(canvas, axes, series, styles)
    if hidden:
        _note(canvas, f"{hidden} value{'s' * (hidden > 1)}\noutside this scale")


def printable(text: str) -> str:
    """Text whose composed letters Matplotlib sets as mathematics; text with dollars is the author's own."""
    text = visible(text, kept="\n")
    return text if "$" in text else rewrite(text, str, lambda tex: f"${tex}$")


def _places(series: Sequence[Series]) -> dict[Any, float]:
    """Numbers stand at their value, other settings one after the other."""
    values = list(dict.fromkeys(x for one in series for x in one.x))
    if all(is_number(x) for x in values):
        return {x: float(x) for x in values}
    return {x: float(place) for place, x in enumerate(values)}


def _draw(canvas: Any, axes: Axes, one: Series, places: Mapping[Any, float], styles: Styles) -> int:
    """Draw one series and return how many values this scale cannot show."""
    xscale = axes.xscale if all(is_number(x) for x in places) else "linear"
    shown = [i for i, x in enumerate(one.x) if _fits(places[x], xscale)]
    points = [i for i in shown if _fits(one.empirical[i], axes.yscale)]
    if one.relation == MEASURED:
        _empirics(canvas, one, [places[one.x[i]] for i in points], points, styles)
        return len(one.x) - len(points)
    line = [i for i in shown if _fits(one.theory[i], axes.yscale)]
    _theory(canvas, axes, one, [places[one.x[i]] for i in line], line, styles)
    _empirics(canvas, one, [places[one.x[i]] for i in points], points, styles)
    return 2 * len(one.x) - len(points) - len(line)


def _empirics(canvas: Any, one: Series, xs: list[float], points: list[int], styles: Styles) -> None:
    if not points:
        return
    bars = [one.bar[i] for i in points]
    joined = ":" if one.relation == MEASURED else "none"
    style = {"color": styles.colour(one), "marker": styles.marker(one), "linestyle": joined, "linewidth": 0.8}
    sizes = {"markersize": 4, "capsize": 2, "elinewidth": 0.9, "zorder": 3}
    ys = [one.empirical[i] for i in points]
    canvas.errorbar(xs, ys, yerr=bars if any(bars) else None, **style, **sizes)


def _theory(canvas: Any, axes: Axes, one: Series, xs: list[float], line: list[int], styles: Styles) -> None:
    """The line, with hollow markers where colour alone does not name it, and a band where it is estimated."""
    colour, style = styles.colour(one), LINES[one.relation]
    hollow = {"marker": styles.marker(one), "markerfacecolor": "none", "markersize": 5.5}
    single = {"marker": "_", "markersize": 14}
    several = len(styles.markers) > 1 and not styles.colour_by_rest
    mark = single if len(xs) == 1 else hollow if several else {}
    ys = [one.theory[i] for i in line]
    canvas.plot(xs, ys, color=colour, linestyle=style, linewidth=1.2, zorder=2, markeredgewidth=0.7, **mark)
    low = [one.theory[i] - one.band[i] for i in line]
    if len(xs) > 1 and any(one.band[i] for i in line) and all(_fits(y, axes.yscale) for y in low):
        high = [one.theory[i] + one.band[i] for i in line]
        canvas.fill_between(xs, low, high, color=colour, alpha=0.15, linewidth=0, zorder=1)


def _fits(value: float, scale: str) -> bool:
    """Whether the scale has a place for the value."""
    if scale == "log":
        return math.isfinite(value) and value > 0
    return math.isfinite(value) and (scale != "logit" or 0 < value < 1)


def _ticks(canvas: Any, axes: Axes, places: Mapping[Any, float]) -> None:
    """A logarithmic axis is labelled at the values themselves; whole numbers get whole ticks."""
    values = sorted(places.values())
    if len(values) == 1:
        _widen(canvas, axes, values[0])
    elif axes.xscale == "log":
        ticks = _apart(values)
        canvas.set_xticks(ticks, [f"{x:.7g}" for x in ticks])
        canvas.set_xticks([], minor=True)
    elif axes.xscale == "linear" and all(x == int(x) for x in values):
        canvas.xaxis.get_major_locator().set_params(integer=True)


def _widen(canvas: Any, axes: Axes, value: float) -> None:
    """A single value has no range of its own, and Matplotlib's guess can be empty."""
    if axes.xscale == "log" and value > 0:
        canvas.set_xlim(value / 2, value * 2)
        canvas.set_xticks([value], [f"{value:.7g}"])
        canvas.set_xticks([], minor=True)
    else:
        room = abs(value) / 2 or 1.0
        canvas.set_xlim(value - room, value + room)


def _apart(values: Sequence[float]) -> list[float]:
    """The positive values, thinned so that their labels do not run into each other on a logarithmic axis."""
    fine = [value for value in values if value > 0]
    kept = fine[:1]
    for value in fine[1:]:
        if math.log(value / kept[-1]) >= CLOSEST * math.log(fine[-1] / fine[0]):
            kept.append(value)
    return kept


def _note(canvas: Any, text: str) -> None:
    place = {"transform": canvas.transAxes, "ha": "left", "va": "bottom"}
    canvas.text(1.03, 0.0, text, fontsize=6.5, color="0.3", **place)


def styles_of(series: Sequence[Series]) -> Styles:
    """Without several `by` values the colours are free to tell the rest apart."""
    rests = list(dict.fromkeys(one.rest for one in series))
    markers = {rest: MARKERS[i % len(MARKERS)] for i, rest in enumerate(rests)}
    values = list(dict.fromkeys(one.by for one in series))
    by_rest = len(values) == 1
    return Styles(_colours(rests if by_rest else values), markers, by_rest)


def _colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A ramp for numbers, distinct colours for categories."""
    import matplotlib

    if len(values) > 2 and all(is_number(value) for value in values):
        ramp = matplotlib.colormaps["viridis"]
        ranked = sorted(values)
        return {value: ramp(DARK_END * ranked.index(value) / (len(values) - 1)) for value in values}
    return {value: CATEGORIES[i % len(CATEGORIES)] for i, value in enumerate(values)}


def draw_legend(canvas: Any, axes: Axes, series: Sequence[Series], styles: Styles) -> None:
    """Name colours and markers to the right of the panel, where there is something to tell apart."""
    from matplotlib.lines import Line2D

    handles = []
    if axes.by is not None:
        for by in dict.fromkeys(one.by for one in series):
            colour = "0.2" if styles.colour_by_rest else styles.colours[by]
            handles.append(Line2D([], [], color=colour, linewidth=3, label=_by_text(axes.by, by)))
    if len(styles.markers) > 1:
        for rest, marker in styles.markers.items():
            colour = styles.colours[rest] if styles.colour_by_rest else "0.3"
            shown: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4}
            handles.append(Line2D([], [], label=textwrap.fill(rest, LEGEND_LETTERS), **shown))
    if handles:
        more = len(handles) - MOST_LABELS
        handles = handles[:MOST_LABELS]
        if more > 0:
            handles.append(Line2D([], [], linestyle="none", label=f"and {more} more"))
        canvas.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False)


def _by_text(name: str, value: Any) -> str:
    text = f"{name} = {value:g}" if is_number(value) else f"{name} = {value}"
    return textwrap.fill(text, LEGEND_LETTERS)
