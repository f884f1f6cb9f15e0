import numpy as np
import pytest

from simsuff.downstream import PairRegression
from simsuff.models import FiniteModel


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(9)).reshape(3, 3)
    target = rng.standard_normal((3, 3))
    return PairRegression(FiniteModel((joint + joint.T) / 2), (target + target.T) / 2, rng.standard_normal(3))


LABELS = np.array([0, 1, 0])


def expectation(task, values):
    """Σ P(z₁, z₂) value(z₁, z₂) by loops, values broadcast to (3, 3)."""
    joint, table = task.views.joint, np.broadcast_to(values, (3, 3))
    return sum(joint[i, j] * table[i, j] for i in range(3) for j in range(3))


def conditional_mean(task, values, statistic):
    """E[value | T(z₁)] at each z₁, as a column."""
    means = []
    for t in range(max(statistic) + 1):
        inside = (statistic == t)[:, None].astype(float)
        means.append(expectation(task, inside * values) / expectation(task, inside))
    return np.array(means)[statistic][:, None]


def test_quantities_by_their_definitions(task):
    u, first, second = task.target_pair, task.target_z[:, None], task.target_z[None, :]
    assert task.augmentation_error == pytest.approx(expectation(task, (first - u) ** 2))
    assert task.augmentation_error == pytest.approx(expectation(task, (second - u) ** 2))
    best, own = conditional_mean(task, u, LABELS), conditional_mean(task, first, LABELS)
    assert task.risk(LABELS) == pytest.approx(expectation(task, (best - u) ** 2))
    assert task.predictor_risk(LABELS) == pytest.approx(expectation(task, (own - u) ** 2))
    fine = conditional_mean(task, second, np.arange(3))
    gap = expectation(task, (fine - conditional_mean(task, second, LABELS)) ** 2)
    assert task.encoder_gap(LABELS) == pytest.approx(gap)


def test_symbols_without_mass_do_not_matter(task):
    joint = np.zeros((4, 4))
    joint[:3, :3] = task.views.joint
    target = np.zeros((4, 4))
    target[:3, :3] = task.target_pair
    padded = PairRegression(FiniteModel(joint), target, [*task.target_z, 1e6])
    labels = np.array([*LABELS, 2])
    for quantity in ("risk", "predictor_risk", "encoder_gap"):
        assert getattr(padded, quantity)(labels) == pytest.approx(getattr(task, quantity)(LABELS), rel=1e-14)
    assert padded.augmentation_error == pytest.approx(task.augmentation_error, rel=1e-14)


@pytest.mark.parametrize(
    ("joint", "pair", "view", "message"),
    [
        ([[0.5, 0.2], [0.1, 0.2]], np.zeros((2, 2)), np.zeros(2), "must be symmetric"),
        (np.full((2, 2), 0.25), [[0.0, 1.0], [0.0, 0.0]], np.zeros(2), "must be symmetric"),
        (np.full((2, 2), 0.25), np.zeros((2, 3)), np.zeros(2), r"target_pair must have shape \(2, 2\)"),
        (np.full((2, 2), 0.25), np.zeros((2, 2)), np.zeros(3), r"target_z must have shape \(2,\)"),
        (np.full((2, 2), 0.25), np.zeros((2, 2)), [0.0, np.nan], "target_z must be finite"),
    ],
)
def test_refuses_what_does_not_fit(joint, pair, view, message):
    with pytest.raises(ValueError, match=message):
        PairRegression(FiniteModel(joint), pair, view)
