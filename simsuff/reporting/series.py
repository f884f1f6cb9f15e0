"""The series of a panel, and the colours, markers and lines that stand for them.

A series holds the rows that agree in colour and in whatever else was varied, sorted along x.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simsuff.numerics.numbers import value_of
from simsuff.reporting.row import Row, setting_text
from simsuff.studies.experiment import Axes
from simsuff.studies.grid import canonical, value_text
from simsuff.verdicts import Relation
from simsuff.verdicts.rules import Number, half_width, stderr_of

# Error bars and bands are two-sided intervals of this error probability for each point.
BAR_LEVEL = 0.05
# What an axis makes room for: all of a bar from five draws on, a quarter of one from two.
ROOM_IN_STANDARD_ERRORS = 3.0
# Two sides that agree to this relative accuracy are one curve.
SAME = 1e-9

# An upper bound is dashed, a lower one dotted, a limit both, and another measurement loosely dotted.
LINES: Mapping[str, Any] = {
    "==": "-",
    "<=": (0, (4, 1.6)),
    ">=": (0, (1.2, 1.2)),
    "->": (0, (5, 1.5, 1.2, 1.5)),
    "vs": (0, (1, 2.5)),
}
# Where there is no theory, the points themselves are joined.
JOINED: Mapping[str, Any] = {"linestyle": "-", "linewidth": 0.6}
LINE_WIDTH = 1.1
POINT = 3.4
# Okabe and Ito's colours, told apart by colour-blind readers, without the yellow that paper swallows.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# Common to several series: theory is grey, measurements are nearly black.
GREY, BLACK = "0.45", "0.1"
# The pale end of the map cannot be read on paper.
DARK_END = 0.85

Groups = Sequence[Sequence["Series"]]


@dataclass(frozen=True)
class Mark:
    """One number at one x; `bar` is half its interval, of which an axis makes room for `room`. NaN: none there."""

    x: Any
    value: float
    bar: float = 0.0
    room: float = 0.0

    @classmethod
    def of(cls, x: Any, number: Number) -> "Mark":
        """A number with its interval; a single draw has none."""
        width = half_width(number, BAR_LEVEL)
        bar = width if math.isfinite(width) else 0.0
        spread = ROOM_IN_STANDARD_ERRORS * stderr_of(number)
        return cls(x, value_of(number), bar, min(bar, spread or bar))

    def is_same(self, other: "Mark") -> bool:
        """Whether both would be drawn in one place."""
        pairs = (self.value, other.value), (self.bar, other.bar)
        return all(math.isclose(a, b, rel_tol=SAME) for a, b in pairs)


@dataclass
class Series:
    """The rows that share everything except `x`, sorted by it."""

    by: Any
    rest: str
    relation: str
    measured: list[Mark] = field(default_factory=list)
    theory: list[Mark] = field(default_factory=list)

    @property
    def x(self) -> list[Any]:
        """Where it has rows."""
        return [mark.x for mark in self.measured]

    @property
    def has_theory(self) -> bool:
        """Whether the right side is theory, and no other measurement."""
        return self.relation != Relation.VERSUS

    def side(self, name: str) -> list[Mark]:
        """``measured`` or ``theory``."""
        return self.measured if name == "measured" else self.theory


def series_of(rows: Sequence[Row], axes: Axes, cells: Sequence[Mapping[str, Any]] = ()) -> list[Series]:
    """The series of a panel, colours in the order of the rows; rows without `x` are left out.

    Where a cell of the grid has no row, the series has a mark that is NaN, so that no line crosses it.
    """
    if axes.shown:
        names = [(row, (row.comparison.statement, row.comparison.setting.get("case"))) for row in rows]
        rows = [row for row, (statement, case) in names if statement in axes.shown or case in axes.shown]
    values: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.comparison.setting.items():
            values.setdefault(name, set()).add(canonical(value))
    # The settings, apart from x and colour, that tell the rows apart.
    varying = [
        name
        for name, found in values.items()
        if name not in (axes.x, axes.by)
        and (len(found) > 1 or any(name not in row.comparison.setting for row in rows))
    ]
    several = len({row.comparison.statement for row in rows}) > 1
    planned: dict[str, list[Any]] = {}
    for cell in cells:
        if is_number(cell.get(axes.x)):
            planned.setdefault(_others(cell, cell, axes.x), []).append(cell[axes.x])
    colours: dict[Any, int] = {}
    if axes.by:
        for row in rows:
            colours.setdefault(_category(row.comparison.setting.get(axes.by)), len(colours))
    series: dict[str, Series] = {}
    absent: dict[str, set[Any]] = {}
    for row in sorted((r for r in rows if axes.x in r.comparison.setting), key=lambda r: _rank(r, axes.x)):
        comparison, setting = row.comparison, row.comparison.setting
        rest = {name: setting[name] for name in varying if name in setting}
        by = _category(setting.get(axes.by)) if axes.by else None
        key = canonical([by, rest, comparison.statement, str(comparison.relation)])
        if key not in series:
            text = ", ".join(part for part in (comparison.statement * several, setting_text(rest)) if part)
            series[key] = Series(by, text, str(comparison.relation))
            absent[key] = set(planned.get(_others(setting, cells[0], axes.x), ()) if cells else ())
        x = _category(setting[axes.x])
        absent[key].discard(x)
        series[key].measured.append(Mark.of(x, comparison.lhs))
        series[key].theory.append(Mark.of(x, comparison.rhs))
    for key, one in series.items():
        gaps = [Mark(x, math.nan) for x in absent[key]] if all(map(is_number, one.x)) else []
        one.measured = sorted(one.measured + gaps, key=lambda mark: mark.x) if gaps else one.measured
        one.theory = sorted(one.theory + gaps, key=lambda mark: mark.x) if gaps else one.theory
    return sorted(series.values(), key=lambda one: colours.get(one.by, 0))


def _others(setting: Mapping[str, Any], names: Mapping[str, Any], x: str) -> str:
    return canonical({name: setting.get(name) for name in names if name != x})


def common(series: Sequence[Series], side: str) -> list[list[Series]]:
    """The series grouped by equal marks on one side: a group is drawn once."""
    groups: list[tuple[list[Series], dict[Any, Mark]]] = []
    for one in series:
        marks = {mark.x: mark for mark in one.side(side) if not math.isnan(mark.value)}
        for members, found in groups:
            both = marks.keys() & found.keys()
            enough = len(both) >= min(2, len(marks), len(found)) > 0
            alike = one.relation == members[0].relation and all(marks[x].is_same(found[x]) for x in both)
            if enough and alike:
                members.append(one)
                found |= marks
                break
        else:
            groups.append(([one], marks))
    return [members for members, _ in groups]


def _rank(row: Row, x: str) -> tuple[int, float]:
    """Numbers in their order; other values keep the order of the rows."""
    value = row.comparison.setting[x]
    return (0, float(value)) if is_number(value) else (1, 0.0)


def _category(value: Any) -> Any:
    """A number as it is, anything else as text."""
    return value if is_number(value) or isinstance(value, str) else value_text(value)


def is_number(value: Any) -> bool:
    """Whether the value has a place on a numeric axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Ink:
    """Colours by what they stand for, and markers: for the same where that is enough, else for the rest."""

    colours: Mapping[Any, Any]
    markers: Mapping[Any, str]
    by_rest: bool
    together: bool

    @classmethod
    def of(cls, series: Sequence[Series]) -> "Ink":
        """Without several `by` values the colours are free to tell the rest apart; numbers have a ramp of them."""
        import matplotlib

        values = list(dict.fromkeys(one.by for one in series))
        rests = list(dict.fromkeys(one.rest for one in series))
        by_rest = len(values) == 1
        together = by_rest or len(values) == len({(one.by, one.rest) for one in series})
        keys = rests if by_rest else values
        colours: dict[Any, Any] = {key: CATEGORIES[i % len(CATEGORIES)] for i, key in enumerate(keys)}
        if len(keys) > 2 and all(map(is_number, keys)):
            ramp, ranked = matplotlib.colormaps["viridis"], sorted(keys)
            colours = {key: ramp(DARK_END * ranked.index(key) / (len(keys) - 1)) for key in keys}
        marked = keys if together else rests
        markers = {key: MARKERS[i % len(MARKERS)] for i, key in enumerate(marked)}
        return cls(colours, markers, by_rest, together)

    def key(self, one: Series) -> Any:
        """What the colour of a series stands for."""
        return one.rest if self.by_rest else one.by

    def is_mixed(self, members: Sequence[Series]) -> bool:
        """Whether the members have several colours."""
        return len({self.key(one) for one in members}) > 1

    def line(self, members: Sequence[Series]) -> dict[str, Any]:
        """The line of theory, grey where the members have several colours."""
        colour = GREY if self.is_mixed(members) else self.colours[self.key(members[0])]
        return {"color": colour, "linestyle": LINES[members[0].relation], "linewidth": LINE_WIDTH}

    def point(self, members: Sequence[Series]) -> dict[str, Any]:
        """The point of a series, a black one for several."""
        one, several = members[0], len(members) > 1
        colour = BLACK if several else self.colours[self.key(one)]
        marker = "o" if several else self.markers[self.key(one) if self.together else one.rest]
        return {"color": colour, "marker": marker, "markersize": POINT, "markeredgewidth": 0.0}

    def points(self, series: Sequence[Series]) -> list[list[Series]]:
        """What is drawn once of the measurements."""
        return self._once(common(series, "measured"), lambda group: len(group) > 1)

    def lines(self, series: Sequence[Series]) -> list[list[Series]]:
        """What is drawn once of theory, and of measurements beside the series that are not among them."""
        measured = [{mark.x: mark for mark in one.measured} for one in series]

        def is_among(theory: Mapping[Any, Mark]) -> bool:
            shared = [(marks, marks.keys() & theory.keys()) for marks in measured]
            return any(xs and all(marks[x].is_same(theory[x]) for x in xs) for marks, xs in shared)

        lined = [one for one in series if one.has_theory or not is_among({m.x: m for m in one.theory})]
        return self._once(common(lined, "theory"), self.is_mixed)

    def _once(self, groups: Sequence[list[Series]], is_shared: Any) -> list[list[Series]]:
        """Of the groups only the largest shared one stays: two in the neutral colour could not be told apart."""
        shared = max(filter(is_shared, groups), key=len, default=None)
        found = []
        for group in groups:
            found += [[one] for one in group] if is_shared(group) and group is not shared else [group]
        return found
