import numpy as np
import pytest
from scipy.special import ndtri

from simsuff.divergences import DIVERGENCES, divergence
from simsuff.models import TopicModel
from simsuff.models.topic.estimates import _bounded_from_joint, f_of_log_ratio
from simsuff.numerics.numbers import Estimate

LEVEL = 1e-6
NAMES = (*DIVERGENCES, "alpha(3.0)", "alpha(0.25)", "alpha(-0.5)")


@pytest.fixture(scope="module")
def model():
    return TopicModel.random(3, 4, 4, np.random.default_rng(3))


@pytest.mark.parametrize("name", NAMES)
def test_estimates_are_unbiased(model, name):
    div = divergence(name)
    estimate = model.information_estimate(div, 20_000, np.random.default_rng(0))
    assert estimate.n == 20_000
    assert abs(estimate.value - model.information(div)) <= ndtri(1 - LEVEL / 2 / len(NAMES)) * estimate.stderr
    assert estimate.stderr < 0.05 * (1 + model.information(div))


@pytest.mark.parametrize("name", NAMES)
def test_weak_dependence_is_seen_by_few_draws(name):
    """r = 1 + O(1e-3): under P₁₂ the terms are of that order with either sign, under P₁⊗P₂ of its square."""
    model = TopicModel([[0.32, 0.28, 0.21, 0.19], [0.3, 0.3, 0.2, 0.2]], [0.5, 0.5], 1)
    div = divergence(name)
    truth = model.information(div)
    estimate = model.information_estimate(div, 2000, np.random.default_rng(0))
    assert abs(estimate.value - truth) <= ndtri(1 - LEVEL / 2 / len(NAMES)) * estimate.stderr
    assert estimate.stderr < 0.1 * truth


@pytest.mark.statement("F5-limit", kind="exact")
def test_the_direction_is_the_cheap_one():
    """Many separated topics: product pairs rarely share one, and the joint law sees log r = log M without variance."""
    model = TopicModel.random(50, 100, 5, np.random.default_rng(0), "separated")
    estimate = model.information_estimate(divergence("kl"), 1000, np.random.default_rng(1))
    assert estimate.value == pytest.approx(np.log(50), rel=1e-12)
    assert (
        estimate.stderr <= 1e-12 or estimate.stderr == np.inf
    )  # draws that agree to the last bit tell no spread
    chi2 = model.information_estimate(divergence("chi2"), 1000, np.random.default_rng(1))
    assert chi2.value == pytest.approx(49, rel=1e-12)


def test_directions_with_a_bounded_second_moment():
    assert [name for name in NAMES if not _bounded_from_joint(divergence(name))] == [
        "reverse_kl",
        "alpha(0.25)",
        "alpha(-0.5)",
    ]


def test_impossible_pairs_make_reverse_kl_infinite():
    model = TopicModel.random(2, 4, 3, np.random.default_rng(0), "separated")
    estimate = model.information_estimate(divergence("reverse_kl"), 100, np.random.default_rng(0))
    assert estimate == Estimate(np.inf, 0.0, 100)


def test_values_beyond_the_range_of_doubles():
    log_r = np.array([-np.inf, -5000.0, -1.0, 0.0, 1.0])
    np.testing.assert_allclose(
        f_of_log_ratio(divergence("reverse_kl"), log_r),
        [np.inf, 4999.0, np.exp(-1), 0.0, np.e - 2],
        rtol=1e-14,
        atol=1e-15,
    )
    np.testing.assert_allclose(f_of_log_ratio(divergence("chi2"), log_r)[:2], 1.0)


def test_interval_holds_the_truth_and_shrinks(model):
    truth = model.information(divergence("kl"))
    widths = []
    for n in (1000, 16_000):
        interval = model.information_interval(n, np.random.default_rng(0), level=1e-6)
        assert interval.low <= truth <= interval.high
        assert interval.level == 1e-6
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0] / 3
    assert widths[1] < 0.1


def test_interval_stays_between_zero_and_the_entropy():
    model = TopicModel.random(3, 6, 50, np.random.default_rng(0), "separated")
    interval = model.information_interval(10, np.random.default_rng(0))
    assert 0 <= interval.low < interval.high == pytest.approx(np.log(3))


def test_interval_for_a_vocabulary_of_thousands():
    model = TopicModel.random(5, 2000, 10, np.random.default_rng(0))
    interval = model.information_interval(2000, np.random.default_rng(1))
    estimate = model.information_estimate(divergence("kl"), 2000, np.random.default_rng(2))
    assert interval.low - 5 * estimate.stderr <= estimate.value <= interval.high + 5 * estimate.stderr


@pytest.mark.parametrize(
    ("n", "level", "message"), [(1, 0.01, "n must be"), (10, 0.0, "level"), (10, 1.5, "level")]
)
def test_refuses_bad_settings(model, n, level, message):
    with pytest.raises(ValueError, match=message):
        model.information_interval(n, np.random.default_rng(0), level)
    with pytest.raises(ValueError, match="n must be an integer >= 2"):
        model.information_estimate(divergence("kl"), 1, np.random.default_rng(0))
