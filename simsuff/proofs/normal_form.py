"""Is this expression zero by its rational normal form alone?"""

import math

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.polys.rings import PolyElement, PolyRing

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
        return bool(_polynomial(numerator, PolyRing(letters, sp.QQ)) == 0)
    except TypeError:  # an irrational coefficient
        return bool(sp.expand(numerator) == 0)


def _polynomial(expression: sp.Expr, ring: PolyRing) -> PolyElement:
    """The expanded polynomial: the same as SymPy's expand, but hundreds of times faster on large products."""
    if isinstance(expression, sp.Symbol):
        return ring.gens[ring.symbols.index(expression)]
    if isinstance(expression, sp.Pow) and isinstance(expression.exp, sp.Integer):
        return _polynomial(expression.base, ring) ** int(expression.exp)
    if isinstance(expression, sp.Rational):
        return ring(sp.QQ(int(expression.p), int(expression.q)))
    if not isinstance(expression, sp.Add | sp.Mul):
        raise TypeError(f"no rational polynomial: {expression}")
    parts = [_polynomial(part, ring) for part in expression.args]
    return sum(parts, ring.zero) if isinstance(expression, sp.Add) else math.prod(parts, start=ring.one)
