"""Is a difference zero because its derivative is, and one of its values? Or ≥ 0 because its derivative is?"""

import sympy as sp

from simsuff.proofs.difference import Difference
from simsuff.proofs.signs import is_nonnegative, is_positive
from simsuff.proofs.zero import Step, vanishes

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
        order = _rising(difference, letter, interval.start)
        if order:
            return Step("derivative", f">= 0 up to order {order} in {letter} from {interval.start}")
    return None


def _rising(difference: Difference, letter: sp.Symbol, start: sp.Expr) -> int | None:
    """The order of the derivative that is ≥ 0, where all lower ones are ≥ 0 at the start."""
    derivative = difference.original
    for order in range(1, DEEPEST + 1):
        at_start = sp.expand(difference.positive(derivative.subs(letter, start)))
        if not is_nonnegative(at_start):
            return None
        derivative = sp.diff(derivative, letter)
        if is_nonnegative(difference.positive(derivative)):
            return order
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
        ends = [(limit[0], end) for limit in expression.limits for end in limit[1:]]
        inside = all(_covers(letter, difference.positive(end)) for letter, end in ends)
        return inside and smooth(difference, expression.function)
    else:
        inside = isinstance(expression, (sp.Add, sp.Mul, sp.Pow, *ENTIRE))
    return inside and all(smooth(difference, part) for part in expression.args)


def _covers(letter: sp.Symbol, end: sp.Expr) -> bool:
    """Whether the assumptions of a variable of integration hold up to this end of its range."""
    if letter.is_positive:
        return is_positive(end)
    return is_nonnegative(end) if letter.is_nonnegative else bool(letter.is_real)


def _start(interval: sp.Interval) -> sp.Expr:
    """A simple point of the interval."""
    low, high = interval.start, interval.end
    if low != -sp.oo and not interval.left_open:
        return low
    if low == -sp.oo:
        return sp.S.Zero if high == sp.oo or high > 0 else high - 1
    return low + 1 if high == sp.oo else (low + high) / 2
