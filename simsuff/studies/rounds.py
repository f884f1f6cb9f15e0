"""Rounds of replicates after the planned ones: which cells need more, how many, and when it is enough.

A round is decided from complete rounds alone, so that workers, interruptions and their order change nothing. Only a
budget of seconds depends on the clock; the rounds that it allowed are in the plan that the run directory records.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simsuff.numerics.numbers import Estimate, value_of
from simsuff.numerics.validation import integer, require
from simsuff.studies.collect import StudyResult
from simsuff.studies.grid import cell_text
from simsuff.studies.plan import CellKey, StudyPlan
from simsuff.studies.progress import Costs
from simsuff.verdicts import Comparison, Verdict, judge
from simsuff.verdicts.comparison import LEVEL
from simsuff.verdicts.rules import stderr_of

# The most replicates of a cell where the user names no number, as a multiple of those that were planned.
MOST_TIMES = 64

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Goal:
    """When a row has enough replicates; without any wish every row has at once.

    Parameters
    ----------
    until_decided : a row needs more while its verdict, at the error level `level` of the whole run, is undecided.
    precision : it needs more while half the interval of lhs − rhs, of the row alone at `level`, exceeds this share of
        the left side; a left side of 0 is never known to a share.
    target_se : it needs more while the standard error of lhs − rhs exceeds this, in the unit of the sides.
    budget : seconds after which no round starts; one whose cells do not all fit runs the cheapest of them.
    most : the most replicates of a cell; 64 times those that were planned where None.
    """

    until_decided: bool = False
    precision: float | None = None
    target_se: float | None = None
    budget: float | None = None
    most: int | None = None
    level: float = LEVEL

    def __post_init__(self) -> None:
        for name, example in (("precision", "2%"), ("target_se", "0.01"), ("budget", "10m")):
            value = getattr(self, name)
            good = value is None or 0 < value < math.inf
            require(good, f"--{name.replace('_', '-')}", value, "be positive", f"write it like {example}")
        if self.most is not None:
            integer("--max-replicates", self.most, 1, "pass a number of replicates")
        stray = (self.budget or self.most) and not self.is_adaptive
        way_out = "add --until-decided, --precision or --target-se"
        require(not stray, "--budget or --max-replicates", "alone", "limit something", way_out)

    @property
    def is_adaptive(self) -> bool:
        """Whether there may be rounds at all."""
        return self.until_decided or self.precision is not None or self.target_se is not None

    def needs_more(self, row: Comparison, verdict: Verdict) -> bool:
        """Whether more replicates could serve the row, and are wished for."""
        if not row.is_estimated:
            return False
        return (
            (self.until_decided and verdict is Verdict.UNDECIDED and is_decided_by_chance(row))
            or (
                self.precision is not None
                and row.chance(self.level) > self.precision * abs(value_of(row.lhs))
            )
            or (self.target_se is not None and standard_error(row) > self.target_se)
        )


def is_decided_by_chance(row: Comparison) -> bool:
    """Whether the row would be decided if its means were known: what errors or infinities leave open stays open."""
    sides = [value_of(side) if isinstance(side, Estimate) else side for side in (row.lhs, row.rhs)]
    return row.with_(lhs=sides[0], rhs=sides[1], difference=None).verdict is not Verdict.UNDECIDED


def standard_error(row: Comparison) -> float:
    """The standard error of lhs − rhs; 0 for exact numbers."""
    if row.difference is not None:
        return stderr_of(row.difference)
    return math.hypot(*(stderr_of(side) for side in (row.lhs, row.rhs) if isinstance(side, Estimate)))


def wanted(plans: Sequence[StudyPlan], results: Sequence[StudyResult], goal: Goal) -> dict[CellKey, int]:
    """The cells that need more replicates, and how many each should have: twice as many, up to the most allowed.

    A cell that lost a replicate gets none: what failed would be missing among more of them as well.
    """
    rows = [(result.plan.name, row) for result in results for row in result.rows]
    verdicts = judge([row.comparison for _, row in rows], goal.level)
    experiments = {(plan.name, e.name): e for plan in plans for e in plan.experiments}
    found: dict[CellKey, int] = {}
    for (study, row), verdict in zip(rows, verdicts, strict=True):
        experiment = experiments[study, row.experiment]
        most = MOST_TIMES * experiment.replicates if goal.most is None else goal.most
        target = min(2 * row.planned, most)
        is_open = experiment.draws and row.replicates == row.planned < target
        if is_open and goal.needs_more(row.comparison, verdict):
            found[study, row.experiment, row.cell] = target
    return found


def affordable(
    plans: Sequence[StudyPlan], counts: Mapping[CellKey, int], seconds: float, costs: Costs
) -> dict[CellKey, int]:
    """The cells of `counts`, cheapest first, whose additional replicates take `seconds` at most."""
    prices = []
    for plan in plans:
        for e in plan.experiments:
            for cell, setting in enumerate(e.cells):
                key = (plan.name, e.name, cell)
                if key in counts:
                    each = costs.of(f"{plan.name}:{e.name}[{cell_text(setting)}]") or 0.0
                    prices.append((each * (counts[key] - e.planned(cell)), key))
    chosen = {}
    for price, key in sorted(prices):
        seconds -= price
        if seconds < 0:
            break
        chosen[key] = counts[key]
    return chosen


def read_seconds(text: str) -> float:
    """``90``, ``90s``, ``10m`` or ``1h30m`` in seconds.

    Raises
    ------
    ValueError : for another form.

    Examples
    --------
    >>> read_seconds("1h30m")
    5400.0
    """
    parts = re.findall(r"(\d+(?:\.\d*)?)([smh]?)", text)
    whole = parts and "".join(number + unit for number, unit in parts) == text
    whole = whole and (len(parts) == 1 or all(unit for _, unit in parts))
    require(whole, "--budget", text, "be a duration", "write 90s, 10m or 1h30m")
    return float(sum(float(number) * _UNITS[unit or "s"] for number, unit in parts))


def read_share(text: str) -> float:
    """``2%`` or ``0.02``.

    Raises
    ------
    ValueError : for another form.

    Examples
    --------
    >>> read_share("2%")
    0.02
    """
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        require(False, "--precision", text, "be a share", "write 2% or 0.02")
        raise
