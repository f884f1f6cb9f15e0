"""A real number as a fraction where it is one, else as a ball that certainly holds it."""

import math
import operator
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Bits of a ball: differences of informations that agree to 50 digits are still told apart.
PRECISION = 256


class NotExact(ArithmeticError):
    """What was asked for leaves exact arithmetic: an infinity, a comparison that balls leave open, a float function."""


class _Balls:
    """Balls of python-flint, or without it the intervals of mpmath: an exact fraction as one, and its functions."""

    def __init__(self) -> None:
        try:
            import flint
        except ImportError:
            from mpmath.ctx_iv import MPIntervalContext

            self.name, self._context = "interval arithmetic (mpmath)", MPIntervalContext()
            self._context.prec = PRECISION
            self._flint: Any = None
        else:
            self.name, self._flint = "ball arithmetic (python-flint)", flint

    def working(self) -> AbstractContextManager[Any]:
        """Within it, operations on balls have `PRECISION` bits."""
        return nullcontext() if self._flint is None else self._flint.ctx.workprec(PRECISION)

    def of(self, number: Fraction) -> Any:
        if self._flint is not None:
            return self._flint.arb(self._flint.fmpq(number.numerator, number.denominator))
        return self._context.mpf(number.numerator) / self._context.mpf(number.denominator)

    def apply(self, name: str, ball: Any) -> Any:
        if self._flint is not None:
            return getattr(ball, name)()
        return getattr(self._context, name)(ball)

    def ends(self, ball: Any) -> tuple[float, float]:
        """Doubles below and above every number of the ball."""
        if self._flint is not None:
            if not ball.is_finite():
                raise NotExact("a ball without an end")
            low, high = float(ball.lower()), float(ball.upper())
        else:
            low, high = float(ball.a), float(ball.b)
        return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)

    def sign(self, ball: Any) -> int:
        """The certain sign of a ball.

        Raises
        ------
        NotExact : where the ball holds zero.
        """
        if bool(ball > 0):
            return 1
        if bool(ball < 0):
            return -1
        raise NotExact("the balls leave a comparison open")


BALLS = _Balls()
Real = Union["Number", Fraction, int, float]


class Number:
    """An exact fraction or a ball, with arithmetic, comparisons that are certain, and NumPy's elementary functions.

    NumPy calls `log`, `sqrt` and the like on the entries of an array of objects. There is no conversion to float: what
    needs one raises NotExact instead of leaving exact arithmetic unnoticed.
    """

    __slots__ = ("ball", "exact")

    def __init__(self, value: Real, ball: Any = None) -> None:
        self.ball, self.exact = ball, None
        if ball is None:
            if isinstance(value, Number):
                self.ball, self.exact = value.ball, value.exact
            else:
                if isinstance(value, float) and not math.isfinite(value):
                    raise NotExact("an infinite number")
                self.exact = Fraction(value)

    def __repr__(self) -> str:
        return f"Number({self})"

    def __str__(self) -> str:
        return str(self.exact) if self.exact is not None else f"[{self.ends[0]!r}, {self.ends[1]!r}]"

    @property
    def ends(self) -> tuple[float, float]:
        """Doubles that enclose the number."""
        return BALLS.ends(self._as_ball())

    def _as_ball(self) -> Any:
        return BALLS.of(self.exact) if self.exact is not None else self.ball

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if not isinstance(other, Number):
            if not isinstance(other, int | float | Fraction | np.number):
                return NotImplemented
            other = Number(other.item() if isinstance(other, np.number) else other)
        if self.exact is not None and other.exact is not None:
            return Number(operation(self.exact, other.exact))
        return Number(0, operation(self._as_ball(), other._as_ball()))

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        if self.exact == 0 or (isinstance(other, Number) and other.exact == 0):
            return Number(0)
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b / a)

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, power: Any) -> Any:
        exponent = power if isinstance(power, int | Fraction) else Fraction(power)
        if exponent.denominator == 1:
            whole = int(exponent)
            if self.exact is not None:
                return Number(self.exact**whole)
            # By products: a power of a ball that holds 0 is not a number in python-flint.
            return Number(0, math.prod([self.ball] * whole) if whole > 0 else self.ball**whole)
        if exponent == Fraction(1, 2):
            return self.sqrt()
        return self if self.exact in (0, 1) else (self.log() * Number(exponent)).exp()

    def __neg__(self) -> "Number":
        return Number(self * -1)

    def __pos__(self) -> "Number":
        return self

    def __abs__(self) -> "Number":
        return Number(abs(self.exact)) if self.exact is not None else Number(0, abs(self.ball))

    def sign(self, other: Real = 0) -> int:
        """The certain sign of the difference from `other`, which may be infinite."""
        if isinstance(other, float) and math.isinf(other):
            return -1 if other > 0 else 1
        gap = self - other
        if gap.exact is not None:
            return int(gap.exact > 0) - int(gap.exact < 0)
        return BALLS.sign(gap.ball)

    def __lt__(self, other: Any) -> bool:
        return self.sign(other) < 0

    def __gt__(self, other: Any) -> bool:
        return self.sign(other) > 0

    def __le__(self, other: Any) -> bool:
        return self.sign(other) <= 0

    def __ge__(self, other: Any) -> bool:
        return self.sign(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self.sign(other) == 0  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        raise NotExact("a function of floats")

    def log(self) -> "Number":
        if self.exact == 1:
            return Number(0)
        if not self > 0:
            raise NotExact("the logarithm of a number that is not positive")
        return Number(0, BALLS.apply("log", self._as_ball()))

    def exp(self) -> "Number":
        return Number(1) if self.exact == 0 else Number(0, BALLS.apply("exp", self._as_ball()))

    def log1p(self) -> "Number":
        return Number.log(self + 1)

    def expm1(self) -> "Number":
        return Number(self.exp() - 1)

    def sqrt(self) -> "Number":
        """√x; a fraction where x is the square of one."""
        if self.exact is not None and self.exact >= 0:
            roots = [math.isqrt(self.exact.numerator), math.isqrt(self.exact.denominator)]
            root = Fraction(*roots)
            if root**2 == self.exact:
                return Number(root)
        if self < 0:
            raise NotExact("the root of a negative number")
        return Number(0, BALLS.apply("sqrt", self._as_ball()))


Numbers = NDArray[np.object_]


def numbers(values: ArrayLike) -> Numbers:
    """An array of the same shape whose entries are `Number`."""
    array = np.asarray(values, dtype=object)
    found = np.empty(array.shape, dtype=object)
    for index, value in np.ndenumerate(array):
        found[index] = Number(value.item() if isinstance(value, np.generic) else value)
    return found
