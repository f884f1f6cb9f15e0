"""Generators of f-divergences in mixture coordinates: D_f = E_M F(Z), dP/dM = 1 + Z, dQ/dM = 1 − Z.

With M = (P + Q)/2 every generator lives on [−1, 1]: F(z) = (1 − z) f((1 + z)/(1 − z)) is convex with
F(0) = F′(0) = 0, F(−1) = 2 f(0) and F(1) = 2 f′(∞). The ends t → 0 and t → ∞ are ordinary points.
"""

from functools import cached_property, lru_cache

import sympy as sp

from simsuff.certificates.canonical import Terms, assemble, collect, limit_at_zero
from simsuff.divergences.symbols import t
from simsuff.numerics.validation import refuse

y = sp.Symbol("y", positive=True)
_w = sp.Symbol("w", positive=True)
_INSIDE = {y: sp.Rational(1, 2)}


@lru_cache(maxsize=256)
def branch(f: sp.Expr, sign: int) -> sp.Expr:
    """f on t > 1 (`sign` = 1) or on t < 1 (`sign` = −1): every |g(t)| becomes ±g(t), where g changes sign at 1 only."""
    at = sp.Integer(2) if sign > 0 else sp.Rational(1, 2)
    return f.replace(sp.Abs, lambda inner: _resolved(f, inner, at))


def _resolved(f: sp.Expr, inner: sp.Expr, at: sp.Rational) -> sp.Expr:
    ratio = sp.simplify(inner / (t - 1))
    if ratio.free_symbols:
        raise refuse("f", f"f = {f}", "have its kinks at t = 1 only", "split the claim at the other kinks")
    return inner if inner.subs(t, at) > 0 else -inner


def normalised(f: sp.Expr) -> sp.Expr:
    """f − c(t − 1) with f′(1) = 0, or the mean of the two slopes 0 where f has a kink (P3); decimals are exact."""
    f = f.xreplace({number: sp.Rational(str(number)) for number in f.atoms(sp.Float)})
    slopes = [sp.diff(branch(f, sign), t).subs(t, 1) for sign in (1, -1)]
    return f - sp.simplify(sum(slopes) / 2) * (t - 1)


def perspective(f: sp.Expr, p: sp.Expr, q: sp.Expr, sign: int) -> sp.Expr:
    """q f(p/q) for masses with p > q (`sign` = 1) or p < q (`sign` = −1)."""
    return q * branch(f, sign).subs(t, p / q)


class HalfGenerator:
    """H(y) = F(±y) on [0, 1] for one sign, with its derivatives.

    Parameters
    ----------
    f : the generator, normalised.
    sign : 1 for the part with dP > dQ, −1 for the other.
    """

    def __init__(self, f: sp.Expr, sign: int) -> None:
        self.sign = sign
        self._terms: list[Terms] = [collect(perspective(f, 1 + sign * y, 1 - sign * y, sign), _INSIDE)]

    def derivative(self, order: int) -> sp.Expr:
        """H⁽ᵒʳᵈᵉʳ⁾ as an expression in y."""
        while len(self._terms) <= order:
            self._terms.append(collect(sp.diff(assemble(self._terms[-1]), y), _INSIDE))
        return assemble(self._terms[order])

    def at_zero(self, order: int) -> sp.Expr:
        """H⁽ᵒʳᵈᵉʳ⁾(0), exact."""
        return sp.expand_log(self.derivative(order).subs(y, 0), force=True)

    def at_one(self, order: int) -> sp.Expr | None:
        """The limit of H⁽ᵒʳᵈᵉʳ⁾ at 1, exact; None where it is infinite."""
        inside = {_w: sp.Rational(1, 2)}
        return limit_at_zero(collect(self.derivative(order).subs(y, 1 - _w), inside), _w)

    @cached_property
    def order(self) -> int:
        """1 where f has a kink at 1, else 2."""
        return 1 if sp.simplify(self.at_zero(1)) != 0 else 2
