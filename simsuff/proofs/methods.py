"""Exact methods that show an expression to be zero or ≥ 0: normal form, simplification, derivative."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.polys.rings import PolyRing

from simsuff.proofs.difference import Difference, is_nonnegative, is_positive

# Whatever is not built from numbers by + − × ÷ and integer powers stands for itself, as a letter.
FUNCTIONS = (sp.log, AppliedUndef, sp.Subs, sp.Derivative, sp.Integral, sp.Sum, sp.Product)


def normal_form_vanishes(expression: sp.Expr) -> bool:
    """Whether the numerator over a common denominator expands to 0: exact for rational functions of anything.

    Where logarithms or undefined functions enter linearly, each of their coefficients is judged by itself.
    """
    if expression == 0:
        return True
    stand_ins = {function: sp.Dummy() for function in _outermost(expression)}
    rational = expression.xreplace(stand_ins)
    letters = list(stand_ins.values())
    coefficients = [sp.diff(rational, letter) for letter in letters]
    if any(coefficient.has(*letters) for coefficient in coefficients):
        return _numerator_vanishes(rational)
    rest = rational.xreplace(dict.fromkeys(letters, sp.S.Zero))
    return all(map(_numerator_vanishes, [*coefficients, rest]))


def _outermost(expression: sp.Expr) -> list[sp.Expr]:
    """The functions that are inside no other function."""
    if isinstance(expression, FUNCTIONS):
        return [expression]
    found = (function for part in expression.args for function in _outermost(part))
    return list(dict.fromkeys(found))


def _numerator_vanishes(expression: sp.Expr) -> bool:
    numerator = sp.fraction(sp.together(expression))[0]
    letters = sorted(numerator.free_symbols, key=str)
    if not letters or not numerator.is_polynomial(*letters):
        return bool(sp.expand(numerator) == 0)
    try:
        # The same as SymPy's expand, but hundreds of times faster on large products.
        return bool(PolyRing(letters, sp.QQ).from_expr(numerator) == 0)
    except ValueError:  # an irrational coefficient
        return bool(sp.expand(numerator) == 0)


# Above this size SymPy's heuristics run for minutes and rarely succeed.
SIMPLIFIABLE_OPERATIONS = 400


@dataclass(frozen=True)
class Step:
    """The method that closed a difference, and what there is to say about it."""

    method: str
    detail: str = ""


def split(expression: sp.Expr) -> sp.Expr:
    """Logarithms and powers of products as sums and products over positive factors."""
    exponentials = expression.replace(sp.exp, lambda a: sp.exp(_tidy(a)))
    return exponentials.replace(sp.Pow, _power).replace(sp.log, _log)


def _power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    if exponent.is_Integer:
        return sp.Pow(base, exponent)
    return sp.expand_power_base(sp.Pow(sp.factor(base), _tidy(exponent)))


def _log(argument: sp.Expr) -> sp.Expr:
    """log of a product as a sum over its factors, where these are positive."""
    factors = [f.as_base_exp() for f in sp.Mul.make_args(sp.factor(argument))]
    if not all(base.is_positive and exponent.is_real for base, exponent in factors):
        return sp.expand_log(sp.log(sp.factor(argument)))
    return sp.Add(*[exponent * sp.expand_log(sp.log(base)) for base, exponent in factors])


def _tidy(exponent: sp.Expr) -> sp.Expr:
    """A sum of terms over one factored denominator, whose sign SymPy can see."""
    numerator, denominator = sp.fraction(sp.cancel(sp.together(exponent)))
    terms = sp.Add.make_args(sp.expand(numerator))
    return sp.Add(*[term / sp.factor(denominator) for term in terms])


def logarithms_of_two_terms(expression: sp.Expr) -> sp.Expr:
    """a − b, for positive a and b, as log a − log b."""
    terms = sp.Add.make_args(split(expression))
    if len(terms) != 2:
        return expression
    first, second = terms if terms[0].is_positive else terms[::-1]
    return _log(first) - _log(-second) if first.is_positive and second.is_negative else expression


TRANSFORMATIONS: tuple[tuple[str, Callable[[sp.Expr], sp.Expr]], ...] = (
    ("logs and powers split", split),
    ("logarithms of two terms", logarithms_of_two_terms),
    ("logcombine", lambda e: sp.logcombine(sp.expand(e))),
    ("trigsimp", sp.trigsimp),
    ("gammasimp", lambda e: sp.gammasimp(sp.powsimp(e))),
    ("simplify", sp.simplify),
)


def vanishes(expression: sp.Expr) -> Step | None:
    """The first exact transformation after which the normal form is 0."""
    if normal_form_vanishes(expression):
        return Step("normal form")
    for name, transform in TRANSFORMATIONS:
        if name == "simplify" and sp.count_ops(expression) > SIMPLIFIABLE_OPERATIONS:
            break
        try:
            if normal_form_vanishes(transform(expression)):
                return Step("simplification", name)
        except (ValueError, TypeError, NotImplementedError, RecursionError, sp.PolynomialError):
            continue  # SymPy's heuristics give up by raising; a method that gives up proves nothing.
    return None


ENTIRE = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.atan)
# Orders of differentiation tried for an inequality.
DEEPEST = 3


def zero_by_derivative(difference: Difference) -> Step | None:
    """A smooth function on an interval that is 0 at one point and has derivative 0."""
    for letter, interval in difference.ranges.items():
        if letter.is_integer or not smooth(difference, difference.original):
            continue
        start = _start(interval)
        slope = difference.positive(sp.diff(difference.original, letter))
        at_start = difference.positive(difference.original.subs(letter, start))
        if at_start.is_finite is not False and vanishes(slope) and vanishes(at_start):
            return Step("derivative", f"d/d{letter} = 0, and 0 at {letter} = {start}")
    return None


def nonnegative_by_derivative(difference: Difference) -> Step | None:
    """A smooth function that is ≥ 0 at the left end of an interval that holds it, and has a derivative ≥ 0."""
    if not smooth(difference, difference.original):
        return None
    for letter, interval in difference.ranges.items():
        if letter.is_integer or interval.left_open or interval.start == -sp.oo:
            continue
        derivative = difference.original
        for order in range(1, DEEPEST + 1):
            if not is_nonnegative(sp.expand(difference.positive(derivative.subs(letter, interval.start)))):
                break
            derivative = sp.diff(derivative, letter)
            if is_nonnegative(difference.positive(derivative)):
                return Step("derivative", f">= 0 up to order {order} in {letter} from {interval.start}")
    return None


def smooth(difference: Difference, expression: sp.Expr) -> bool:
    """Whether the expression is built from functions that are proved smooth on the whole range."""
    if not expression.free_symbols or expression.is_Symbol:
        return True
    if isinstance(expression, sp.Pow) and not (expression.exp.is_integer and expression.exp.is_nonnegative):
        inside = is_positive(difference.positive(expression.base))
    elif isinstance(expression, sp.log):
        inside = is_positive(difference.positive(expression.args[0]))
    elif isinstance(expression, sp.Integral):
        # The assumptions of a variable of integration must hold up to the ends of its range.
        for letter, *ends in expression.limits:
            for end in map(difference.positive, ends):
                known = is_positive if letter.is_positive else is_nonnegative
                if not (known(end) if letter.is_nonnegative else letter.is_real):
                    return False
        return smooth(difference, expression.function)
    else:
        inside = isinstance(expression, (sp.Add, sp.Mul, sp.Pow, *ENTIRE))
    return inside and all(smooth(difference, part) for part in expression.args)


def _start(interval: sp.Interval) -> sp.Expr:
    """A simple point of the interval."""
    low, high = interval.start, interval.end
    if low != -sp.oo and not interval.left_open:
        return low
    if low == -sp.oo:
        return sp.S.Zero if high == sp.oo or high > 0 else high - 1
    return low + 1 if high == sp.oo else (low + high) / 2
