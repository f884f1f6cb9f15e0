"""Closed forms of E1 against 50 digits, and the losses built from them."""

import mpmath as mp
import numpy as np
import pytest

from simsuff.divergences import alpha_divergence, divergence
from simsuff.models import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.information import power_loss

# The promised accuracy of the catalogue's closed forms in one dimension.
ULP = 8

RHO = [1e-8, 1e-5, 1e-3, 0.1, 0.3, 0.5, 0.69, 0.7, 0.71, 0.9, 0.999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12]
NAMES = ["kl", "reverse_kl", "chi2", "squared_hellinger"]


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rho", RHO)
def test_one_correlation_within_eight_ulp(name, rho, gaussian_oracle):
    found = GaussianModel.from_correlations([rho]).information(divergence(name))
    value, error = found.value, found.error
    truth = gaussian_oracle(name, [rho])
    assert abs(mp.mpf(value) - truth) <= ULP * np.spacing(value)
    assert abs(mp.mpf(value) - truth) <= error


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "rho", [[0.9, 0.5, 0.1], [1e-8] * 30, [0.5] * 50, [1 - 1e-12, 1e-6, 0.0], [0.99] * 20]
)
def test_many_correlations_within_the_bound(name, rho, gaussian_oracle):
    found = GaussianModel.from_correlations(rho).information(divergence(name))
    value, error = found.value, found.error
    assert abs(mp.mpf(value) - gaussian_oracle(name, rho)) <= error
    # The two logarithms of a dimension are up to three times their difference, and each dimension adds its own.
    assert error <= 3 * ULP * np.finfo(float).eps * len(rho) * value


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize(
    "alpha", [-2.0, -0.7, -0.3, -1e-6, 1e-6, 1e-3, 0.3, 0.49, 0.51, 0.999999, 1.000001, 1.5, 2.0, 2.5]
)
@pytest.mark.parametrize("rho", [1e-8, 1e-3, 0.3, 0.6, 0.9, 0.999])
def test_power_divergences_within_the_bound(alpha, rho, gaussian_oracle):
    found = GaussianModel.from_correlations([rho]).information(alpha_divergence(alpha))
    value, error = found.value, found.error
    if abs(alpha - 1) * rho >= 1:
        assert value == np.inf
        return
    truth = gaussian_oracle(f"alpha({alpha})", [rho])
    assert abs(mp.mpf(value) - truth) <= error
    # Far from the end of the range of existence, the bound itself is small.
    margin = 1 - abs(alpha - 1) * rho
    assert error <= 64 * np.finfo(float).eps / margin * max(value, 1 if value > 1 else value)


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize(
    ("alpha", "rho"), [(2.7, 0.5882352), (-0.7, 0.58823529), (3.3, 0.43478260869), (-1.1, 0.47619)]
)
def test_power_divergences_near_the_edge_of_existence(alpha, rho, gaussian_oracle):
    """The rounding of (α − 1)ρ is amplified by 1/(1 − |α − 1|ρ), and the bound says so."""
    found = GaussianModel.from_correlations([rho]).information(alpha_divergence(alpha))
    value, error = found.value, found.error
    with mp.workdps(50):
        truth = gaussian_oracle(f"alpha({mp.mpf(alpha)})", [rho])  # the order is the double, not the decimal
    assert abs(mp.mpf(value) - truth) <= error
    assert error <= 64 * np.finfo(float).eps / (1 - abs(alpha - 1) * rho) * value


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize(
    ("alpha", "rho", "finite"), [(3.0, 0.5, False), (3.0, 0.4999999, True), (-1.0, 0.5, False)]
)
def test_the_moment_exists_up_to_the_edge(alpha, rho, finite):
    """E1: finite if and only if |α − 1| max ρ < 1."""
    value = GaussianModel.from_correlations([rho, 0.1]).information(alpha_divergence(alpha))
    assert np.isfinite(value) == finite


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("noise", [1.0, 1e-3, 1e-9])
def test_additive_noise_keeps_the_distance_from_one(noise, gaussian_oracle):
    """ρ = s/(s + σ²) rounds to one at σ = 1e-9, the information does not become infinite."""
    model = GaussianModel.additive_noise([1.0, 0.3], noise)
    with mp.workdps(50):
        gaps = [mp.mpf(noise) ** 2 / (mp.mpf(s) + mp.mpf(noise) ** 2) for s in (1.0, 0.3)]
    for name in NAMES:
        found = model.information(divergence(name))
        value, error = found.value, found.error
        assert abs(mp.mpf(value) - gaussian_oracle(name, gaps=gaps)) <= error


@pytest.mark.parametrize("name", [*NAMES, "js", "le_cam", "total_variation"])
def test_a_tiny_loss_keeps_its_digits(name, gaussian_oracle):
    """Dropping ρ = 1e-7 from (0.9, 1e-7) costs 1e-14, of which an information of 1 would leave two digits."""
    model = GaussianModel.from_correlations([0.9, 1e-7])
    loss = model.sufficiency([[1.0, 0.0]], divergence(name))
    assert (
        loss.error <= 1e-12 * loss.value
    )  # the loss is 1e-14 of the whole, so 1e-2 is what subtraction would do
    if name in NAMES:
        with mp.workdps(50):
            truth = gaussian_oracle(name, [0.9, 1e-7]) - gaussian_oracle(name, [0.9])
        assert abs(mp.mpf(loss.value) - truth) <= loss.error


def test_moments_near_order_zero_and_one_approach_the_limits():
    """α → 1 gives kl and α → 0 gives reverse_kl, with a difference of the order of the step."""
    spectrum, nothing = Spectrum(np.array([0.6]), np.array([0.4])), Spectrum(np.zeros(1), np.ones(1))
    model, step = GaussianModel.from_correlations([0.6]), 1e-7
    for alpha, name in ((1 + step, "kl"), (step, "reverse_kl")):
        limit = model.information(divergence(name))
        assert abs(power_loss(spectrum, nothing, alpha, 1.0).value - limit) <= 4 * step * limit


def test_values_beyond_the_largest_double(gaussian_oracle):
    """χ² of fifty nearly perfect correlations is 1e585; a loss between two such models may be a double again."""
    model = GaussianModel.from_correlations([1 - 1e-12] * 50)
    assert model.information(divergence("chi2")) == np.inf
    for name in ("squared_hellinger", "alpha(0.3)"):
        div = divergence(name) if name in NAMES else alpha_divergence(0.3)
        found = model.information(div)
        value, error = found.value, found.error
        assert abs(mp.mpf(value) - gaussian_oracle(name, [1 - 1e-12] * 50)) <= error
    large = GaussianModel.from_correlations([1 - 1e-12] * 26 + [0.01])
    assert large.information(divergence("chi2")) == pytest.approx(
        float(gaussian_oracle("chi2", [1 - 1e-12] * 26 + [0.01]))
    )
    loss = large.sufficiency(np.eye(27)[:26], divergence("chi2"))
    with mp.workdps(400):
        product = (1 / (1 - mp.mpf(1 - 1e-12) ** 2)) ** 26
        truth = product * (1 / (1 - mp.mpf(0.01) ** 2) - 1)
    assert abs(mp.mpf(loss.value) - truth) <= loss.error
