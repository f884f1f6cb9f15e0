"""Rules that prove a margin ≥ 0 on a box, each tried in turn.

value    the lower end of an interval evaluation is ≥ 0.
mean     the mean-value form at the centre, or at the edge towards which a partial derivative falls, is > 0.
edge     the margin vanishes identically on an edge of the patch (shown exactly), with its normal derivative for
         order 2, and the canonical normal derivative of that order points up over the box.
slope    the same by the expansion of the form instead of its canonical derivative.
corner   the margin vanishes at a corner of the patch where the constant is tight; its gradient there does not point
         down and its Hessian is copositive over the box (Lagrange form), or its gradient does not point down over it.
"""

from collections.abc import Callable
from functools import cache, cached_property, partial
from itertools import product
from typing import NamedTuple, TypeVar

import sympy as sp

from simsuff.certificates.canonical import collect, divide_by_monomial, is_nonnegative, is_zero, limit_at_zero
from simsuff.certificates.claims import Claim
from simsuff.certificates.coordinates import Box, Patch
from simsuff.certificates.intervals import INFINITY, Interval, Unsupported
from simsuff.certificates.margins import LagrangeBuilder, plain
from simsuff.certificates.programs import Expansion, Program
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
    """The forms of one claim's margin on one patch, and the rules on its boxes."""

    def __init__(self, patch: Patch, claim: Claim, builder: LagrangeBuilder) -> None:
        self.patch, self.claim, self._builder = patch, claim, builder
        self._edges: dict[tuple[int, int], list[Program]] = {}
        self._diagonals: dict[tuple[int, int], int] = {}
        self._corners: dict[tuple[int, ...], Expansion | None] = {}

    @cached_property
    def margins(self) -> dict[str, Program]:
        """The forms by name, the cheap one first; each is positive exactly where the claim holds strictly."""

        def program(build: Callable[[], sp.Expr | None]) -> Program | None:
            expression = build()
            functions = self._builder.functions
            return None if expression is None else Program(expression, self.patch.symbols, functions)

        steps = {
            "plain0": partial(plain, self.patch, self.claim),
            "lagrange0": partial(self._builder.build, self.patch),
        }
        programs = {name: _prepared(partial(program, step), None) for name, step in steps.items()}
        if not any(programs.values()):
            raise NoMargin(f"the margin on the patch {self.patch.name} has no form that could be derived")
        return {name: found for name, found in programs.items() if found is not None}

    @cached_property
    def _difference(self) -> sp.Expr:
        return self.patch.difference  # asked for on each box

    @property
    def expressions(self) -> dict[str, str]:
        """The plain form, and its canonical derivatives at the edges where it vanishes, as text."""
        found = {name: form for name, form in self.margins.items() if name == "plain0"}
        for (axis, side), programs in self._edges.items():
            found.update({f"plain0 {axis} {side} {i}": p for i, p in enumerate(programs, start=1)})
        return {name: sp.sstr(program.expression) for name, program in found.items()}

    def try_box(self, box: Box, patient: bool = True) -> Trial:
        """Try the rules on a box; `patient` tries also those whose preparation takes symbolic work."""
        intervals = [Interval(lo, hi) for lo, hi in box]
        lower = -INFINITY
        for name, form in self.margins.items():
            bound = form.value(intervals).lo
            if bound >= 0:
                return Trial(Proof(name, "value"), bound, 0)
            lower = max(lower, bound)
        proof = self._touching(box, intervals) if patient else None
        if proof is not None:
            return Trial(proof, 0.0, 0)
        axis = _widest(box)
        for name, form in self.margins.items():
            expansion = form.expansion(intervals, hessian=False)
            bound = _mean_value_bound(form, intervals, expansion)
            if bound > 0:
                return Trial(Proof(name, "mean"), bound, 0)
            if bound > lower:
                lower, axis = bound, _widest(box, expansion)
        return Trial(None, lower, axis)

    def _touching(self, box: Box, intervals: list[Interval]) -> Proof | None:
        """A proof by the rules edge, slope and corner, for a box at the edge of the patch."""
        sides = [
            (axis, side)
            for axis, (ends, limits) in enumerate(zip(box, self.patch.box, strict=True))
            for side in (0, 1)
            if ends[side] == limits[side]
        ]
        expansion = cache(lambda name: self.margins[name].expansion(intervals))
        for axis, side in sides:
            for name in self.margins:
                zeros = self._zeros(name, axis, side)
                if zeros and name == "plain0":
                    for order, program in enumerate(self._plain_at_edge(axis, side), start=1):
                        if program.value(intervals).lo >= 0:
                            return Proof(name, "edge", (axis, side, order))
                if zeros:
                    found = expansion(name)
                    slope, bend = ((found.d1, found.d11), (found.d2, found.d22))[axis]
                    entries = _signed(slope, 1 if side == 0 else -1), _signed(bend, 1)
                    for order, entry in enumerate(entries[:zeros], start=1):
                        if entry.lo >= 0:
                            return Proof(name, "slope", (axis, side, order))
        if "lagrange0" in self.margins:
            for corner in product(*([side for axis, side in sides if axis == i] for i in range(len(box)))):
                exact = self._corner_expansion(corner)
                if exact is not None and _corner_holds(exact, expansion("lagrange0"), corner):
                    return Proof("lagrange0", "corner", corner)
        return None

    def _zeros(self, name: str, axis: int, side: int) -> int:
        """How many of margin and normal derivative vanish identically on an edge, 0 where nothing is known.

        Away from the diagonal the Lagrange form has the zeros of the plain form: d ≠ 0 and no monomial vanishes there.
        """
        symbol = self.patch.symbols[axis]
        at_edge = self._difference.subs(symbol, sp.Rational(self.patch.box[axis][side]))
        if name == "plain0" or (side == 1 and sp.expand(at_edge) != 0):
            return len(self._plain_at_edge(axis, side)) if "plain0" in self.margins else 0
        if side == 0 or len(self.patch.symbols) == 1:
            return 0

        def zeros_on_diagonal() -> int:
            point: list[sp.Expr] = list(self.patch.symbols)
            point[axis] = sp.Rational(self.patch.box[axis][side])
            expansion = self.margins["lagrange0"].expansion(point)
            rest = {s: at for s, at in self.patch.sample.items() if s != symbol}
            entries = (expansion.value, (expansion.d1, expansion.d2)[axis])
            flat = [is_zero(sp.sympify(entry or 0), rest) for entry in entries]
            return 0 if not flat[0] else 2 if flat[1] else 1

        if (axis, side) not in self._diagonals:
            self._diagonals[axis, side] = _prepared(zeros_on_diagonal, 0)
        return self._diagonals[axis, side]

    def _plain_at_edge(self, axis: int, side: int) -> list[Program]:
        """The canonical derivatives of the plain form at an edge, as long as what they derive vanishes there."""
        patch = self.patch
        symbol, sign = patch.symbols[axis], 1 if side == 0 else -1

        def derive() -> list[Program]:
            programs: list[Program] = []
            program = self.margins["plain0"]
            while len(programs) < 2 and self._vanishes(program, axis, side):
                derivative = collect(sign * sp.diff(program.expression, symbol), patch.sample)
                program = Program(divide_by_monomial(derivative, patch.symbols), patch.symbols)
                programs.append(program)
            return programs

        if (axis, side) not in self._edges:
            self._edges[axis, side] = _prepared(derive, [])
        return self._edges[axis, side]

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

    def _corner_expansion(self, corner: tuple[int, ...]) -> Expansion | None:
        """The exact expansion of the Lagrange form at a corner on the diagonal where it is zero, else None."""

        def expand() -> Expansion | None:
            point = [sp.Rational(ends[side]) for ends, side in zip(self.patch.box, corner, strict=True)]
            at = dict(zip(self.patch.symbols, point, strict=True))
            if self._difference.subs(at) != 0:
                return None
            expansion = self.margins["lagrange0"].expansion(point)
            return expansion if is_zero(sp.sympify(expansion.value), {}) else None

        if corner not in self._corners:
            self._corners[corner] = _prepared(expand, None)
        return self._corners[corner]


def _prepared(step: Callable[[], Prepared], fallback: Prepared) -> Prepared:
    """The result of symbolic work, or the fallback where it takes too long or leaves the language of programs."""
    try:
        return within(_STEP_SECONDS, step)
    except (OutOfTime, Unsupported):
        return fallback


def _widest(box: Box, expansion: Expansion | None = None) -> int:
    """The axis of the longest side, or of the one along which the margin may change most, where that is finite."""
    lengths = [hi - lo for lo, hi in box]
    slopes = (expansion.d1, expansion.d2) if expansion else ()
    sizes = [0.0 if slope is None else slope.absolute().hi for slope in slopes]
    reach = [length * size if size > 0 else 0.0 for length, size in zip(lengths, sizes, strict=False)]
    longest = reach if reach and max(reach) < INFINITY else lengths
    return longest.index(max(longest))


def _mean_value_bound(program: Program, box: list[Interval], expansion: Expansion) -> float:
    """A lower bound: each variable at the end where the margin is least, or at the centre with its slope as price."""
    point, price = [], Interval(0.0, 0.0)
    for side, derivative in zip(box, (expansion.d1, expansion.d2), strict=False):
        slope = _signed(derivative, 1)
        at = side.lo if slope.lo >= 0 else side.hi if slope.hi <= 0 else (side.lo + side.hi) / 2
        point.append(Interval(at, at))
        if slope.lo < 0 < slope.hi:
            price = price + slope * (side - point[-1])
    if price.lo == -INFINITY:
        return -INFINITY
    return (program.value(point) + price).lo


def _corner_holds(exact: Expansion, expansion: Expansion, corner: tuple[int, ...]) -> bool:
    """Whether a margin that is zero at a corner is ≥ 0 on the box that touches it."""
    signs = [1 if side == 0 else -1 for side in corner]
    slopes = [_signed(d, s) for d, s in zip((expansion.d1, expansion.d2), signs, strict=False)]
    if all(slope.lo >= 0 for slope in slopes):
        return True
    gradient = [sp.sympify(d or 0) * s for d, s in zip((exact.d1, exact.d2), signs, strict=False)]
    if not all(map(is_nonnegative, gradient)):
        return False
    # The Hessian is copositive: h₁₁, h₂₂ ≥ 0 and h₁₂ ≥ −√(h₁₁h₂₂), in the coordinates that point into the box.
    first, last = _signed(expansion.d11, 1), _signed(expansion.d22, 1)
    if first.lo < 0 or last.lo < 0:
        return False
    cross = _signed(expansion.d12, signs[0] * signs[-1])
    square = Interval(first.lo, first.lo) * Interval(last.lo, last.lo)
    return cross.lo >= 0 or (Interval(cross.lo, cross.lo).integer_power(2) - square).hi <= 0


def _signed(slope: Interval | None, sign: int) -> Interval:
    if slope is None:
        return Interval(0.0, 0.0)
    return slope if sign > 0 else -slope
