"""Which points and lines does a panel hold? Rows grouped by colour and by whatever else was varied."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simsuff.reporting.row import Row, setting_text
from simsuff.studies.experiment import Axes
from simsuff.studies.grid import canonical, value_text
from simsuff.verdicts.number import Number, half_width, value_of

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
    """The series of a panel, in the order of the rows; rows without `x` are left out."""
    found: dict[str, Series] = {}
    rows = [row for row in rows if _is_shown(row, axes)]
    varying = _varying(rows, axes)
    for row in sorted((r for r in rows if axes.x in r.comparison.setting), key=lambda r: _rank(r, axes.x)):
        setting = row.comparison.setting
        rest = {name: setting[name] for name in varying if name in setting}
        by = _category(setting.get(axes.by)) if axes.by else None
        relation = str(row.comparison.relation)
        key = canonical([by, rest, row.comparison.statement, relation])
        series = found.setdefault(key, Series(by, _rest_text(rest, row, rows), relation))
        series.add(_category(setting[axes.x]), row)
    return sorted(found.values(), key=lambda s: _first(s, rows, axes))


def _is_shown(row: Row, axes: Axes) -> bool:
    """Whether the panel asks for the row."""
    shown = [axes.show] if isinstance(axes.show, str) else axes.show
    return not shown or row.comparison.statement in shown or row.comparison.setting.get("case") in shown


def _varying(rows: Sequence[Row], axes: Axes) -> list[str]:
    """The settings beside x and by that take more than one value."""
    names = dict.fromkeys(name for row in rows for name in row.comparison.setting)
    values = {name: {canonical(row.comparison.setting.get(name)) for row in rows} for name in names}
    return [name for name in names if name not in (axes.x, axes.by) and len(values[name]) > 1]


def _rest_text(rest: dict[str, Any], row: Row, rows: Sequence[Row]) -> str:
    """What a legend must say beside the colour."""
    several = len({other.comparison.statement for other in rows}) > 1
    parts = [row.comparison.statement] if several else []
    return ", ".join(part for part in (*parts, setting_text(rest)) if part)


def _rank(row: Row, x: str) -> tuple[int, float]:
    """Numbers in their order; other values keep the order of the rows."""
    value = row.comparison.setting[x]
    return (0, float(value)) if is_number(value) else (1, 0.0)


def _first(series: Series, rows: Sequence[Row], axes: Axes) -> int:
    """The place of the series' colour among the rows."""
    if axes.by is None:
        return 0
    return next(i for i, r in enumerate(rows) if _category(r.comparison.setting.get(axes.by)) == series.by)


def _category(value: Any) -> Any:
    """A number as it is, anything else as text."""
    return value if is_number(value) or isinstance(value, str) else value_text(value)


def is_number(value: Any) -> bool:
    """Whether the value has a place on a numeric axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)
