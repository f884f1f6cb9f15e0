"""Does the excess of actual refits vanish with the constant that the sandwich predicts (G5)?"""

import numpy as np
import pytest

from simsuff.encoders import LinearEncoder, QuadraticOffsetEncoder
from simsuff.models import GaussianModel, Pairs
from simsuff.numerics.numbers import Estimate
from simsuff.sufficiency import finite_k_excess, rate, rate_constant
from simsuff.sufficiency.rate import RateConstant, batch_gradients, identifiable_directions
from simsuff.training import fit

MODEL = GaussianModel.from_correlations([0.6])
EXACT = QuadraticOffsetEncoder.exact(MODEL)

# Seeds are fixed; three standard errors are exceeded with probability 0.3 % by a right formula.
ERRORS = 3


def rng(seed=0):
    return np.random.default_rng(seed)


def refits(K, symmetric, n=800, replicates=150):
    """n·E_K(θ̂) of encoders fitted to n pairs, each with Monte Carlo noise of its own."""
    source = rng(5)
    values = []
    for _ in range(replicates):
        result = fit(MODEL.sample(n, source), EXACT, batch=K, symmetric=symmetric)
        values.append(n * finite_k_excess(MODEL, result.encoder, K, 4_000, source, symmetric).value)
    return np.array(values)


# G5 is about the one-sided loss.
@pytest.mark.parametrize("symmetric", [pytest.param(False, marks=pytest.mark.statement("G5")), True])
def test_against_refits(symmetric):
    predicted = rate_constant(MODEL, EXACT, 2, 40_000, rng(), symmetric).constant
    values = refits(2, symmetric)
    stderr = values.std() / np.sqrt(values.size)
    assert abs(values.mean() - predicted.value) <= ERRORS * np.hypot(stderr, predicted.stderr)
    assert predicted.stderr < stderr < 0.15 * predicted.value


@pytest.mark.statement("G5")
@pytest.mark.parametrize("K", [2, 4, 6])
def test_well_specified_constant_from_row_gradients(K):
    """½[q + (K − 1) tr(H⁻¹C)] with the score gradients (2w z₁z₂, ½z₂²) of b(z₂) and w² written out."""
    z1, z2 = (z.reshape(-1, K) for z in MODEL.sample(20_000 * K, rng(1)))
    weight, offset = EXACT.weight[0, 0], EXACT.offset[0, 0]
    scores = weight**2 * z1[:, :, None] * z2[:, None, :] + offset * z2[:, None, :] ** 2 / 2
    shares = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    parts = (
        2 * weight * z1[:, :, None] * z2[:, None, :],
        np.broadcast_to(z2[:, None, :] ** 2 / 2, scores.shape),
    )
    rows = np.stack([((shares - np.eye(K)) * part).sum(axis=2) for part in parts], axis=-1)
    fisher = np.einsum("bip,biq->pq", rows, rows) / rows[..., 0].size
    pairwise = np.einsum("bip,bjq->bpq", rows, rows) - np.einsum("bip,biq->bpq", rows, rows)
    traces = np.einsum("pq,bqp->b", np.linalg.inv(fisher), pairwise) / (K * (K - 1))
    expected = (2 + (K - 1) * traces.mean()) / 2
    stderr = (K - 1) * traces.std() / np.sqrt(len(traces)) / 2
    result = rate_constant(MODEL, EXACT, K, 10_000 * K, rng(2))
    assert abs(result.constant.value - expected) <= ERRORS * np.hypot(result.constant.stderr, stderr)


def test_the_constant_knows_its_factor():
    # The planted error of a constant without the ½ must be outside the tolerance of the tests above.
    constant = rate_constant(MODEL, EXACT, 2, 40_000, rng()).constant
    assert constant.stderr < 0.05 * constant.value


@pytest.mark.parametrize(
    ("encoder", "rank"),
    [
        (EXACT, 2),
        # Symmetric matrices WᵀW and O of size 3: 6 + 6; the three rotations of W are no parameters.
        (QuadraticOffsetEncoder.exact(GaussianModel.from_correlations([0.8, 0.6, 0.3])), 12),
        # Gram matrices of rank 2 in dimension 3: 2·3 − 1.
        (LinearEncoder([[0.8, 0.0, 0.0], [0.0, 0.6, 0.0]]), 5),
    ],
    ids=["q=2", "q=12", "q=5"],
)
def test_identifiable_parameters_are_counted(encoder, rank):
    correlations = [0.6] if rank == 2 else [0.8, 0.6, 0.3]
    result = rate_constant(GaussianModel.from_correlations(correlations), encoder, 8, 8 * 800, rng())
    assert result.rank == rank
    assert result.constant.n == 800


def test_small_directions_count_and_rotations_do_not():
    # The second coordinate is a thousand times smaller: its gradients are small, but no rounding.
    scale = np.diag([1.0, 1e-3])
    model = GaussianModel(scale**2, scale @ np.diag([0.6, 0.5]) @ scale, scale**2)
    z1, z2 = model.sample(400, rng())
    pairs = Pairs(z1.reshape(100, 4, 2), z2.reshape(100, 4, 2))
    gradients = batch_gradients(QuadraticOffsetEncoder.exact(model), pairs, symmetric=False)
    basis = identifiable_directions(gradients)
    assert basis.shape == (7, 6)
    # Nothing of the gradients is lost but their rounding, for sums of 4·4 terms and 7 components.
    lost = np.linalg.norm(gradients - gradients @ basis @ basis.T)
    assert lost <= 16 * 7 * np.finfo(float).eps * np.linalg.norm(gradients)


def test_standard_error_is_the_spread_of_repetitions():
    source = rng(6)
    constants = [rate_constant(MODEL, EXACT, 2, 800, source).constant for _ in range(40)]
    values, errors = np.array([c.value for c in constants]), np.array([c.stderr for c in constants])
    # A spread of 40 values is known to 11 %, each error to 16 % and more by the heavy tails of products: a factor
    # of two tells a jackknife from its square, its missing (G − 1) or a missing square root.
    assert 0.5 < np.median(errors) / values.std() < 2


def test_standard_error_shrinks_with_the_pairs():
    few, many = (rate_constant(MODEL, EXACT, 4, 4 * batches, rng(3)).constant for batches in (400, 6_400))
    # A quarter in expectation; a jackknife of 20 groups knows it to about 16 %, twice.
    assert many.stderr < few.stderr / 2


def test_the_excess_to_first_order_is_half_a_quadratic_form():
    """H = diag(2, 8) along the first two of three parameters: ½(2²/2 + 4²/8), and nothing along the third."""
    rate = RateConstant(Estimate(1.0, 0.1, 40), 2, np.diag([2.0, 8.0]), np.eye(3)[:, :2])
    assert rate.quadratic_excess(np.array([2.0, 4.0, 99.0])) == pytest.approx(2.0, rel=1e-14)


def test_the_jackknife_of_one_parameter_by_hand():
    """(K/2)·V/H of all draws and without each group: G θ − (G − 1) mean θ₋, and (G − 1) times the variance of θ₋."""
    source = rng(8)
    slopes, gradients = 1 + source.random(4), source.normal(size=(4, 5))
    without = [[g for g in range(4) if g != left] for left in range(4)]
    partial = [3 * np.var(gradients[g], ddof=1) / np.mean(slopes[g]) for g in without]
    whole = 3 * np.var(gradients, ddof=1) / np.mean(slopes)
    found = rate._jackknife(slopes[:, None, None], gradients[:, :, None], 6)
    assert found.value == pytest.approx(4 * whole - 3 * np.mean(partial), rel=1e-12)
    assert found.stderr == pytest.approx(np.sqrt(3 * np.var(partial)), rel=1e-12)
    assert found.n == 20


def test_batches_that_fill_no_group_are_left_out():
    result = rate_constant(MODEL, EXACT, 2, 2 * 57 + 1, rng())
    assert result.constant.n == 40


def test_there_are_two_batches_for_each_parameter():
    with pytest.raises(ValueError, match="n must be an integer >= 120"):
        rate_constant(
            GaussianModel.from_correlations([0.5] * 6), LinearEncoder(np.ones((5, 6))), 2, 119, rng()
        )


def test_same_seed_same_bytes():
    first, second = (rate_constant(MODEL, EXACT, 2, 400, rng(4)) for _ in range(2))
    assert [np.asarray(x).tobytes() for x in first[1:]] == [np.asarray(x).tobytes() for x in second[1:]]
    assert first.constant == second.constant


def test_a_point_that_is_no_minimiser_is_refused():
    # At W = 0 the score has a saddle: more correlation lowers the loss.
    with pytest.raises(ValueError, match="strict minimiser of L_K"):
        rate_constant(MODEL, QuadraticOffsetEncoder([[1e-3]], [[0.0]]), 4, 4_000, rng())


@pytest.mark.parametrize(
    ("K", "n", "source", "message"),
    [
        (1, 100, rng(), "K must be"),
        (2, 79, rng(), "n must be an integer >= 80"),
        (2, 400, None, "rng must be"),
    ],
)
def test_bad_arguments_are_refused(K, n, source, message):
    with pytest.raises(ValueError, match=message):
        rate_constant(MODEL, EXACT, K, n, source)
