"""Rules of proof, re-proved by the checker from the claim alone.

value    the margin is ≥ 0 over the box.
mean     its mean-value form is ≥ 0, from the end towards which a derivative falls, or from the centre.
edge     the plain form vanishes on an edge, with its normal derivative for order 2; the next derivative points up.
slope    the same with derivatives of the form itself.
corner   the Lagrange form vanishes at a corner, and neither its gradient nor its curvature points down.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

from simsuff.certificates.checker.algebra import Algebra, number_sign, same_up_to_monomial
from simsuff.certificates.checker.expressions import (
    Node,
    derivative,
    mapped,
    multiply,
    number,
    parse,
    reject,
    substitute,
)
from simsuff.certificates.checker.margins import Frame, U, V, difference, divergence, lagrange
from simsuff.certificates.checker.quotients import Quotients
from simsuff.certificates.checker.ranges import INF, Program, Range, added, multiplied, negated
from simsuff.certificates.checker.statement import Statement

# A box whose rule holds only barely is cut in pieces, up to so many: the ranges here are not those of the search.
_PIECES = 400
_DEPTH = 8

RULES = ("value", "mean", "edge", "slope", "corner")
Ends = tuple[tuple[float, float], ...]
Box = list[Range]
Test = Callable[[Box], bool]


class Leaf(NamedTuple):
    """A box of a frame, the form and the rule that are said to prove it."""

    patch: str
    frame: Frame
    box: Ends
    form: str
    rule: str
    detail: tuple[int, ...]


class Prover:
    """Re-proves leaves on one frame."""

    def __init__(self, statement: Statement, frame: Frame, expressions: Mapping[str, str]) -> None:
        self.statement, self.frame, self._texts = statement, frame, expressions
        self._algebra = Algebra(frame.domain)
        self._quotients = Quotients(statement.tame)
        self._verified: dict[str, Node] = {}
        self._programs: dict[Node, Program] = {}
        self._tests: dict[tuple[str, str, tuple[int, ...]], list[Test]] = {}

    def prove(self, leaf: Leaf) -> None:
        """Raise ValueError unless the leaf holds."""
        key = leaf.form, leaf.rule, leaf.detail
        if key not in self._tests:
            self._tests[key] = self._tests_of(leaf)
        # Rules of edges and corners hold on boxes at that edge or corner of the frame only.
        touched = [leaf.detail[:2]] if leaf.rule in ("edge", "slope") else []
        for axis, side in enumerate(leaf.detail) if leaf.rule == "corner" else touched:
            if leaf.box[axis][side] != (0.0, float(self.frame.far[axis]))[side]:
                raise reject("apply edge and corner rules only at the edge or corner", (leaf.rule, leaf.box))
        if not any(self._holds(test, leaf.box) for test in self._tests[key]):
            raise reject(
                "prove every box", f"{leaf.patch} {leaf.form} {leaf.rule} {leaf.detail} on {leaf.box}"
            )

    def _tests_of(self, leaf: Leaf) -> list[Test]:
        """Tests of boxes, any of which proves a leaf; everything else that its rule asks for is checked here."""
        if leaf.form not in ("plain0", "lagrange0") or leaf.rule not in RULES:
            raise reject("use known forms and rules", (leaf.form, leaf.rule))
        if leaf.rule == "edge":
            slope = self._derivative_at_edge(*self._edge_of(leaf))
            return [lambda box: self._run(slope, box).lo >= 0]
        form = self._plain if leaf.form == "plain0" else self._lagrange
        if leaf.rule == "slope":
            return self._slope_test(leaf, form)
        if leaf.rule == "corner":
            return self._corner_test(leaf, form)
        if leaf.rule == "value":
            return [lambda box: self._run(form, box).lo >= 0]
        slopes = [derivative(form, name) for name in self.frame.names]
        return [lambda box: self._run(form, box).lo >= 0 or self._mean_value(form, slopes, box).lo >= 0]

    def _holds(self, test: Test, whole: Ends) -> bool:
        """Whether one and the same test holds on a box, or on all pieces of it."""
        pieces, tried = [(whole, 0)], 0
        while pieces:
            piece, depth = pieces.pop()
            tried += 1
            if not test([Range(lo, hi) for lo, hi in piece]):
                if depth == _DEPTH or tried > _PIECES:
                    return False
                axis = max(range(len(piece)), key=lambda i: piece[i][1] - piece[i][0])
                pieces += [(part, depth + 1) for part in halves(piece, axis)]
        return True

    def _run(self, node: Node, box: Box) -> Range:
        if node not in self._programs:
            self._programs[node] = Program(node, self.frame.names, self._quotients)
        return self._programs[node](box)

    @cached_property
    def _lagrange(self) -> Node:
        return lagrange(self.frame, self.statement.tame)

    @cached_property
    def _plain(self) -> Node:
        """The plain form of the certificate, once shown to be the margin over a monomial."""
        small, large = (
            substitute(side.function, {"x": divergence(self.frame, side.generator)})
            for side in self.statement.tame
        )
        return self._same(large - small, "plain0")

    def _same(self, own: Node, name: str) -> Node:
        if name not in self._verified:
            given = parse(self._texts.get(name), {"u": U, "v": V})
            if given.symbols - set(self.frame.names):
                raise reject("use the variables of its patch only", given)
            if not same_up_to_monomial(own, given, self._algebra, self.frame.sample):
                raise reject("hold expressions that are what they say", f"{name} = {given}")
            self._verified[name] = given
        return self._verified[name]

    def _derivative_at_edge(self, axis: int, side: int, order: int) -> Node:
        """The plain form's normal derivative of this order, over monomials, after showing that all below vanish."""
        found = self._plain
        for i in range(1, order + 1):
            if not self._vanishes_at(found, axis, side):
                raise reject("use the edge rule only where the margin vanishes", (axis, side, i))
            slope = derivative(found, self.frame.names[axis])
            found = self._same(
                slope if side == 0 else multiply(number(-1), slope), f"plain0 {axis} {side} {i}"
            )
        return found

    def _vanishes_at(self, node: Node, axis: int, side: int) -> bool:
        name = self.frame.names[axis]
        if side == 0:
            value = self._algebra.limit_at_zero(node, name)
        else:
            value = substitute(node, {name: number(self.frame.far[axis])})
        return value is not None and self._algebra.vanishes(value)

    def _mean_value(self, form: Node, slopes: list[Node], box: Box) -> Range:
        point, price = [], Range(0.0, 0.0)
        for side, slope in zip(box, slopes, strict=True):
            g = self._run(slope, box)
            at = side.lo if g.lo >= 0 else side.hi if g.hi <= 0 else (side.lo + side.hi) / 2
            point.append(Range(at, at))
            if g.lo < 0 < g.hi:
                price = added(price, multiplied(g, added(side, negated(point[-1]))))
        return added(self._run(form, point), price)

    def _slope_test(self, leaf: Leaf, form: Node) -> list[Test]:
        axis, side, order = self._edge_of(leaf)
        name = self.frame.names[axis]
        end = {name: number(self.frame.far[axis])}
        on_diagonal = self._algebra.vanishes(substitute(difference(self.frame), end))
        if leaf.form == "lagrange0" and side == 0:
            raise reject("carry zeros over to the Lagrange form only at far edges", leaf.patch)
        # Away from the diagonal the Lagrange form is the plain one over something smooth and positive.
        own_zeros = leaf.form == "lagrange0" and on_diagonal
        slope, vanishing = form, form if own_zeros else self._plain
        for i in range(order):
            flat = (
                self._algebra.vanishes(self._exact(vanishing, end))
                if own_zeros
                else self._vanishes_at(vanishing, axis, side)
            )
            if not flat:
                raise reject("use the slope rule only where the margin vanishes", (axis, i))
            slope, vanishing = derivative(slope, name), derivative(vanishing, name)
        signed = slope if side == 0 or order == 2 else multiply(number(-1), slope)
        return [lambda box: self._run(signed, box).lo >= 0]

    def _edge_of(self, leaf: Leaf) -> tuple[int, int, int]:
        match leaf.detail:
            case (axis, (0 | 1) as side, (1 | 2) as order) if axis in range(len(self.frame.far)):
                return axis, side, order
        raise reject("state axis, side and order of an edge", leaf.detail)

    def _corner_test(self, leaf: Leaf, form: Node) -> list[Test]:
        names = self.frame.names
        if leaf.form != "lagrange0" or len(leaf.detail) != len(names) or not set(leaf.detail) <= {0, 1}:
            raise reject("use the corner rule on the Lagrange form", leaf.detail)
        signs = [1 if side == 0 else -1 for side in leaf.detail]
        corner = {
            n: number(end * side) for n, end, side in zip(names, self.frame.far, leaf.detail, strict=True)
        }

        def gradient(node: Node) -> list[Node]:
            pairs = zip(signs, names, strict=True)
            return [multiply(number(sign), derivative(node, name)) for sign, name in pairs]

        slopes = gradient(form)
        if number_sign(self._exact(form, corner)) != 0:
            raise reject("use the corner rule only where the margin vanishes", leaf.detail)
        tests: list[Test] = [lambda box: all(self._run(slope, box).lo >= 0 for slope in slopes)]
        if all(number_sign(self._exact(slope, corner)) >= 0 for slope in slopes):
            bends = [gradient(slope) for slope in slopes]
            tests.append(lambda box: self._copositive(bends, box))
        return tests

    def _exact(self, node: Node, at: dict[str, Node]) -> Node:
        """The value where some variables have exact values on the diagonal: its quotients are taken at 0."""

        def known(part: Node) -> Node | None:
            if part.kind != "call":
                return None
            family, order, inner = part.parts
            if not self._algebra.vanishes(inner):
                raise reject("have its corner on the diagonal", at)
            return self._quotients.at_zero(family, order)

        return mapped(substitute(node, at), known)

    def _copositive(self, bends: list[list[Node]], box: Box) -> bool:
        """h₁₁, h₂₂ ≥ 0 and h₁₂ ≥ −√(h₁₁h₂₂), in the coordinates that point into the box."""
        first, last = self._run(bends[0][0], box), self._run(bends[-1][-1], box)
        if first.lo < 0 or last.lo < 0 or len(bends) == 1:
            return first.lo >= 0 and last.lo >= 0
        cross = self._run(bends[0][1], box).lo
        if cross >= 0:
            return True
        room = multiplied(Range(first.lo, first.lo), Range(last.lo, last.lo))
        return cross > -INF and multiplied(Range(cross, cross), Range(cross, cross)).hi <= room.lo


def halves(box: Ends, axis: int) -> list[Ends]:
    lo, hi = box[axis]
    middle = (lo + hi) / 2
    return [(*box[:axis], half, *box[axis + 1 :]) for half in ((lo, middle), (middle, hi))]
