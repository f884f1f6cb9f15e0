"""Is this point a counterexample? Both sides from the definition, at exact rationals, in balls."""

import itertools
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.balls import PRECISION, Ball, ball
from simsuff.certificates.charts import Box, Chart
from simsuff.certificates.claims import Claim, Side, x
from simsuff.certificates.generators import branch
from simsuff.certificates.intervals import enclose
from simsuff.divergences.symbols import t

# A pointwise violation at z becomes one of pairs when the outcome that shows it is rare: shares 2⁻¹ … 2⁻⁴⁰.
_SHARES = 40
# Masses 2⁻ᵏ and 1 − 2⁻ᵏ that are tried where no box decides: the margin of KL grows like k.
_EXTREMES = (1, 4, 16, 64, 256, 1024, 4096, 16_384)


class Counterexample(NamedTuple):
    """An exact pair and the enclosure of its margin, below 0."""

    p: sp.Rational
    q: sp.Rational
    margin: tuple[float, float]


def violation(claim: Claim, p: sp.Rational, q: sp.Rational) -> Counterexample | None:
    """The counterexample at (p, q), or None where the balls do not show one."""
    if not (0 < p < 1 and 0 < q < 1):
        return None
    left, right = sp.symbols("left right")
    bits = PRECISION + 2 * max(int(mass.q).bit_length() for mass in (p, q))  # 1 − 2⁻ᵏ must not look like 1
    sides = {left: _side(claim.smaller, p, q, bits), right: _side(claim.larger, p, q, bits)}
    margin = enclose(ball(right - left, sides, bits))
    return Counterexample(p, q, (margin.lo, margin.hi)) if margin.hi < 0 else None


def _side(side: Side, p: sp.Rational, q: sp.Rational, bits: int) -> Ball:
    """A(D_f); numbers of thousands of digits stay out of SymPy's expressions, which would factor them."""
    first, last = sp.symbols("first last")

    def term(a: sp.Rational, b: sp.Rational) -> Ball:
        value = ball(branch(side.generator, 1 if a >= b else -1), {t: a / b}, bits)
        return ball(first * last, {first: b, last: value}, bits)

    total = ball(first + last, {first: term(p, q), last: term(1 - p, 1 - q)}, bits)
    return ball(side.function, {x: total}, bits)


def extreme_violation(claim: Claim) -> Counterexample | None:
    """A counterexample with masses near 0 or 1, beyond what boxes with ends in double precision can reach, or None."""
    small = [sp.Rational(1, 2**k) for k in _EXTREMES]
    pairs = itertools.product(*[[m for mass in small for m in (mass, 1 - mass)]] * 2)
    ordered = sorted((pair for pair in pairs if pair[0] > pair[1]), key=lambda pair: max(m.q for m in pair))
    return next(filter(None, (violation(claim, p, q) for p, q in ordered)), None)


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
