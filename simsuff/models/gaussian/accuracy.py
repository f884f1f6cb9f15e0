"""How many units in the last place are the Gaussian closed forms (E1) from the truth, and where most?"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import mpmath
import numpy as np

from simsuff.divergences import divergence
from simsuff.divergences.accuracy import Case, Point, exact
from simsuff.models.gaussian import GaussianModel


def _moment(alpha: float, rho: Any) -> Any:
    """E_⊗ r^α of E1."""
    left, order = (1 - rho) * (1 + rho), mpmath.mpf(alpha)
    return left ** ((1 - order) / 2) / mpmath.sqrt(1 - (order - 1) ** 2 * rho**2)


def _reverse_kl(rho: Any) -> Any:
    left = (1 - rho) * (1 + rho)
    return mpmath.log(left) / 2 + rho**2 / left


def _power(alpha: float, rho: Any) -> Any:
    return (_moment(alpha, rho) - 1) / (mpmath.mpf(alpha) * (mpmath.mpf(alpha) - 1))


TRUTHS: dict[str, Callable[[Any], Any]] = {
    "kl": lambda rho: -mpmath.log((1 - rho) * (1 + rho)) / 2,
    "reverse_kl": _reverse_kl,
    "chi2": lambda rho: _moment(2.0, rho) - 1,
    "squared_hellinger": lambda rho: 2 - 2 * _moment(0.5, rho),
    "alpha(0.25)": partial(_power, 0.25),
    "alpha(1.5)": partial(_power, 1.5),
}


def gaussian_cases() -> Iterator[Case]:
    """I_f of one correlation, for the divergences that have a closed form."""
    for name, truth in TRUTHS.items():
        yield Case("Gaussian I_f(ρ)", name, partial(_points, name, truth))


def correlations() -> np.ndarray[Any, np.dtype[np.float64]]:
    """ρ from 1e-8 to 1 − 1e-12, dense at both ends; the step is irrational in decades."""
    near_zero = 10.0 ** np.arange(-8, -0.3, np.sqrt(2) / 20)
    near_one = 1 - 10.0 ** np.arange(-12, -0.3, np.sqrt(2) / 20)
    return np.concatenate([near_zero, near_one])


def _points(name: str, truth: Callable[[Any], Any]) -> Iterator[Point]:
    for rho in correlations().tolist():
        value = GaussianModel.from_correlations([rho]).information(divergence(name))
        yield f"ρ = {rho!r}", value, exact(lambda rho, _: truth(rho), rho, 1 - rho)
