"""A row of the theory-versus-empirics table, from which every format is written: its state, its numbers, and counts."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simsuff.numerics.numbers import error_of, value_of
from simsuff.studies.collect import Draw, StudyResult
from simsuff.studies.grid import value_text
from simsuff.verdicts import Comparison, Estimate, Relation, Verdict, judge, level_against
from simsuff.verdicts.comparison import LEVEL
from simsuff.verdicts.rules import WEAK, exactness

BOUNDS = (Relation.AT_MOST, Relation.AT_LEAST)
SYMBOLS = {"<=": "≤", ">=": "≥", "==": "=", "->": "→", "vs": "vs"}
HEADER = (
    "statement",
    "setting",
    "theory",
    "empirical",
    "standard error or exactness",
    "slack",
    "notices",
    "verdict",
)


class State(StrEnum):
    """What a row says, or the rows of a run say about one statement, in the order in which they decide.

    The worst comes first, except that one row that would notice a wrong constant speaks for all that would not.
    """

    VIOLATED = "violated"
    UNCONFIRMED = "unconfirmed"
    UNDECIDED = "undecided"
    EXPECTED = "violated as expected"
    HOLDS = "holds"
    WEAK = "weak"
    MEASURED = "measured"
    UNSEEN = "no evidence in this run"


@dataclass(frozen=True)
class Row:
    """A pooled comparison with its family-wise verdict.

    Attributes
    ----------
    power : the smallest relative error of the right side's constant that the row would have noticed; inf where it
        could notice none, None where the question means nothing (`Comparison.power_at`).
    decided_by : the replicate that decides, where the row speaks about every draw and has several.
    """

    study: str
    experiment: str
    comparison: Comparison
    verdict: Verdict
    replicates: int
    planned: int
    power: float | None = None
    decided_by: Draw | None = None

    @property
    def state(self) -> State:
        """What the row says; weak where it would hold too with a constant wrong by a fifth."""
        if self.comparison.relation is Relation.VERSUS:
            return State.MEASURED
        if self.verdict is Verdict.VIOLATED:
            return State.EXPECTED if self.comparison.expected_violation else State.VIOLATED
        if self.verdict is Verdict.HOLDS:
            return State.WEAK if self.power is not None and self.power > WEAK else State.HOLDS
        return State.UNCONFIRMED if self.verdict is Verdict.UNCONFIRMED else State.UNDECIDED

    @property
    def is_bound(self) -> bool:
        """Whether theory gives a bound, and not a value or a limit."""
        return self.comparison.relation in BOUNDS

    @property
    def share(self) -> float | None:
        """What was measured as a share of theory: of a bound its `tightness`, of an equality or limit lhs/rhs.

        None where a side does not stand out from its error or is infinite, and for two measurements.
        """
        share, rhs = tightness(self.comparison), self.comparison.rhs
        is_equality = self.comparison.relation in (Relation.EQUALS, Relation.TENDS_TO)
        if is_equality and 2 * error_of(rhs) < abs(value_of(rhs)) < math.inf:
            share = value_of(self.comparison.lhs) / value_of(rhs)
        return share if share is not None and math.isfinite(share) else None

    @property
    def theory(self) -> str:
        """The right side with the relation before it, and the remainder that a limit admits."""
        text = f"{SYMBOLS[str(self.comparison.relation)]} {number_text(value_of(self.comparison.rhs))}"
        return f"{text} (1 ± {self.comparison.remainder:.2g})" if self.comparison.remainder else text

    @property
    def empirical(self) -> str:
        """The left side."""
        return number_text(value_of(self.comparison.lhs))

    @property
    def exactness(self) -> str:
        """The standard error or exactness of the left side, and of theory where it is not exact."""
        left, right = exactness(self.comparison.lhs), exactness(self.comparison.rhs)
        name = "reference" if self.state is State.MEASURED else "theory"
        return left if right == "exact" else f"{left}; {name} {right}"

    @property
    def notices(self) -> str:
        """The power in per cent: ``12 %``, ``none`` where no error of the constant would show, empty for no meaning."""
        return "" if self.power is None else "none" if self.power == math.inf else percent(self.power)

    @property
    def setting(self) -> str:
        """``K=2, M=10``."""
        return setting_text(self.comparison.setting)

    @property
    def note(self) -> str:
        """What a reader must know to understand the verdict; usually nothing."""
        notes = []
        if self.comparison.expected_violation:
            notes.append(self.comparison.expected_violation)
        if self.decided_by is not None and self.verdict is Verdict.VIOLATED:
            notes.append(f"decided by {self.decided_by.task}")
        if self.replicates < self.planned:
            notes.append(f"{self.replicates} of {self.planned} replicates")
        return "; ".join(notes)


@dataclass(frozen=True)
class Counts:
    """How the verdicts of a study divide; rows that judge no theory are `measured`, whatever they found.

    `expected` are violations that theory predicts, `unconfirmed` those that it predicts and that did not occur;
    `weak` are those of `holds` that would hold too with a constant wrong by a fifth.
    """

    holds: int
    weak: int
    violated: int
    expected: int
    unconfirmed: int
    undecided: int
    measured: int
    failed: int

    def text(self) -> str:
        """``2 holds (1 weak), 0 violated, 1 undecided`` and what else there is."""
        holds = f"holds ({self.weak} weak)" if self.weak else "holds"
        always = [(self.holds, holds), (self.violated, "violated"), (self.undecided, "undecided")]
        others = [
            (self.measured, "measured"),
            (self.expected, "violated as expected"),
            (self.unconfirmed, "predicted violations unconfirmed"),
            (self.failed, "failed"),
        ]
        return ", ".join(f"{n} {word}" for n, word in [*always, *(pair for pair in others if pair[0])])


def rows_of(results: Sequence[StudyResult], level: float = LEVEL) -> list[list[Row]]:
    """The rows of each study, judged at one family-wise level for all of them.

    A cell that lost replicates can only violate: what failed may be what would have spoken otherwise.
    """
    family = [row.comparison for result in results for row in result.rows]
    verdicts, share = iter(judge(family, level)), level_against(family, level)
    studies = []
    for result in results:
        rows = []
        for pooled in result.rows:
            verdict, is_whole = next(verdicts), pooled.replicates == pooled.planned
            judged = verdict if is_whole or verdict is Verdict.VIOLATED else Verdict.UNDECIDED
            decider = pooled.decided_by.comparison if pooled.decided_by else pooled.comparison
            power = decider.power_at(share)
            said = pooled.experiment, pooled.comparison, judged, pooled.replicates, pooled.planned
            rows.append(Row(result.plan.name, *said, power, pooled.decided_by))
        studies.append(rows)
    return studies


def count(rows: Sequence[Row], failures: int) -> Counts:
    """The counts of a study's rows."""
    found = Counter(row.state for row in rows)
    return Counts(
        holds=found[State.HOLDS] + found[State.WEAK],
        weak=found[State.WEAK],
        violated=found[State.VIOLATED],
        expected=found[State.EXPECTED],
        unconfirmed=found[State.UNCONFIRMED],
        undecided=found[State.UNDECIDED],
        measured=found[State.MEASURED],
        failed=failures,
    )


def tightness(comparison: Comparison) -> float | None:
    """The share of a bound that is measured; None for no bound, and where a side does not stand out from its error."""
    if comparison.relation not in BOUNDS:
        return None
    sides = (comparison.lhs, comparison.rhs)
    small, large = sides if comparison.relation is Relation.AT_MOST else sides[::-1]
    resolved = all(value_of(side) > 2 * error_of(side) for side in sides)
    return value_of(small) / value_of(large) if resolved and math.isfinite(value_of(large)) else None


def visible(text: str, kept: str = "") -> str:
    """Text that controls no terminal: white space is a blank, other unprintable letters are escapes.

    Letters of `kept` stay as they are.
    """
    if text.isprintable():
        return text
    shown = (c if c.isprintable() or c in kept else " " if c.isspace() else ascii(c)[1:-1] for c in text)
    return "".join(shown)


def setting_text(setting: Mapping[str, Any]) -> str:
    """``K=2, M=10``, floats with six digits."""
    texts = {
        name: value
        if isinstance(value, str)
        else f"{value:.6g}"
        if isinstance(value, float)
        else value_text(value)
        for name, value in setting.items()
    }
    return visible(", ".join(f"{name}={text}" for name, text in texts.items()))


def number_text(value: float) -> str:
    """Six significant digits."""
    return f"{value + 0.0:.6g}"  # the sum turns -0 into 0


def percent(share: float) -> str:
    """A share in per cent, to two digits or the unit.

    Examples
    --------
    >>> percent(0.00123), percent(0.996), percent(1.5), percent(1e9)
    ('0.12 %', '100 %', '150 %', '1e+11 %')
    """
    number = 100 * share
    return f"{number:.2g} %" if number < 99.5 or number >= 1e6 else f"{number:,.0f} %"


def draws(comparison: Comparison) -> int | None:
    """The sample size behind the left side, or behind theory where the left side is exact."""
    for side in (comparison.lhs, comparison.rhs):
        if isinstance(side, Estimate):
            return side.n
    return None
