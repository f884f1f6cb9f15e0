"""Colours, markers and lines of a panel: what stands for which series, and what is common to several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.reporting.series import Series, common, is_number

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


Groups = Sequence[Sequence[Series]]


@dataclass(frozen=True)
class Ink:
    """Colours by what they stand for, and markers: for the same where that is enough, else for the rest."""

    colours: Mapping[Any, Any]
    markers: Mapping[Any, str]
    by_rest: bool
    together: bool

    @classmethod
    def of(cls, series: Sequence[Series]) -> "Ink":
        """Without several `by` values the colours are free to tell the rest apart."""
        values = list(dict.fromkeys(one.by for one in series))
        rests = list(dict.fromkeys(one.rest for one in series))
        by_rest = len(values) == 1
        together = by_rest or len(values) == len({(one.by, one.rest) for one in series})
        keys = rests if by_rest else values
        marked = keys if together else rests
        markers = {key: MARKERS[i % len(MARKERS)] for i, key in enumerate(marked)}
        return cls(_colours(keys), markers, by_rest, together)

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
        lined = [one for one in series if one.has_theory or not _is_measured(one, series)]
        return self._once(common(lined, "theory"), self.is_mixed)

    def _once(self, groups: Sequence[list[Series]], is_shared: Any) -> list[list[Series]]:
        """Of the groups only the largest shared one stays: two in the neutral colour could not be told apart."""
        shared = max(filter(is_shared, groups), key=len, default=None)
        found = []
        for group in groups:
            found += [[one] for one in group] if is_shared(group) and group is not shared else [group]
        return found


def _is_measured(one: Series, series: Sequence[Series]) -> bool:
    """Whether the right side of a series is the left one of some series."""
    theory = {mark.x: mark for mark in one.theory}
    measured = [{mark.x: mark for mark in other.measured} for other in series]
    shared = [(marks, marks.keys() & theory.keys()) for marks in measured]
    return any(xs and all(marks[x].is_same(theory[x]) for x in xs) for marks, xs in shared)


def _colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A ramp for numbers, distinct colours for categories."""
    import matplotlib

    if len(values) > 2 and all(is_number(value) for value in values):
        ramp = matplotlib.colormaps["viridis"]
        ranked = sorted(values)
        return {value: ramp(DARK_END * ranked.index(value) / (len(values) - 1)) for value in values}
    return {value: CATEGORIES[i % len(CATEGORIES)] for i, value in enumerate(values)}
