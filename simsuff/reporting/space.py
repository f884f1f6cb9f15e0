"""The axes of a panel: where its values stand, how far the axes reach, and which series stand aside of which."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsuff.reporting.series import POINT, Ink, Mark, Series, is_number
from simsuff.studies.experiment import Axes

# Points stand side by side at this distance.
BESIDE = 4.6
# A panel's share for numbers and label on the left.
MARGIN_INCHES = 0.62
# Bars below this share of the axis cannot be seen.
VISIBLE = 0.004
# Matplotlib puts what a logarithmic scale cannot show a thousand decades below.
NOWHERE = 500.0


@dataclass(frozen=True)
class Space:
    """Numbers stand at their value; anything else, and a number that stands alone, one after the other.

    `width` is that of the axes in points.
    """

    canvas: Any
    axes: Axes
    places: Mapping[Any, float]
    is_numeric: bool
    width: float

    @classmethod
    def of(cls, canvas: Any, axes: Axes, series: Sequence[Series], ink: Ink, inches: float) -> "Space":
        """Set the scales and limits of the axes for all that will be drawn on them."""
        values = list(dict.fromkeys(x for one in series for x in one.x))
        numeric = len(values) > 1 and all(map(is_number, values))
        places = {x: float(x) if numeric else float(place) for place, x in enumerate(values)}
        space = cls(canvas, axes, places, numeric, 72 * (inches - MARGIN_INCHES))
        canvas.set_xscale(axes.xscale if numeric else "linear")
        canvas.set_yscale(axes.yscale)
        marks = [mark for one in series for mark in one.measured]
        marks += [mark for members in ink.lines(series) for one in members for mark in one.theory]
        canvas.set_ylim(*limits([mark for mark in marks if space.shows(mark)], canvas.yaxis.get_transform()))
        space.reach_beyond(0.0)
        return space

    def shows(self, mark: Mark) -> bool:
        """Whether both scales have a place for the mark."""
        x = self.places.get(mark.x, math.nan)
        return _fits(x, self.canvas.get_xscale()) and _fits(mark.value, self.axes.yscale)

    def values(self) -> list[float]:
        """The places that the axis has, sorted."""
        return sorted(x for x in self.places.values() if _fits(x, self.canvas.get_xscale()))

    def xs(self) -> Any:
        """Those in the scale of the axis."""
        return self.canvas.xaxis.get_transform().transform(np.array(self.values()))

    def range(self, name: str) -> tuple[float, float]:
        """The limits of ``x`` or ``y``, in the scale of the axis."""
        axis = getattr(self.canvas, f"{name}axis")
        low, high = axis.get_transform().transform(np.array(axis.get_view_interval()))
        return float(low), float(high)

    def reach_beyond(self, shift: float) -> None:
        """Let the x-axis reach beyond its values, which are moved by as much as `shift`."""
        xs, room = self.xs(), 0.5
        if not len(xs):
            xs = np.array([0.0, 1.0])
        elif self.is_numeric:
            room = 0.055 * (xs[-1] - xs[0]) + shift
        inverse = self.canvas.xaxis.get_transform().inverted()
        self.canvas.set_xlim(*inverse.transform(np.array([xs[0] - room, xs[-1] + room])))

    def shifts(self, groups: Sequence[Sequence[Series]]) -> list[float]:
        """How far each group is moved aside, in the scale of x: nowhere unless points would hide each other."""
        low, high = self.range("x")
        if not self.is_numeric:
            count = len(groups)
            return [(place - (count - 1) / 2) * 0.8 / count for place in range(count)]
        spans = [self._spans(members[0]) for members in groups]
        hiding = [[_hide(one, other) for other in spans] for one in spans]
        slots: list[int] = []
        for place in range(len(groups)):
            taken = {slots[other] for other in range(place) if hiding[place][other]}
            slots.append(min(set(range(len(groups))) - taken))
        count = max(slots) + 1
        nearest = min(np.diff(self.xs()), default=high - low)
        step = min(BESIDE / self.width * (high - low), 0.8 * float(nearest) / count)
        alone = [sum(row) == 1 for row in hiding]
        found = [
            (slot - (count - 1) / 2) * step * (not free) for slot, free in zip(slots, alone, strict=True)
        ]
        self.reach_beyond(max(map(abs, found)))
        return found

    def _spans(self, one: Series) -> dict[Any, tuple[float, float]]:
        """What a point and its bar hide at each x, in the scale of y."""
        low, high = self.range("y")
        radius = 0.4 * POINT / 108 * (high - low)
        transform = self.canvas.yaxis.get_transform()
        ends = {mark.x: interval(mark, mark.bar, transform) for mark in one.measured if self.shows(mark)}
        return {x: (bottom - radius, top + radius) for x, (bottom, top) in ends.items()}

    def moved(self, shift: float) -> Any:
        """The transformation of data that stands aside."""
        from matplotlib.transforms import Affine2D

        aside = Affine2D().translate(shift, 0.0)
        return self.canvas.transScale + aside + self.canvas.transLimits + self.canvas.transAxes

    def is_visible(self, mark: Mark) -> bool:
        """Whether the bar of a mark can be seen."""
        bottom, top = interval(mark, mark.bar, self.canvas.yaxis.get_transform())
        low, high = self.range("y")
        return top - bottom > VISIBLE * (high - low)


def _fits(value: float, scale: str) -> bool:
    """Whether the scale has a place for the value."""
    if scale == "log":
        return math.isfinite(value) and value > 0
    return math.isfinite(value) and (scale != "logit" or 0 < value < 1)


def _hide(one: Mapping[Any, tuple[float, float]], other: Mapping[Any, tuple[float, float]]) -> bool:
    """Whether two intervals at one x run into each other."""
    return any(one[x][0] < other[x][1] and other[x][0] < one[x][1] for x in one.keys() & other.keys())


def interval(mark: Mark, half: float, transform: Any) -> tuple[float, float]:
    """Both ends of a mark's interval in the scale of y; infinite where the scale has no place for them."""
    with np.errstate(all="ignore"):
        ends = transform.transform(np.array([mark.value - half, mark.value, mark.value + half]))
    low, value, high = map(float, ends)
    is_low = half == 0 or (math.isfinite(low) and value - low < NOWHERE)
    is_high = half == 0 or (math.isfinite(high) and high - value < NOWHERE)
    return low if is_low else -math.inf, high if is_high else math.inf


def limits(marks: Sequence[Mark], transform: Any) -> tuple[float, float]:
    """The range of the values, and as much of their bars as widens it by no more than itself, or than a usual bar."""
    if not marks:
        return 1.0, 10.0
    values = transform.transform(np.array([mark.value for mark in marks]))
    ends = np.array([interval(mark, mark.room, transform) for mark in marks])
    ends = np.where(np.isfinite(ends), ends, values[:, None])
    low, high = float(values.min()), float(values.max())
    bars = np.abs(ends - values[:, None])
    room = max(high - low, float(np.median(bars[bars > 0])) if (bars > 0).any() else 0.0)
    if room == 0.0:
        room = abs(low) / 2 or 1.0
        ends = np.array([low - room, high + room])
    bottom, top = max(float(ends.min()), low - room), min(float(ends.max()), high + room)
    margin = 0.07 * (top - bottom)
    bottom, top = transform.inverted().transform(np.array([bottom - margin, top + margin]))
    return float(bottom), float(top)
