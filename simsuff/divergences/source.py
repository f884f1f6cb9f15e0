"""Scalar source code of SymPy expressions, and which of several equal formulas loses the fewest digits."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy as sp

# Products beat the power function, in digits and time, up to this exponent.
LARGEST_PRODUCT = 3
LARGEST_EXPONENT = 64

# Formulas are measured against 60 and more digits.
DIGITS = 120
# Two forms whose worst errors differ by less than this many ulp are equally good.
NEAR_TIE = 2.0
# Thirds of a decade, and closer and closer to 1; then the ends of the range of doubles.
NEAR_ONE = [1 + 0.7 * sign * 4.0**-k for k in range(1, 20) for sign in (1, -1)]
MIDDLE = [float(10.0 ** (k / 3)) for k in range(-36, 37)] + NEAR_ONE
ENDS = [10.0**k for k in (-290, -150, -60, 60, 150, 290)]
END_DIGITS = 1300
WIDE = MIDDLE + ENDS


def source(expression: sp.Expr) -> str:
    """Python source of `expression`, built from the node types of this module only."""
    for kind, write in _WRITERS:
        if isinstance(expression, kind):
            return write(expression)
    raise TypeError(f"no source form of {expression.func}")


def _symbol(node: sp.Expr) -> str:
    return str(node.name)


def _number(node: sp.Expr) -> str:
    value = float(node)
    return f"({value!r})" if value < 0 else repr(value)


def _sum(node: sp.Expr) -> str:
    # Positive terms first: the source then reads, and rounds, like the formula.
    terms = sorted(node.args, key=lambda a: a.could_extract_minus_sign())
    text = source(terms[0])
    for term in terms[1:]:
        negative = term.could_extract_minus_sign()
        text += f" - {source(-term)}" if negative else f" + {source(term)}"
    return f"({text})"


def _product(node: sp.Expr) -> str:
    """Factors above and below the line in turn: (t/(t+1))² must not overflow where t² does."""
    above, below = _factors(node)
    text = above.pop(0) if above else "1.0"
    while above or below:
        text += f" / {below.pop(0)}" if below else ""
        text += f" * {above.pop(0)}" if above else ""
    return f"({text})"


def _factors(node: sp.Expr) -> tuple[list[str], list[str]]:
    fractions = [_fraction(factor) for factor in sp.Mul.make_args(node)]
    sides = [[f for part in side for f in sp.Mul.make_args(part)] for side in zip(*fractions, strict=True)]
    above, below = ([text for factor in side for text in _repeated(factor)] for side in sides)
    return [text for text in above if text != "1.0"], [text for text in below if text != "1.0"]


def _fraction(factor: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Numerator and denominator; a huge power stays whole, since that of a number would be computed."""
    is_huge = factor.is_Pow and factor.exp.is_number and abs(factor.exp) > LARGEST_EXPONENT
    return (factor, sp.S.One) if is_huge else factor.as_numer_denom()


def _repeated(factor: sp.Expr) -> list[str]:
    base, exponent = factor.as_base_exp()
    if exponent.is_Integer and 1 < exponent <= LARGEST_PRODUCT:
        return [source(base)] * int(exponent)
    return [source(factor)]


def _power(node: sp.Expr) -> str:
    base, exponent = source(node.base), node.exp
    if exponent == sp.Rational(1, 2):
        return f"np.sqrt({base})"
    if exponent.is_number and exponent < 0:
        return f"(1.0 / {source(node.base**-exponent)})"
    if exponent.is_Integer and exponent <= LARGEST_PRODUCT:
        return "(" + " * ".join([base] * int(exponent)) + ")"
    return f"({base} ** {source(exponent)})"


def _exponential(node: sp.Expr) -> str:
    return f"np.exp({source(node.args[0])})"


def _logarithm(node: sp.Expr) -> str:
    return f"np.log({source(node.args[0])})"


def _absolute(node: sp.Expr) -> str:
    return f"abs({source(node.args[0])})"


def _extreme(name: str) -> Callable[[sp.Expr], str]:
    def write(node: sp.Expr) -> str:
        text = source(node.args[0])
        for argument in node.args[1:]:
            text = f"{name}({text}, {source(argument)})"
        return text

    return write


def _sign(node: sp.Expr) -> str:
    return f"np.sign({source(node.args[0])})"


def _step(node: sp.Expr) -> str:
    """Heaviside with the value ½ at 0: the subgradient in the middle of a kink."""
    return f"(0.5 * (1.0 + np.sign({source(node.args[0])})))"


_WRITERS: list[tuple[type, Callable[[sp.Expr], str]]] = [
    (sp.Symbol, _symbol),
    (sp.Number, _number),
    (sp.NumberSymbol, _number),
    (sp.Add, _sum),
    (sp.Mul, _product),
    (sp.Pow, _power),
    (sp.exp, _exponential),
    (sp.log, _logarithm),
    (sp.Abs, _absolute),
    (sp.Max, _extreme("max")),
    (sp.Min, _extreme("min")),
    (sp.sign, _sign),
    (sp.Heaviside, _step),
]


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
            expected = mpmath.mpf(truth(mpmath.mpf(point)))
            errors.append(error_in_ulp(function(np.float64(point)), expected))
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
