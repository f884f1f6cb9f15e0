"""What two halves of a document tell each other about its topic, and what the posterior of one half keeps of it.

Topic models small enough to enumerate, so that every number is exact: information and its deficits against
words per view with their Chernoff rate (F1–F5, F7), the two forms of C1 for sub-sampled views and for halves (F6),
and a processed second view or two encoded views (A5, A6), also where theory says that they fail.
"""

import math

import numpy as np

from simsuff.divergences import divergence as named
from simsuff.downstream import FiniteRegression, PairRegression
from simsuff.models import FiniteModel, SubsampledTopicModel, TopicModel
from simsuff.models.finite.random import random_labels
from simsuff.models.topic.rates import chernoff_rate
from simsuff.statements import get
from simsuff.statements.data_processing import JOINTLY_CONVEX
from simsuff.studies import Axes, main, study
from simsuff.verdicts import limit, worst

PRIOR = np.array([0.5, 0.3, 0.2])
IDENTITIES = ("F4", "F4-augmentation", "F4-chernoff", "F1", "F1-gram", "F2", "F5", "F5-spectrum", "E8-topic")
SEPARATIONS = ["nearly_identical", "overlapping", "separated"]
NOT_CONVEX = ["squared_hellinger", "js", "reverse_kl", "alpha(3.0)"]


def example(words, vocabulary=4, separation=0.5):
    """Three topics on a few words."""
    rng = np.random.default_rng(20250401)
    return TopicModel.random(3, vocabulary, words, rng, separation, prior=PRIOR)


@study(
    statement="F4",
    smoke={"words": [1, 4]},
    default={"words": [1, 2, 4, 6, 8, 10]},
    full={"words": [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18]},
    axes=Axes(
        x="words",
        yscale="log",
        xlabel="words per view N",
        ylabel="nats",
        title="F4: deficit and augmentation error by enumeration, label entropies (lines)",
        by="quantity",
        show=("F4", "F4-augmentation"),
    ),
)
def deficits_by_words(words):
    """Every identity of F on one model: pmi, ceiling, deficit, augmentation error, kernel and classification."""
    model = example(words)
    rows = [get(id).evaluate(model) for id in (*IDENTITIES, "F7", "F7-head")]
    names = {"F4": "deficit H(π) − I", "F4-augmentation": "augmentation error"}
    return [
        row.with_(setting={"quantity": names[row.statement]}) if row.statement in names else row
        for row in rows
    ]


@study(
    statement="F5-ceiling",
    smoke={"divergence": ["kl", "js"], "words": [1, 4]},
    default={"divergence": ["kl", "chi2", "squared_hellinger", "js"], "words": [1, 2, 4, 6, 8, 10]},
    full={
        "divergence": ["kl", "chi2", "squared_hellinger", "js", "le_cam"],
        "words": [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18],
    },
    axes=Axes(
        x="words",
        by="divergence",
        xlabel="words per view N",
        ylabel="information I_f",
        title="F5: information of two halves (points) and of the topic itself (lines)",
        show="F5-ceiling",
    ),
)
def information_by_words(divergence, words):
    """I_f against its limit, and the sufficiency of the posterior for the same f."""
    model, f = example(words), named(divergence)
    return [get("F5-ceiling").evaluate(model, f), get("F3").evaluate(model, f)]


@study(
    statement="F4-chernoff",
    smoke={"words": [16, 64], "separation": [0.5]},
    default={"words": [8, 16, 32, 64, 128, 256], "separation": [0.25, 0.5, 0.75]},
    full={"words": [8, 16, 32, 64, 128, 256, 384], "separation": [0.1, 0.25, 0.5, 0.75, 0.9]},
    axes=Axes(
        x="words",
        by="separation",
        xscale="log",
        xlabel="words N",
        ylabel="log[H(y|z^N)/(√2 H(y|z^{2N}))]/N",
        title="F4: decay of the label entropy (points) and its Chernoff rate (lines)",
        show="F4-chernoff",
    ),
)
def decay_rate(words, separation):
    """The rate of H(y | z^N) between N and 2N words, on three words and three topics."""
    model = example(words, vocabulary=3, separation=separation)
    rate = chernoff_rate(model.topics, model.prior)
    # H ~ c N^(−1/2) e^(−NC) (Bahadur and Rao): the square root is taken off. What is left of the slope are the next
    # orders in NC: N^(−2) for smooth log ratios, N^(−3/2) for these, which lie on a lattice.
    slope = (math.log(model.topic_entropy() / model.topic_entropy(2 * words)) - math.log(2) / 2) / words
    return limit(slope, rate, (words * rate) ** -1.5, statement="F4-chernoff")


@study(
    statement="F1",
    smoke={"separation": SEPARATIONS[1:], "models": [3]},
    default={"separation": SEPARATIONS, "models": [25]},
    full={"separation": SEPARATIONS, "models": [1_000]},
)
def random_topic_models(separation, models, rng):
    """The identities on random topics: each row is the model that comes nearest to failing."""
    draws = [_random_model(separation, rng) for _ in range(models)]
    ids = (*IDENTITIES, "F7", "F7-head")
    rows = [worst(get(id).evaluate(model) for model in draws) for id in ids]
    for name in ("kl", "js", "chi2"):
        row = worst(get("F3").evaluate(model, named(name)) for model in draws)
        rows.append(row.with_(setting={"divergence": name}))
    limits = [(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(2), size=3)) for _ in range(models)]
    return [*rows, worst(get("F5-limit").evaluate(*limit, named("kl")) for limit in limits)]


@study(
    statement="F6",
    smoke={"models": [3]},
    default={"models": [60]},
    full={"models": [3_000]},
)
def two_forms_of_the_regression_bound(models, rng):
    """C1 with (2, 2) for sub-sampled views and with (2, 3) for halves, on random targets and encoders."""
    overlapping = [_document_task(rng) for _ in range(models)]
    halves = [_halves_task(rng) for _ in range(models)]
    return [
        worst(get("F6-iid").evaluate(task, labels, 2.0) for task, labels in overlapping),
        worst(get("F6").evaluate(task, labels) for task, labels in halves),
        worst(get("F6-triangle").evaluate(task, labels) for task, labels in halves),
        get("F6-two")
        .evaluate(*_correlated_halves())
        .with_(expected_violation="halves are not independent given the document (F6)"),
    ]


@study(
    statement="A5-kl",
    smoke={"divergence": ["kl", "js"], "models": [200]},
    default={"divergence": [*JOINTLY_CONVEX, *NOT_CONVEX], "models": [400]},
    full={"divergence": [*JOINTLY_CONVEX, *NOT_CONVEX], "models": [20_000]},
)
def processed_views(divergence, models, rng):
    """Merging words of the second view (A5) and encoding both views (A6): the worst of random topics, one word each."""
    draws = [_merged(rng) for _ in range(models)]
    rows = [
        worst(get(f"A5-{divergence}").evaluate(model, *labels) for model, *labels in draws),
        worst(get("A6-lower").evaluate(model, labels, named(divergence)) for model, labels, _ in draws),
    ]
    if divergence in JOINTLY_CONVEX:
        return [*rows, worst(get(f"A6-{divergence}").evaluate(model, labels) for model, labels, _ in draws)]
    rows[0] = rows[0].with_(expected_violation="1/f'' is not concave (A5)")
    return rows


def _random_model(separation, rng):
    """Two or three topics, three to five words, one to three words per view; overlapping or disjoint topics."""
    topics, vocabulary, words = rng.integers([2, 3, 1], [4, 6, 4])
    prior = rng.dirichlet(np.ones(topics))
    return TopicModel.random(int(topics), int(vocabulary), int(words), rng, separation, prior=prior)


def _document_task(rng):
    """A random target on documents of four words and on views of two, with a random encoder in three groups."""
    model = SubsampledTopicModel(rng.dirichlet(np.ones(3), size=2), rng.dirichlet(np.ones(2)), 2, 4)
    finite = model.to_finite()
    documents, views = np.asarray(finite.channel).shape
    target = rng.normal(size=documents)
    return FiniteRegression(finite, target, rng.normal(size=views)), random_labels(views, 3, rng)


def _halves_task(rng):
    """A target that is the sum over halves up to a random part, with a random encoder in three groups."""
    model = TopicModel(rng.dirichlet(np.ones(3), size=2), rng.dirichlet(np.ones(2)), 2)
    joint = model.to_finite().joint
    on_view, part = rng.normal(size=len(joint)), 0.2 * rng.normal(size=joint.shape)
    target = on_view[:, None] + on_view[None, :] + part
    task = PairRegression(FiniteModel((joint + joint.T) / 2), (target + target.T) / 2, on_view)
    return task, random_labels(len(joint), 3, rng)


def _correlated_halves():
    """U = V₁ + V₂ and T constant, V = ±1 the word of a half, with the correlation √2 − 1 that (2, 2) dislikes most."""
    flip = (1 - math.sqrt(math.sqrt(2) - 1)) / 2
    joint = TopicModel([[1 - flip, flip], [flip, 1 - flip]], [0.5, 0.5], 1).to_finite().joint
    word = np.array([1.0, -1.0])
    task = PairRegression(FiniteModel((joint + joint.T) / 2), word[:, None] + word[None, :], word)
    return task, np.zeros(2, dtype=np.int64)


def _merged(rng):
    """Views of one word from three sparse random topics; T and φ each merge two of the three words at random."""
    model = TopicModel(rng.dirichlet(np.full(3, 0.3), size=3), rng.dirichlet(np.ones(3)), 1)
    return model.to_finite(), random_labels(3, 2, rng), random_labels(3, 2, rng)


if __name__ == "__main__":
    main(__file__)
