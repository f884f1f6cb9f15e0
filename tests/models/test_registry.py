"""The contract that every model in the registry keeps."""

import numpy as np
import pytest
from scipy.special import ndtri

from simsuff.divergences import DIVERGENCES, divergence
from simsuff.models import MODELS

LEVEL = 1e-6


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param](np.random.default_rng(3))


def test_samples_are_reproducible_and_aligned(model):
    first, second = (model.sample(50, np.random.default_rng(1)) for _ in range(2))
    assert len(first.z1) == len(first.z2) == 50
    assert first.z1.tobytes() == second.z1.tobytes()
    assert first.z2.tobytes() == second.z2.tobytes()


def test_mean_pmi_is_the_kl_information(model):
    values = model.pmi(*model.sample(20_000, np.random.default_rng(2)))
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - model.information(divergence("kl"))) <= ndtri(1 - LEVEL / 2) * error


@pytest.mark.parametrize("name", DIVERGENCES)
def test_information_is_symmetric_and_bounded(model, name):
    there, back = (m.information_bounded(divergence(name)) for m in (model, model.swapped()))
    assert there.value >= 0
    assert there.value == model.information(divergence(name))
    assert abs(there.value - back.value) <= there.error + back.error


@pytest.mark.statement("A3-range", "A3-sign")
@pytest.mark.parametrize("name", DIVERGENCES)
def test_a_statistic_loses_at_most_the_information(model, name):
    div = divergence(name)
    statistic = model.optimal_encoder(1)
    loss = model.sufficiency(statistic, div)
    full, reduced = model.information_bounded(div), model.reduced(statistic).information_bounded(div)
    slack = full.error + reduced.error
    assert -slack <= loss <= full.value + slack
    assert abs(loss - (full.value - reduced.value)) <= 2 * slack


def test_correlations_decrease(model):
    rho = model.canonical_correlations
    assert (np.diff(rho) <= 0).all()
    assert (rho >= 0).all()
    assert (rho <= 1).all()


def test_the_same_generator_gives_the_same_example():
    for make in MODELS.values():
        first, second = (make(np.random.default_rng(9)) for _ in range(2))
        np.testing.assert_array_equal(first.canonical_correlations, second.canonical_correlations)
