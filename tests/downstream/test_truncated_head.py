"""Is the truncated softmax head what the paper describes, is its fit a minimum, and is its norm constraint kept?"""

import numpy as np
import pytest

from simsuff.downstream import TruncatedSoftmaxHead, fit_truncated_head, least_margin, proof_head
from simsuff.downstream.truncated_head import WIDTHS, _grouped, _HeadLoss, _inside, _outside
from simsuff.models import WordDropoutModel
from simsuff.optimizers import Status


def sample(m=50, seed=0, spread=1.0):
    """Features and labels of which the features tell something."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=m)
    return spread * (np.eye(3)[labels][:, :2] + rng.standard_normal((m, 2))), labels


def test_the_head_is_the_softmax_of_truncated_logarithms():
    rng = np.random.default_rng(0)
    head = TruncatedSoftmaxHead(rng.standard_normal((3, 2)), rng.standard_normal(3), margin=2.0)
    features = 2 * rng.standard_normal((50, 2))
    logits = np.log(np.clip(features @ head.weight.T + head.bias, np.exp(-2), 1))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(head(features), expected, rtol=1e-14)
    assert head(features).min() >= np.exp(-2) / 3
    assert head.log_loss(features, np.zeros(50, dtype=int)) == pytest.approx(-np.log(expected[:, 0]).mean())


@pytest.mark.parametrize("bound", [0.3, 100.0])
def test_the_gradient_is_that_of_central_differences_inside_and_beyond_the_constraint(bound):
    features, labels = sample(30)
    loss = _HeadLoss(_grouped(features, labels, 3), 4.0, bound, 1.0)
    theta = np.random.default_rng(1).standard_normal(9)
    gradient = loss(theta)[1]
    for k in range(9):
        step = 1e-5 * np.eye(9)[k]
        slope = (loss(theta + step)[0] - loss(theta - step)[0]) / 2e-5
        assert gradient[k] == pytest.approx(slope, abs=1e-8)


def within(array, bound):
    """The array, shrunk to the norm `bound` where it is larger."""
    return array * min(1, bound / np.linalg.norm(array, 2 if array.ndim == 2 else None))


@pytest.mark.parametrize("bound", [0.2, 50.0])
def test_the_fit_keeps_the_constraint_and_no_neighbour_within_it_is_better(bound):
    features, labels = sample()
    head, log_loss, status = fit_truncated_head(features, labels, 3, margin=4.0, bound=bound)
    assert head.size <= bound * (1 + 1e-14)
    assert status is Status.CONVERGED
    assert log_loss == pytest.approx(head.log_loss(features, labels), rel=1e-12)
    # As a function of Γ itself, with the corners that the last fit rounds off: they move each logarithm by at most log 2
    # of its width.
    loss = _HeadLoss(_grouped(features, labels, 3), 4.0, 1e12, WIDTHS[-1])
    least = loss(np.append(head.weight, head.bias))[0]
    assert abs(least - log_loss) <= 2 * WIDTHS[-1] * np.log(2)
    rng = np.random.default_rng(2)
    for scale in (1e-4, 1e-3, 1e-2):
        for _ in range(50):
            weight = within(head.weight + scale * rng.standard_normal((3, 2)), bound)
            bias = within(head.bias + scale * rng.standard_normal(3), bound)
            assert loss(np.append(weight, bias))[0] >= least - 1e-9


def test_the_map_onto_the_constraint_has_an_inverse():
    array = within(np.random.default_rng(4).standard_normal((3, 2)), 0.8)
    np.testing.assert_allclose(_inside(_outside(array, 1.0), 1.0)[0], array, rtol=1e-13)
    assert np.linalg.norm(_inside(_outside(9 * array, 1.0), 1.0)[0], 2) == pytest.approx(0.9)
    assert not _outside(np.zeros((3, 2)), 1.0).any()


def test_the_truth_is_reached():
    rng = np.random.default_rng(3)
    truth = TruncatedSoftmaxHead([[0.3, 0.0], [-0.1, 0.2], [-0.2, -0.2]], [0.4, 0.3, 0.3], margin=5.0)
    features = rng.integers(-3, 4, (20_000, 2)) / 3
    labels = (rng.random((20_000, 1)) > truth(features).cumsum(axis=1)).sum(axis=1)
    found = fit_truncated_head(features, labels, 3, margin=5.0, bound=10.0)
    assert found.status is Status.CONVERGED
    assert np.abs(found.head(features) - truth(features)).mean() < 0.01


def test_the_margin_is_that_of_the_rarest_posterior():
    model = WordDropoutModel.from_posteriors([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]])
    assert least_margin(model) == pytest.approx(np.log(8))
    with pytest.raises(ValueError, match=r"be positive: smallest P\(y \| z\) = 0.0"):
        least_margin(WordDropoutModel.from_posteriors([[1.0, 0.0], [0.5, 0.5]]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.array([0, 1, 3, 0])}, r"labels\[2\] = 3"),
        ({"labels": np.array([0.0, 1, 2, 0])}, "be 4 integers"),
        ({"labels": np.array([0, 1])}, "give one label for each row"),
        ({"margin": 0.0}, "margin must be positive"),
        ({"bound": -1.0}, "bound must be positive"),
        ({"features": np.full((4, 2), np.nan)}, r"features\[0, 0\] = nan"),
    ],
)
def test_bad_input_is_refused(change, message):
    good = {
        "features": np.eye(4)[:, :2],
        "labels": np.array([0, 1, 2, 0]),
        "count": 3,
        "margin": 1.0,
        "bound": 1.0,
    }
    with pytest.raises(ValueError, match=message):
        fit_truncated_head(**{**good, **change})


def test_heads_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="give one bias for each label"):
        TruncatedSoftmaxHead(np.eye(2), np.ones(3), 1.0)
    with pytest.raises(ValueError, match="have 2 columns"):
        TruncatedSoftmaxHead(np.eye(2), np.ones(2), 1.0)(np.ones((1, 3)))
    with pytest.raises(ValueError, match="give one column for each word"):
        proof_head(WordDropoutModel.balanced(2, 2, np.random.default_rng(0)), np.ones((2, 3)))
