"""High-precision twins of the losses, for their tests."""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

Float = NDArray[np.float64]


def _mp_scores(u: Any, v: Any, link: str, temperature: float) -> Any:
    """The table of scores S = τ(⟨u, v⟩) at a temperature in the current mpmath precision."""
    links = {
        "identity": lambda s: s / temperature,
        "log": lambda s: (mpmath.log(s) if s else -mpmath.inf) / temperature,
        "exp": lambda s: mpmath.exp(s / temperature),
    }
    return [[links[link](mpmath.fdot(a, b)) for b in v] for a in u]


def _mp_infonce(u: Any, v: Any, link: str, symmetric: bool, temperature: float) -> Any:
    """InfoNCE by its definition in the current mpmath precision; u and v are nested lists of mpf."""
    size = len(u)
    score = _mp_scores(u, v, link, temperature)
    sides = [score, [list(column) for column in zip(*score, strict=True)]] if symmetric else [score]
    terms = [
        mpmath.log(mpmath.fsum(mpmath.exp(x) for x in row) / size) - row[i]
        for side in sides
        for i, row in enumerate(side)
    ]
    return mpmath.fsum(terms) / len(terms)


def _mp_spectral(u: Any, v: Any) -> Any:
    """The loss of G6 by its definition in the current mpmath precision."""
    size = len(u)
    score = [[mpmath.fdot(a, b) for b in v] for a in u]
    negative = [s**2 / 2 + s for i, row in enumerate(score) for j, s in enumerate(row) if i != j]
    positive = mpmath.fsum(score[i][i] for i in range(size))
    return mpmath.fsum(negative) / (size * (size - 1)) - positive / size


def _mp_chi2(u: Any, v: Any, link: str = "identity", symmetric: bool = True, temperature: float = 1.0) -> Any:
    """The χ² loss by its sum over triples (i, k, l) in the current mpmath precision."""
    size = len(u)
    score = _mp_scores(u, v, link, temperature)
    sides = [score, [list(column) for column in zip(*score, strict=True)]] if symmetric else [score]
    total = mpmath.mpf(0)
    for side in sides:
        for i, row in enumerate(side):
            others = [s for k, s in enumerate(row) if k != i]
            triples = mpmath.fsum((a - b) ** 2 for a in others for b in others)
            total += triples / (4 * (size - 1) * (size - 2)) + mpmath.fsum(others) / (size - 1) - row[i]
    return total / (size * len(sides))


def _mp_value_and_gradients(loss: Any, u: Any, v: Any) -> tuple[float, Float, Float]:
    """Value and central differences of `loss` in 120 digits: at step 1e-40 both errors are far below a double's."""
    with mpmath.workdps(120):
        step = mpmath.mpf(10) ** -40
        arguments = [[[mpmath.mpf(float(x)) for x in row] for row in np.asarray(a)] for a in (u, v)]
        gradients = [np.empty(np.shape(a)) for a in (u, v)]
        for argument, gradient in zip(arguments, gradients, strict=True):
            for i, k in np.ndindex(gradient.shape):
                here = argument[i][k]
                argument[i][k] = here + step
                up = loss(*arguments)
                argument[i][k] = here - step
                down = loss(*arguments)
                argument[i][k] = here
                gradient[i, k] = (up - down) / (2 * step)
        return float(loss(*arguments)), gradients[0], gradients[1]


class Oracle(NamedTuple):
    """High-precision twins of the losses."""

    infonce: Callable[..., Any]
    spectral: Callable[..., Any]
    chi2: Callable[..., Any]
    value_and_gradients: Callable[..., tuple[float, Float, Float]]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle(_mp_infonce, _mp_spectral, _mp_chi2, _mp_value_and_gradients)
