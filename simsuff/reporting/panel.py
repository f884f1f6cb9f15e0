"""One panel of a figure: theory as lines, measurements as points with bars.

Values that several series have in common are drawn once, and series that would hide each other stand side by side.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simsuff.reporting.legend import Drawn, list_entries
from simsuff.reporting.series import JOINED, Ink, Mark, Series, is_number
from simsuff.reporting.space import MARGIN_INCHES, Space, interval
from simsuff.reporting.typeset import lettered, named
from simsuff.studies.experiment import Axes

# Letters of the panel's text for each inch, at the sizes of `figure.STYLE`.
LETTERS_PER_INCH = 18.0
# So many names can stand below an axis.
MOST_NAMES = 24
# A level of theory at a place of its own is as wide as this share of the place.
LEVEL = 0.84


def draw_panel(
    canvas: Any, axes: Axes, series: Sequence[Series], title: str, inches: tuple[float, float] = (3.4, 2.15)
) -> Drawn:
    """Draw the series on a Matplotlib Axes of about this size; returns what a legend and a key must explain."""
    width, height = inches
    wide = round(LETTERS_PER_INCH * (width - MARGIN_INCHES))
    canvas.set_title(lettered(title, round(LETTERS_PER_INCH * width) - 4), loc="left")
    canvas.set_xlabel(lettered(axes.xlabel or axes.x, wide))
    canvas.set_ylabel(lettered(axes.ylabel, round(LETTERS_PER_INCH * (height - 0.6))))
    ink, drawn = Ink.of(series), Drawn()
    space = Space.of(canvas, axes, series, ink, width)
    points, lines = ink.points(series), ink.lines(series)
    shifts = space.shifts(points)
    shift_of = {id(one): shift for members, shift in zip(points, shifts, strict=True) for one in members}
    for members in lines:
        is_own = len(members) == 1
        place = (shift_of[id(members[0])], LEVEL / len(points)) if is_own else (0.0, LEVEL)
        _line(space, drawn, members, ink.line(members), place)
        drawn.kinds.update([members[0].relation], ["grey"] * ink.is_mixed(members))
    for members, shift in zip(points, shifts, strict=True):
        _points(space, drawn, members, ink.point(members), shift)
        drawn.kinds.update(["black"] * (len(members) > 1))
    _x_ticks(space, width - MARGIN_INCHES)
    _y_ticks(space)
    list_entries(drawn, axes, series, ink, (points, lines), max(12, wide - 8))
    return drawn


def _merged(members: Sequence[Series], side: str) -> list[Mark]:
    """The marks of series that agree, in the order of x."""
    marks = {mark.x: mark for one in members for mark in one.side(side)}
    return sorted(marks.values(), key=lambda m: m.x) if all(map(is_number, marks)) else list(marks.values())


def _line(
    space: Space,
    drawn: Drawn,
    members: Sequence[Series],
    style: Mapping[str, Any],
    place: tuple[float, float],
) -> None:
    """The line of theory, with a band where it is estimated.

    It breaks where a value is missing. A value that stands alone, or at a name, is a short level.
    """
    shift, width = place
    marks = _merged(members, "theory")
    shown = [space.shows(mark) for mark in marks]
    to_scale = space.canvas.xaxis.get_transform()
    low, high = space.range("x")
    xs: list[float] = []
    ys: list[tuple[float, float, float]] = []
    for place_, mark in enumerate(marks):
        if not shown[place_]:
            xs, ys = [*xs, math.nan], [*ys, (math.nan,) * 3]
            continue
        x, y = space.places[mark.x], (mark.value, mark.value - mark.bar, mark.value + mark.bar)
        if not space.is_numeric:
            xs, ys = [*xs, x - width / 2, x + width / 2, math.nan], [*ys, y, y, (math.nan,) * 3]
        elif any(shown[max(place_ - 1, 0) : place_] + shown[place_ + 1 : place_ + 2]):
            xs, ys = [*xs, x], [*ys, y]
        else:
            at, half = to_scale.transform([x])[0], 0.035 * (high - low)
            ends = to_scale.inverted().transform(np.array([at - half, at + half]))
            xs, ys = [*xs, *ends, math.nan], [*ys, y, y, (math.nan,) * 3]
    transform = space.moved(shift)
    values, bottoms, tops = np.array(ys).T
    space.canvas.plot(xs, values, zorder=2, transform=transform, **style)
    estimated = any(is_shown and space.is_visible(mark) for is_shown, mark in zip(shown, marks, strict=True))
    if estimated and members[0].has_theory:
        bottom, top = space.canvas.get_ylim()
        band = {"color": style["color"], "alpha": 0.15, "linewidth": 0, "zorder": 1, "transform": transform}
        space.canvas.fill_between(xs, np.clip(bottoms, bottom, top), np.clip(tops, bottom, top), **band)
        drawn.kinds.add("band")
    drawn.hidden += sum(not space.shows(mark) and not math.isnan(mark.value) for mark in marks)


def _points(
    space: Space, drawn: Drawn, members: Sequence[Series], style: Mapping[str, Any], shift: float
) -> None:
    """The measurements with their bars, joined where nothing else shows their course."""
    marks = _merged(members, "measured")
    shown = [mark for mark in marks if space.shows(mark)]
    drawing = {"transform": space.moved(shift), "zorder": 3}
    bars = [mark for mark in shown if space.is_visible(mark)]
    if bars:
        _bars(space, drawn, bars, {"color": style["color"], **drawing})
    joined = space.is_numeric and not members[0].has_theory
    missing = (math.nan, math.nan)
    course = [(space.places[m.x], m.value) if space.shows(m) else missing for m in marks]
    line = JOINED if joined else {"linestyle": "none"}
    space.canvas.plot(*zip(*course, strict=True), **style, **line, **drawing)
    drawn.kinds.update(["measured"], ["bars"] * bool(bars), ["joined"] * joined)
    drawn.hidden += sum(not space.shows(mark) and not math.isnan(mark.value) for mark in marks)


def _bars(space: Space, drawn: Drawn, marks: Sequence[Mark], style: Mapping[str, Any]) -> None:
    """The intervals, cut at the edges of the axes, with an arrowhead where they go on."""
    (low, high), edges = space.range("y"), space.canvas.get_ylim()
    xs, values = [space.places[mark.x] for mark in marks], np.array([mark.value for mark in marks])
    bars = np.array([mark.bar for mark in marks])
    ends = np.clip([values - bars, values + bars], *edges)
    lengths = np.abs(ends - values)
    thin = {"fmt": "none", "elinewidth": 0.8, "ecolor": style["color"]}
    space.canvas.errorbar(
        xs, values, yerr=lengths, **thin, transform=style["transform"], zorder=style["zorder"]
    )
    for x, mark in zip(xs, marks, strict=True):
        bottom, top = interval(mark, mark.bar, space.canvas.yaxis.get_transform())
        for edge, head, is_beyond in zip(edges, "v^", (bottom < low, top > high), strict=True):
            if is_beyond:
                shape = {"marker": head, "markersize": 3.2, "markeredgewidth": 0.0, "clip_on": False}
                space.canvas.plot([x], [edge], linestyle="none", **shape, **style)
                drawn.kinds.add("clipped")


def _x_ticks(space: Space, inches: float) -> None:
    """An axis is labelled at the values themselves, as many as fit; names are turned where they are long."""
    canvas = space.canvas
    if not space.is_numeric:
        step = math.ceil(len(space.places) / MOST_NAMES)
        names = [f"{x:.7g}" if is_number(x) else lettered(named(x), 24, 1) for x in space.places][::step]
        is_crowded = sum(map(len, names)) + 2 * len(names) > LETTERS_PER_INCH * inches
        turned = {"rotation": 25, "ha": "right", "rotation_mode": "anchor"} if is_crowded else {}
        canvas.set_xticks(range(0, len(space.places), step), names, **turned)
        return
    low, high = space.range("x")
    letters = 1.1 * LETTERS_PER_INCH * inches / (high - low)
    ticks: list[float] = []
    end = -math.inf
    for value, at in zip(space.values(), space.xs(), strict=True):
        half = (len(f"{value:.7g}") + 1.2) / 2 / letters
        if at - half >= end:
            ticks, end = [*ticks, value], at + half
    canvas.set_xticks(ticks, [f"{x:.7g}" for x in ticks])
    canvas.set_xticks([], minor=True)


def _y_ticks(space: Space) -> None:
    """Few numbers, without powers of ten where plain ones are short."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

    axis, (low, high) = space.canvas.yaxis, space.canvas.get_ylim()
    if space.axes.yscale == "linear":
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        formatter = ScalarFormatter(useMathText=True)
        formatter.set_powerlimits((-3, 4))
        axis.set_major_formatter(formatter)
    elif space.axes.yscale == "log" and high >= 100 * low:
        axis.set_major_locator(LogLocator(numticks=6))
    elif space.axes.yscale == "log":
        # Two to six round numbers.
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
        for steps in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3)):
            found = [step * 10.0**power for power in decades for step in steps]
            ticks = [tick for tick in found if low <= tick <= high]
            if len(ticks) <= 6:
                break
        if len(ticks) < 2:
            few = MaxNLocator(4, steps=[1, 2, 5, 10])
            ticks = [tick for tick in few.tick_values(low, high) if low <= tick <= high]
        space.canvas.set_yticks(ticks, [_short(y) for y in ticks])
        axis.set_minor_formatter(NullFormatter())


def _short(value: float) -> str:
    """``0.02``, or ``2 × 10⁻⁵`` where zeros would be many."""
    if 1e-4 <= value < 1e4:
        return f"{value:.4g}"
    digits, _, power = f"{value:.1e}".partition("e")
    return rf"${digits.removesuffix('.0')}\times10^{{{int(power)}}}$"
