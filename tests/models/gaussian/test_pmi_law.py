"""The density of the pmi against the Bessel function that it is when all correlations are equal."""

import mpmath as mp
import numpy as np
import pytest

from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.quadrature import components, log_density, saddle

# Contour, logarithms and exponents up to |log density| each round a few times.
LOG_UNITS = 32 * np.finfo(float).eps

DISTANCES = np.array([1e-18, 1e-9, 1e-3, 0.1, 1.0, 5.0, 30.0, 300.0, 3000.0])


def _bessel(rho, times, w):
    """log density at w of (ρ/2) Σ (X² − X'²): (w/2ρ)^ν K_ν(w/ρ)/(√π Γ(m/2) ρ), ν = (m − 1)/2."""
    nu, z = (mp.mpf(times) - 1) / 2, mp.mpf(float(w)) / mp.mpf(rho)
    density = (z / 2) ** nu * mp.besselk(nu, z) / mp.sqrt(mp.pi) / mp.gamma(mp.mpf(times) / 2) / mp.mpf(rho)
    return mp.log(density)


@pytest.mark.parametrize("rho", [1e-6, 0.7, 1 - 1e-9])
@pytest.mark.parametrize("times", [1, 2, 5, 50])
def test_equal_correlations(rho, times):
    spectrum = Spectrum(np.full(times, rho), np.full(times, 1 - rho))
    distances = DISTANCES * rho
    logs, errors = log_density(spectrum, distances, tilted=False)
    with mp.workdps(30):
        for w, value, error in zip(distances, logs, errors, strict=True):
            truth = _bessel(rho, times, w)
            assert abs(mp.mpf(value) - truth) <= error + LOG_UNITS * (1 + abs(truth))


def test_tilting_multiplies_by_the_exponential():
    spectrum = Spectrum(np.array([0.8, 0.5]), np.array([0.2, 0.5]))
    plain, tilted = (log_density(spectrum, DISTANCES, tilted=flag)[0] for flag in (False, True))
    np.testing.assert_allclose(tilted, plain + DISTANCES, rtol=0, atol=LOG_UNITS * 2 * DISTANCES.max())


def test_tilted_tail_keeps_its_exponent_near_one():
    """The exponent of the lower tail under P₁⊗P₂ is (1 − ρ)/ρ, whatever is left of it in ρ."""
    gap = 1e-12
    spectrum = Spectrum(np.array([1.0]), np.array([gap]))
    far = np.array([1e12, 3e12])
    logs, _ = log_density(spectrum, far, tilted=True)
    # K₀(w) ~ √(π/2w) e^{−w}
    expected = np.log(np.sqrt(np.pi / 2 / far) / np.pi) - gap * far
    np.testing.assert_allclose(logs, expected, rtol=0, atol=1e-11)  # the next term of K₀ is 1/(8w) = 1e-13


def test_the_order_of_the_distances_is_kept():
    spectrum = Spectrum(np.array([0.8, 0.5, 0.0]), np.array([0.2, 0.5, 1.0]))
    shuffled = np.random.default_rng(0).permutation(40) / 10 + 0.01
    together = log_density(spectrum, shuffled, tilted=False)[0]
    alone = [log_density(spectrum, shuffled[i : i + 1], tilted=False)[0][0] for i in range(40)]
    np.testing.assert_allclose(together, alone, rtol=0, atol=LOG_UNITS * 10)


def test_saddle_solves_its_equation():
    parts, largest, gap = components(Spectrum(np.array([0.9, 0.9, 0.2]), np.array([0.1, 0.1, 0.8])))
    assert (largest, gap) == (0.9, 0.1)
    np.testing.assert_array_equal(parts.times, [1, 2])
    w = np.array([1e-3, 1.0, 1e6])
    tau = 1 - saddle(parts, w)[:, None]
    found = (parts.times * parts.ratio**2 * tau / (1 - parts.ratio**2 * tau**2)).sum(axis=1)
    np.testing.assert_allclose(found, w, rtol=1e-8)  # 1 − τ² = 1e-6 here has lost as many digits
