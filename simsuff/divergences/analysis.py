"""What follows from the expression of f alone: derivatives, limits, convexity, conjugate, A5 and C2?"""

from functools import cached_property

import mpmath
import sympy as sp

from simsuff.divergences import conjugation, kinks, limits
from simsuff.divergences.curvature import floor
from simsuff.divergences.signs import Verdict, nonnegative
from simsuff.divergences.symbols import t
from simsuff.divergences.tidying import simplify
from simsuff.numerics.validation import refuse, require

# An f(1) that SymPy cannot simplify to 0 counts as 0 if it is 0 to this many digits.
DIGITS = 60


class Analysis:
    """The symbolic side of a divergence: `expression` is f in the symbol t, the rest is derived from it."""

    def __init__(self, name: str, expression: sp.Expr) -> None:
        self.name = name
        self.expression = expression

    @cached_property
    def derivative_expression(self) -> sp.Expr:
        """f'(t); at a kink the middle of the jump, or another subgradient."""
        return sp.diff(self.expression, t)

    @cached_property
    def second_derivative_expression(self) -> sp.Expr:
        """f''(t) away from the kinks of f."""
        raw = sp.diff(self.derivative_expression, t)
        return simplify(raw.replace(sp.DiracDelta, lambda *_: sp.S.Zero))

    @cached_property
    def conjugate_expression(self) -> sp.Expr | None:
        """f*(s) on (f'(0+), f'(∞)) in closed form, or None where none was found."""
        if not kinks.is_smooth(self.expression):
            return None
        return conjugation.derive(self.expression, simplify(self.derivative_expression))

    @cached_property
    def at_zero(self) -> float:
        """f(0) = lim f(t) as t → 0, may be inf."""
        return limits.at_zero(self._pieces[0].expression)

    @cached_property
    def derivative_at_zero(self) -> float:
        """f'(0+), may be -inf."""
        return limits.at_zero(sp.diff(self._pieces[0].expression, t))

    @cached_property
    def second_derivative_at_zero(self) -> float:
        """f''(0+), may be inf."""
        return limits.at_zero(simplify(sp.diff(self._pieces[0].expression, t, 2)))

    @cached_property
    def second_derivative_at_infinity(self) -> float:
        """lim f''(t) as t → ∞."""
        return limits.at_infinity(simplify(sp.diff(self._pieces[-1].expression, t, 2)))

    @cached_property
    def slope_at_infinity(self) -> float:
        """f'(∞) = lim f(t)/t as t → ∞, may be inf."""
        return limits.at_infinity(simplify(sp.diff(self._pieces[-1].expression, t)))

    @cached_property
    def conjugate_at_slope(self) -> float:
        """f*(f'(∞)) = lim t f'(∞) − f(t) as t → ∞ where f'(∞) is finite, else inf."""
        if mpmath.isinf(self.slope_at_infinity):
            return float("inf")
        last = self._pieces[-1].expression
        slope = sp.limit(simplify(sp.diff(last, t)), t, sp.oo)
        return limits.at_infinity(sp.expand(slope * t) - last)

    @cached_property
    def _pieces(self) -> list[kinks.Piece]:
        return kinks.pieces(self.expression)

    @cached_property
    def convexity(self) -> Verdict:
        """Whether f is convex on (0, ∞), how that was decided, and a t where it fails."""
        for kink in kinks.kinks(self.expression):
            if float(kink.right - kink.left) < 0:
                return Verdict(False, "jump of f'", float(kink.place))
        verdicts = [
            nonnegative(simplify(sp.diff(piece.expression, t, 2)), float(piece.low), float(piece.high))
            for piece in self._pieces
        ]
        return min(verdicts, key=_severity)

    @cached_property
    def joint_convexity(self) -> Verdict:
        """A5: whether 1/f'' is concave, which is the same as B_f jointly convex.

        A kink decides it too: there 1/f'' is 0, and a non-negative concave function on (0, ∞) with a zero vanishes.
        """
        corners = kinks.kinks(self.expression)
        if corners:
            return Verdict(False, "kink", float(corners[0].place))
        second = self.second_derivative_expression
        if second == 0:
            return Verdict(True, "affine")
        return nonnegative(-simplify(sp.diff(1 / second, t, 2)))

    def curvature_floor(self, low: float = 0.0, high: float = float("inf")) -> float:
        """C2: κ = inf of t f''(t) over [low, high], from below where it has no closed form.

        Raises
        ------
        ValueError : not 0 ≤ low < high.
        """
        shown = f"(low, high) = ({low!r}, {high!r})"
        require(0 <= low < high, "(low, high)", shown, "satisfy 0 <= low < high", "pass the range of r")
        cut = [piece for piece in self._pieces if float(piece.low) < high and float(piece.high) > low]
        return min(
            floor(
                simplify(t * sp.diff(piece.expression, t, 2)),
                max(low, float(piece.low)),
                min(high, float(piece.high)),
            )
            for piece in cut
        )

    def verify(self, conjugate: sp.Expr | None = None) -> None:
        """Refuse an f with f(1) ≠ 0, a non-convex f, and a conjugate that breaks P2."""
        value = simplify(self.expression.subs(t, 1))
        if value != 0 and not abs(sp.N(value, DIGITS)) < sp.Float(10, DIGITS) ** (10 - DIGITS):
            raise refuse("f", f"f(1) = {value}", "vanish at t = 1", "subtract f(1) from f")
        if self.convexity.holds is False:
            place = self.convexity.witness
            shown = f"f = {self.expression} is not convex at t = {place:.6g}"
            raise refuse("f", shown, "be convex on (0, ∞)", "a divergence needs f'' >= 0; add a convex term")
        if conjugate is not None:
            conjugation.verify(self.name, conjugate, self.expression, self.derivative_expression)


def _severity(verdict: Verdict) -> int:
    return {False: 0, None: 1, True: 2}[verdict.holds]
