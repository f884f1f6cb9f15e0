"""Accuracy tables: how many units in the last place generators, Bregman divergences and conjugates are from the truth.

The truth is mpmath's, at 50 digits beyond what cancels. A table is made of cases, and every room may bring its own:
``table([*catalogue_cases(), *scipy_cases(), Case("information", "gaussian kl", points)])``.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from simsuff.divergences.catalogue import DIVERGENCES, alpha_divergence
from simsuff.divergences.divergence import Divergence
from simsuff.divergences.source import error_in_ulp
from simsuff.divergences.symbols import s, t

# What the house promises of its own rows.
PROMISED_ULP = 8.0

ALPHAS = (-5.0, -1.0, 0.25, 1.5, 2.5, 3.0)

# The step between arguments is irrational in decades, so that no power of 2 or 10 is favoured.
DECADE_STEP = math.sqrt(2)

Point = tuple[str, float, Any]


@dataclass(frozen=True)
class Case:
    """One row to be: `points` yields an argument in words, our value and the true one (an mpmath number)."""

    quantity: str
    subject: str
    points: Callable[[], Iterable[Point]]


@dataclass(frozen=True)
class Row:
    """Errors in ulp over the points of a case; `worst` is the argument of the largest."""

    quantity: str
    subject: str
    points: int
    max_ulp: float
    mean_ulp: float
    worst: str


def table(cases: Iterable[Case] | None = None) -> list[Row]:
    """The accuracy table of `cases`; None means the catalogue, some power divergences and SciPy beside them."""
    chosen = [*catalogue_cases(), *scipy_cases()] if cases is None else cases
    return [measure(case) for case in chosen]


def measure(case: Case) -> Row:
    """The row of one case."""
    errors = [(error_in_ulp(value, truth), argument) for argument, value, truth in case.points()]
    worst = max(errors)
    mean = math.fsum(error for error, _ in errors) / len(errors)
    return Row(case.quantity, case.subject, len(errors), worst[0], mean, worst[1])


def exact(function: Callable[..., Any], *arguments: float, digits_per_decade: int = 2) -> Any:
    """The value at doubles with 50 digits to spare: a decade in an argument costs a second-order term two digits.

    Two values that agree at two precisions prove nothing here: 1e-300 is lost beside 1 at both.
    """
    decades = sum(abs(math.log10(abs(argument))) for argument in arguments if argument != 0)
    with mpmath.workdps(60 + int(digits_per_decade * decades)):
        return mpmath.mpf(function(*map(mpmath.mpf, arguments)))


def _digits_per_decade(f: sp.Expr) -> int:
    """A power of t costs as many digits as its exponent says."""
    exponents = [abs(float(p.exp)) for p in f.atoms(sp.Pow) if p.base == t]
    return 2 + math.ceil(max(exponents, default=0.0))


def catalogue_cases() -> Iterator[Case]:
    """f, its Bregman divergence and its conjugate, for the catalogue and some power divergences."""
    for div in [*DIVERGENCES.values(), *map(alpha_divergence, ALPHAS)]:
        yield Case("f(1 + d)", div.name, partial(_generator_points, div))
        yield Case("f(t), t < 1/2", div.name, partial(_small_points, div))
        yield Case("B(a, b)", div.name, partial(_bregman_points, div))
        yield Case("f*(s)", div.name, partial(_conjugate_points, div))


def scipy_cases() -> Iterator[Case]:
    """SciPy's elementwise functions at the same arguments, for comparison; they know t, not d."""
    from scipy.special import kl_div, rel_entr

    yield Case("f(1 + d)", "scipy kl_div", partial(_scipy_points, kl_div, t * sp.log(t) - t + 1))
    yield Case("t log t", "scipy rel_entr", partial(_scipy_points, rel_entr, t * sp.log(t)))


def steps() -> np.ndarray[Any, np.dtype[np.float64]]:
    """d = t − 1 from ±1e-300 to 1e300, denser where formulas change."""
    sizes = 10.0 ** np.arange(-300, 300, DECADE_STEP)
    middle = 10.0 ** np.arange(-3, 3, DECADE_STEP / 40)
    positive = np.concatenate([sizes, middle])
    return np.concatenate([positive, -positive[positive < 0.5], -np.linspace(0.5, 0.999, 60)])


def _generator_points(div: Divergence) -> Iterator[Point]:
    f = sp.lambdify(t, div.expression, "mpmath")
    d = steps()
    for step, value in zip(d.tolist(), div.excess(d).tolist(), strict=True):
        yield f"d = {step!r}", value, exact(lambda step: f(1 + step), step)


def _small_points(div: Divergence) -> Iterator[Point]:
    f = sp.lambdify(t, div.expression, "mpmath")
    at = np.concatenate([10.0 ** np.arange(-300, -1, DECADE_STEP), np.linspace(0.01, 0.5, 50)])
    for point, value in zip(at.tolist(), div.f(at).tolist(), strict=True):
        yield f"t = {point!r}", value, exact(f, point)


def pairs() -> Iterator[tuple[float, float]]:
    """(a, b) of every size, from neighbours to opposite ends of the range of doubles."""
    for b in 10.0 ** np.arange(-150, 150, 21 * DECADE_STEP):
        for step in 10.0 ** np.arange(-15, 0, DECADE_STEP):
            yield float(b * (1 + step)), float(b)
            yield float(b * (1 - step)), float(b)
    for b in 10.0 ** np.arange(-20, 20, 3 * DECADE_STEP):
        for ratio in 10.0 ** np.arange(-3, 3, DECADE_STEP / 8):
            yield float(b * ratio), float(b)
    ends = 10.0 ** np.arange(-290, 290, 40 * DECADE_STEP)
    yield from ((float(a), float(b)) for a in ends for b in ends if a != b)


def _bregman_points(div: Divergence) -> Iterator[Point]:
    f, slope = (sp.lambdify(t, e, "mpmath") for e in (div.expression, div.derivative_expression))

    def truth(a: Any, b: Any, _relative: Any) -> Any:
        return f(a) - f(b) - slope(b) * (a - b)

    digits = _digits_per_decade(div.expression)
    chosen = list(pairs())
    values = div.bregman(*np.array(chosen).T).tolist()
    for (a, b), value in zip(chosen, values, strict=True):
        yield (
            f"a = {a!r}, b = {b!r}",
            value,
            exact(truth, a, b, (a - b) / max(a, b), digits_per_decade=digits),
        )


def _conjugate_points(div: Divergence) -> Iterator[Point]:
    """s between the ends of f', but not so close to them that the rounding of s itself decides the value."""
    conjugate = sp.lambdify(s, div.conjugate_expression, "mpmath")
    low, high = max(div.derivative_at_zero, -1e3), min(div.slope_at_infinity, 5e2)
    sizes = 10.0 ** np.arange(-300, -1, DECADE_STEP)
    at = np.concatenate(
        [-sizes, sizes, np.linspace(0.99 * low, 0, 60)[:-1], np.linspace(0, 0.9 * high, 60)[1:]]
    )
    for point, value in zip(at.tolist(), div.conjugate(at).tolist(), strict=True):
        yield f"s = {point!r}", value, exact(conjugate, point)


def _scipy_points(function: Callable[..., Any], f: sp.Expr) -> Iterator[Point]:
    d = steps()
    d = d[np.abs(d) >= np.finfo(np.float64).eps]  # below, t = 1 + d is 1 and there is nothing left to measure
    function_of_t = sp.lambdify(t, f, "mpmath")

    def truth(point: Any, _step: Any) -> Any:
        return function_of_t(point)

    for point, value in zip((1 + d).tolist(), function(1 + d, 1.0).tolist(), strict=True):
        if point != 1:
            yield f"t = {point!r}", value, exact(truth, point, point - 1)
