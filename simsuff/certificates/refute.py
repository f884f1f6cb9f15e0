"""Is this point a counterexample? Both sides from the definition, at exact rationals, in balls."""

from typing import NamedTuple

import sympy as sp

from simsuff.certificates.balls import ball
from simsuff.certificates.charts import Box, Chart
from simsuff.certificates.claims import Claim, Side, x
from simsuff.certificates.generators import branch
from simsuff.certificates.intervals import enclose
from simsuff.divergences.symbols import t

# A pointwise violation at z becomes one of pairs when the outcome that shows it is rare: shares 2⁻¹ … 2⁻⁴⁰.
_SHARES = 40


class Counterexample(NamedTuple):
    """An exact pair and the enclosure of its margin, below 0."""

    p: sp.Rational
    q: sp.Rational
    margin: tuple[float, float]


def violation(claim: Claim, p: sp.Rational, q: sp.Rational) -> Counterexample | None:
    """The counterexample at (p, q), or None where the balls do not show one."""
    small, large = _side(claim.smaller, p, q), _side(claim.larger, p, q)
    margin = enclose(ball(large - small))
    return Counterexample(p, q, (margin.lo, margin.hi)) if margin.hi < 0 else None


def _side(side: Side, p: sp.Rational, q: sp.Rational) -> sp.Expr:
    total = sp.Integer(0)
    for first, second in ((p, q), (1 - p, 1 - q)):
        total += second * branch(side.generator, 1 if first >= second else -1).subs(t, first / second)
    return side.function.subs(x, total)


def violation_near(claim: Claim, chart: Chart, box: Box) -> Counterexample | None:
    """A counterexample from the centre of a box, or None."""
    centre = [(sp.Rational(lo) + sp.Rational(hi)) / 2 for lo, hi in box]
    at = dict(zip(chart.symbols, centre, strict=True))
    p, q = (sp.Rational(mass.subs(at)) for mass in chart.outcomes[0][:2])
    if not chart.is_pointwise:
        return violation(claim, p, q)
    for power in range(1, _SHARES + 1):
        share = sp.Rational(1, 2**power)
        found = violation(claim, share * p, share * q)
        if found is not None:
            return found
    return None
