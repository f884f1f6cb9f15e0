"""The printed generative model: its ratio, and how far the printed one is from it."""

import mpmath as mp
import numpy as np
import pytest

from simsuff.models import NoisySphereModel

LAWS = [(1, 1.0), (2, 1.0), (3, 0.3), (10, 2.0)]


@pytest.mark.statement("S6-printed", kind="exact")
def test_the_printed_ratio_is_another_one():
    """At p = 2, σ = 1 and equal views r is 1.98 and not 1.75."""
    model = NoisySphereModel(2, 1.0)
    assert np.exp(model.log_ratio(1.0).value) == pytest.approx(1.98270385, rel=1e-8)
    assert np.exp(model.nominal.log_ratio_range[1]) == pytest.approx(1.74804459, rel=1e-8)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_ratio_by_high_precision(law):
    p, sigma = law
    found = NoisySphereModel(p, sigma).log_ratio([0.3])
    with mp.workdps(25):
        scale = p / mp.mpf(sigma) ** 2
        e = lambda k: mp.hyp0f1(mp.mpf(p) / 2, k * k / 4)  # noqa: E731
        norm = mp.gamma(mp.mpf(p) / 2) * mp.mpf(2) ** (mp.mpf(p) / 2 - 1)
        ratio = lambda c: e(c * mp.sqrt(mp.mpf("2.6"))) / e(c) ** 2  # noqa: E731
        density = lambda x: x ** (p - 1) * mp.exp(-x * x / 2) / norm * ratio(scale * x / mp.sqrt(p))  # noqa: E731
        truth = mp.log(mp.quad(density, [0, 0.5, 1, 2, 4, 8, 16]))
        assert abs(found.value[0] - truth) <= found.error[0]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_ratio_has_mean_one(law):
    p, sigma = law
    nodes, weights = np.polynomial.legendre.leggauss(200)
    weights = weights * np.sin((nodes + 1) * np.pi / 2) ** (p - 2) if p > 1 else np.ones(2)
    cosines = np.cos((nodes + 1) * np.pi / 2) if p > 1 else np.array([-1.0, 1.0])
    ratio = np.exp(NoisySphereModel(p, sigma).log_ratio(cosines).value)
    assert weights @ ratio / weights.sum() == pytest.approx(1, abs=1e-12)


def test_samples_follow_the_ratio():
    model = NoisySphereModel(3, 0.7)
    z1, z2 = model.sample(20_000, np.random.default_rng(0))
    cosines = (z1 * z2).sum(axis=1)
    nodes, weights = np.polynomial.legendre.leggauss(60)  # for p = 3 the inner product is uniform
    expected = weights / 2 @ (np.exp(model.log_ratio(nodes).value) * nodes)
    assert abs(cosines.mean() - expected) <= 5 * cosines.std() / np.sqrt(len(cosines))
    np.testing.assert_allclose(model.pmi(z1[:5], z2[:5]), model.log_ratio(cosines[:5]).value, atol=1e-13)


def test_what_is_no_law_is_refused():
    with pytest.raises(ValueError, match="noise must be positive and finite"):
        NoisySphereModel(2, 0.0)
    with pytest.raises(ValueError, match=r"cosines must lie in \[-1, 1\]: cosines\[1\] = 2.0"):
        NoisySphereModel(2, 1.0).log_ratio([0.0, 2.0])
