"""Would the evidence notice a wrong constant? Statements whose right side is perturbed, judged by what they rest on."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from simsuff.numerics.numbers import value_of
from simsuff.proofs import Identity
from simsuff.proofs.identity import Provable
from simsuff.proofs.proof import claims_of, counterexample
from simsuff.statements import Statement
from simsuff.statements.registry import as_sides
from simsuff.verdicts import Comparison, Comparisons, Relation, Verdict

# By which share the constant is wrong.
SIZES = (Fraction(1, 50), Fraction(1, 20))


@dataclass(frozen=True)
class Mutant:
    """A statement whose right side was made `share` smaller or larger, so that it claims more than it should.

    Attributes
    ----------
    share : the signed share, −1/50 for 0.98 times the right side.
    noticed : the kinds of evidence in which the perturbed relation fails.
    tried : the kinds of evidence that there were.
    """

    share: Fraction
    noticed: tuple[str, ...]
    tried: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        return {"share": float(self.share), "noticed": [*self.noticed], "tried": [*self.tried]}


def shares(relation: Relation | str) -> tuple[Fraction, ...]:
    """The perturbations that make a claim stronger: an equality is wrong on either side."""
    down = tuple(-size for size in SIZES)
    if relation == "<=":
        return down
    return SIZES if relation == ">=" else (*down, *SIZES)


def shifted(sides: Comparison, share: Fraction) -> Comparison:
    """The comparison with b + share·|b| in place of its right side b; as it is where that is infinite.

    Examples
    --------
    >>> shifted(Comparison(1.0, "<=", 1.01), Fraction(-1, 50)).verdict
    <Verdict.VIOLATED: 'violated'>
    """
    before = value_of(sides.rhs)
    if not math.isfinite(before):
        return sides
    moved = _moved(sides.rhs, share)
    apart = sides.difference
    if apart is not None:
        apart = apart - (value_of(moved) - before)
    return sides.with_(rhs=moved, difference=apart, expected_violation="")


def _moved(number: Any, share: Fraction) -> Any:
    """b + share·|b| of a number or an array, with its error."""
    return number * (1 + float(share) * np.sign(value_of(number)))


def mutant_of(statement: Statement, share: Fraction) -> Statement:
    """The statement with b + share·|b| in place of its right side b."""

    @functools.wraps(statement.function)
    def function(*args: Any, **kwargs: Any) -> Comparison | Comparisons:
        sides = as_sides(statement.id, statement.function(*args, **kwargs))
        if isinstance(sides, Comparisons):
            return sides.with_(rhs=_moved(sides.rhs, share))
        return shifted(sides, share)

    return replace(statement, function=function)


def mutants(
    statement: Statement,
    draws: int,
    rows: Sequence[Comparison] = (),
    identities: Sequence[Provable] = (),
    ratios: Sequence[float] = (),
    exact: int = 4,
    budget: float = 0.0,
) -> list[Mutant]:
    """What the evidence of a statement says when its constant is wrong.

    Parameters
    ----------
    statement : one that holds.
    draws : sets of arguments from the strategies of the property tests.
    rows : the rows of a run that speak about it.
    identities : those of proof files that belong to the statement; inequalities with a certificate are left out.
    ratios : the largest lhs/rhs of recorded hunts, for ``>=`` rhs/lhs.
    exact : arguments that are evaluated in exact arithmetic.
    budget : seconds of a new hunt for each perturbation that nothing else notices; 0: none.
    """
    from simsuff.hunting import hunt
    from simsuff.hunting.hunter import exact_points, is_huntable
    from simsuff.reporting.paper import drawn_comparisons

    about_draws = is_huntable(statement)
    drawn = drawn_comparisons(statement, draws) if about_draws else []
    precise = [sides for _, sides in exact_points(statement, exact)] if about_draws else []
    relations = {str(entry.relation) for entry in (*drawn, *rows)} - {"vs"}
    found = []
    for share in sorted({share for relation in relations for share in shares(relation)}, key=abs):
        claims = {
            "proof": [_refuted(entry, share) for entry in identities if isinstance(entry, Identity)],
            "exact": [sides.shifted(share).fails for sides in precise],
            "property": _violated(drawn, share),
            "hunt": [ratio > 1 / (1 + share) if share > 0 else ratio > 1 + share for ratio in ratios],
            "simulation": _violated(rows, share),
        }
        if budget > 0 and about_draws and not any(map(any, claims.values())):
            found_out = hunt(mutant_of(statement, share), budget=budget).outcome
            claims["hunt"] = [*claims["hunt"], found_out == "refuted"]
        noticed = tuple(kind for kind, failures in claims.items() if any(failures))
        found.append(Mutant(share, noticed, tuple(kind for kind, failures in claims.items() if failures)))
    return found


def _violated(comparisons: Sequence[Comparison], share: Fraction) -> list[bool]:
    """Which comparisons are violated once their right side is perturbed."""
    return [shifted(entry, share).verdict is Verdict.VIOLATED for entry in comparisons]


def _refuted(identity: Identity, share: Fraction) -> bool:
    """Whether the identity fails at a point once its right side is perturbed."""
    import sympy as sp

    factor = 1 + sp.Rational(share.numerator, share.denominator)
    relation, claims = claims_of(replace(identity, right=identity.right * factor))
    return any(counterexample(claim, relation) for claim in claims)
