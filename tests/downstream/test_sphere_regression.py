"""Regression on the partner of a point on the sphere: risks in closed form, clipped predictions, the price of labels."""

from fractions import Fraction

import numpy as np
import pytest

from simsuff.downstream import SphereRegression, truncated_least_squares
from simsuff.models import NoisySphereModel, SphereModel
from simsuff.statements import get
from simsuff.verdicts import Estimate

THETA = {1: [1.5], 2: [1.0, -0.5], 3: [0.3, 1.0, -0.2], 6: [1.0, 0.0, 0.5, 0.0, -1.0, 2.0]}


def task(p, kappa=2.0, noise=0.5):
    return SphereRegression(SphereModel(p, kappa), THETA[p], noise)


def mean_over_views(task, function, draws=50_000):
    """The mean of a function of z₁ and E[y | z₁], with its standard error."""
    z, _ = task.sample(draws, np.random.default_rng(3))
    return Estimate.from_samples(function(z, task.alignment * z @ task.coefficients))


@pytest.mark.parametrize("p", THETA)
def test_excess_risks_are_means_over_views(p):
    regression, rng = task(p), np.random.default_rng(1)
    for length in (0.3, 3.0):
        used = length * rng.standard_normal(p)
        bound = regression.target_bound
        plain = mean_over_views(regression, lambda z, u, b=used: (z @ b - u) ** 2)
        clipped = mean_over_views(regression, lambda z, u, b=used, c=bound: (np.clip(z @ b, -c, c) - u) ** 2)
        assert abs(plain.value - regression.excess(used)) <= 5 * plain.stderr + 1e-15
        assert abs(clipped.value - regression.truncated_excess(used, bound)) <= 5 * clipped.stderr + 1e-15


def test_clipping_far_out_changes_nothing():
    regression = task(3)
    used = np.array([0.4, 0.1, -0.3])
    assert regression.truncated_excess(used, 1.0) == pytest.approx(float(regression.excess(used)), rel=1e-14)
    assert regression.truncated_excess(np.zeros(3), 1.0) == pytest.approx(
        float(regression.excess(np.zeros(3))), rel=1e-14
    )


@pytest.mark.statement("S7")
@pytest.mark.parametrize(("p", "rank"), [(1, 1), (3, 3), (3, 1), (6, 4)])
def test_labels_spread_no_more_than_their_bound(p, rank):
    """Var(y | T) at most v̄, by the mean of (y − E[y | T])² where the first coordinate of T is large or small."""
    regression = task(p)
    z, y = regression.sample(100_000, np.random.default_rng(2))
    known = regression.alignment * z[:, :rank] @ regression.coefficients[:rank]
    squares = (y - known) ** 2
    for part in (np.abs(z[:, 0]) < 0.2, np.abs(z[:, 0]) > 0.9, np.ones(len(z), dtype=bool)):
        if part.sum() > 100:
            seen = Estimate.from_samples(squares[part])
            assert seen.value <= regression.label_variance(rank) + 5 * seen.stderr


@pytest.mark.statement("S7")
@pytest.mark.parametrize(("p", "rank", "labelled"), [(1, 1, 4), (3, 3, 8), (6, 2, 12)])
def test_least_squares_costs_its_features(p, rank, labelled):
    regression, rng = task(p), np.random.default_rng(4)
    rows = [get("S7").evaluate(regression, rank, labelled, rng) for _ in range(150)]
    mean = Estimate.from_samples([float(row.lhs) for row in rows])
    assert mean.value <= float(rows[0].rhs) + 4 * mean.stderr
    assert mean.value >= 0.3 * float(rows[0].rhs)


@pytest.mark.statement("S8-chi2", kind="exact")
def test_the_gap_is_attained_as_the_concentration_falls():
    regression = SphereRegression(SphereModel(3, 1e-3), [0.0, 0.0, 1.0])
    row = get("S8-chi2").evaluate(regression, 2)
    assert row.holds
    assert float(row.lhs) == pytest.approx(float(row.rhs), rel=1e-5)


@pytest.mark.statement("S6-printed", kind="exact")
def test_the_printed_ratio_is_refuted_in_fractions():
    """p = 1, σ = 2, equal views: tanh²u ≥ u² − ⅔u⁴ gives r ≥ 1 + 7/128, and the printed ratio is 1 + tanh(1/24)."""
    row = get("S6-printed").evaluate(NoisySphereModel(1, 2.0), 1.0)
    assert row.verdict == "violated"
    assert np.exp(float(row.rhs)) < 1 + Fraction(1, 24) < 1 + Fraction(7, 128) <= np.exp(float(row.lhs))


def test_truncated_least_squares_clips():
    fit = truncated_least_squares([[1.0], [2.0]], [1.0, 2.0], bound=3.0)
    np.testing.assert_allclose(fit([[2.0], [5.0], [-9.0]]), [2.0, 3.0, -3.0])
    with pytest.raises(ValueError, match="bound must be positive"):
        truncated_least_squares([[1.0]], [1.0], bound=0.0)


def test_targets_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"coefficients must have shape \(2,\)"):
        SphereRegression(SphereModel(2, 1.0), [1.0])
    with pytest.raises(ValueError, match="label_noise must be in"):
        SphereRegression(SphereModel(2, 1.0), [1.0, 0.0], -1.0)
    assert task(3, kappa=0.0).encoder_gap(np.eye(3)[:1]) == 0
