"""What does a projection of a point on the sphere lose? By its ratio, by harmonics, and by its rank alone."""

import math
from itertools import pairwise

import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.encoders import LinearEncoder
from simsuff.models import SphereModel
from simsuff.models.sphere.projected import information_of_projection
from simsuff.models.sphere.special import projected_multiplicity

LAWS = [(2, 1.0, 1), (3, 8.0, 1), (3, 8.0, 2), (5, 4.0, 2), (6, 20.0, 3), (40, 12.0, 20), (3, 1e-6, 2)]


@pytest.mark.statement("S4-chi2", kind="exact")
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_chi2_is_the_sum_over_the_harmonics_of_the_projection(law):
    p, kappa, rank = law
    values = SphereModel(p, kappa).eigenvalues
    series = math.fsum(projected_multiplicity(p, rank, i + 1) * x**2 for i, x in enumerate(values.tolist()))
    found = information_of_projection(divergence("chi2"), p, rank, kappa)
    assert abs(found.value - series) <= found.error + 1e-14 * series
    assert found.error <= 1e-7 * series


@pytest.mark.statement("S4", kind="exact")
@pytest.mark.parametrize("law", [(2, 2.0, 1), (3, 3.0, 1), (3, 3.0, 2)], ids=str)
def test_the_ratio_of_a_projection_is_a_conditional_mean(law):
    p, kappa, rank = law
    rng = np.random.default_rng(1)
    model = SphereModel(p, kappa)
    part = model.reduced(np.eye(p)[:rank])
    first, second = model.sample(5, rng)
    if p - rank == 1:
        flipped = first.copy()
        flipped[:, rank:] *= -1
        completions = [first, flipped]
    else:  # the mean over a circle, by a trapezoidal rule that converges exponentially
        size, angles = np.linalg.norm(first[:, rank:], axis=1), np.arange(64) * np.pi / 32
        circle = [np.array([np.cos(a), np.sin(a)]) for a in angles]
        completions = [np.hstack([first[:, :rank], size[:, None] * point]) for point in circle]
    mean = np.mean([np.exp(model.pmi(z, second)) for z in completions], axis=0)
    image = part.basis @ np.eye(p)[:rank].T  # the basis of the row space is a rotation of these coordinates
    found = np.exp(part.pmi(first[:, :rank] @ image.T, second))
    np.testing.assert_allclose(found, mean, rtol=1e-13)


@pytest.mark.parametrize("law", [(1, 2.0, 1), (3, 5.0, 2), (4, 5.0, 4)], ids=str)
def test_mean_pmi_of_a_projection_is_its_information(law):
    p, kappa, rank = law
    part = SphereModel(p, kappa).reduced(np.random.default_rng(7).standard_normal((rank, p)))
    values = part.pmi(*part.sample(20_000, np.random.default_rng(2)))
    assert abs(values.mean() - part.information("kl")) <= 5 * values.std() / np.sqrt(len(values))


def test_only_the_rank_counts():
    model, rng = SphereModel(4, 3.0), np.random.default_rng(3)
    weight = rng.standard_normal((2, 4))
    wide = np.vstack([weight, 1e9 * weight[:1], np.zeros((1, 4)), weight.sum(axis=0, keepdims=True)])
    for name in ("kl", "js"):
        known = model.sufficiency(np.eye(4)[1:3], name)
        assert model.sufficiency(wide, name) == known
        assert model.sufficiency(LinearEncoder(weight), name) == known


def test_full_rank_loses_nothing_and_rank_0_everything():
    model = SphereModel(3, 3.0)
    assert model.sufficiency(np.eye(3)[::-1] * [1e-3, 1.0, 7.0], "kl").error == 0
    assert model.sufficiency(np.eye(3), "kl") == 0
    assert model.sufficiency(np.zeros((1, 3)), "kl") == model.information("kl")
    with pytest.raises(ValueError, match="statistic must have rank >= 1: rank = 0"):
        model.reduced(np.zeros((2, 3)))


@pytest.mark.parametrize("name", ["kl", "chi2", "squared_hellinger", "js", "total_variation"])
def test_more_rows_lose_less(name):
    model = SphereModel(4, 6.0)
    losses = [model.sufficiency(np.eye(4)[:k], name) for k in range(1, 5)]
    assert all(more < less for less, more in pairwise(losses))


def test_a_projection_of_a_projection():
    model = SphereModel(4, 2.0)
    part = model.reduced(np.eye(4)[:3])
    inner = part.sufficiency(part.optimal_encoder(2), "kl")
    outer = model.sufficiency(np.eye(4)[:2], "kl") - model.sufficiency(np.eye(4)[:3], "kl")
    assert abs(inner - outer) <= inner.error + outer.error
    assert part.reduced([[1.0, 1.0, 0.0]]).shape == (1, 4)
    with pytest.raises(ValueError, match="swap before you reduce"):
        part.swapped()


def test_correlations_of_a_projection_are_those_of_its_harmonics():
    model = SphereModel(3, 2.0)
    values = model.eigenvalues
    part = model.reduced(np.eye(3)[:2]).canonical_correlations
    np.testing.assert_array_equal(part[:5], values[[0, 0, 1, 1, 1]])
    whole = model.reduced(np.eye(3)).canonical_correlations
    np.testing.assert_array_equal(whole, model.canonical_correlations)


def test_shapes_are_checked():
    model = SphereModel(3, 2.0)
    with pytest.raises(ValueError, match=r"statistic must have shape \(k, 3\)"):
        model.sufficiency(np.eye(2), "kl")
    with pytest.raises(ValueError, match=r"statistic must be finite: statistic\[0, 1\] = nan"):
        model.sufficiency([[1.0, np.nan, 0.0]], "kl")
    with pytest.raises(ValueError, match=r"z1 must have shape \(1, 2\)"):
        model.reduced(np.eye(3)[:2]).pmi([[1.0]], np.eye(3)[:1])
    with pytest.raises(ValueError, match="the condition of A1"):
        SphereModel(3, 1e5).sufficiency(np.eye(3)[:1], "alpha(-0.5)")
