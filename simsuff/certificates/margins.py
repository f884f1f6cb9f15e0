"""The margin B(D_g) − A(D_f) on a patch, in two forms that can be bounded below: each is it over something positive.

plain     the canonical terms of the margin, divided by their common monomial: sharp away from the diagonal, where
          infinite logarithms cancel and perfect squares show.
lagrange  the margin divided by the power of d = p − q to which both sides vanish on the diagonal: with the mixture
          coordinates z = (p−q)/(p+q), z′ = (p−q)/(2−p−q), s = (p+q)/2,
          D_f = d²/4 · [K(z)/s + K(−z′)/(1−s)], K(z) = F(z)/z²; with a kink at t = 1, D_f = d/2 · [F(z)/z + F(−z′)/z′].
"""

from functools import cached_property
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.canonical import assemble, collect, divide_by_monomial
from simsuff.certificates.claims import Claim, Side, x
from simsuff.certificates.coordinates import HalfGenerator, Patch, perspective, y
from simsuff.certificates.programs import TaylorFunction
from simsuff.certificates.removable import Quotient, Smooth


def plain(patch: Patch, claim: Claim) -> sp.Expr:
    """The plain form."""

    def divergence(side: Side) -> sp.Expr:
        total = sp.Add(*(perspective(side.generator, o.p, o.q, o.sign) for o in patch.outcomes))
        return assemble(collect(total, patch.sample))

    a, b = claim.tame
    margin = b.subs(x, divergence(claim.larger)) - a.subs(x, divergence(claim.smaller))
    terms = collect(margin, patch.sample)
    if len(terms) == 1 and sp.Integer(1) in terms:
        return terms[sp.Integer(1)]
    return divide_by_monomial(terms, patch.symbols)


class _Scaled(NamedTuple):
    """D_f = dᵒʳᵈᵉʳ · body/scale, with a body that is finite and positive on the diagonal and at the small corner."""

    order: int
    body: sp.Expr
    scale: sp.Expr


class LagrangeBuilder:
    """Builds the Lagrange form of a claim on patches, and owns its opaque functions."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.functions: dict[str, TaylorFunction] = {}

    @cached_property
    def _halves(self) -> dict[tuple[str, int], HalfGenerator]:
        sides = zip(("smaller", "larger"), self.claim.sides, strict=True)
        return {(key, sign): HalfGenerator(side.generator, sign) for key, side in sides for sign in (1, -1)}

    def build(self, patch: Patch) -> sp.Expr | None:
        """The Lagrange form on `patch`, None where the two sides do not vanish to fitting orders."""
        a, b = self.claim.tame
        left_order, right_order = _order(a), _order(b)
        if left_order is None or right_order is None or patch.name.startswith("edge"):
            return None
        small, large = self._scaled(patch, "smaller"), self._scaled(patch, "larger")
        total = large.order * right_order
        left = self._outer(a, left_order, small, patch.difference, "outer_smaller", total)
        right = self._outer(b, right_order, large, patch.difference, "outer_larger", total)
        if left is None or right is None:
            return None
        scale = large.scale**right_order
        return _times(scale, right) - _times(scale, left)

    def _scaled(self, patch: Patch, key: str) -> _Scaled:
        order = self._halves[key, 1].order
        terms = []
        for p, q, sign in patch.outcomes:
            mass, z = sp.cancel((p + q) / 2), sp.cancel(sign * (p - q) / (p + q))
            half = self._halves[key, sign]
            smooth = Smooth(y, half.derivative, half.at_one)
            quotient = self._quotient(f"{key}_{'plus' if sign > 0 else 'minus'}", smooth, order, z)
            weight = sp.cancel(patch.scale / (4 * mass)) if order == 2 else sp.Rational(1, 2)
            terms.append((1 if patch.is_pointwise else weight) * quotient)
        plain_scale = order == 1 or patch.is_pointwise
        return _Scaled(order, sp.Add(*terms), sp.Integer(1) if plain_scale else patch.scale)

    def _outer(
        self, function: sp.Expr, order: int, inner: _Scaled, difference: sp.Expr, name: str, total: int
    ) -> sp.Expr | None:
        """A(D)/d^total times the scale of D to the order of A, as d^(…) · body^order · A(D)/D^order."""
        if inner.order * order < total:
            return None
        value = sp.cancel(difference**inner.order / inner.scale) * inner.body
        outer = self._quotient(name, Smooth(x, lambda j: sp.diff(function, x, j)), order, value)
        rest = sp.cancel(difference ** (inner.order * order - total) / inner.scale**order)
        return rest * inner.body**order * outer

    def _quotient(self, name: str, numerator: Smooth, order: int, at: sp.Expr) -> sp.Expr:
        """H(y)/yⁿ at an expression: written out where it is a rational function, else an opaque call."""
        letter = numerator.symbol
        ratio = sp.cancel(sp.together(numerator.derivative(0) / letter**order))
        if ratio.is_rational_function(letter):
            return sp.factor(ratio).subs(letter, at)
        self.functions[name] = Quotient(numerator, order)
        return sp.Function(name)(at)


def _times(scale: sp.Expr, product: sp.Expr) -> sp.Expr:
    """scale · product with the rational factors cancelled first."""
    factors = sp.Mul.make_args(product)
    opaque = [f for f in factors if f.atoms(sp.core.function.AppliedUndef)]
    rational = sp.Mul(scale, *(f for f in factors if f not in opaque))
    return sp.factor(sp.cancel(rational)) * sp.Mul(*opaque)


def _order(function: sp.Expr) -> int | None:
    """The order 1 or 2 to which a function vanishes at 0, None for another."""
    if function.subs(x, 0) != 0:
        return None
    for order in (1, 2):
        slope = sp.diff(function, x, order).subs(x, 0)
        if not slope.is_finite:
            return None
        if slope != 0:
            return order
    return None
