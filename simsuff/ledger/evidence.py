"""Evidence about a statement: of which kind, what ran, when, and whether it bears out what docs/theory.md says.

Whatever runs appends it to a record file, one line of JSON for each piece.
"""

import datetime
import json
import math
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from simsuff import statements
from simsuff.hunting.hunter import exact_points
from simsuff.hunting.result import Hunt, ratio_of
from simsuff.numerics.validation import one_of, refuse
from simsuff.proofs import Inequality, Proof
from simsuff.statements import Statement
from simsuff.verdicts import Comparison, Relation, Verdict

# What each kind is, in the order of the columns.
KINDS = {
    "proof": "an identity or inequality that SymPy closes",
    "certificate": "an inequality between divergences, enclosed by intervals and checked by other code",
    "exact": "evaluations in fractions or balls, or against brute force",
    "property": "property tests on random arguments",
    "hunt": "a search for a counterexample",
    "simulation": "rows of a study",
}


class State(StrEnum):
    """CONFIRMED: as docs/theory.md says, which for a false statement means that a counterexample was found."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    OPEN = "open"


@dataclass(frozen=True)
class Evidence:
    """One thing that ran and what it says about one statement.

    Attributes
    ----------
    statement : the id.
    kind : one of `KINDS`.
    state : a `State`.
    what : what ran: the name of a test, an identity, a study.
    date : the day, as YYYY-MM-DD.
    ratio : the largest lhs/rhs that was met, for ``>=`` rhs/lhs; None where that was not measured.
    attained : where that ratio was met.
    verified : how the ratio was computed there.
    """

    statement: str
    kind: str
    state: State
    what: str
    date: str
    ratio: float | None = None
    attained: str = ""
    verified: str = ""

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)


def today() -> str:
    """The date of evidence that is gathered now."""
    return datetime.date.today().isoformat()


def of_hunt(hunt: Hunt, date: str) -> Evidence:
    """What a hunt says. A statement that stands is as theory says it; that a false one stands leaves it open."""
    state = _searched(_holds(hunt.statement), hunt.outcome == "refuted")
    ratio = hunt.ratio if math.isfinite(hunt.ratio) else None
    place = hunt.dramatic or hunt.smallest
    attained = "; ".join(f"{name} = {value}" for name, value in place.fractions.items()) if place else ""
    verified = place.verified if place else ""
    what = f"hunt, {hunt.evaluations:,} evaluations"
    return Evidence(hunt.statement, "hunt", state, what, date, ratio, attained, verified)


def of_exact(statement: Statement, date: str, count: int = 12) -> list[Evidence]:
    """What exact arithmetic says at typical arguments; nothing where a quantity of the statement has no exact twin."""
    failures = [sides.fails for _, sides in exact_points(statement, count)]
    if not failures:
        return []
    state = _searched(statement.holds, any(failures))
    return [Evidence(statement.id, "exact", state, f"exact arithmetic, {len(failures)} arguments", date)]


def _searched(holds: bool, refuted: bool) -> State:
    """What a search for counterexamples says about a statement that theory calls true or false."""
    if refuted:
        return State.CONTRADICTED if holds else State.CONFIRMED
    return State.CONFIRMED if holds else State.OPEN


def _holds(id: str) -> bool:
    """Whether theory calls the statement true; so it does an id without a callable."""
    return all(entry.holds for entry in statements.all() if entry.id == id)


def of_proof(proof: Proof, date: str) -> Evidence:
    """What a proof says about the statement that its identity is named after."""
    kind = "certificate" if isinstance(proof.identity, Inequality) else "proof"
    states = {"proved": State.CONFIRMED, "refuted": State.CONTRADICTED, "unproved": State.OPEN}
    return Evidence(statement_of(proof.identity.id), kind, states[proof.status], proof.identity.id, date)


def statement_of(identity: str) -> str:
    """The statement that an identity belongs to: the longest id that its own begins with, else the part before ``-``.

    Examples
    --------
    >>> statement_of("A4-chi2-offset"), statement_of("P3-bregman-kl")
    ('A4-chi2', 'P3')
    """
    parts = identity.split("-")
    ids = {entry.id for entry in statements.all()}
    heads = ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next((head for head in heads if head in ids), parts[0])


def of_run(folder: Path) -> list[Evidence]:
    """What the rows of a run directory say about each statement.

    Raises
    ------
    ValueError : where `folder` is not a run directory, or its files are damaged.
    """
    from simsuff.reporting.row import rows_of
    from simsuff.studies import stored_results

    results, header, _ = stored_results(folder)
    date = str(header["started"])[:10]
    found = []
    for result, judged_rows in zip(results, rows_of(results), strict=True):
        rows: dict[str, list[tuple[Comparison, Verdict]]] = {}
        for row in judged_rows:
            known = row.comparison.statement
            if known and row.comparison.relation is not Relation.VERSUS:
                rows.setdefault(known, []).append((row.comparison, row.verdict))
        for id, judged in rows.items():
            expected = any(comparison.expected_violation for comparison, _ in judged)
            state = state_of(id, [verdict for _, verdict in judged], expected)
            ratio, where = most(comparison for comparison, _ in judged)
            what = f"{result.plan.name}, {len(judged)} rows at scale {header['scale']}"
            verified = "a row of the run" if where else ""
            found.append(Evidence(id, "simulation", state, what, date, ratio, where, verified))
    return found


def state_of(id: str, verdicts: Collection[Verdict], expected: bool = False) -> State:
    """What verdicts say about a statement; `expected` where theory predicts that some of them are violations."""
    holds = _holds(id)
    if Verdict.VIOLATED in verdicts:
        return State.CONTRADICTED if holds and not expected else State.CONFIRMED
    if not holds:
        return State.OPEN
    decided = sum(verdict is Verdict.HOLDS for verdict in verdicts)
    return State.CONFIRMED if 2 * decided > len(verdicts) else State.OPEN


def most(comparisons: Iterable[Comparison]) -> tuple[float | None, str]:
    """The largest ratio of exact bounds, and its setting in words."""
    from simsuff.reporting.row import setting_text

    best, where = None, ""
    for comparison in comparisons:
        is_bound = comparison.relation in (Relation.AT_MOST, Relation.AT_LEAST)
        ratio = ratio_of(comparison) if is_bound and not comparison.is_estimated else 0.0
        if math.isfinite(ratio) and ratio > (best or 0.0):
            best, where = ratio, setting_text(comparison.setting)
    return best, where


def append(path: Path, evidence: Iterable[Evidence]) -> None:
    """Add lines to the record file at `path`, in one write so that processes may share it; folders are made."""
    text = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in evidence)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def read(path: Path) -> list[Evidence]:
    """The evidence in a record file, of each thing that ran the last.

    Raises
    ------
    ValueError : for a line that is no evidence, with its number.
    """
    found: dict[tuple[str, str, str], Evidence] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            fields = json.loads(line)
            entry = Evidence(**fields | {"state": State(fields["state"])})
        except (ValueError, TypeError, KeyError) as error:
            way_out = "delete the line, or record anew"
            raise refuse(f"line {number} of {path.name}", line[:80], "be evidence", way_out) from error
        found[entry.statement, entry.kind, entry.what.partition(",")[0]] = entry
    return [*found.values()]
