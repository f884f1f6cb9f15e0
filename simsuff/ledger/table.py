"""The table of the ledger: one account for each statement, with its evidence by kind, its best ratio and its mutants."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simsuff import statements
from simsuff.ledger.evidence import KINDS, Evidence, State
from simsuff.ledger.mutants import Mutant

# An id without a callable: a letter and a number, as P3, or a letter alone.
_ID = re.compile(r"[A-Z]\d*")

# Kinds of evidence that a statement should have.
ENOUGH = 2


@dataclass(frozen=True)
class Cell:
    """The evidence of one kind: its worst state, how much of it there is, and the day of the last."""

    state: State
    count: int
    date: str

    def text(self) -> str:
        """``confirmed 3× 2026-11-30``."""
        times = f" {self.count}×" if self.count > 1 else ""
        return f"{self.state}{times} {self.date}"


@dataclass(frozen=True)
class Account:
    """What is known about one statement.

    Attributes
    ----------
    id, title, holds, sharp : of the statement; an id of docs/theory.md without a callable has no title.
    evidence : everything that ran about it.
    mutants : what became of its perturbed forms, where that was asked for.
    """

    id: str
    title: str
    holds: bool
    sharp: str
    evidence: Sequence[Evidence]
    mutants: Sequence[Mutant] = field(default_factory=list)

    @property
    def cells(self) -> dict[str, Cell]:
        """The evidence by kind; kinds without any are left out."""
        cells = {}
        for kind in KINDS:
            found = [entry for entry in self.evidence if entry.kind == kind]
            if found:
                order = (State.CONTRADICTED, State.CONFIRMED, State.OPEN)
                worst = min((entry.state for entry in found), key=order.index)
                cells[kind] = Cell(worst, len(found), max(entry.date for entry in found))
        return cells

    @property
    def contradicted(self) -> bool:
        """Whether any evidence speaks against the statement as docs/theory.md has it."""
        return any(cell.state is State.CONTRADICTED for cell in self.cells.values())

    @property
    def wanting(self) -> bool:
        """Whether fewer than `ENOUGH` kinds of evidence confirm it."""
        return sum(cell.state is State.CONFIRMED for cell in self.cells.values()) < ENOUGH

    @property
    def best(self) -> Evidence | None:
        """The evidence with the largest ratio that was met."""
        measured = [entry for entry in self.evidence if entry.ratio is not None]
        return max(measured, key=lambda entry: entry.ratio or 0.0, default=None)

    def record(self) -> dict[str, Any]:
        """Plain data."""
        best = self.best
        return {
            "id": self.id,
            "title": self.title,
            "holds": self.holds,
            "sharp": self.sharp,
            "evidence": {
                kind: {"state": str(cell.state), "count": cell.count, "date": cell.date}
                for kind, cell in self.cells.items()
            },
            "wanting": self.wanting,
            "ratio": best.ratio if best else None,
            "attained": best.attained if best else "",
            "ratio_by": best.what if best else "",
            "ratio_verified": best.verified if best else "",
            "mutants": [mutant.record() for mutant in self.mutants],
        }


def accounts(
    evidence: Iterable[Evidence], mutated: Mapping[str, Sequence[Mutant]] | None = None
) -> list[Account]:
    """One account for each registered statement and each other id of docs/theory.md that evidence speaks about, in order.

    What studies measure under a name in words, such as "test error", is no statement.
    """
    known = {entry.id: entry for entry in statements.all()}
    gathered: dict[str, list[Evidence]] = {}
    for entry in evidence:
        if entry.statement in known or _ID.fullmatch(entry.statement):
            gathered.setdefault(entry.statement, []).append(entry)
    found = []
    for id in sorted(known.keys() | gathered.keys()):
        about = known.get(id)
        title, holds, sharp = (about.title, about.holds, about.sharp) if about else ("", True, "")
        found.append(Account(id, title, holds, sharp, gathered.get(id, []), (mutated or {}).get(id, [])))
    return found
