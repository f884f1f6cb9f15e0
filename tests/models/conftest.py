"""Oracles for the models: 50-digit values that share no code with the package."""

import mpmath as mp
import numpy as np
import pytest

from simsuff.divergences import alpha_divergence, divergence

DIGITS = 50


@pytest.fixture
def divergences():
    """The catalogue and three power divergences, by name."""
    names = ("kl", "reverse_kl", "chi2", "squared_hellinger", "js", "le_cam", "total_variation")
    powers = {f"alpha({a})": alpha_divergence(a) for a in (-0.5, 0.25, 1.5)}
    return {name: divergence(name) for name in names} | powers


def _f(name):
    """f(t) of theory.md §1 for mpmath numbers t ≥ 0."""
    half = mp.mpf(1) / 2
    xlogx = lambda x: mp.mpf(0) if x == 0 else x * mp.log(x)  # noqa: E731
    log = lambda x: -mp.inf if x == 0 else mp.log(x)  # noqa: E731
    table = {
        "kl": lambda t: xlogx(t) - t + 1,
        "reverse_kl": lambda t: -log(t) + t - 1,
        "chi2": lambda t: (t - 1) ** 2,
        "squared_hellinger": lambda t: (1 - mp.sqrt(t)) ** 2,
        "js": lambda t: half * (xlogx(t) - (t + 1) * mp.log((t + 1) / 2)),
        "le_cam": lambda t: (1 - t) ** 2 / (2 * (1 + t)),
        "total_variation": lambda t: half * abs(t - 1),
    }
    if name in table:
        return table[name]
    a = mp.mpf(name[6:-1])
    return lambda t: mp.inf if t == 0 and a < 0 else (t**a - 1 - a * (t - 1)) / (a * (a - 1))


@pytest.fixture
def finite_oracle():
    """I_f of a table of floats, taken as exact numbers and normalised exactly."""

    def value(name, table):
        with mp.workdps(DIGITS):
            cells = [[mp.mpf(float(x)) for x in row] for row in np.asarray(table)]
            total = sum(map(sum, cells))
            first = [sum(row) / total for row in cells]
            second = [sum(column) / total for column in zip(*cells, strict=True)]
            f, result = _f(name), mp.mpf(0)
            for i, p in enumerate(first):
                for j, q in enumerate(second):
                    if p * q > 0:
                        result += p * q * f(cells[i][j] / total / (p * q))
            return result

    return value


@pytest.fixture
def gaussian_oracle():
    """E1 at 50 digits; `gaps` = 1 − ρ replaces ρ where it is known better."""

    def value(name, rho=None, gaps=None):
        with mp.workdps(DIGITS):
            gap = [mp.mpf(g) for g in gaps] if gaps is not None else [1 - mp.mpf(float(r)) for r in rho]
            squares = [(1 - g) ** 2 for g in gap]
            if name == "kl":
                return -sum(mp.log(1 - x) for x in squares) / 2
            if name == "reverse_kl":
                return sum(mp.log(1 - x) / 2 + x / (1 - x) for x in squares)
            powers = {"chi2": (2, 2), "squared_hellinger": (mp.mpf("0.5"), mp.mpf("0.5"))}
            a, factor = powers[name] if name in powers else (mp.mpf(name[6:-1]), 1)
            moment = mp.mpf(1)
            for x in squares:
                moment *= (1 - x) ** ((1 - a) / 2) / mp.sqrt(1 - (a - 1) ** 2 * x)
            return factor * (moment - 1) / (a * (a - 1))

    return value
