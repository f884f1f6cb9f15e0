"""Rules of proof, re-proved by the checker for all leaves of one kind at once."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.certificates.checker.identities import limit_at_zero, same_up_to_monomial, vanishes
from simsuff.certificates.checker.margins import Frame, difference, divergence, lagrange, u, v, x
from simsuff.certificates.checker.ranges import Range, add, evaluate, multiply, negate, number_sign
from simsuff.certificates.checker.removable import Quotients
from simsuff.certificates.checker.statement import Statement, reject
from simsuff.certificates.parsing import read_expression

# A box whose rule holds only barely is halved in each direction up to this often: the checker's ranges are its own.
_REFINEMENTS = 5
# A proof needs few such pieces; many more mean that the claim of the leaf is false.
_PIECES = 64

Ends = tuple[tuple[float, float], ...]
Test = Callable[[dict[sp.Symbol, Range]], NDArray[np.bool_]]


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
        self._quotients = Quotients(statement.generators, statement.sides)
        self._verified: dict[str, sp.Expr] = {}

    @cached_property
    def _at(self) -> dict[sp.Symbol, sp.Rational]:
        shares = (sp.Rational(5, 13), sp.Rational(8, 17))
        return {
            s: end * share
            for s, end, share in zip(self.frame.variables, self.frame.far, shares, strict=False)
        }

    def prove(self, leaves: list[Leaf]) -> None:
        """Raise ValueError unless every leaf holds; they share form, rule and detail."""
        first = leaves[0]
        rules = {
            "value": self._value_test,
            "mean": self._mean_test,
            "edge": self._edge_test,
            "slope": self._slope_test,
            "corner": self._corner_test,
        }
        if first.rule not in rules or first.form not in ("plain0", "lagrange0"):
            raise reject("use known forms and rules", (first.form, first.rule))
        self._require_touching(leaves)
        tests = rules[first.rule](first)
        boxes = [leaf.box for leaf in leaves]
        for test in tests:
            boxes = self._failing(test, boxes)
        if boxes:
            raise reject(
                "prove every box", f"{first.patch} {first.form} {first.rule} {first.detail} on {boxes[0]}"
            )

    def _failing(self, test: Test, boxes: list[Ends]) -> list[Ends]:
        """The boxes on which a test fails even in pieces."""
        pieces = [(box, box) for box in boxes]
        for _ in range(_REFINEMENTS):
            if not pieces or len(pieces) > _PIECES + 8 * len(boxes):
                break
            held = test(self._ranges([piece for _, piece in pieces]))
            pieces = [pair for pair, good in zip(pieces, held, strict=True) if not good]
            pieces = [(box, part) for box, piece in pieces for part in _quarters(piece)]
        return sorted({box for box, _ in pieces})

    def _ranges(self, boxes: list[Ends]) -> dict[sp.Symbol, Range]:
        ends = np.array(boxes, dtype=np.float64)
        return {s: Range(ends[:, i, 0], ends[:, i, 1]) for i, s in enumerate(self.frame.variables)}

    def _evaluate(self, node: sp.Expr, boxes: dict[sp.Symbol, Range]) -> Range:
        return evaluate(node, boxes, self._quotients)

    def _require_touching(self, leaves: list[Leaf]) -> None:
        for leaf in leaves:
            if leaf.rule in ("edge", "slope"):
                wanted = [leaf.detail[:2]] if len(leaf.detail) == 3 else [()]
            else:
                wanted = list(enumerate(leaf.detail)) if leaf.rule == "corner" else []
            for place in wanted:
                if not self._touches(leaf.box, place):
                    raise reject(
                        "apply edge and corner rules only at the edge or corner", (leaf.rule, leaf.box)
                    )

    def _touches(self, box: Ends, place: tuple[int, ...]) -> bool:
        if len(place) != 2 or place[0] not in range(len(box)) or place[1] not in (0, 1):
            return False
        axis, side = place
        return box[axis][side] == (0.0, float(self.frame.far[axis]))[side]

    def _form(self, name: str) -> sp.Expr:
        return self._plain if name == "plain0" else self._lagrange

    @cached_property
    def _lagrange(self) -> sp.Expr:
        return lagrange(self.frame, self.statement.generators, self.statement.sides)

    @cached_property
    def _plain(self) -> sp.Expr:
        """The plain form of the certificate, once shown to be the margin over a monomial."""
        small, large = (divergence(self.frame, f) for f in self.statement.generators)
        a_side, b_side = self.statement.sides
        return self._same(b_side.subs(x, large) - a_side.subs(x, small), "plain0")

    def _same(self, own: sp.Expr, name: str) -> sp.Expr:
        if name not in self._verified:
            given = read_expression(self._texts.get(name, ""), {"u": u, "v": v})
            if not same_up_to_monomial(own, given, self._at):
                raise reject("hold expressions that are what they say", f"{name} = {given}")
            self._verified[name] = given
        return self._verified[name]

    def _derivative_at_edge(self, axis: int, side: int, order: int) -> sp.Expr:
        """The plain form's normal derivative of this order, over monomials, after showing that all below vanish."""
        symbol, found = self.frame.variables[axis], self._plain
        for i in range(1, order + 1):
            if not self._vanishes_at(found, axis, side):
                raise reject("use the edge rule only where the margin vanishes", (axis, side, i))
            direction = 1 if side == 0 else -1
            found = self._same(direction * sp.diff(found, symbol), f"plain0 {axis} {side} {i}")
        return found

    def _vanishes_at(self, node: sp.Expr, axis: int, side: int) -> bool:
        symbol = self.frame.variables[axis]
        value = limit_at_zero(node, symbol) if side == 0 else node.subs(symbol, self.frame.far[axis])
        return vanishes(value, {s: at for s, at in self._at.items() if s != symbol})

    def _value_test(self, leaf: Leaf) -> list[Test]:
        form = self._form(leaf.form)
        return [lambda boxes: self._evaluate(form, boxes).lo >= 0]

    def _mean_test(self, leaf: Leaf) -> list[Test]:
        form = self._form(leaf.form)
        slopes = [sp.diff(form, symbol) for symbol in self.frame.variables]
        return [lambda boxes: self._mean_value(form, slopes, boxes).lo >= 0]

    def _mean_value(self, form: sp.Expr, slopes: list[sp.Expr], boxes: dict[sp.Symbol, Range]) -> Range:
        point, price = {}, None
        for (symbol, side), slope in zip(boxes.items(), slopes, strict=True):
            g = self._evaluate(slope, boxes)
            at = np.where(g.lo >= 0, side.lo, np.where(g.hi <= 0, side.hi, (side.lo + side.hi) / 2))
            point[symbol] = Range(at, at)
            step = multiply(g, add(side, negate(point[symbol])))
            flat = (g.lo >= 0) | (g.hi <= 0)
            step = Range(np.where(flat, 0.0, step.lo), np.where(flat, 0.0, step.hi))
            price = step if price is None else add(price, step)
        return add(self._evaluate(form, point), price) if price is not None else self._evaluate(form, point)

    def _edge_test(self, leaf: Leaf) -> list[Test]:
        derivative = self._derivative_at_edge(*self._detail(leaf))
        return [lambda boxes: self._evaluate(derivative, boxes).lo >= 0]

    def _slope_test(self, leaf: Leaf) -> list[Test]:
        axis, side, order = self._detail(leaf)
        symbol, form = self.frame.variables[axis], self._form(leaf.form)
        if leaf.form == "plain0" or (side == 1 and not self._is_diagonal(axis)):
            # Away from the diagonal the Lagrange form is the plain one over something smooth and positive.
            self._derivative_at_edge(axis, side, order)
        elif side == 1:
            self._require_zeros_on_diagonal(form, axis, order)
        else:
            raise reject("carry zeros over to the Lagrange form only at far edges", leaf.patch)
        derivative = (1 if side == 0 else -1) ** order * sp.diff(form, symbol, order)
        return [lambda boxes: self._evaluate(derivative, boxes).lo >= 0]

    def _is_diagonal(self, axis: int) -> bool:
        symbol = self.frame.variables[axis]
        rest = difference(self.frame).subs(symbol, self.frame.far[axis])
        return vanishes(rest, {s: at for s, at in self._at.items() if s != symbol})

    def _require_zeros_on_diagonal(self, form: sp.Expr, axis: int, order: int) -> None:
        symbol = self.frame.variables[axis]
        rest = {s: at for s, at in self._at.items() if s != symbol}
        for i in range(order):
            if not vanishes(self._exact(sp.diff(form, symbol, i), {symbol: self.frame.far[axis]}), rest):
                raise reject("use the slope rule only where the margin vanishes", (axis, i))

    def _detail(self, leaf: Leaf) -> tuple[int, int, int]:
        if len(leaf.detail) != 3 or leaf.detail[2] not in (1, 2):
            raise reject("state axis, side and order of an edge", leaf.detail)
        axis, side, order = leaf.detail
        return axis, side, order

    def _corner_test(self, leaf: Leaf) -> list[Test]:
        form, symbols = self._form(leaf.form), self.frame.variables
        if leaf.form != "lagrange0" or len(leaf.detail) != len(symbols):
            raise reject("use the corner rule on the Lagrange form", leaf.detail)
        signs = [1 if side == 0 else -1 for side in leaf.detail]
        ends = [end * side for end, side in zip(self.frame.far, leaf.detail, strict=True)]
        corner = dict(zip(symbols, ends, strict=True))
        slopes = [sign * sp.diff(form, symbol) for sign, symbol in zip(signs, symbols, strict=True)]
        if number_sign(self._exact(form, corner)) != 0:
            raise reject("use the corner rule only where the margin vanishes", leaf.detail)
        tests: list[Test] = [lambda boxes: np.all([self._evaluate(s, boxes).lo >= 0 for s in slopes], axis=0)]
        if all(number_sign(self._exact(slope, corner)) >= 0 for slope in slopes):
            tests.append(lambda boxes: self._copositive(slopes, signs, boxes))
        return tests

    def _exact(self, node: sp.Expr, corner: dict[sp.Symbol, sp.Rational]) -> sp.Expr:
        value = node.subs(corner)
        calls = [call for call in value.atoms(sp.Function) if "__" in type(call).__name__]
        if any(call.args[0] != 0 for call in calls):
            raise reject("have its corner on the diagonal", corner)
        numbers = {call: self._quotients.exact_at_zero(type(call).__name__) for call in calls}
        return value.xreplace(numbers)

    def _copositive(
        self, slopes: list[sp.Expr], signs: list[int], boxes: dict[sp.Symbol, Range]
    ) -> NDArray[np.bool_]:
        symbols = self.frame.variables
        first, last = (
            self._evaluate(signs[i] * sp.diff(slopes[i], symbols[i]), boxes) for i in (0, len(symbols) - 1)
        )
        good: NDArray[np.bool_] = (first.lo >= 0) & (last.lo >= 0)
        if len(symbols) == 1:
            return good
        cross = self._evaluate(signs[1] * sp.diff(slopes[0], symbols[1]), boxes)
        with np.errstate(invalid="ignore"):
            below = np.nextafter(first.lo * last.lo, -np.inf) - np.nextafter(cross.lo**2, np.inf)
        return good & ((cross.lo >= 0) | (below > 0))


def _quarters(box: Ends) -> list[Ends]:
    parts: list[Ends] = [()]
    for lo, hi in box:
        middle = (lo + hi) / 2
        parts = [(*part, half) for part in parts for half in ((lo, middle), (middle, hi))]
    return parts
