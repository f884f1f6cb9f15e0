"""Why is the margin not negative on this box? The rules of proof, each tried in turn.

value    the lower end of an interval evaluation is ≥ 0.
mean     the mean-value form at the centre, or at the edge towards which a partial derivative falls, is > 0.
edge     the margin vanishes identically on an edge of the patch (shown exactly), with its normal derivative for
         order 2, and the canonical normal derivative of that order points up over the box.
slope    the same by the expansion of the form instead of its canonical derivative.
corner   the margin vanishes at a corner of the patch where the constant is tight; its gradient there does not point
         down and its Hessian is copositive over the box (Lagrange form), or its gradient does not point down over it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple, TypeVar

import sympy as sp

from simsuff.certificates.canonical import collect, divide_by_monomial, is_nonnegative, is_zero, limit_at_zero
from simsuff.certificates.claims import Claim
from simsuff.certificates.coordinates import Box, Patch
from simsuff.certificates.intervals import INFINITY, Interval, Unsupported
from simsuff.certificates.margins import LagrangeBuilder, Margin, geometry, plain
from simsuff.certificates.programs import Program
from simsuff.certificates.taylor import Expansion
from simsuff.numerics.budget import OutOfTime, within

Prepared = TypeVar("Prepared")
# One step of symbolic preparation: the claims of P5 need two at most.
_STEP_SECONDS = 20.0


class Proof(NamedTuple):
    """The form and the rule that prove one box; `edge` is (axis, side, order), `corner` the sides, where they apply."""

    form: str
    rule: str
    detail: tuple[int, ...] = ()


class NoMargin(Exception):
    """No form of the margin could be derived within the budget, or none is within the language of programs."""


class Trial(NamedTuple):
    """What came out on one box: a proof or None, the best lower bound, the axis to split."""

    proof: Proof | None
    lower: float
    axis: int


class PatchProver:
    """The forms of one claim on one patch, and the rules on its boxes."""

    def __init__(self, patch: Patch, claim: Claim, builder: LagrangeBuilder) -> None:
        self.patch, self.claim, self._builder = patch, claim, builder
        self._edges: dict[tuple[str, int, int], list[Program]] = {}
        self._diagonals: dict[tuple[str, int, int], int] = {}
        self._corners: dict[tuple[str, tuple[int, ...]], Expansion | None] = {}

    @cached_property
    def margins(self) -> dict[str, Margin]:
        """The forms by name, the cheap one first."""
        builders = {
            "plain0": partial(plain, self.patch, self.claim),
            "lagrange0": partial(self._builder.build, self.patch),
        }

        def form(name: str) -> Margin | None:
            expression = builders[name]()
            if expression is None:
                return None
            return Margin(name, Program(expression, self.patch.symbols, self._builder.functions))

        found = {name: _prepared(partial(form, name), None) for name in builders}
        if not any(found.values()):
            raise NoMargin(f"the margin on the patch {self.patch.name} has no form that could be derived")
        return {name: form for name, form in found.items() if form is not None}

    @property
    def expressions(self) -> dict[str, str]:
        """The plain forms, and their canonical derivatives at the edges where they vanish, as text."""
        found = {name: form.program for name, form in self.margins.items() if name == "plain0"}
        for (name, axis, side), programs in self._edges.items():
            found.update({f"{name} {axis} {side} {i}": p for i, p in enumerate(programs, start=1)})
        return {name: sp.sstr(program.expression) for name, program in found.items()}

    def try_box(self, box: Box, patient: bool = True) -> Trial:
        """Try the rules on a box; `patient` tries also those whose preparation takes symbolic work."""
        intervals = [Interval(lo, hi) for lo, hi in box]
        lower = -INFINITY
        for name, form in self.margins.items():
            bound = form.program.value(intervals).lo
            if bound >= 0:
                return Trial(Proof(name, "value"), bound, 0)
            lower = max(lower, bound)
        proof = self._touching(box, intervals) if patient else None
        if proof is not None:
            return Trial(proof, 0.0, 0)
        return self._by_mean(box, intervals, lower)

    def _by_mean(self, box: Box, intervals: list[Interval], lower: float) -> Trial:
        axis, best = _longest(box), lower
        for name, form in self.margins.items():
            expansion = form.program.expansion(intervals, hessian=False)
            bound = mean_value_bound(form.program, intervals, expansion)
            if bound > 0:
                return Trial(Proof(name, "mean"), bound, 0)
            if bound > best:
                best, axis = bound, _steepest(box, expansion)
        return Trial(None, best, axis)

    def _touching(self, box: Box, intervals: list[Interval]) -> Proof | None:
        sides = list(_touched(box, self.patch.box))
        expansions: dict[str, Expansion] = {}
        for axis, side in sides:
            for name in self.margins:
                proof = self._by_edge(name, axis, side, intervals, expansions)
                if proof is not None:
                    return proof
        for corner in _corners(sides, len(box)):
            for name, form in self.margins.items():
                exact = self._corner_expansion(name, form, corner)
                if exact is not None and corner_holds(
                    exact, self._expansion(name, intervals, expansions), corner
                ):
                    return Proof(name, "corner", corner)
        return None

    def _expansion(self, name: str, intervals: list[Interval], expansions: dict[str, Expansion]) -> Expansion:
        if name not in expansions:
            expansions[name] = self.margins[name].program.expansion(intervals)
        return expansions[name]

    def _by_edge(
        self, name: str, axis: int, side: int, intervals: list[Interval], expansions: dict[str, Expansion]
    ) -> Proof | None:
        """A proof from the edge by the canonical derivatives of the plain form, or by the expansion of any form."""
        zeros = self._zeros(name, axis, side)
        if zeros == 0:
            return None
        if name == "plain0":
            for order, program in enumerate(self._edge_programs(name, axis, side), start=1):
                if program.value(intervals).lo >= 0:
                    return Proof(name, "edge", (axis, side, order))
        entries = edge_entries(self._expansion(name, intervals, expansions), axis, side)
        for order, entry in enumerate(entries[:zeros], start=1):
            if entry.lo >= 0:
                return Proof(name, "slope", (axis, side, order))
        return None

    def _zeros(self, name: str, axis: int, side: int) -> int:
        """How many of margin and normal derivative vanish identically on an edge, 0 where nothing is known.

        Away from the diagonal the Lagrange form has the zeros of the plain form: d ≠ 0 and no monomial vanishes there.
        """
        symbol = self.patch.symbols[axis]
        at_edge = geometry(self.patch).difference.subs(symbol, sp.Rational(self.patch.box[axis][side]))
        if name == "plain0" or (side == 1 and sp.expand(at_edge) != 0):
            return len(self._edge_programs("plain0", axis, side))
        if side == 0 or len(self.patch.symbols) == 1:
            return 0
        return self._zeros_on_diagonal(name, axis, side)

    def _zeros_on_diagonal(self, name: str, axis: int, side: int) -> int:
        key = (name, axis, side)
        if key not in self._diagonals:
            self._diagonals[key] = _prepared(partial(self._flat_on_diagonal, name, axis, side), 0)
        return self._diagonals[key]

    def _flat_on_diagonal(self, name: str, axis: int, side: int) -> int:
        point: list[sp.Expr] = list(self.patch.symbols)
        point[axis] = sp.Rational(self.patch.box[axis][side])
        expansion = self.margins[name].program.exact_expansion(point)
        rest = {s: at for s, at in self.patch.sample.items() if s != self.patch.symbols[axis]}
        entries = [sp.sympify(entry or 0) for entry in (expansion.value, (expansion.d1, expansion.d2)[axis])]
        flat = [is_zero(entry, rest) for entry in entries]
        return 0 if not flat[0] else 2 if flat[1] else 1

    def _edge_programs(self, name: str, axis: int, side: int) -> list[Program]:
        key = (name, axis, side)
        if key not in self._edges:
            step = partial(self._plain_edge, self.margins[name].program, axis, side)
            self._edges[key] = _prepared(step, [])
        return self._edges[key]

    def _plain_edge(self, program: Program, axis: int, side: int) -> list[Program]:
        patch, programs = self.patch, []
        symbol, sign = patch.symbols[axis], 1 if side == 0 else -1
        for _ in range(2):
            if not self._vanishes(program, axis, side):
                break
            derivative = collect(sign * sp.diff(program.expression, symbol), patch.sample)
            program = Program(divide_by_monomial(derivative, patch.symbols), patch.symbols)
            programs.append(program)
        return programs

    def _vanishes(self, program: Program, axis: int, side: int) -> bool:
        """Whether an expression is identically zero on an edge: a look at one point first, then exactly."""
        sample, symbol, end = self.patch.sample, self.patch.symbols[axis], self.patch.box[axis][side]
        inside = [Interval(float(share), float(share)) for share in sample.values()]
        inside[axis] = Interval(end, end)
        if not (found := program.value(inside)).lo <= 0 <= found.hi:
            return False
        if side == 0:
            value = limit_at_zero(collect(program.expression, sample), symbol)
        else:
            value = program.expression.subs(symbol, sp.Rational(end))
        return is_zero(value, sample)

    def _corner_expansion(self, name: str, form: Margin, corner: tuple[int, ...]) -> Expansion | None:
        key = (name, corner)
        if key not in self._corners:
            step = partial(self._exact_corner, form, corner)
            self._corners[key] = _prepared(step, None) if name == "lagrange0" else None
        return self._corners[key]

    def _exact_corner(self, form: Margin, corner: tuple[int, ...]) -> Expansion | None:
        """The exact expansion at a corner on the diagonal where the margin is zero, else None."""
        point = [sp.Rational(ends[side]) for ends, side in zip(self.patch.box, corner, strict=True)]
        at = dict(zip(self.patch.symbols, point, strict=True))
        if geometry(self.patch).difference.subs(at) != 0:
            return None
        expansion = form.program.exact_expansion(point)
        if not is_zero(sp.sympify(expansion.value), {}):
            return None
        return expansion


def _prepared(step: Callable[[], Prepared], fallback: Prepared) -> Prepared:
    """The result of symbolic work, or the fallback where it takes too long or leaves the language of programs."""
    try:
        return within(_STEP_SECONDS, step)
    except (OutOfTime, Unsupported):
        return fallback


def edge_entries(expansion: Expansion, axis: int, side: int) -> tuple[Interval, Interval]:
    """First and second normal derivative, in the direction that points into the patch."""
    first, second = ((expansion.d1, expansion.d11), (expansion.d2, expansion.d22))[axis]
    return _signed(first, 1 if side == 0 else -1), _signed(second, 1)


def _touched(box: Box, whole: Box) -> Iterator[tuple[int, int]]:
    for axis, (ends, limits) in enumerate(zip(box, whole, strict=True)):
        for side in (0, 1):
            if ends[side] == limits[side]:
                yield axis, side


def _corners(sides: Sequence[tuple[int, int]], dimension: int) -> Iterator[tuple[int, ...]]:
    choices = [[side for axis, side in sides if axis == i] for i in range(dimension)]
    if dimension == 1:
        yield from ((a,) for a in choices[0])
    else:
        yield from ((a, b) for a in choices[0] for b in choices[1])


def _longest(box: Box) -> int:
    return max(range(len(box)), key=lambda i: (box[i][1] - box[i][0], -i))


def _steepest(box: Box, expansion: Expansion) -> int:
    reach = []
    for (lo, hi), slope in zip(box, (expansion.d1, expansion.d2), strict=False):
        size = 0.0 if slope is None else slope.absolute().hi
        reach.append((hi - lo) * size if size > 0 else 0.0)
    if not all(r < INFINITY for r in reach):
        return _longest(box)
    return max(range(len(box)), key=lambda i: (reach[i], -i))


def mean_value_bound(program: Program, box: list[Interval], expansion: Expansion) -> float:
    """A lower bound: each variable at the end where the margin is least, or at the centre with its slope as price."""
    zero = Interval(0.0, 0.0)
    point, price = [], zero
    for side, slope in zip(box, (expansion.d1, expansion.d2), strict=False):
        slope = zero if slope is None else slope
        at = side.lo if slope.lo >= 0 else side.hi if slope.hi <= 0 else (side.lo + side.hi) / 2
        point.append(Interval(at, at))
        if slope.lo < 0 < slope.hi:
            price = price + slope * (side - point[-1])
    if price.lo == -INFINITY:
        return -INFINITY
    return (program.value(point) + price).lo


def corner_holds(exact: Expansion, expansion: Expansion, corner: tuple[int, ...]) -> bool:
    """Whether a margin that is zero at a corner is ≥ 0 on the box that touches it."""
    signs = [1 if side == 0 else -1 for side in corner]
    slopes = [_signed(d, s) for d, s in zip((expansion.d1, expansion.d2), signs, strict=False)]
    if all(slope.lo >= 0 for slope in slopes):
        return True
    gradient = [sp.sympify(d or 0) * s for d, s in zip((exact.d1, exact.d2), signs, strict=False)]
    return all(map(is_nonnegative, gradient)) and _copositive(expansion, signs)


def _signed(slope: Interval | None, sign: int) -> Interval:
    if slope is None:
        return Interval(0.0, 0.0)
    return slope if sign > 0 else -slope


def _copositive(expansion: Expansion, signs: list[int]) -> bool:
    """h₁₁, h₂₂ ≥ 0 and h₁₂ ≥ −√(h₁₁h₂₂), in the coordinates that point into the box."""
    first, last = _signed(expansion.d11, 1), _signed(expansion.d22, 1)
    cross = _signed(expansion.d12, signs[0] * signs[-1])
    if first.lo < 0 or last.lo < 0:
        return False
    square = Interval(first.lo, first.lo) * Interval(last.lo, last.lo)
    return cross.lo >= 0 or (Interval(cross.lo, cross.lo).integer_power(2) - square).hi <= 0
