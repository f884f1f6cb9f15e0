"""Which formula is the conjugate f*(s) = sup_{t>0} st − f(t), and does a formula that a user gives deserve the name?"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import sympy as sp

from simsuff.divergences.inversion import branches
from simsuff.divergences.symbols import s, t
from simsuff.divergences.tidying import simplify
from simsuff.numerics.validation import refuse

# By P2 the supremum at s = f'(t) is attained at t, so equality there is a check against the true supremum.
SAMPLES = [mpmath.mpf(10) ** (mpmath.mpf(k) / 3) for k in range(-18, 19)] + [mpmath.mpf(11) / 10]
DIGITS = 60
AGREEMENT = mpmath.mpf(10) ** -35
NEIGHBOUR = mpmath.mpf(10) ** -5
FLAT = mpmath.mpf(10) ** -25
PRINTABLE = (sp.exp, sp.log, sp.Abs)


def derive(f: sp.Expr, derivative: sp.Expr) -> sp.Expr | None:
    """The closed form of f* on (f'(0+), f'(∞)) for smooth f, or None where none is found.

    f'(t) = s is solved for t on every branch; the branch kept is the one that gives back t > 0 at all samples.
    """
    level = sp.Dummy("s", real=True)
    try:
        for branch in branches(derivative, t, level):
            found = _through(branch.subs(level, s), f, derivative)
            if found is not None:
                return found
    except (NotImplementedError, ValueError, TypeError, sp.PolynomialError):
        return None  # SymPy gives up on the branch; the numerical conjugate remains
    return None


def _through(inverse: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> sp.Expr | None:
    """s τ(s) − f(τ(s)) for a candidate τ of the inverse of f', if it holds at every sample."""
    if any(not isinstance(node, PRINTABLE) for node in inverse.atoms(sp.Function)) or inverse.has(sp.I):
        return None
    raw = s * inverse - f.subs(t, inverse)
    for form in _forms(raw):
        if first_mismatch(form, f, derivative) is None:
            return form
    return None


def _forms(raw: sp.Expr) -> Iterator[sp.Expr]:
    with contextlib.suppress(Exception):  # the unsimplified form is as true
        yield simplify(raw)
    yield raw


def first_mismatch(conjugate: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> tuple[Any, Any, Any] | None:
    """The first sample t, with f*(f'(t)) and tf'(t) − f(t), at which P2 fails; None where it holds everywhere."""
    values = sp.lambdify(t, f, "mpmath"), sp.lambdify(t, derivative, "mpmath")
    candidate = sp.lambdify(s, conjugate, "mpmath")
    with mpmath.workdps(DIGITS):
        for point in SAMPLES:
            slope = values[1](point)
            if abs(values[1](point * (1 + NEIGHBOUR)) - slope) <= FLAT * (1 + abs(slope)):
                continue  # f' no longer tells t apart at this precision
            expected = point * slope - values[0](point)
            found = _value(candidate, slope)
            if found is None or abs(found - expected) > AGREEMENT * (1 + abs(point * slope) + abs(expected)):
                return point, found, expected
    return None


def _value(function: Callable[[Any], Any], at: Any) -> Any:
    try:
        value = mpmath.mpmathify(function(at))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return None
    return value.real if abs(value.imag) <= AGREEMENT * (1 + abs(value.real)) else None


def verify(name: str, conjugate: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> None:
    """Refuse a `conjugate` that breaks Fenchel–Young equality (P2)."""
    mismatch = first_mismatch(conjugate, f, derivative)
    if mismatch is not None:
        point, found, expected = mismatch
        got = "not a real number" if found is None else mpmath.nstr(found, 10)
        shown = f"conjugate(f'(t)) = {got} at t = {mpmath.nstr(point, 6)}"
        allowed = f"equal t f'(t) − f(t) = {mpmath.nstr(expected, 10)} there (P2)"
        raise refuse(
            "conjugate", shown, allowed, f"correct it, or leave it out and let {name} derive its own"
        )
