"""Is this expression zero? By its normal form, at once or after simplifications under the assumptions."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from simsuff.proofs.normal_form import normal_form_vanishes

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
        if _closes(transform, expression):
            return Step("simplification", name)
    return None


def _closes(transform: Callable[[sp.Expr], sp.Expr], expression: sp.Expr) -> bool:
    try:
        return normal_form_vanishes(transform(expression))
    except (ValueError, TypeError, NotImplementedError, RecursionError, sp.PolynomialError):
        return False  # SymPy's heuristics give up by raising; a method that gives up proves nothing.
