import numpy as np
import pytest
from scipy.special import ndtri

from simsuff.divergences import divergence
from simsuff.divergences.renyi import kl_columns
from simsuff.downstream import FiniteClassification, regression_as_classification
from simsuff.downstream.conditional_laws import chi2_columns, conditional, entropy_given
from simsuff.models import FiniteModel, SubsampledTopicModel, TopicModel

EPS = np.finfo(np.float64).eps


def mutual_information(joint):
    """Σ p log(p / (p p)) of a two-way table, by the definition."""
    outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    inside = joint > 0
    return float(np.sum(joint[inside] * np.log(joint[inside] / outer[inside])))


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(9)).reshape(3, 3)
    channel = rng.dirichlet(np.ones(4), size=3)
    channel[0, 3] = 0.0
    return FiniteClassification.from_augmentation(joint, channel / channel.sum(axis=1, keepdims=True))


LABELS = np.array([0, 1, 1, 0])


def merged(joint, labels):
    table = np.zeros((len(joint), labels.max() + 1))
    np.add.at(table.T, labels, joint.T)
    return table


@pytest.mark.statement("D1-chain", kind="exact")
def test_risks_are_differences_of_mutual_information(task):
    """X_T = I(y; x) − I(y; T), ε = I(y; x) − I(y; z), I(y; z₁ | T) = I(y; z) − I(y; T)."""
    about_x, about_z = mutual_information(task.joint_yx), mutual_information(task.joint_yz)
    about_t = mutual_information(merged(task.joint_yz, LABELS))
    assert task.excess_log_loss(LABELS) == pytest.approx(about_x - about_t, abs=16 * EPS)
    assert task.epsilon_kl == pytest.approx(about_x - about_z, abs=16 * EPS)
    assert task.label_loss(LABELS) == pytest.approx(about_z - about_t, abs=16 * EPS)
    both = mutual_information(task.joint_yzz.reshape(3, -1))
    assert task.other_view_loss == pytest.approx(both - about_z, abs=16 * EPS)


def test_losses_are_entropies(task):
    assert task.bayes_log_loss == pytest.approx(entropy_given(task.joint_yx))
    assert task.log_loss(LABELS) == pytest.approx(entropy_given(merged(task.joint_yz, LABELS)), abs=16 * EPS)


def test_the_predictor_is_optimal(task):
    best = task.excess_log_loss(LABELS)
    assert task.excess_log_loss(LABELS, task.predictor(LABELS)) == pytest.approx(best, abs=4 * EPS)
    rng = np.random.default_rng(1)
    for _ in range(20):
        other = rng.dirichlet(np.ones(3), size=2)
        assert task.excess_log_loss(LABELS, other) > best
        assert task.error(LABELS, other) >= task.error(LABELS)
    assert task.excess_log_loss(LABELS, [[1.0, 0.0, 0.0], [0.5, 0.25, 0.25]]) == np.inf


def test_zero_one_risks_by_enumeration(task):
    chosen = merged(task.joint_yz, LABELS).argmax(axis=0)[LABELS]
    risk = sum(task.joint_yz[y, z] for y in range(3) for z in range(4) if y != chosen[z])
    assert task.error(LABELS) == pytest.approx(risk)
    assert task.bayes_error == pytest.approx(1 - task.joint_yx.max(axis=0).sum())
    assert task.error(np.arange(4)) >= task.bayes_error


def test_risks_are_those_of_samples(task):
    rng = np.random.default_rng(2)
    n, level = 200_000, 1e-6
    prior = task.joint_yx.sum(axis=0)
    x = rng.choice(3, size=n, p=prior)
    channel = np.asarray(task.views.channel)
    z = (rng.random(n)[:, None] > np.cumsum(channel, axis=1)[x]).sum(axis=1).clip(0, 3)
    y = (rng.random(n)[:, None] > np.cumsum(task.label_law, axis=0).T[x]).sum(axis=1).clip(0, 2)
    losses = -np.log(task.predictor(LABELS)[LABELS[z], y])
    wrong = task.predictor(LABELS)[LABELS[z]].argmax(axis=1) != y
    for values, truth in ((losses, task.log_loss(LABELS)), (wrong, task.error(LABELS))):
        assert abs(values.mean() - truth) <= ndtri(1 - level / 4) * values.std() / np.sqrt(n)


def test_renyi_and_chi2_errors_by_the_definition(task):
    eta = np.random.default_rng(3).dirichlet(np.ones(3), size=4)
    renyi = chi2 = 0.0
    channel, prior = np.asarray(task.views.channel), task.joint_yx.sum(axis=0)
    for x in range(3):
        for z in range(4):
            moment = float(np.sum(task.label_law[:, x] ** 2 / eta[z]))
            renyi += prior[x] * channel[x, z] * np.log(moment)
            chi2 += prior[x] * channel[x, z] * (moment - 1)
    assert task.epsilon_renyi2(eta) == pytest.approx(renyi)
    assert task.epsilon_chi2(eta) == pytest.approx(chi2)
    assert task.epsilon_renyi2() == pytest.approx(task.epsilon_renyi2(task.predictor(np.arange(4))))
    assert task.epsilon_kl < task.epsilon_of(eta)


def test_views_are_those_of_the_model(task):
    np.testing.assert_allclose(task.joint_yzz.sum(axis=0), task.views.joint, rtol=16 * EPS)
    np.testing.assert_allclose(task.joint_yz.sum(axis=0), task.views.marginal1, rtol=16 * EPS)


def test_pairs_know_both_views():
    rng = np.random.default_rng(4)
    joint = rng.dirichlet(np.ones(18)).reshape(2, 3, 3)
    joint = (joint + joint.swapaxes(1, 2)) / 2
    task = FiniteClassification.from_pairs(joint)
    assert task.other_view_loss == pytest.approx(task.epsilon_kl)  # x = (z₁, z₂)
    assert isinstance(task.views, FiniteModel)
    np.testing.assert_allclose(task.joint_yz, joint.sum(axis=2))


@pytest.mark.parametrize(
    "length", [pytest.param(None, marks=pytest.mark.statement("F4-augmentation", kind="exact")), 3, 4]
)
def test_topics_as_labels(length):
    base = TopicModel([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.0, 0.0, 1.0]], [0.6, 0.4, 0.0], 2)
    model = base if length is None else SubsampledTopicModel(base.topics, base.prior, 2, length)
    task = FiniteClassification.of_topics(model)
    assert task.epsilon_kl == pytest.approx(model.augmentation_error, abs=16 * EPS)
    assert task.joint_yz.shape[0] == 2  # the topic without mass is no label
    np.testing.assert_allclose(task.views.joint, model.to_finite().joint, rtol=64 * EPS)


@pytest.mark.statement("D1", kind="exact")
def test_hard_labels_and_disjoint_supports():
    """y = x, views that tell x exactly: nothing is lost; a constant encoder loses everything."""
    task = FiniteClassification.from_augmentation(np.diag([0.25, 0.75]), np.eye(2))
    assert task.epsilon_kl == task.bayes_log_loss == task.bayes_error == task.epsilon_renyi2() == 0.0
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert task.excess_log_loss([0, 0]) == pytest.approx(entropy, rel=8 * EPS)
    assert task.error([0, 0]) == 0.25
    assert task.views.sufficiency([0, 0], divergence("kl")) == pytest.approx(entropy, rel=8 * EPS)


def test_small_losses_keep_their_digits():
    """KL of laws that differ by δ is δ²(1/p + 1/q)/2, far below the rounding of a difference of entropies."""
    for delta in (1e-4, 1e-7):
        first, second = np.array([[0.3], [0.7]]), np.array([[0.3 + delta], [0.7 - delta]])
        shift = second[0, 0] - 0.3
        expected = shift**2 * (1 / 0.3 + 1 / 0.7) / 2
        assert kl_columns(first, second)[0][0] == pytest.approx(expected, rel=10 * delta + EPS / delta, abs=0)
        assert chi2_columns(first, second)[0][0] == pytest.approx(2 * expected, rel=10 * delta, abs=0)


def test_zero_and_tiny_probabilities():
    first = np.array([[0.0, 1e-310, 1.0], [1.0, 1.0, 0.0]])
    second = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 1.0]])
    np.testing.assert_allclose(kl_columns(first, second)[0], [np.log(2), np.log(2), np.inf])
    np.testing.assert_array_equal(chi2_columns(first, second)[0], [1.0, 1.0, np.inf])
    np.testing.assert_array_equal(conditional(np.array([[0.0, 0.2], [0.0, 0.8]])), [[0.5, 0.2], [0.5, 0.8]])


def test_a_column_without_a_common_digit():
    """q/p below 2⁻⁵³: log(1e17) = 39.14…, neither infinite nor short of digits."""
    first, second = np.array([[1.0], [0.0]]), np.array([[1e-17], [1.0]])
    assert kl_columns(first, second)[0][0] == pytest.approx(17 * np.log(10), rel=8 * EPS)
    assert kl_columns(second, first)[0][0] == np.inf


def test_regression_becomes_classification():
    prior, target = np.array([0.5, 0.5]), np.array([1.0, -0.5])
    task = regression_as_classification(prior, target, 2.0, np.eye(2))
    np.testing.assert_allclose(task.label_law[1], (1 + target / 2) / 2)
    with pytest.raises(
        ValueError, match=r"bound must bound the target: bound = 0.7, largest \|target\| = 1.0"
    ):
        regression_as_classification(prior, target, 0.7, np.eye(2))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: FiniteClassification.from_augmentation([[0.5, 0.6]], np.eye(2)), "joint_yx must sum to 1"),
        (lambda: FiniteClassification.from_augmentation([[0.5, 0.5]], np.eye(3)), "channel must have 2 rows"),
        (
            lambda: FiniteClassification.from_augmentation([[0.5, np.nan]], np.eye(2)),
            "joint_yx must be finite",
        ),
        (lambda: FiniteClassification.from_pairs([[[0.5, 0.3], [0.0, 0.2]]]), "joint_yzz must be symmetric"),
        (lambda: FiniteClassification.from_pairs([[[0.5, 0.5]]]), r"joint_yzz must have shape \(M, n, n\)"),
        (lambda: FiniteClassification.from_pairs([[0.5, 0.5]]), "joint_yzz must have 3 dimensions"),
    ],
)
def test_refuses_what_is_no_task(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_refuses_bad_statistics_and_predictors(task):
    with pytest.raises(ValueError, match=r"statistic must have shape \(4,\)"):
        task.excess_log_loss([0, 1])
    with pytest.raises(ValueError, match=r"predictor must have shape \(2, 3\)"):
        task.excess_log_loss(LABELS, np.eye(3))
    with pytest.raises(ValueError, match="predictor must have rows that sum to 1"):
        task.error(LABELS, np.full((2, 3), 0.3))
