"""What follows from the expression of f alone: derivatives, limits, convexity, conjugate, the conditions of A5 and C2."""

from functools import cached_property

import sympy as sp

from simsuff.divergences import conjugation, kinks, limits
from simsuff.divergences.signs import Verdict, infimum, nonnegative
from simsuff.divergences.symbols import attempt, is_awkward, simplify, t
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
        # Inverses of awkward powers have powers of rationals that do not fit into memory.
        if not kinks.is_smooth(self.expression) or any(map(is_awkward, self.expression.atoms(sp.Pow))):
            return None
        found = attempt(
            conjugation.derive, self.expression, simplify(self.derivative_expression), seconds=1.5
        )
        return found if isinstance(found, sp.Expr) else None

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
        return limits.at_zero(self._curvatures[0])

    @cached_property
    def second_derivative_at_infinity(self) -> float:
        """lim f''(t) as t → ∞."""
        return limits.at_infinity(self._curvatures[-1])

    @cached_property
    def slope_at_infinity(self) -> float:
        """f'(∞) = lim f(t)/t as t → ∞, may be inf."""
        return limits.at_infinity(self._last_slope)

    @cached_property
    def conjugate_at_slope(self) -> float:
        """f*(f'(∞)) = lim t f'(∞) − f(t) as t → ∞ where f'(∞) is finite, else inf."""
        if self.slope_at_infinity == float("inf"):
            return float("inf")
        exact = attempt(sp.limit, self._last_slope, t, sp.oo)
        slope = sp.nsimplify(self.slope_at_infinity, rational=True) if exact is None else exact
        return limits.at_infinity(slope * t - self._pieces[-1].expression)

    @cached_property
    def _last_slope(self) -> sp.Expr:
        return simplify(sp.diff(self._pieces[-1].expression, t))

    @cached_property
    def _pieces(self) -> list[kinks.Piece]:
        return kinks.pieces(self.expression)

    @cached_property
    def _curvatures(self) -> list[sp.Expr]:
        """f'' on each of the pieces."""
        return [simplify(sp.diff(piece.expression, t, 2)) for piece in self._pieces]

    @cached_property
    def convexity(self) -> Verdict:
        """Whether f is convex on (0, ∞), how that was decided, and a t where it fails."""
        for kink in kinks.kinks(self.expression):
            if kink.right < kink.left:
                return Verdict(False, "jump of f'", float(kink.place))
        verdicts = [
            nonnegative(curvature, piece.low, piece.high)
            for piece, curvature in zip(self._pieces, self._curvatures, strict=True)
        ]
        return min(verdicts, key=lambda verdict: {False: 0, None: 1, True: 2}[verdict.holds])

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
        return self._floor(t, low, high)

    def _floor(self, factor: sp.Expr, low: float, high: float) -> float:
        """inf of factor · f'' over [low, high]."""
        shown = f"(low, high) = ({low!r}, {high!r})"
        require(0 <= low < high, "(low, high)", shown, "satisfy 0 <= low < high", "pass the range of r")
        return min(
            infimum(simplify(factor * curvature), max(low, float(piece.low)), min(high, float(piece.high)))
            for piece, curvature in zip(self._pieces, self._curvatures, strict=True)
            if float(piece.low) < high and float(piece.high) > low
        )

    def second_derivative_floor(self, low: float = 0.0, high: float = float("inf")) -> float:
        """I4: inf of f'' over [low, high] apart from kinks, from below where it has no closed form.

        Raises
        ------
        ValueError : not 0 ≤ low < high.
        """
        return self._floor(sp.S.One, low, high)

    @cached_property
    def second_derivative_trend(self) -> int | None:
        """1 where f'' increases on (0, ∞) or is constant, −1 where it decreases, None where neither is proved."""
        if len(self._pieces) > 1:
            flat = all(curvature == 0 for curvature in self._curvatures)
            return 1 if flat else None
        slope = simplify(sp.diff(self._curvatures[0], t))
        rises = nonnegative(slope).holds
        return 1 if rises else -1 if nonnegative(-slope).holds else None

    def verify(self, conjugate: sp.Expr | None = None) -> None:
        """Refuse an f that is undefined somewhere, has f(1) ≠ 0 or is not convex, and a conjugate that breaks P2."""
        _ = self._pieces
        value = self.expression.subs(t, 1)
        number = sp.N(value, DIGITS)
        if not (number.is_real and number.is_finite):
            raise refuse(
                "f", f"f(1) = {value}", "be a finite real number for every t > 0", "correct f at t = 1"
            )
        if abs(number) > sp.Float(10, DIGITS) ** (10 - DIGITS):
            raise refuse("f", f"f(1) = {value}", "vanish at t = 1", "subtract f(1) from f")
        if self.convexity.holds is False:
            place = self.convexity.witness
            shown = f"f = {self.expression} is not convex at t = {place:.6g}"
            raise refuse("f", shown, "be convex on (0, ∞)", "a divergence needs f'' >= 0; add a convex term")
        if conjugate is not None:
            conjugation.verify(self.name, conjugate, self.expression, self.derivative_expression)
