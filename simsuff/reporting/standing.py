"""Where each statement stands after a run: its rows, its state, and how near to its bound they came."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from simsuff import statements
from simsuff.numerics.numbers import error_of, value_of
from simsuff.reporting.row import Row
from simsuff.reporting.tightness import tightness
from simsuff.statements import Statement
from simsuff.verdicts import Relation, Verdict

# The parts of docs/theory.md that have statements.
PARTS = {
    "P": "f-divergences",
    "A": "Three forms, chain rule, data processing",
    "B": "KL and finite-K InfoNCE",
    "C": "Downstream regression",
    "D": "Downstream classification (log loss)",
    "E": "Gaussian model",
    "F": "Topic model",
    "G": "Finite samples",
    "H": "Open territory (measured, not claimed)",
    "I": "Approximate sufficiency: the forms that the paper prints",
    "J": "From the loss to sufficiency: finite samples, the paper's constants beside ours",
    "Q": "Downstream tasks: the paper's bounds beside ours",
    "S": "The sphere: von Mises–Fisher pairs and the linear regression example",
    "W": "Words: topic classification from views that drop words",
}


class State(StrEnum):
    """What the rows of a run say about one statement, in the order in which they decide.

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
class Standing:
    """A registered statement, or what rows call by a name of their own, with its rows in this run."""

    id: str
    statement: Statement | None = None
    rows: Sequence[Row] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The state that decides: weak only where no row would notice a wrong constant."""
        return min(map(state_of, self.rows), key=[*State].index, default=State.UNSEEN)

    @property
    def letter(self) -> str:
        """The part of docs/theory.md that it belongs to; empty for names that are no id of it."""
        base = self.id.partition("-")[0]
        return base[0] if base[:1] in PARTS and base[1:].isdigit() else ""

    @property
    def is_statement(self) -> bool:
        """Whether it is registered, or at least stands in docs/theory.md."""
        return self.statement is not None or self.letter != ""

    @property
    def shares(self) -> list[tuple[float, Row]]:
        """The rows with the share of theory that was measured, the least first."""
        found = [(share, row) for row in self.rows if (share := share_of(row)) is not None]
        return sorted(found, key=lambda pair: pair[0])


def state_of(row: Row) -> State:
    """What one row says."""
    if row.is_measured:
        return State.MEASURED
    if row.verdict is Verdict.VIOLATED:
        return State.VIOLATED if row.is_unexpected else State.EXPECTED
    if row.verdict is Verdict.HOLDS:
        return State.WEAK if row.is_weak else State.HOLDS
    return State.UNCONFIRMED if row.verdict is Verdict.UNCONFIRMED else State.UNDECIDED


def is_bound(row: Row) -> bool:
    """Whether theory gives a bound, and not a value or a limit."""
    return row.comparison.relation in (Relation.AT_MOST, Relation.AT_LEAST)


def share_of(row: Row) -> float | None:
    """What was measured as a share of theory: of a bound its `tightness`, of an equality or limit lhs/rhs.

    None where a side does not stand out from its error or is infinite, and for two measurements.
    """
    comparison = row.comparison
    if comparison.relation in (Relation.EQUALS, Relation.TENDS_TO):
        left, right = value_of(comparison.lhs), value_of(comparison.rhs)
        resolved = abs(right) > 2 * error_of(comparison.rhs)
        share = left / right if resolved and math.isfinite(right) else None
    else:
        share = tightness(comparison)
    return share if share is not None and math.isfinite(share) else None


def standings(rows: Iterable[Row]) -> list[Standing]:
    """One standing for each registered statement, ordered by id, then one for each other name that rows carry."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.comparison.statement, []).append(row)
    known = [Standing(entry.id, entry, found.pop(entry.id, [])) for entry in statements.all()]
    return known + [Standing(name, None, found[name]) for name in sorted(found) if name]
