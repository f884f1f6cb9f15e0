"""To which value does an expression tend as t → 0 or t → ∞? SymPy's answer, confirmed by high-precision values."""

import math
from typing import Any

import mpmath
import sympy as sp

from simsuff.divergences.symbols import t
from simsuff.numerics.validation import refuse

# Values are taken at 10^{±16·2^j}: a logarithm doubles from one to the next, a power or faster explodes, and
# what tends to a limit like a power of t has converged to far more than double precision at the last.
DECADES = [16 * 2**j for j in range(6)]
DIGITS = 1200
SETTLED = mpmath.mpf(10) ** -25
LEAST_GROWTH = 1.5


def at_zero(expression: sp.Expr) -> float:
    """The limit as t → 0+, which may be infinite."""
    return _limit(expression, 0, -1)


def at_infinity(expression: sp.Expr) -> float:
    """The limit as t → ∞, which may be infinite."""
    return _limit(expression, sp.oo, 1)


def _limit(expression: sp.Expr, point: Any, direction: int) -> float:
    """SymPy alone is wrong now and then, values alone cannot see 1/log t: each covers the other's weakness."""
    measured = _measured(expression, direction)
    symbolic = _symbolic(expression, point)
    if measured is None and symbolic is None:
        raise refuse(
            "f", f"f = {expression}", "have limits that can be found at 0 and ∞", "use a simpler form"
        )
    if symbolic is None:
        return float(measured)  # type: ignore[arg-type]
    # Growth that looks like a logarithm may be a power near 0, which SymPy knows better.
    contradicted = measured is not None and not (math.isinf(measured) and math.isfinite(symbolic))
    return float(measured) if contradicted else symbolic  # type: ignore[arg-type]


def _symbolic(expression: sp.Expr, point: Any) -> float | None:
    try:
        return float(sp.limit(expression, t, point, "+" if point == 0 else "-"))
    except Exception:
        # Gruntz' algorithm raises errors of many types on expressions that it cannot order.
        return None


def _measured(expression: sp.Expr, direction: int) -> float | None:
    function = sp.lambdify(t, expression, "mpmath")
    with mpmath.workdps(DIGITS):
        try:
            values = [function(mpmath.mpf(10) ** (direction * k)) for k in DECADES]
            return _classify([mpmath.mpf(value) for value in values])
        except (OverflowError, ValueError, TypeError, ZeroDivisionError, MemoryError):
            return None


def _classify(values: list[Any]) -> float | None:
    before, last = values[-2], values[-1]
    if abs(last - before) <= SETTLED * max(abs(last), SETTLED):
        return 0.0 if abs(last) < SETTLED else float(last)
    growth = [
        abs(b) >= LEAST_GROWTH * abs(a) and a * b > 0 for a, b in zip(values[-4:], values[-3:], strict=False)
    ]
    return math.copysign(math.inf, last) if all(growth) else None
