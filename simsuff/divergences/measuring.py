"""Which of several equal formulas loses the fewest digits in double precision? Measured against 60 and more digits."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from simsuff.divergences.printing import source

DIGITS = 120
# Two forms whose worst errors differ by less than this many ulp are equally good.
NEAR_TIE = 2.0
# Thirds of a decade, and closer and closer to 1; then the ends of the range of doubles.
NEAR_ONE = [1 + 0.7 * sign * 4.0**-k for k in range(1, 20) for sign in (1, -1)]
MIDDLE = [float(10.0 ** (k / 3)) for k in range(-36, 37)] + NEAR_ONE
ENDS = [10.0**k for k in (-290, -150, -60, 60, 150, 290)]
END_DIGITS = 1300
WIDE = MIDDLE + ENDS


def scalar(expression: sp.Expr, names: Sequence[str]) -> Callable[..., Any]:
    """The printed source of `expression` as a plain function of NumPy scalars."""
    scope: dict[str, Any] = {"np": np}
    exec(f"def function({', '.join(names)}):\n    return {source(expression)}", scope)
    return scope["function"]  # type: ignore[no-any-return]


def error_in_ulp(value: Any, truth: Any) -> float:
    """The distance of a double from the truth in units of the spacing of doubles at the truth.

    Overflow is right where the truth overflows, and nowhere else.
    """
    nearest = float(truth)
    if not np.isfinite(nearest) or not np.isfinite(value):
        return 0.0 if nearest == value else float("inf")
    return float(abs(mpmath.mpf(float(value)) - truth) / mpmath.mpf(float(np.spacing(abs(nearest)))))


def worst(
    function: Callable[..., Any], truth: Callable[[Any], Any], at: Iterable[float], digits: int = DIGITS
) -> float:
    """The largest error in ulp over the points; inf where the function fails to give a number."""
    errors = [0.0]
    with mpmath.workdps(digits), np.errstate(all="ignore"):
        for point in at:
            expected = truth(mpmath.mpf(point))
            errors.append(error_in_ulp(function(np.float64(point)), mpmath.mpf(expected)))
    return max(errors)


def best(candidates: Iterable[sp.Expr], symbol: sp.Symbol, values: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The form that overflows least and loses the fewest digits, the shortest of near-ties; all forms are equal."""
    forms = [form for form in dict.fromkeys(candidates) if is_printable(form)]
    if len(forms) == 1:
        return forms[0]
    truth = sp.lambdify(symbol, forms[0].subs(values), "mpmath")
    names = [str(symbol), *map(str, values)]
    numbers = [np.float64(float(v)) for v in values.values()]
    expected = _values(truth, MIDDLE, DIGITS) + _values(truth, ENDS, END_DIGITS)

    def cost(form: sp.Expr) -> tuple[int, float, int]:
        function = scalar(form, names)
        with np.errstate(all="ignore"):
            found = [function(np.float64(point), *numbers) for point in WIDE]
            errors = [error_in_ulp(v, e) for v, e in zip(found, expected, strict=True)]
        finite = [error for error in errors if np.isfinite(error)]
        level = np.ceil(max(finite, default=0.0) / NEAR_TIE)
        return len(errors) - len(finite), float(level), int(sp.count_ops(form))

    return min(forms, key=cost)


def _values(truth: Callable[[Any], Any], at: Iterable[float], digits: int) -> list[Any]:
    with mpmath.workdps(digits):
        return [mpmath.mpf(truth(mpmath.mpf(point))) for point in at]


def is_printable(form: sp.Expr) -> bool:
    """Whether the form consists of the nodes that have a source form (SymPy at times introduces others)."""
    try:
        source(form)
    except TypeError:
        return False
    return True
