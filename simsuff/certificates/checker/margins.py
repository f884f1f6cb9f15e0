"""The checker's margins: derived afresh from the generators, on patches that cover all pairs of two-point laws.

In mixture coordinates a generator f is H(y) = (1 − sy) f((1 + sy)/(1 − sy)), 0 ≤ y < 1, one for each sign s of p − q.
With the slope of f at 1 removed (P3), H(0) = 0, H′(0) ≥ 0, and H is convex.
"""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import NamedTuple

from flint import fmpq

from simsuff.certificates.checker.algebra import Algebra, number_sign, sign_on
from simsuff.certificates.checker.expressions import (
    HALF,
    ONE,
    ZERO,
    Node,
    add,
    call,
    derivative,
    is_root,
    mapped,
    multiply,
    number,
    power,
    reject,
    substitute,
    symbol,
    walk,
)
from simsuff.certificates.checker.ranges import INF, constant

U, V, X, Y, T = map(symbol, "uvxyt")


class Frame(NamedTuple):
    """A patch: masses (p, q, sign of p − q) for each outcome, scale, far corner; its variables run from 0 to there."""

    outcomes: tuple[tuple[Node, Node, int], ...]
    scale: Node
    far: tuple[fmpq, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables of the patch."""
        return ("u", "v")[: len(self.far)]

    @property
    def domain(self) -> dict[str, tuple[float, float]]:
        return {name: (0.0, float(end)) for name, end in zip(self.names, self.far, strict=True)}

    @property
    def sample(self) -> dict[str, fmpq]:
        """A point inside, not special in any way."""
        shares = (fmpq(5, 13), fmpq(8, 17))
        return {name: end * share for name, end, share in zip(self.names, self.far, shares, strict=False)}


def _bernoulli(p: Node, q: Node, scale: Node) -> Frame:
    return Frame(((p, q, 1), (ONE - p, ONE - q, -1)), scale, (fmpq(1, 2), fmpq(1)))


def _pointwise(p: Node, q: Node, sign: int) -> Frame:
    return Frame(((p, q, sign),), ONE, (fmpq(1, 2),))


# The union of the four Bernoulli frames is the triangle 0 < q < p < 1; the pointwise ones cover |z| < 1, z ≠ 0.
FRAMES: dict[str, dict[str, Frame]] = {
    "bernoulli": {
        "A": _bernoulli(U, U * V, U),
        "B": _bernoulli(ONE - U * V, ONE - U, U),
        "C1": _bernoulli(ONE - U * V, U, ONE),
        "C2": _bernoulli(ONE - U, U * V, ONE),
    },
    "pointwise": {
        "centre+": _pointwise(ONE + U, ONE - U, 1),
        "edge+": _pointwise(number(2) - U, U, 1),
        "centre-": _pointwise(ONE - U, ONE + U, -1),
        "edge-": _pointwise(U, number(2) - U, -1),
    },
}
# What exchanging P and Q makes of the others, when neither divergence notices.
HALF_OF_THEM = {"bernoulli": {"A", "C2"}, "pointwise": {"centre+", "edge+"}}


def sectors(frame: Frame, corner: tuple[fmpq, fmpq]) -> dict[str, Frame]:
    """The two frames that replace the box [0, h] × [0, k] at the corner (0, 0): v/k = w u/h, and u/h = w v/k."""
    h, k = corner
    slope = number(k / h)
    flat, steep = {"v": slope * U * V}, {"u": U * V / slope, "v": U}

    def put(change: dict[str, Node], end: fmpq) -> Frame:
        outcomes = tuple((substitute(p, change), substitute(q, change), s) for p, q, s in frame.outcomes)
        return Frame(outcomes, substitute(frame.scale, change), (end, fmpq(1)))

    return {"f": put(flat, h), "s": put(steep, k)}


class Generator:
    """A convex f with f(1) = 0 and kinks at t = 1 only, all of it checked, and its halves H.

    Parameters
    ----------
    f : the expression in t; the slope at 1 need not be 0.
    """

    def __init__(self, f: Node) -> None:
        algebra = Algebra({"t": (0.0, INF)})

        def resolved(part: Node, sign: int) -> Node | None:
            """|c (t − 1)| on the side of 1 where t − 1 has this sign."""
            if part.kind != "abs":
                return None
            inner: Node = part.parts[0]
            factor = substitute(inner, {"t": number(2)})
            if not algebra.vanishes(inner - factor * (T - ONE)):
                raise reject("hold generators with kinks at t = 1 only", inner)
            return number(sign * number_sign(factor)) * inner

        branches = {sign: mapped(f, partial(resolved, sign=sign)) for sign in (1, -1)}
        at_one = {"t": ONE}
        slopes = {sign: substitute(derivative(branch, "t"), at_one) for sign, branch in branches.items()}
        tilt = HALF * (slopes[1] + slopes[-1])
        self.f = {sign: branch - tilt * (T - ONE) for sign, branch in branches.items()}
        if any(number_sign(substitute(branch, at_one)) != 0 for branch in branches.values()):
            raise reject("hold generators with f(1) = 0", f)
        jump = number_sign(slopes[1] - slopes[-1])
        if jump < 0:
            raise reject("hold convex generators", f)
        self.order = 1 if jump else 2
        for branch, ends in ((branches[1], (1.0, INF)), (branches[-1], (0.0, 1.0))):
            bend = algebra.canonical(derivative(derivative(branch, "t"), "t"))
            if bend != ZERO and sign_on(bend, {"t": ends}) < 0:
                raise reject("hold convex generators", branch)
        self._halves: dict[int, list[Node]] = {}
        self._path = Algebra({"y": (0.0, 1.0)})

    def half(self, sign: int, order: int) -> Node:
        """H⁽ᵒʳᵈᵉʳ⁾ in the letter y."""
        if sign not in self._halves:
            step = number(sign) * Y
            self._halves[sign] = [self._path.canonical(self.on(ONE + step, ONE - step, sign))]
        found = self._halves[sign]
        while len(found) <= order:
            found.append(self._path.canonical(derivative(found[-1], "y")))
        return found[order]

    def quotient(self, sign: int) -> Node | None:
        """H/yⁿ with n = `order` where it is a rational function, else None."""
        ratio = self._path.canonical(self.half(sign, 0) / Y**self.order)
        return None if _has_letters(ratio) else ratio

    def on(self, p: Node, q: Node, sign: int) -> Node:
        """q f(p/q) for masses whose difference has this sign."""
        return q * substitute(self.f[sign], {"t": p / q})

    @cached_property
    def largest(self) -> float:
        """An upper bound of D_f over all pairs of laws, f(0) + f′(∞), maybe inf."""
        ends = [self.end(sign) for sign in (1, -1)]
        return INF if None in ends else constant(HALF * add(*filter(None, ends))).hi

    def end(self, sign: int) -> Node | None:
        """H(1), None where it is infinite or not shown finite."""
        return Algebra({"u": (0.0, 1.0)}).limit_at_zero(substitute(self.half(sign, 0), {"y": ONE - U}), "u")

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether D_f(P‖Q) = D_f(Q‖P)."""
        return self._path.vanishes(self.half(1, 0) - self.half(-1, 0))


class Side(NamedTuple):
    """A function of x = D_f, and f."""

    function: Node
    generator: Generator


def divergence(frame: Frame, generator: Generator) -> Node:
    return add(*(generator.on(p, q, sign) for p, q, sign in frame.outcomes))


def difference(frame: Frame) -> Node:
    """d = p − q, or y where pointwise."""
    p, q, sign = frame.outcomes[0]
    share = number(sign) if len(frame.outcomes) == 2 else number(fmpq(sign, 2))
    return Algebra(frame.domain).canonical(share * (p - q))


def vanishing_order(function: Node) -> int:
    """The order to which a side vanishes at D_f = 0."""
    zero = {"x": ZERO}
    if number_sign(substitute(function, zero)) == 0:
        slope = derivative(function, "x")
        for order, node in ((1, slope), (2, derivative(slope, "x"))):
            if number_sign(substitute(node, zero)) != 0:
                return order
    raise reject("have sides that vanish to order 1 or 2 where it uses the Lagrange form", function)


def lagrange(frame: Frame, sides: Sequence[Side]) -> Node:
    """(B(D_g) − A(D_f)) · scale^m / d^(n m), where n and m are the orders of g at 1 and of B at 0."""
    algebra = Algebra(frame.domain)
    d = difference(frame)
    bodies, scales, orders, outers = [], [], [], []
    for side, key, name in zip(sides, ("F", "G"), ("A", "B"), strict=True):
        n, m = side.generator.order, vanishing_order(side.function)
        body = _body(frame, side.generator, key, algebra)
        scale = ONE if n == 1 or len(frame.outcomes) == 1 else frame.scale
        value = algebra.canonical(d**n / scale) * body
        ratio = Algebra({"x": (0.0, INF)}).canonical(side.function / X**m)
        outer = call(name, 0, value) if _has_letters(ratio) else substitute(ratio, {"x": value})
        bodies.append(power(body, fmpq(m)))
        scales.append(power(scale, fmpq(m)))
        orders.append(n * m)
        outers.append(outer)
    excess = orders[0] - orders[1]
    if excess < 0:
        raise reject("use a Lagrange form only where the margin has one", orders)
    factor = algebra.canonical(power(d, fmpq(excess)) * scales[1] / scales[0])
    return bodies[1] * outers[1] - multiply(factor, bodies[0], outers[0])


def _body(frame: Frame, generator: Generator, key: str, algebra: Algebra) -> Node:
    """W with D_f = dⁿ W / scale (scale 1 for n = 1), of quotients H/yⁿ."""
    total = ZERO
    for p, q, sign in frame.outcomes:
        at = algebra.canonical(number(sign) * (p - q) / (p + q))
        weight = ONE if len(frame.outcomes) == 1 else HALF
        if len(frame.outcomes) == 2 and generator.order == 2:
            weight = algebra.canonical(frame.scale / (number(2) * (p + q)))
        simple = generator.quotient(sign)
        family = key + ("p" if sign > 0 else "m")
        total = total + weight * (call(family, 0, at) if simple is None else substitute(simple, {"y": at}))
    return total


def _has_letters(node: Node) -> bool:
    return any((part.kind in ("log", "exp") and part.symbols) or is_root(part) for part in walk(node))
