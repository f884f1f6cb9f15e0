"""Limits of an expression as t → 0 or t → ∞: by the leading power, by SymPy, confirmed by high-precision values."""

import math
from typing import Any

import mpmath
import sympy as sp

from simsuff.divergences.symbols import LARGEST_SIZE, attempt, t
from simsuff.numerics.validation import refuse

# Values are taken at 10^{±16·2^j}: a logarithm doubles from one to the next, a power or faster explodes, and
# what tends to a limit like a power of t has converged to far more than double precision at the last.
DECADES = [16 * 2**j for j in range(6)]
DIGITS = 1200
SETTLED = mpmath.mpf(10) ** -25
LEAST_GROWTH = 1.5


def at_zero(expression: sp.Expr) -> float:
    """The limit as t → 0+, which may be infinite."""
    return _limit(expression, -1)


def at_infinity(expression: sp.Expr) -> float:
    """The limit as t → ∞, which may be infinite."""
    return _limit(expression, 1)


def _limit(expression: sp.Expr, direction: int) -> float:
    """SymPy alone is wrong now and then, values alone cannot see 1/log t: each covers the other's weakness."""
    leading = _leading(expression, direction)
    if leading is not None:
        return leading
    measured = attempt(_measured, expression, direction, seconds=2.0)
    point, side = (sp.oo, "-") if direction > 0 else (0, "+")
    symbolic = attempt(lambda: float(sp.limit(expression, t, point, side)))
    if measured is None and symbolic is None:
        raise refuse(
            "f", f"f = {expression}", "have limits that can be found at 0 and ∞", "use a simpler form"
        )
    if symbolic is None:
        return float(measured)
    # Growth that looks like a logarithm may be a power near 0, which SymPy knows better.
    contradicted = measured is not None and not (math.isinf(measured) and math.isfinite(symbolic))
    return float(measured if contradicted else symbolic)


def _leading(expression: sp.Expr, direction: int) -> float | None:
    """The limit of a sum of terms c t^a (log t)^b by its leading term; None for anything else."""
    if sp.count_ops(expression) > LARGEST_SIZE:
        return None
    expanded = attempt(sp.expand, expression)
    totals: dict[tuple[sp.Expr, sp.Expr], sp.Expr] = {}
    for term in sp.Add.make_args(expanded if expanded is not None else expression):
        coefficient, rest = term.as_independent(t, as_Add=False)
        powers = rest.as_powers_dict()
        exponents = powers.pop(t, sp.S.Zero), powers.pop(sp.log(t), sp.S.Zero)
        if set(powers) - {sp.S.One} or not all(e.is_Rational for e in exponents) or exponents[1] < 0:
            return None
        totals[exponents] = totals.get(exponents, sp.S.Zero) + coefficient
    (power, logs), coefficient = max(
        ((key, c) for key, c in totals.items() if c != 0),
        key=lambda item: (direction * item[0][0], item[0][1]),
        default=((sp.S.Zero, sp.S.Zero), sp.S.Zero),
    )
    if direction * power < 0:
        return 0.0
    if power == logs == 0:
        return float(coefficient)
    sign = float(coefficient) * (1 if direction > 0 or logs % 2 == 0 else -1)
    return math.copysign(math.inf, sign)


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
