"""The ledger: an account for each statement, with its evidence, best ratio and mutants; as text, JSON and HTML."""

import json
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
MARKS = {State.CONFIRMED: "+", State.CONTRADICTED: "✗", State.OPEN: "?"}
# Which of the looks of the report's states stands for which state of evidence.
LOOKS = {State.CONFIRMED: "holds", State.CONTRADICTED: "violated", State.OPEN: "undecided"}
KEY = "+ confirmed, ✗ contradicted, ? open, · nothing ran; the number is how many tests, identities, studies"

# Arguments longer than this are cut; --json has all of them.
SHOWN = 160


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


def text(accounts: Sequence[Account]) -> str:
    """A line for each statement, a column for each kind, then what is missing."""
    width = max(len(account.id) for account in accounts)
    lines = ["  ".join([f"{'':{width}}", *KINDS, "largest ratio"])]
    for account in accounts:
        cells = []
        for kind in KINDS:
            cell = account.cells.get(kind)
            shown = f"{MARKS[cell.state]}{cell.count if cell.count > 1 else ''}" if cell else "·"
            cells.append(f"{shown:{len(kind)}}")
        ratio = f"{account.best.ratio:.6g}" if account.best else ""
        lines.append("  ".join([f"{account.id:{width}}", *cells, ratio]).rstrip())
    return "\n".join([*lines, "", KEY, *summary(accounts)]) + "\n"


def constants(accounts: Sequence[Account]) -> str:
    """The bounds by the largest lhs/rhs that was met, which is what of their constants is certainly needed."""
    measured = sorted(
        ((account, account.best) for account in accounts if account.best),
        key=lambda pair: -(pair[1].ratio or 0),
    )
    width = max((len(account.id) for account, _ in measured), default=0)
    lines = ["ratio        statement, by what; where; what theory says of sharpness"]
    for account, best in measured:
        status = "" if account.holds else "false; "
        place = best.attained if len(best.attained) <= SHOWN else f"{best.attained[:SHOWN]} …"
        sharp = f"; sharp: {account.sharp}" if account.sharp else ""
        lines.append(
            f"{best.ratio:<11.6g}  {account.id:{width}}  {status}{best.what} ({best.verified}); {place}{sharp}"
        )
    return "\n".join(lines) + "\n"


def summary(accounts: Sequence[Account]) -> list[str]:
    """How many statements have enough evidence, and which mutants nothing noticed."""
    against = [account.id for account in accounts if account.contradicted]
    wanting = [account.id for account in accounts if account.wanting]
    lines = [
        f"{len(accounts) - len(wanting)} of {len(accounts)} statements have two kinds of evidence or more"
    ]
    lines += [f"contradicted: {', '.join(against)}"] if against else []
    lines += [f"fewer: {', '.join(wanting)}"] if wanting else []
    mutated = [account for account in accounts if account.mutants]
    if mutated:
        total = sum(len(account.mutants) for account in mutated)
        seen = sum(bool(mutant.noticed) for account in mutated for mutant in account.mutants)
        lines.append(f"{seen} of {total} perturbed statements were noticed")
        for account in mutated:
            missed = [f"{float(m.share):+.0%}" for m in account.mutants if not m.noticed]
            if missed:
                why = f"largest ratio {account.best.ratio:.4g}" if account.best else "no ratio was measured"
                lines.append(f"  {account.id} {', '.join(missed)}: {'SHARP; ' if account.sharp else ''}{why}")
    return lines


def as_json(accounts: Sequence[Account]) -> str:
    """One object for each statement."""
    records = [account.record() for account in accounts]
    return json.dumps({"statements": records}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_html(accounts: Sequence[Account]) -> str:
    """A table with a cell for each kind of evidence.

    Raises
    ------
    ImportError : where Jinja is not installed.
    """
    from simsuff.reporting.html import render

    return render("ledger.html", accounts=accounts, kinds=KINDS, marks=LOOKS, summary=summary(accounts))
