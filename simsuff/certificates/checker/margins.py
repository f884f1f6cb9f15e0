"""The checker's margins: derived afresh from the generators, with patches and removable singularities of its own.

The masses of one outcome under P and Q are two positive letters a, b; G(a, b) = b f(a/b) is homogeneous, and along
a = 1 + y, b = 1 − y (or the reverse) its derivatives in y are those of (∂_a − ∂_b)ⁿ G.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from simsuff.divergences.symbols import t

a, b = sp.symbols("a b", positive=True)
u, v = sp.symbols("u v", positive=True)
x = sp.Symbol("x", nonnegative=True)
HALF = sp.Rational(1, 2)


class Frame(NamedTuple):
    """A patch of the checker: masses (p, q, sign of p − q) for each outcome, scale, far corner."""

    outcomes: tuple[tuple[sp.Expr, sp.Expr, int], ...]
    scale: sp.Expr
    far: tuple[sp.Rational, ...]

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """The variables of the patch."""
        return (u, v)[: len(self.far)]


def _bernoulli(p: sp.Expr, q: sp.Expr, scale: sp.Expr) -> Frame:
    return Frame(((p, q, 1), (1 - p, 1 - q, -1)), scale, (HALF, sp.Integer(1)))


# The union of the four Bernoulli frames is the triangle 0 < q < p < 1; the pointwise ones cover |z| < 1, z ≠ 0.
FRAMES: dict[str, dict[str, Frame]] = {
    "bernoulli": {
        "A": _bernoulli(u, u * v, u),
        "B": _bernoulli(1 - u * v, 1 - u, u),
        "C1": _bernoulli(1 - u * v, u, sp.Integer(1)),
        "C2": _bernoulli(1 - u, u * v, sp.Integer(1)),
    },
    "pointwise": {
        "centre+": Frame(((1 + u, 1 - u, 1),), sp.Integer(1), (HALF,)),
        "edge+": Frame(((2 - u, u, 1),), sp.Integer(1), (HALF,)),
        "centre-": Frame(((1 - u, 1 + u, -1),), sp.Integer(1), (HALF,)),
        "edge-": Frame(((u, 2 - u, -1),), sp.Integer(1), (HALF,)),
    },
}
# What exchanging P and Q makes of the others, when neither divergence notices.
HALF_OF_THEM = {"bernoulli": {"A", "C2"}, "pointwise": {"centre+", "edge+"}}


def sectors(frame: Frame, corner: tuple[sp.Rational, sp.Rational]) -> dict[str, Frame]:
    """The two frames that replace the box [0, h] × [0, k] at the corner (0, 0): v/k = w u/h, and u/h = w v/k."""
    h, k = corner
    flat, steep = {v: k * u * v / h}, {u: h * u * v / k, v: u}
    one = sp.Integer(1)
    return {"f": _substituted(frame, flat, (h, one)), "s": _substituted(frame, steep, (k, one))}


def _substituted(frame: Frame, change: dict[sp.Symbol, sp.Expr], far: tuple[sp.Rational, ...]) -> Frame:
    def put(node: sp.Expr) -> sp.Expr:
        return node.subs(change, simultaneous=True)

    return Frame(tuple((put(p), put(q), sign) for p, q, sign in frame.outcomes), put(frame.scale), far)


@lru_cache(maxsize=64)
def mass_form(f: sp.Expr, sign: int) -> sp.Expr:
    """G(a, b) = b f(a/b) for a > b (`sign` = 1) or a < b, with the slope of f at 1 removed (P3)."""
    sides = {
        s: f.replace(sp.Abs, lambda e, s=s: e * sp.sign(e.subs(t, 2 if s > 0 else HALF))) for s in (1, -1)
    }
    slope = sum(sp.diff(side, t).subs(t, 1) for side in sides.values()) / 2
    tilted = sides[sign] - slope * (t - 1)
    raw = sp.expand(b * tilted.subs(t, a / b)).replace(sp.log, lambda e: sp.log(sp.factor(sp.together(e))))
    return sp.expand(sp.expand_log(raw, force=True))


@lru_cache(maxsize=512)
def slope_form(f: sp.Expr, sign: int, order: int) -> sp.Expr:
    """The n-th derivative of G along y, in the letters a, b; the path keeps a + b = 2."""
    if order == 0:
        terms = sp.Add.make_args(mass_form(f, sign))
        return sp.expand(sp.Add(*(sp.factor(sp.together(term)).subs(a + b, 2) for term in terms)))
    before = slope_form(f, sign, order - 1)
    return sp.expand(sign * (sp.diff(before, a) - sp.diff(before, b)))


def kink_order(f: sp.Expr) -> int:
    """1 where f has a kink at 1, else 2."""
    return 2 if sp.simplify(slope_form(f, 1, 1).subs({a: 1, b: 1})) == 0 else 1


def divergence(frame: Frame, f: sp.Expr) -> sp.Expr:
    """D_f on the frame."""
    return sp.Add(
        *(mass_form(f, sign).subs({a: p, b: q}, simultaneous=True) for p, q, sign in frame.outcomes)
    )


@lru_cache(maxsize=1024)
def opaque(key: str, order: int) -> Any:
    """An undefined function whose derivative is the next of its family: `key` of order j is Qⱼ, the j-th derivative."""

    def fdiff(self: sp.Function, argindex: int = 1) -> sp.Expr:
        return opaque(key, order + argindex)(self.args[0])

    return type(f"{key}__{order}", (sp.Function,), {"fdiff": fdiff})


def difference(frame: Frame) -> sp.Expr:
    """d = p − q, or y where pointwise."""
    p, q, sign = frame.outcomes[0]
    return sp.expand(sign * (p - q) / (2 if len(frame.outcomes) == 1 else 1))


def scaled_body(frame: Frame, f: sp.Expr, key: str) -> tuple[int, sp.Expr]:
    """(n, W) with D_f = dⁿ W / scale (scale 1 for n = 1)."""
    n = kink_order(f)
    pointwise = len(frame.outcomes) == 1
    total = sp.Integer(0)
    for p, q, sign in frame.outcomes:
        argument = sp.cancel(sign * (p - q) / (p + q))
        weight = sp.Integer(1) if pointwise else HALF if n == 1 else sp.cancel(frame.scale / (2 * (p + q)))
        simple = sp.cancel(slope_quotient(f, sign, n))
        if simple.is_rational_function(u):
            value = sp.factor(simple).subs(u, argument)
        else:
            value = opaque(key + ("p" if sign > 0 else "m"), 0)(argument)
        total += weight * value
    return n, total


def slope_quotient(f: sp.Expr, sign: int, order: int) -> sp.Expr:
    """G/yⁿ with y written as u."""
    return sp.together(
        mass_form(f, sign).subs({a: 1 + sign * u, b: 1 - sign * u}, simultaneous=True) / u**order
    )


def vanishing_order(function: sp.Expr) -> int:
    """The order to which A or B vanishes at 0."""
    for order in (1, 2):
        if sp.diff(function, x, order).subs(x, 0) != 0:
            return order
    raise ValueError(f"certificate must have sides that vanish to order 1 or 2: {function}")


def lagrange(frame: Frame, generators: tuple[sp.Expr, sp.Expr], sides: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """(B(D_g) − A(D_f)) · scale^m / d^(n m), where n and m are the orders of g at 1 and of B at 0."""
    (n_f, body_f), (n_g, body_g) = (
        scaled_body(frame, f, key) for f, key in zip(generators, ("F", "G"), strict=True)
    )
    m_a, m_b = (vanishing_order(side) for side in sides)
    d = difference(frame)
    pointwise = len(frame.outcomes) == 1
    scale_f, scale_g = (sp.Integer(1) if n == 1 or pointwise else frame.scale for n in (n_f, n_g))
    excess = n_f * m_a - n_g * m_b
    if excess < 0:
        raise ValueError("certificate must use a Lagrange form only where the margin has one")
    left = _outer(sides[0], m_a, sp.cancel(d**n_f / scale_f) * body_f, "A")
    right = _outer(sides[1], m_b, sp.cancel(d**n_g / scale_g) * body_g, "B")
    factor = sp.factor(sp.cancel(d**excess * scale_g**m_b / scale_f**m_a))
    return body_g**m_b * right - factor * body_f**m_a * left


def _outer(function: sp.Expr, order: int, value: sp.Expr, key: str) -> sp.Expr:
    ratio = sp.cancel(sp.together(function / x**order))
    return ratio.subs(x, value) if ratio.is_rational_function(x) else opaque(key, 0)(value)
