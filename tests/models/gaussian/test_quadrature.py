"""The integral for any f against the closed forms, which share no code with it."""

import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, divergence
from simsuff.divergences.symbols import t
from simsuff.models import GaussianModel
from simsuff.models.gaussian.quadrature import integral

SPECTRA = {
    "tiny": [1e-8],
    "smaller than rounding": [1e-30],
    "one": [0.5],
    "high": [0.99],
    "mixed": [0.9, 0.3, 1e-5, 0.0],
    "near one": [1 - 1e-9],
    "thirty": [0.4] * 30,
}


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("rho", SPECTRA.values(), ids=SPECTRA.keys())
@pytest.mark.parametrize("name", ["kl", "reverse_kl", "squared_hellinger", "chi2"])
def test_against_closed_forms(name, rho):
    model = GaussianModel.from_correlations(rho)
    closed, found = (
        model.information(divergence(name)),
        integral(divergence(name), model._form.spectrum),
    )
    assert abs(found.value - closed.value) <= found.error + closed.error
    # chi2 near ρ = 1 lives on exponents that nearly cancel; its error says so.
    if name != "chi2":
        assert found.error <= 1e-12 * found.value


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("alpha", [-1.5, 2.5, 3.4])
def test_heavy_powers(alpha):
    model = GaussianModel.from_correlations([0.39, 0.2])
    div = alpha_divergence(alpha)
    closed, found = model.information(div), integral(div, model._form.spectrum)
    assert abs(found.value - closed.value) <= found.error + closed.error
    assert found.error <= 1e-9 * found.value


def test_a_users_divergence_finds_its_way():
    """(t − 1)²/(t + 1) is twice le_cam, and a hockey stick is a difference of two probabilities."""
    model = GaussianModel.from_correlations([0.8, 0.4])
    mine = Divergence("mine", f=(t - 1) ** 2 / (t + 1))
    found, twice = model.information(mine), model.information_bounded(divergence("le_cam"))
    assert abs(found.value - 2 * twice.value) <= found.error + 2 * twice.error
    stick = model.information(Divergence("stick", f=sp.Max(t - 1, 0)))
    variation = model.information(divergence("total_variation"))
    assert abs(stick.value - variation.value) <= stick.error + variation.error


def test_a_hockey_stick_against_monte_carlo():
    model = GaussianModel.from_correlations([0.8, 0.4])
    found = model.information(Divergence("stick", f=sp.Max(t - 3, 0)))
    value, error = found.value, found.error
    assert error <= 1e-12 * value  # the kink is an end of an interval, not a surprise
    n, sigmas = 100_000, 5.0
    ratio = np.exp(model.pmi(*model.sample(n, np.random.default_rng(0))))
    draws = np.maximum(ratio - 3, 0) / ratio
    assert abs(draws.mean() - value) <= sigmas * draws.std(ddof=1) / np.sqrt(n) + error


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize(
    ("f", "edge"),
    [
        (t**3 - 1 - 3 * (t - 1), 0.5),
        (1 / t - 1 + (t - 1), 0.5),
        (t**4 - 1, 1 / 3),
        (t**3 * sp.log(t) + 2 * (t - 1) ** 2, 0.5),
    ],
)
def test_infinite_is_inf(f, edge):
    """E_⊗ r^α is finite if and only if |α − 1| max ρ < 1, whatever f does in between."""
    div = Divergence("mine", f=f)
    below, above = (
        GaussianModel.from_correlations([rho, 0.1]).information(div) for rho in (edge * 0.98, edge * 1.0001)
    )
    assert np.isfinite(below)
    assert above == np.inf


def test_exponential_growth_is_infinite_at_any_correlation():
    div = Divergence("mine", f=sp.exp(t - 1) - t)
    assert GaussianModel.from_correlations([1e-3]).information(div) == np.inf
    assert GaussianModel.from_correlations([0.0]).information(div) == 0.0


def test_a_borrowed_name_does_not_borrow_the_closed_form():
    """A divergence called kl that is not kl gets its own value; kl under another name gets kl's."""
    model = GaussianModel.from_correlations([0.5])
    fake = model.information(Divergence("kl", f=(t - 1) ** 2 / (t + 1)))
    assert abs(fake.value - 2 * model.information(divergence("le_cam"))) <= 2 * fake.error
    alias = Divergence("other", f=t * sp.log(t) - t + 1)
    assert model.information(alias) == model.information(divergence("kl"))


@pytest.mark.statement("E1", kind="exact")
def test_every_entry_of_the_catalogue_is_finite_for_some_model():
    model = GaussianModel.from_correlations([0.6, 0.2])
    for div in DIVERGENCES.values():
        found, general = model.information(div), integral(div, model._form.spectrum)
        assert abs(found.value - general.value) <= found.error + general.error
