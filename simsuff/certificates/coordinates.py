"""Coordinates in which margins are tame: patches of pairs of laws, and generators in mixture coordinates.

(p, q) → (1 − p, 1 − q) relabels the outcomes, so p > q loses nothing. Four boxes [0, ½] × [0, 1] cover the triangle
0 < q < p < 1 of Bernoulli pairs, with every corner tame:

    A   p = u,     q = uv        p ≤ ½            the corner (0, 0), where only the ratio v = q/p counts
    B   q = 1−u,   p = 1−uv      q ≥ ½            the corner (1, 1)
    C1  q = u,     p = 1−uv      1−p ≤ q ≤ ½ ≤ p  the corner (1, 0), one half
    C2  p = 1−u,   q = uv        q ≤ 1−p ≤ ½      the corner (1, 0), the other half

Exchanging P and Q exchanges A with B and C1 with C2. The diagonal p = q is the edge v = 1 of A and B, and p + q = 1
the edge v = 1 of C1 and C2.

D_f = E_M F(Z) for M = (P + Q)/2, dP/dM = 1 + Z, dQ/dM = 1 − Z, so that every generator lives on [−1, 1]: F(z) =
(1 − z) f((1 + z)/(1 − z)) is convex with F(0) = F′(0) = 0, F(−1) = 2 f(0) and F(1) = 2 f′(∞). The ends t → 0 and
t → ∞ are ordinary points. A pointwise inequality of generators needs z ∈ [−1, 1] only: one patch for each half of each
sign.
"""

from functools import cached_property, lru_cache
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.canonical import Terms, assemble, collect, limit_at_zero
from simsuff.divergences.symbols import t
from simsuff.numerics.validation import refuse

u = sp.Symbol("u", positive=True)
v = sp.Symbol("v", positive=True)
y = sp.Symbol("y", positive=True)
_w = sp.Symbol("w", positive=True)
_half = sp.Rational(1, 2)
Box = tuple[tuple[float, float], ...]


class Outcome(NamedTuple):
    """The masses of one outcome under P and Q, and the sign of their difference."""

    p: sp.Expr
    q: sp.Expr
    sign: int


class Patch(NamedTuple):
    """A box in `symbols`, the outcomes it stands for, and the monomial `scale` that the smallest masses share."""

    name: str
    symbols: tuple[sp.Symbol, ...]
    box: Box
    outcomes: tuple[Outcome, ...]
    scale: sp.Expr = sp.Integer(1)

    @property
    def is_pointwise(self) -> bool:
        """Whether the patch is one of a pointwise inequality."""
        return len(self.outcomes) == 1

    @property
    def difference(self) -> sp.Expr:
        """d = p − q, or |z| where pointwise."""
        first = self.outcomes[0]
        share = sp.Rational(first.sign, 2) if self.is_pointwise else first.sign
        return sp.factor(share * (first.p - first.q))

    @property
    def sample(self) -> dict[sp.Symbol, sp.Rational]:
        """A point inside the box, not special in any way."""
        shares = (sp.Rational(3, 7), sp.Rational(5, 11))
        return {
            s: sp.Rational(lo) + share * (sp.Rational(hi) - sp.Rational(lo))
            for s, (lo, hi), share in zip(self.symbols, self.box, shares, strict=False)
        }

    def blown_up(self, box: Box) -> tuple["Patch", "Patch"]:
        """The two sectors of a box [0, h] × [0, k] at the corner (0, 0), each again a box.

        Below the diagonal v = (k/h) u w, above it u = (h/k) w v; the new second symbol is w ∈ [0, 1].
        """
        (_, h), (_, k) = box
        slope = sp.Rational(k) / sp.Rational(h)

        def substituted(letter: str, change: dict[sp.Symbol, sp.Expr], length: float) -> Patch:
            def changed(mass: sp.Expr) -> sp.Expr:
                return mass.subs(change, simultaneous=True)

            outcomes = tuple(Outcome(changed(o.p), changed(o.q), o.sign) for o in self.outcomes)
            box = ((0.0, length), (0.0, 1.0))
            return Patch(self.name + letter, self.symbols, box, outcomes, changed(self.scale))

        flat = substituted("f", {v: slope * u * v}, h)
        return flat, substituted("s", {u: u * v / slope, v: u}, k)


# With symmetric divergences exchanging P and Q leaves these.
MIRRORED = ("B", "C1", "centre-", "edge-")


def _pair(name: str, p: sp.Expr, q: sp.Expr, scale: sp.Expr) -> Patch:
    outcomes = (Outcome(p, q, 1), Outcome(sp.expand(1 - p), sp.expand(1 - q), -1))
    return Patch(name, (u, v), ((0.0, 0.5), (0.0, 1.0)), outcomes, scale)


def _point(name: str, z: sp.Expr, sign: int) -> Patch:
    return Patch(name, (u,), ((0.0, 0.5),), (Outcome(1 + z, 1 - z, sign),))


BERNOULLI: dict[str, Patch] = {
    "A": _pair("A", u, u * v, u),
    "B": _pair("B", 1 - u * v, 1 - u, u),
    "C1": _pair("C1", 1 - u * v, u, sp.Integer(1)),
    "C2": _pair("C2", 1 - u, u * v, sp.Integer(1)),
}
POINTWISE: dict[str, Patch] = {
    "centre+": _point("centre+", u, 1),
    "edge+": _point("edge+", 1 - u, 1),
    "centre-": _point("centre-", -u, -1),
    "edge-": _point("edge-", u - 1, -1),
}


@lru_cache(maxsize=256)
def branch(f: sp.Expr, sign: int) -> sp.Expr:
    """f on t > 1 (`sign` = 1) or on t < 1 (`sign` = −1): every |g(t)| becomes ±g(t), where g changes sign at 1 only."""

    def resolved(inner: sp.Expr) -> sp.Expr:
        if sp.simplify(inner / (t - 1)).free_symbols:
            raise refuse(
                "f", f"f = {f}", "have its kinks at t = 1 only", "split the claim at the other kinks"
            )
        return inner if inner.subs(t, 2 if sign > 0 else _half) > 0 else -inner

    return f.replace(sp.Abs, resolved)


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
        self._terms: list[Terms] = [collect(perspective(f, 1 + sign * y, 1 - sign * y, sign), {y: _half})]

    def derivative(self, order: int) -> sp.Expr:
        while len(self._terms) <= order:
            self._terms.append(collect(sp.diff(assemble(self._terms[-1]), y), {y: _half}))
        return assemble(self._terms[order])

    def at_zero(self, order: int) -> sp.Expr:
        """H⁽ᵒʳᵈᵉʳ⁾(0), exact."""
        return sp.expand_log(self.derivative(order).subs(y, 0), force=True)

    def at_one(self, order: int) -> sp.Expr | None:
        """The limit of H⁽ᵒʳᵈᵉʳ⁾ at 1, exact; None where it is infinite."""
        return limit_at_zero(collect(self.derivative(order).subs(y, 1 - _w), {_w: _half}), _w)

    @cached_property
    def order(self) -> int:
        """1 where f has a kink at 1, else 2."""
        return 1 if sp.simplify(self.at_zero(1)) != 0 else 2
