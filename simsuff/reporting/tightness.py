"""How near to equality do the comparisons of a statement come: in the rows of a run, and over random draws?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simsuff.numerics.numbers import error_of, value_of
from simsuff.statements import Statement
from simsuff.verdicts import Comparison, Relation, Verdict

# The draws are the same each time.
SEED = 20250317


@dataclass(frozen=True)
class Measure:
    """Counts of verdicts, and the least and the largest share of the bound that was measured.

    For ``<=`` the share is lhs/rhs, for ``>=`` rhs/lhs, where both exceed their errors. None: no bound, or no such row.
    """

    rows: int
    holds: int
    violated: int
    loosest: float | None = None
    tightest: float | None = None

    @classmethod
    def of(cls, comparisons: Iterable[Comparison]) -> "Measure":
        """The measure of some comparisons of one statement."""
        rows = list(comparisons)
        verdicts = [row.verdict for row in rows]
        shares = [share for row in rows if (share := tightness(row)) is not None]
        held = verdicts.count(Verdict.HOLDS), verdicts.count(Verdict.VIOLATED)
        return cls(len(rows), *held, *((min(shares), max(shares)) if shares else ()))

    def text(self) -> str:
        """``holds in 98 of 100, 0.02 to 1``."""
        if not self.rows:
            return "no row"
        counts = f"holds in {self.holds} of {self.rows}"
        if self.violated:
            counts = f"fails in {self.violated} of {self.rows}"
        if self.loosest is None or self.tightest is None:
            return counts
        return f"{counts}, {self.loosest:.3g} to {self.tightest:.3g}"


def tightness(row: Comparison) -> float | None:
    """The share of the bound that is measured, if the row is a bound and both sides stand out from their errors."""
    if row.relation not in (Relation.AT_MOST, Relation.AT_LEAST):
        return None
    small, large = (row.lhs, row.rhs) if row.relation is Relation.AT_MOST else (row.rhs, row.lhs)
    resolved = all(value_of(side) > 2 * error_of(side) for side in (small, large))
    return value_of(small) / value_of(large) if resolved and math.isfinite(value_of(large)) else None


def over_draws(statement: Statement, draws: int) -> Measure:
    """The measure over `draws` arguments from the strategies of `statement`, the same ones each time."""
    return Measure.of(drawn_comparisons(statement, draws))


def drawn_comparisons(statement: Statement, draws: int) -> list[Comparison]:
    """Comparisons at random arguments, the same ones each time, without those that a condition excludes."""
    from simsuff.strategies.arguments import drawn_arguments

    found = []
    for arguments in drawn_arguments(statement, draws, SEED):
        try:
            found.append(statement.evaluate(**arguments))
        except ValueError as error:
            if "the condition of A1" not in str(error):
                raise
    return found


def in_run(folder: Path) -> tuple[dict[str, Measure], str]:
    """The measure of each statement in the rows of a run directory, and the scale of that run.

    Raises
    ------
    ValueError : where `folder` is not a run directory.
    """
    rows, scale = rows_by_statement(folder)
    return {id: Measure.of(found) for id, found in rows.items()}, scale


def rows_by_statement(folder: Path) -> tuple[dict[str, list[Comparison]], str]:
    """The rows of a run directory by what they speak about, and the scale of that run.

    Raises
    ------
    ValueError : where `folder` is not a run directory.
    """
    from simsuff.studies import stored_results

    results, header, _ = stored_results(folder)
    rows: dict[str, list[Comparison]] = {}
    for result in results:
        for row in result.rows:
            rows.setdefault(row.comparison.statement, []).append(row.comparison)
    return rows, str(header["scale"])
