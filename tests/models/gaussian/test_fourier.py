"""js, le_cam and total_variation against integrals that use neither the Fourier transform nor the pmi's density."""

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import log_expit

from simsuff.divergences import divergence
from simsuff.models import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.fourier import total_variation_loss
from simsuff.models.gaussian.quadrature import integral

NAMES = ["js", "le_cam", "total_variation"]


def _information(rho, name):
    return GaussianModel.from_correlations(rho).information(divergence(name))


def _plane(rho, function):
    """E_⊗ function(log r) over the plane: with a = (u + v)/√2, b = (u − v)/√2, log r is a form in a², b²."""

    def integrand(a, b):
        log_ratio = -0.5 * np.log1p(-(rho**2)) + rho / 2 * (a * a / (1 + rho) - b * b / (1 - rho))
        return function(log_ratio) * np.exp(-(a * a + b * b) / 2) * 4 / (2 * np.pi)

    # Under P₁₂, which f ~ r weighs with, a and b have variances 1 ± ρ; beyond 14 lies a mass of 1e-23.
    return dblquad(integrand, 0, 14, 0, 14, epsabs=1e-11, epsrel=1e-11)


def _le_cam(log_ratio):
    return np.tanh(log_ratio / 2) ** 2 * (1 + np.exp(log_ratio)) / 2


def _js(log_ratio):
    ratio = np.exp(log_ratio)
    return (ratio * (np.log(2) + log_expit(log_ratio)) + np.log(2) + log_expit(-log_ratio)) / 2


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("rho", [0.2, 0.6, 0.9])
@pytest.mark.parametrize(("name", "function"), [("le_cam", _le_cam), ("js", _js)])
def test_against_the_plane(name, function, rho):
    truth, estimate = _plane(rho, function)
    found = _information([rho], name)
    value, error = found.value, found.error
    assert abs(value - truth) <= error + estimate


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("rho", [1e-6, 0.1, 0.5, 0.9, 0.999])
def test_total_variation_is_a_difference_of_probabilities(rho):
    """TV = P₁₂(r > 1) − P₁⊗P₂(r > 1), an integral over b of two Gaussian tails, at 30 digits."""
    with mp.workdps(30):
        p = mp.mpf(rho)
        mean = -mp.log(1 - p**2) / 2
        kink = mp.sqrt(2 * (1 - p) * mean / p)

        def tail(b, spread_a, spread_b):
            level = mp.sqrt(max(2 * (1 + p) / p * (p * b * b / (2 * (1 - p)) - mean), 0))
            return mp.erfc(level / mp.sqrt(2) / spread_a) * mp.npdf(b, 0, spread_b)

        joint, product = (mp.sqrt(1 + p), mp.sqrt(1 - p)), (mp.mpf(1), mp.mpf(1))
        grid = [0, kink / 2, kink, 1.5 * kink, 2 * kink, 4 * kink, 12 * kink + 20]
        first, second = (2 * mp.quad(lambda b, s=s: tail(b, *s), grid) for s in (joint, product))
        found = _information([rho], "total_variation")
        value, error = found.value, found.error
        # Below the level 0 of erfc both integrals are one-sided; 1e-15 is far above mpmath's own error there.
        assert abs(mp.mpf(value) - (first - second)) <= error + mp.mpf(10) ** -15


SPECTRA = {
    "tiny": [1e-8],
    "tiny, fifty": [1e-8] * 50,
    "smallest": [1e-120],
    "far apart": [0.9, 1e-120],
    "small, eight": [0.3] * 8,
    "half, fifty": [0.5] * 50,
    "mixed": [0.9, 0.3, 1e-5, 0.0],
    "near one": [1 - 1e-12],
    "near one, twenty": [0.999] * 20,
}


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("rho", SPECTRA.values(), ids=SPECTRA.keys())
@pytest.mark.parametrize("name", NAMES)
def test_against_the_law_of_the_pmi(name, rho):
    """Two integrals that share nothing but ρ: over frequencies, and over the values of the pmi."""
    model = GaussianModel.from_correlations(rho)
    found = model.information(divergence(name))
    value, error = found.value, found.error
    other = integral(divergence(name), model._form.spectrum)
    assert abs(value - other.value) <= error + other.error
    assert error <= 1e-13 * value


@pytest.mark.parametrize(
    ("name", "factor"), [("js", 1 / 8), ("le_cam", 1 / 4), ("total_variation", 1 / np.pi)]
)
def test_small_correlations_have_the_leading_term(name, factor):
    """f''(1)/2 Σ ρ² where f is smooth; total variation is ½E|ρuv| = ρ/π."""
    rho = 1e-7
    value = _information([rho], name).value
    leading = factor * (rho if name == "total_variation" else rho**2)
    assert abs(value / leading - 1) <= 10 * rho


@pytest.mark.parametrize("nearly", [1 - 2.0**-53, 1 + 2.0**-51])
@pytest.mark.parametrize("tiny", [1e-17, 5e-33, 1e-100])
def test_a_correlation_beside_one_that_rounding_left_of_nothing(nearly, tiny):
    """The contour reaches to 1/tiny, where the moments of the other correlation vanish and their ratio overflows."""
    full, coarse = (Spectrum(rho, 1 - rho) for rho in (np.array([0.5, tiny]), np.array([0.5 * nearly, 0.0])))
    loss = total_variation_loss(full, coarse)
    assert abs(loss.value) <= 1e-14
    assert 0 <= loss.error <= 1e-12
