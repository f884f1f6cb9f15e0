"""Coordinate patches: boxes that cover the Bernoulli pairs 0 < q < p < 1, with every corner tame.

(p, q) → (1 − p, 1 − q) relabels the outcomes, so p > q loses nothing. Four boxes [0, ½] × [0, 1] cover the triangle:

    A   p = u,     q = uv        p ≤ ½            the corner (0, 0), where only the ratio v = q/p counts
    B   q = 1−u,   p = 1−uv      q ≥ ½            the corner (1, 1)
    C1  q = u,     p = 1−uv      1−p ≤ q ≤ ½ ≤ p  the corner (1, 0), one half
    C2  p = 1−u,   q = uv        q ≤ 1−p ≤ ½      the corner (1, 0), the other half

Exchanging P and Q exchanges A with B and C1 with C2. The diagonal p = q is the edge v = 1 of A and B, and p + q = 1
the edge v = 1 of C1 and C2. A pointwise inequality of generators needs z ∈ [−1, 1] only, the coordinate of
`simsuff.certificates.generators`: one patch for each half of each sign.
"""

from typing import NamedTuple

import sympy as sp

u = sp.Symbol("u", positive=True)
v = sp.Symbol("v", positive=True)
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
        flat = self._substituted("f", {v: slope * u * v}, h)
        steep = self._substituted("s", {u: u * v / slope, v: u}, k)
        return flat, steep

    def _substituted(self, letter: str, change: dict[sp.Symbol, sp.Expr], length: float) -> "Patch":
        outcomes = tuple(
            Outcome(o.p.subs(change, simultaneous=True), o.q.subs(change, simultaneous=True), o.sign)
            for o in self.outcomes
        )
        scale = self.scale.subs(change, simultaneous=True)
        return Patch(self.name + letter, self.symbols, ((0.0, length), (0.0, 1.0)), outcomes, scale)


# With symmetric divergences exchanging P and Q leaves these.
MIRRORED = ("B", "C1", "centre-", "edge-")


def _pair(name: str, p: sp.Expr, q: sp.Expr, scale: sp.Expr) -> Patch:
    outcomes = (Outcome(p, q, 1), Outcome(sp.expand(1 - p), sp.expand(1 - q), -1))
    return Patch(name, (u, v), ((0.0, 0.5), (0.0, 1.0)), outcomes, scale)


def _point(name: str, z: sp.Expr, sign: int) -> Patch:
    return Patch(name, (u,), ((0.0, 0.5),), (Outcome(1 + z, 1 - z, sign),))


BERNOULLI: dict[str, Patch] = {
    patch.name: patch
    for patch in (
        _pair("A", u, u * v, u),
        _pair("B", 1 - u * v, 1 - u, u),
        _pair("C1", 1 - u * v, u, sp.Integer(1)),
        _pair("C2", 1 - u, u * v, sp.Integer(1)),
    )
}

POINTWISE: dict[str, Patch] = {
    patch.name: patch
    for patch in (
        _point("centre+", u, 1),
        _point("edge+", 1 - u, 1),
        _point("centre-", -u, -1),
        _point("edge-", u - 1, -1),
    )
}
