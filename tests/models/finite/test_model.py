import numpy as np
import pytest
from scipy.special import ndtri

from simsuff.divergences import divergence
from simsuff.models import FiniteModel

# Two-sided level of every Monte Carlo check in this file, shared between the comparisons of one test.
LEVEL = 1e-6


@pytest.fixture
def model():
    return FiniteModel([[0.1, 0.2, 0.0], [0.0, 0.3, 0.0], [0.25, 0.05, 0.1]])


def test_sampling_frequencies(model):
    n = 200_000
    z1, z2 = model.sample(n, np.random.default_rng(0))
    assert z1.dtype == z2.dtype == np.int64
    counts = np.zeros(model.shape)
    np.add.at(counts, (z1, z2), 1)
    assert (counts[model.joint == 0] == 0).all()
    deviation = np.abs(counts / n - model.joint)
    quantile = ndtri(1 - LEVEL / 2 / model.joint.size)
    assert (deviation <= quantile * np.sqrt(model.joint * (1 - model.joint) / n)).all()


def test_same_seed_same_bytes(model):
    first, second = (model.sample(100, np.random.default_rng(7)) for _ in range(2))
    assert first.z1.tobytes() == second.z1.tobytes()
    assert first.z2.tobytes() == second.z2.tobytes()


@pytest.mark.parametrize("uniform", [0.0, 0.1, 0.3, 1 - 2.0**-53])
def test_the_ends_of_the_cumulative_table_stay_in_the_support(uniform):
    class Fixed(np.random.Generator):
        def random(self, size):
            return np.full(size, uniform)

    for table in ([[0.0, 0.1, 0.2], [0.0, 0.7, 0.0]], [[0.1, 0.2, 0.0], [0.0, 0.3, 0.0], [0.25, 0.05, 0.1]]):
        model = FiniteModel(table)
        z1, z2 = model.sample(3, Fixed(np.random.PCG64(0)))
        assert (model.joint[z1, z2] > 0).all()


def test_mean_pmi_is_the_information(model):
    n = 100_000
    values = model.pmi(*model.sample(n, np.random.default_rng(1)))
    error = values.std(ddof=1) / np.sqrt(n)
    assert abs(values.mean() - model.information(divergence("kl"))) <= ndtri(1 - LEVEL / 2) * error


def test_pmi_of_impossible_pairs():
    model = FiniteModel([[0.0, 0.0], [0.5, 0.0], [0.25, 0.25]])
    values = model.pmi([0, 1, 2], [0, 1, 0])
    assert values[0] == values[1] == -np.inf
    assert values[2] == np.log(0.25 / 0.5 / 0.75)


@pytest.mark.parametrize(("z1", "z2"), [([3], [0]), ([0], [-1]), ([0.0], [0]), ([], []), ([np.nan], [0])])
def test_pmi_refuses_what_is_no_symbol(model, z1, z2):
    with pytest.raises(ValueError, match=r"z[12] must"):
        model.pmi(z1, z2)


def test_views_share_their_latent():
    prior, channel = np.array([0.25, 0.75]), np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    model = FiniteModel.from_views(prior, channel)
    np.testing.assert_array_equal(model.joint, model.joint.T)
    expected = sum(p * np.outer(row, row) for p, row in zip(prior, channel, strict=True))
    np.testing.assert_allclose(model.joint, expected, rtol=4 * np.finfo(float).eps)
    np.testing.assert_allclose(model.posterior.sum(axis=1), 1, rtol=4 * np.finfo(float).eps)
    np.testing.assert_array_equal(model.posterior[2], [0.0, 1.0])
    np.testing.assert_array_equal(model.swapped().prior, prior)
    # AS makes the kernel positive semi-definite.
    assert np.linalg.eigvalsh(model.joint)[0] >= -8 * np.finfo(float).eps


def test_posterior_of_a_symbol_without_mass_is_the_prior():
    model = FiniteModel.from_views([0.5, 0.5], [[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(model.posterior[1], [0.5, 0.5])


def test_posterior_needs_a_latent(model):
    with pytest.raises(ValueError, match="from_views"):
        _ = model.posterior


def test_reduced_and_swapped(model):
    reduced = model.reduced([1, 0, 1])
    np.testing.assert_allclose(reduced.joint, [[0.0, 0.3, 0.0], [0.35, 0.25, 0.1]], rtol=1e-15)
    np.testing.assert_array_equal(model.swapped().joint, model.joint.T)


def test_ratio_is_zero_where_a_marginal_is():
    np.testing.assert_array_equal(FiniteModel([[0.0, 0.0], [0.5, 0.5]]).ratio, [[0.0, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        ([[0.5, np.nan]], r"joint must be finite: joint\[0, 1\] = nan"),
        ([[1.5, -0.5]], r"joint must be non-negative: joint\[0, 1\] = -0.5"),
        ([[0.5, 0.4]], "joint must sum to 1: sum = 0.9"),
        ([0.5, 0.5], "joint must have 2 dimensions"),
        (np.empty((0, 3)), "joint must be non-empty"),
        ([["a", "b"]], "joint must be an array of real numbers"),
        ([[1.0, 0.0], [0.0, 1e-310]], "marginal1 must be 0 or at least"),
    ],
)
def test_refuses_what_is_no_law(joint, message):
    with pytest.raises(ValueError, match=message):
        FiniteModel(joint)


@pytest.mark.parametrize(
    ("prior", "channel", "message"),
    [
        ([0.5, 0.6], np.eye(2), "prior must sum to 1"),
        ([0.5, 0.5], [[1.0, 0.0], [0.5, 0.4]], "channel must have rows that sum to 1: sum of row 1 = 0.9"),
        ([0.5, 0.5], np.full((3, 2), 0.5), "channel must have 2 rows"),
        ([0.5, 0.5], [[1.5, -0.5], [0.5, 0.5]], "channel must be non-negative"),
        ([0.5, np.nan], np.eye(2), "prior must be finite"),
    ],
)
def test_refuses_bad_views(prior, channel, message):
    with pytest.raises(ValueError, match=message):
        FiniteModel.from_views(prior, channel)


@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_refuses_a_bad_sample_size(model, n):
    with pytest.raises(ValueError, match="n must be an integer >= 1"):
        model.sample(n, np.random.default_rng(0))


def test_refuses_a_missing_generator(model):
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        model.sample(1, None)
