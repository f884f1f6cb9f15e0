"""Is the law of in-batch losses the one of ordered samples, and are they the losses that training sees?"""

import itertools

import numpy as np
import pytest
from scipy.special import stdtrit

from simsuff.losses import infonce, spectral
from simsuff.models.finite import FiniteModel
from simsuff.population.bounded_difference import (
    infonce_difference,
    infonce_loss,
    spectral_difference,
    spectral_loss,
    symmetric_infonce_loss,
)
from simsuff.population.deviations import (
    BatchLaw,
    change_on,
    deviation_chance,
    expected_loss,
    half_range,
    minimiser_chance,
    quantile,
    sample_law,
    simulated_law,
)
from simsuff.population.finite_k import infonce_risk

MODEL = FiniteModel([[0.3, 0.1, 0.05], [0.0, 0.15, 0.4]])
SCORES = np.array([[[1.0, -0.5, 0.2], [0.3, 0.0, -1.2]], [[0.4, 0.1, -0.3], [-0.8, 0.2, 0.6]]])


def ordered(model, score, K, batches):
    """L̂ of every ordered sample, with its probability, by definition."""
    cells = [(i, j) for i, j in np.ndindex(*model.shape) if model.joint[i, j] > 0]
    for sample in itertools.product(cells, repeat=K * batches):
        chance = np.prod([model.joint[cell] for cell in sample])
        parts = []
        for b in range(batches):
            batch = sample[b * K : (b + 1) * K]
            table = np.array([[score[i, j] for _, j in batch] for i, _ in batch])
            parts.append(np.mean([np.log(np.mean(np.exp(row))) - row[i] for i, row in enumerate(table)]))
        yield np.mean(parts), chance


@pytest.mark.parametrize(("K", "batches"), [(2, 1), (2, 2), (3, 1)])
def test_chance_of_a_deviation_is_that_of_ordered_samples(K, batches):
    values, chances = map(np.array, zip(*ordered(MODEL, SCORES[0], K, batches), strict=True))
    risk = values @ chances
    assert risk == pytest.approx(infonce_risk(MODEL, SCORES[0], K), rel=1e-13)
    for t in (0.05, 0.2, 0.5):
        found = deviation_chance(MODEL, SCORES[:1], K, batches, t)
        assert abs(found - chances[np.abs(values - risk) >= t].sum()) <= found.error + 1e-14


def test_three_batches_are_counted_as_two_and_one():
    law = sample_law(MODEL, SCORES, 2, 3)
    two, one = sample_law(MODEL, SCORES, 2, 2), sample_law(MODEL, SCORES, 2, 1)
    assert law.probability.sum() == pytest.approx(1.0, rel=1e-14)
    square = (two.losses**2 @ two.probability, one.losses**2 @ one.probability)
    variance = [s - one.risks**2 for s in square]
    third = law.losses**2 @ law.probability - law.risks**2
    np.testing.assert_allclose(third, variance[1] / 3, rtol=1e-12)
    np.testing.assert_allclose(variance[0], variance[1] / 2, rtol=1e-12)


def test_worst_of_tied_minimisers_counts():
    """Two copies of a good score and a bad one that ties with it on some samples."""
    law = sample_law(MODEL, SCORES, 2, 2)
    excess = float(law.risks.max() - law.risks.min())
    bad = int(law.risks.argmax())
    wrong = law.losses[bad] <= law.losses[1 - bad]
    found = minimiser_chance(MODEL, SCORES, 2, 2, excess / 2)
    assert abs(found - law.probability[wrong].sum()) <= found.error
    assert minimiser_chance(MODEL, SCORES, 2, 2, 2 * excess) == 0
    assert minimiser_chance(MODEL, SCORES, 2, 2, excess / 2) > 0


@pytest.mark.parametrize("symmetric", [False, True])
def test_table_losses_are_the_losses_of_training(symmetric):
    law = BatchLaw.of(MODEL, 3)
    tables = SCORES[0][law.z1[:, :, None], law.z2[:, None, :]]
    ours = (symmetric_infonce_loss if symmetric else infonce_loss)(tables)
    # S_ij = ⟨u_i, e_j⟩; the loss of training has log Σ where G has log of the mean.
    theirs = [infonce(table, np.eye(3), symmetric=symmetric)[0] for table in tables]
    shift = np.mean(theirs - ours)
    assert min(abs(shift), abs(shift - np.log(3))) < 1e-13
    np.testing.assert_allclose(theirs - shift, ours, atol=1e-13)
    np.testing.assert_allclose([spectral(t, np.eye(3))[0] for t in tables], spectral_loss(tables), atol=1e-13)


def test_expected_symmetric_loss_is_the_risk_of_both_directions():
    found = expected_loss(MODEL, SCORES[1], 3, symmetric_infonce_loss)
    assert found == pytest.approx(infonce_risk(MODEL, SCORES[1], 3, symmetric=True), rel=1e-13)


@pytest.mark.statement("G1", "G1-law", kind="exact")
def test_a_law_with_free_scores_attains_the_bounded_difference():
    """Distinct symbols for each pair of both samples: S may be the extreme table of G1."""
    bound, size = 0.6, 3
    model = FiniteModel(np.eye(size + 1) / (size + 1))
    score = np.full((size + 1, size + 1), -bound)
    score[0, 0], score[1, 1] = bound, -bound
    score[1, 2:] = score[2:, 1] = bound
    found = change_on(model, size, infonce_loss, score)
    assert abs(found - infonce_difference(size, bound)) <= found.error + 1e-14
    assert change_on(model, size, spectral_loss, score) <= spectral_difference(bound)


def test_half_range_sees_only_symbols_that_occur():
    model = FiniteModel([[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])
    assert half_range(model, np.array([[1.0, 9.0, 2.0], [7.0, 7.0, 7.0]])) == 0.5


def test_too_many_samples_are_refused():
    model = FiniteModel(np.full((4, 4), 1 / 16))
    with pytest.raises(ValueError, match="K must give at most 1000000 batches, not 1307504"):
        BatchLaw.of(model, 9)
    with pytest.raises(ValueError, match="batches must have at most 1000000 outcomes"):
        sample_law(model, np.zeros((1, 4, 4)), 4, 2)


def test_simulated_samples_have_the_law_of_the_enumerated_ones():
    exact = sample_law(MODEL, SCORES, 2, 2)
    drawn = simulated_law(MODEL, SCORES, 2, 2, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.risks, exact.risks, rtol=1e-14)
    for law in (drawn, exact):
        assert law.probability.sum() == pytest.approx(1.0, rel=1e-12)
    variance = exact.losses**2 @ exact.probability - exact.risks**2
    error = np.sqrt(variance / 20_000)
    assert (np.abs(drawn.losses.mean(axis=1) - exact.risks) < 5 * error).all()
    np.testing.assert_allclose(drawn.losses.var(axis=1), variance, rtol=0.1)


def test_quantile_covers_the_truth():
    """Uniform draws: the interval at level 1 % misses the truth in few of 400 samples, and is not too wide."""
    rng = np.random.default_rng(0)
    found = [quantile(rng.random(500), 0.9) for _ in range(400)]
    width = float(stdtrit(499, 0.995))
    missed = sum(abs(f.value - 0.9) > width * f.stderr for f in found)
    assert missed <= 12
    assert 0.8 < np.mean([f.stderr for f in found]) / np.sqrt(0.09 / 500) < 1.5


def test_quantile_of_too_few_draws_is_not_known():
    assert quantile(np.arange(20.0), 0.95).stderr == np.inf
    assert quantile(np.arange(2000.0), 0.95).value == 1899
