"""Does the Monte Carlo excess at K candidates estimate E_K (B), with an honest standard error?"""

import numpy as np
import pytest

from simsuff.encoders import LinearEncoder, LookupEncoder, QuadraticOffsetEncoder
from simsuff.losses import infonce
from simsuff.models import FiniteModel, GaussianModel, Pairs
from simsuff.population.finite_k import excess_risk
from simsuff.sufficiency import best_bilinear_score, excess, finite_k_excess, score_excess

# Seeds are fixed and one check looks at fewer than ten estimates: four standard errors are exceeded with
# probability below 1e-3 by a right formula.
ERRORS = 4

GAUSSIAN = GaussianModel.from_correlations([0.8, 0.4])
FINITE = FiniteModel([[0.3, 0.05, 0.0], [0.05, 0.2, 0.1], [0.0, 0.1, 0.2]])
TABLE = LookupEncoder([[1.0, 0.2], [-0.3, 0.9], [0.1, -1.1]])


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("K", [2, 3, 6])
def test_finite_models_against_enumeration(K, symmetric):
    estimate = finite_k_excess(FINITE, TABLE, K, 6_000 * K, rng(), symmetric)
    exact = excess_risk(FINITE, TABLE.table @ TABLE.table.T, K, symmetric=symmetric)
    assert abs(estimate.value - exact) <= ERRORS * estimate.stderr
    assert estimate.n == 6_000
    assert 0 < estimate.stderr < 0.03 * exact


def test_asymmetric_models_tell_rows_from_columns():
    model = FiniteModel([[0.55, 0.05], [0.1, 0.3]])
    encoder = LookupEncoder([[1.0], [-0.5]])
    scores = encoder.table @ encoder.table.T
    one, both = (excess_risk(model, scores, 3, symmetric=s) for s in (False, True))
    estimates = [finite_k_excess(model, encoder, 3, 60_000, rng(), s) for s in (False, True)]
    assert abs(estimates[0].value - one) <= ERRORS * estimates[0].stderr
    assert abs(estimates[1].value - both) <= ERRORS * estimates[1].stderr


@pytest.mark.parametrize("symmetric", [False, True])
def test_gaussian_models_against_the_difference_of_losses(symmetric):
    encoder, exact = LinearEncoder(np.eye(2)), QuadraticOffsetEncoder.exact(GAUSSIAN)
    estimate = finite_k_excess(GAUSSIAN, encoder, 5, 20_000, rng(1), symmetric)
    source = rng(2)
    losses = []
    for _ in range(4_000):
        z1, z2 = GAUSSIAN.sample(5, source)
        ours, best = (infonce(*e.embed(z1, z2), symmetric=symmetric)[0] for e in (encoder, exact))
        losses.append(ours - best)
    stderr = np.std(losses) / np.sqrt(len(losses))
    assert abs(estimate.value - np.mean(losses)) <= ERRORS * np.hypot(stderr, estimate.stderr)
    # What the reduced form is for.
    assert estimate.stderr < stderr


def test_the_optimum_has_no_excess():
    estimate = finite_k_excess(
        GAUSSIAN, QuadraticOffsetEncoder.exact(GAUSSIAN), 8, 800, rng(), symmetric=True
    )
    # Each row is a sum of 8 terms p·(log p − log q), a few roundings of scores of size below 100 each.
    assert abs(estimate.value) <= 8 * 100 * np.finfo(float).eps


@pytest.mark.statement("B3-limit", "B3-order")
def test_excess_grows_with_k_towards_its_limit():
    """B3, on the best bilinear score."""
    best = best_bilinear_score(GAUSSIAN, 2)
    estimates = [finite_k_excess(GAUSSIAN, best.form, K, 20_000, rng(K)) for K in (2, 8, 64)]
    values, errors = np.array([e.value for e in estimates]), np.array([e.stderr for e in estimates])
    assert (np.diff(values) > ERRORS * np.hypot(errors[1:], errors[:-1])).all()
    assert 0.9 * score_excess(GAUSSIAN, best.form) < values[-1] < score_excess(GAUSSIAN, best.form)


def test_impossible_candidates_cost_nothing_and_dominate_nothing():
    # r = 0 gives log r = −∞; both sides stay finite.
    model = FiniteModel([[0.5, 0.0], [0.0, 0.5]])
    estimate = finite_k_excess(model, LookupEncoder([[3.0], [-3.0]]), 4, 4_000, rng())
    assert abs(estimate.value - excess_risk(model, [[9.0, -9.0], [-9.0, 9.0]], 4)) <= ERRORS * estimate.stderr


def test_batches_are_drawn_in_stacks(monkeypatch):
    """Of at most `TABLE_ENTRIES` scores: four tables of 3 × 3, six of 2 × 3."""
    drawn = []

    class Counted(GaussianModel):
        def sample(self, n, rng):
            drawn.append(n)
            return super().sample(n, rng)

    model = Counted.from_correlations([0.8, 0.4])
    monkeypatch.setattr(excess, "TABLE_ENTRIES", 40)
    estimate = finite_k_excess(model, LinearEncoder(np.eye(2)), 3, 100, rng())
    assert (estimate.n, drawn) == (33, [12] * 8 + [3])
    drawn.clear()
    finite_k_excess(model, LinearEncoder(np.eye(2)), 3, 100, rng(), anchors=2)
    assert drawn == [18] * 5 + [9]


def test_tables_pair_every_row_with_every_column():
    z1, z2 = FINITE.sample(6, rng())
    table = excess.true_table(FINITE, Pairs(z1, z2), 3, 3)
    for b, i, j in np.ndindex(2, 3, 3):
        assert table[b, i, j] == FINITE.pmi(z1[3 * b + i, None], z2[3 * b + j, None])[0]


def test_the_temperature_divides_every_kind_of_score():
    form, encoder = best_bilinear_score(GAUSSIAN, 2).form, LinearEncoder(np.eye(2))
    halved = form._replace(cross=form.cross / 2, first=form.first / 2, second=form.second / 2)
    hot, cold = (
        finite_k_excess(GAUSSIAN, form, 3, 300, rng(), temperature=2.0),
        finite_k_excess(GAUSSIAN, halved, 3, 300, rng()),
    )
    assert hot.value == pytest.approx(cold.value, rel=1e-12)
    assert finite_k_excess(GAUSSIAN, encoder, 3, 300, rng(), temperature=2.0).value == pytest.approx(
        finite_k_excess(GAUSSIAN, LinearEncoder(np.eye(2) / np.sqrt(2)), 3, 300, rng()).value, rel=1e-12
    )


def test_same_seed_same_bytes():
    first, second = (finite_k_excess(GAUSSIAN, LinearEncoder(np.eye(2)), 4, 400, rng(3)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("K", "n", "source", "message"),
    [(1, 100, rng(), "K must be"), (4, 7, rng(), "n must be an integer >= 8"), (4, 100, None, "rng must be")],
)
def test_bad_arguments_are_refused(K, n, source, message):
    with pytest.raises(ValueError, match=message):
        finite_k_excess(GAUSSIAN, LinearEncoder(np.eye(2)), K, n, source)
