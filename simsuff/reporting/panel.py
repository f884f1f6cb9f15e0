"""How is one panel drawn: theory as lines, empirics as points with error bars?"""

import math
from collections.abc import Sequence
from typing import Any

from simsuff.reporting.series import Series, is_number
from simsuff.studies.experiment import Axes

# Okabe and Ito's colours, told apart by colour-blind readers, without the yellow that paper swallows.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
STYLES = {"<=": "--", ">=": "--", "==": "-", "->": "-."}
# With more distinct values than this the axis chooses its own ticks.
TICKS = 7


def draw_panel(canvas: Any, axes: Axes, series: Sequence[Series], title: str) -> None:
    """Draw the series on a Matplotlib Axes."""
    canvas.set_title(title, loc="left")
    canvas.set_xlabel(axes.xlabel or axes.x)
    canvas.set_ylabel(axes.ylabel)
    canvas.set_xscale(axes.xscale)
    canvas.set_yscale(axes.yscale)
    positions = _positions(series)
    if not all(is_number(x) for one in series for x in one.x):
        canvas.set_xticks(range(len(positions)), [str(x) for x in positions])
    colours, markers = _colours(series), _markers(series)
    hidden = sum(
        _draw(canvas, axes, one, positions, colours[str(one.by)], markers[one.rest]) for one in series
    )
    _ticks(canvas, axes, series)
    _legend(canvas, axes, series)
    if hidden:
        _note(canvas, f"{hidden} value{'s' * (hidden > 1)} outside this scale")


def _draw(canvas: Any, axes: Axes, one: Series, positions: dict[Any, float], colour: Any, marker: str) -> int:
    """Draw one series and return how many values this scale cannot show."""
    at = [positions[x] for x in one.x]
    x_fine = [_fits(x, axes.xscale) for x in at]
    points = [i for i, y in enumerate(one.empirical) if x_fine[i] and _fits(y, axes.yscale)]
    line = [i for i, y in enumerate(one.theory) if x_fine[i] and _fits(y, axes.yscale)]
    _theory(canvas, axes, one, [at[i] for i in line], line, colour)
    xs, ys = [at[i] for i in points], [one.empirical[i] for i in points]
    bars = [one.bar[i] for i in points]
    style = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4, "capsize": 2}
    if points:
        canvas.errorbar(xs, ys, yerr=bars if any(bars) else None, elinewidth=0.9, zorder=3, **style)
    return 2 * len(at) - len(points) - len(line)


def _theory(canvas: Any, axes: Axes, one: Series, xs: list[float], line: list[int], colour: Any) -> None:
    ys = [one.theory[i] for i in line]
    single = {"marker": "_", "markersize": 14} if len(xs) == 1 else {}
    style = STYLES[one.relation]
    canvas.plot(xs, ys, color=colour, linestyle=style, linewidth=1.2, zorder=2, **single)
    low = [one.theory[i] - one.band[i] for i in line]
    if any(one.band[i] for i in line) and all(_fits(y, axes.yscale) for y in low):
        high = [one.theory[i] + one.band[i] for i in line]
        canvas.fill_between(xs, low, high, color=colour, alpha=0.15, linewidth=0, zorder=1)


def _fits(value: float, scale: str) -> bool:
    """Whether the scale has a place for the value."""
    if scale == "log":
        return math.isfinite(value) and value > 0
    return math.isfinite(value) and (scale != "logit" or 0 < value < 1)


def _positions(series: Sequence[Series]) -> dict[Any, float]:
    """Numbers stand at their value, other settings one after the other."""
    values = list(dict.fromkeys(x for one in series for x in one.x))
    if all(is_number(x) for x in values):
        return {x: float(x) for x in values}
    return {x: float(place) for place, x in enumerate(values)}


def _colours(series: Sequence[Series]) -> dict[str, Any]:
    """A sequence of colours for numbers, distinct ones for categories."""
    import matplotlib

    values = list(dict.fromkeys(one.by for one in series))
    if len(values) > 2 and all(is_number(value) for value in values):
        ramp = matplotlib.colormaps["viridis"]
        ranked = sorted(values)
        return {str(v): ramp(0.85 * ranked.index(v) / (len(values) - 1)) for v in values}
    return {str(value): CATEGORIES[i % len(CATEGORIES)] for i, value in enumerate(values)}


def _markers(series: Sequence[Series]) -> dict[str, str]:
    rests = list(dict.fromkeys(one.rest for one in series))
    return {rest: MARKERS[i % len(MARKERS)] for i, rest in enumerate(rests)}


def _ticks(canvas: Any, axes: Axes, series: Sequence[Series]) -> None:
    """Few values on a logarithmic axis are labelled as they are, not by powers of ten."""
    values = sorted({x for one in series for x in one.x if is_number(x)})
    if axes.xscale == "log" and 1 < len(values) <= TICKS and values[0] > 0:
        canvas.set_xticks(values, [f"{x:g}" for x in values])
        canvas.set_xticks([], minor=True)


def _legend(canvas: Any, axes: Axes, series: Sequence[Series]) -> None:
    """Colours, and markers where something besides the colour varies, to the right of the panel."""
    from matplotlib.lines import Line2D

    handles = []
    colours, markers = _colours(series), _markers(series)
    if axes.by is not None:
        for by in dict.fromkeys(one.by for one in series):
            label = f"{axes.by} = {by:g}" if is_number(by) else f"{axes.by} = {by}"
            handles.append(Line2D([], [], color=colours[str(by)], linewidth=3, label=label))
    if len(markers) > 1:
        for rest, marker in markers.items():
            shown: dict[str, Any] = {"color": "0.3", "marker": marker, "linestyle": "none", "markersize": 4}
            handles.append(Line2D([], [], label=rest, **shown))
    if handles:
        canvas.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False)


def _note(canvas: Any, text: str) -> None:
    place = {"transform": canvas.transAxes, "ha": "right", "va": "bottom"}
    canvas.text(0.99, 0.01, text, fontsize=6, color="0.3", **place)
