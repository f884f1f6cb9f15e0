"""Values that double precision cannot reach, because something overflows or cancels on the way, by mpmath."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.divergences.kinks import evaluator

Float = NDArray[np.float64]

# Differences of terms near 1e300 that leave something near 1e-300 need twice 300 digits and some.
DIGITS = 700

# So close to 0 that even t^{0.01} has vanished to double precision.
NEARLY_ZERO = mpmath.mpf(10) ** -100_000


class Exact:
    """The functions of one divergence in high precision, for single interior points."""

    def __init__(self, f: sp.Expr) -> None:
        self._f, self._slope, self._second = (evaluator(f, order) for order in range(3))

    def generator(self, point: Any, d: Any) -> Any:
        """f(1 + d)."""
        return self._f(1 + mpmath.mpf(d)) if abs(d) < 1 else self._f(mpmath.mpf(point))

    def excess(self, point: Any, d: Any) -> Any:
        """f(t) − f'(1)(t − 1)."""
        return self.generator(point, d) - self._slope(mpmath.mpf(1)) * mpmath.mpf(d)

    def derivative(self, point: Any) -> Any:
        """f'(t)."""
        return self._slope(mpmath.mpf(point))

    def second(self, point: Any) -> Any:
        """f''(t)."""
        return self._second(mpmath.mpf(point))

    def bregman(self, a: Any, b: Any) -> Any:
        """f(a) − f(b) − f'(b)(a − b), at a = 0 through its limit."""
        x, y = mpmath.mpf(a) if a > 0 else NEARLY_ZERO, mpmath.mpf(b)
        return self._f(x) - self._f(y) - self._slope(y) * (x - y)

    def perspective(self, p: Any, q: Any) -> Any:
        """q (f(p/q) − f'(1)(p/q − 1))."""
        x, y = mpmath.mpf(p), mpmath.mpf(q)
        return y * self._f(x / y) - self._slope(mpmath.mpf(1)) * (x - y)

    def repair(self, name: str, values: Float, *arguments: Float) -> Float:
        """`values` with every entry that is not a finite number recomputed from the arguments."""
        bad = np.argwhere(~np.isfinite(values))
        if not len(bad):
            return values
        function: Callable[..., Any] = getattr(self, name)
        fixed = np.array(values, dtype=np.float64)
        with mpmath.workdps(DIGITS):
            for place in map(tuple, bad):
                fixed[place] = _number(function, *(argument[place] for argument in arguments))
        return fixed


def _number(function: Callable[..., Any], *arguments: Any) -> float:
    try:
        return float(mpmath.mpf(function(*(float(a) for a in arguments))))
    except OverflowError:  # a number whose exponent alone does not fit into memory
        return float("inf")
