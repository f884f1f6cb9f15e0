"""The series of a panel: rows grouped by colour and by whatever else was varied, each sorted along x."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simsuff.numerics.numbers import value_of
from simsuff.reporting.row import Row, setting_text
from simsuff.studies.experiment import Axes
from simsuff.studies.grid import canonical, value_text
from simsuff.verdicts.rules import Number, half_width

# Error bars and bands are two-sided intervals of this error probability for each point.
BAR_LEVEL = 0.05


@dataclass
class Series:
    """The rows that share everything except `x`, sorted by it."""

    by: Any
    rest: str
    relation: str
    x: list[Any] = field(default_factory=list)
    empirical: list[float] = field(default_factory=list)
    bar: list[float] = field(default_factory=list)
    theory: list[float] = field(default_factory=list)
    band: list[float] = field(default_factory=list)

    def add(self, x: Any, row: Row) -> None:
        """One more row."""
        left, right = row.comparison.lhs, row.comparison.rhs
        self.x.append(x)
        self.empirical.append(value_of(left))
        self.bar.append(_finite_half_width(left))
        self.theory.append(value_of(right))
        self.band.append(_finite_half_width(right))


def _finite_half_width(number: Number) -> float:
    """Half the interval; 0 where a single draw gives none."""
    width = half_width(number, BAR_LEVEL)
    return width if math.isfinite(width) else 0.0


def series_of(rows: Sequence[Row], axes: Axes) -> list[Series]:
    """The series of a panel, colours in the order of the rows; rows without `x` are left out."""
    shown = [axes.show] if isinstance(axes.show, str) else axes.show
    if shown:
        names = [(row, (row.comparison.statement, row.comparison.setting.get("case"))) for row in rows]
        rows = [row for row, (statement, case) in names if statement in shown or case in shown]
    values: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.comparison.setting.items():
            values.setdefault(name, set()).add(canonical(value))
    varying = [
        name
        for name, found in values.items()
        if name not in (axes.x, axes.by)
        and (len(found) > 1 or any(name not in row.comparison.setting for row in rows))
    ]
    several = len({row.comparison.statement for row in rows}) > 1
    colours: dict[Any, int] = {}
    if axes.by:
        for row in rows:
            colours.setdefault(_category(row.comparison.setting.get(axes.by)), len(colours))
    series: dict[str, Series] = {}
    for row in sorted((r for r in rows if axes.x in r.comparison.setting), key=lambda r: _rank(r, axes.x)):
        setting, statement = row.comparison.setting, row.comparison.statement
        rest = {name: setting[name] for name in varying if name in setting}
        by = _category(setting.get(axes.by)) if axes.by else None
        relation = str(row.comparison.relation)
        key = canonical([by, rest, statement, relation])
        if key not in series:
            text = ", ".join(part for part in (statement if several else "", setting_text(rest)) if part)
            series[key] = Series(by, text, relation)
        series[key].add(_category(setting[axes.x]), row)
    return sorted(series.values(), key=lambda one: colours.get(one.by, 0))


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
