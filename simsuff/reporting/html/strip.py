"""Strip plots: for every setting of a statement a mark at measured/theory, one lane for each experiment."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simsuff.numerics.numbers import value_of
from simsuff.reporting.row import Row, number_text
from simsuff.reporting.series import BAR_LEVEL
from simsuff.reporting.summary import Standing
from simsuff.verdicts.rules import half_width

# Below this share, or over this range of shares, a linear axis shows a heap at 0.
SMALL, RANGE = 0.05, 20.0
# Ratios of an equality that differ from 1 by less need no picture.
EXACT = 1e-6
# What is shown of a bound and of an equality.
SHARE, RATIO = "share of the bound", "measured/theory"
# In per cent of the width: the margin, and how near two marks overlap. In pixels: how far they step aside, and lanes.
MARGIN, NEAR = 2.0, 1.5
STEPS = (0, 7, -7, 14, -14)
LABEL, ROOM, AXIS = 17, 16, 22


@dataclass(frozen=True)
class Mark:
    """One row: where it stands across (in per cent) and down (in pixels), its 95 % interval, its state and numbers."""

    x: float
    y: int
    low: float
    high: float
    state: str
    text: str


@dataclass(frozen=True)
class Lane:
    """The marks of one experiment, below its name."""

    label: str
    y: int
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Strip:
    """What a template draws: ticks and lanes, `goal` the place where the two sides meet."""

    goal: float
    ticks: Sequence[tuple[float, str]]
    lanes: Sequence[Lane]
    height: int
    caption: str
    about: str


def strip_of(standing: Standing) -> Strip | None:
    """The strip of a statement; None where no row has a share, or each is 1 within `EXACT`."""
    shares = standing.shares
    if not shares:
        return None
    values = [share for share, _ in shares]
    if max(abs(value - 1) for value in values) < EXACT:
        return None
    bounded = any(row.is_bound for _, row in shares)
    ends = [end for share, row in shares for end in _span(share, row)]
    place, ticks = _axis(values) if bounded else _around_one(values, ends)
    by_lane: dict[str, list[tuple[float, Row]]] = {}
    for share, row in shares:
        by_lane.setdefault(f"{row.study} · {row.experiment}", []).append((share, row))
    lanes, y = [], 0
    for label in sorted(by_lane):
        steps = _steps([place(share) for share, _ in by_lane[label]])
        middle = y + LABEL + ROOM // 2 + max(0, -min(steps))
        marks = [_mark(*pair, place, middle + step) for pair, step in zip(by_lane[label], steps, strict=True)]
        lanes.append(Lane(label, y + LABEL - 5, marks))
        y = middle + max(0, *steps) + ROOM // 2
    caption = f"{SHARE if bounded else RATIO}, in every setting".capitalize()
    about = f"{caption} of {len(values)}, from {values[0]:.3g} to {values[-1]:.3g}."
    return Strip(place(1.0), ticks, lanes, y + AXIS, caption, about)


def _mark(share: float, row: Row, place: Callable[[float], float], y: int) -> Mark:
    low, high = (place(end) for end in _span(share, row))
    name = SHARE if row.is_bound else RATIO
    text = f"{row.setting or row.experiment}\nmeasured {row.empirical}, theory {row.theory}\n{row.exactness}"
    text += f"\n{name} {number_text(share)}: {row.state}"
    return Mark(place(share), y, low, high, row.state.name.lower(), text)


def _span(share: float, row: Row) -> tuple[float, float]:
    """The interval of the measured side, as shares of theory."""
    comparison = row.comparison
    left = abs(value_of(comparison.lhs))
    width = half_width(comparison.lhs, BAR_LEVEL)
    if not math.isfinite(width) or left == 0:
        return share, share
    return share - abs(share) * width / left, share + abs(share) * width / left


def _axis(values: Sequence[float]) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """Places and ticks from 0 to the bound and beyond it where rows are; by decades where shares spread."""
    least, most = min(values), max(1.0, *values)
    if least <= 0 or (least > SMALL and most / least < RANGE):
        start, end = min(0.0, least), most * 1.02
        step = _nice((end - start) / 4)
        ticks = [k * step for k in range(math.ceil(start / step), math.floor(end / step) + 1)]
        place = _scale(start, end)
        return place, [(place(tick), f"{tick:.6g}") for tick in ticks]
    first, last = math.floor(math.log10(least)), math.ceil(math.log10(most) - 1e-12)
    step = math.ceil((last - first) / 5)
    decades = range(last, first - 1, -step)
    place = _scale(first, max(last, first + 1), lambda value: math.log10(max(value, 1e-300)))
    return place, [(place(10.0**k), f"{10.0**k:g}") for k in decades]


def _around_one(
    values: Sequence[float], ends: Sequence[float]
) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """Places and ticks on both sides of 1, where an equality stands; wide intervals leave the picture."""
    farthest, widest = (max(abs(one - 1) for one in some) for some in (values, ends))
    half = 1.05 * min(widest, 4 * farthest)
    step = _nice(half / 2)
    place = _scale(1 - half, 1 + half)
    return place, [(place(tick), f"{tick:.6g}") for tick in (1 - step, 1.0, 1 + step)]


def _nice(step: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return power * max(digit for digit in (1, 2, 5) if digit <= step / power * (1 + 1e-9))


def _scale(low: float, high: float, of: Callable[[float], float] = float) -> Callable[[float], float]:
    """The place of a value in per cent of the width, inside of the margins."""

    def place(value: float) -> float:
        share = min(1.0, max(0.0, (of(value) - low) / (high - low)))
        return round(MARGIN + (100 - 2 * MARGIN) * share, 2)

    return place


def _steps(places: Sequence[float]) -> list[int]:
    """How many pixels each of the sorted places steps aside, so that neighbours can be told apart."""
    steps: list[int] = []
    start, count = -math.inf, 0
    for place in places:
        start, count = (start, count + 1) if place - start < NEAR else (place, 0)
        steps.append(STEPS[count % len(STEPS)])
    return steps
