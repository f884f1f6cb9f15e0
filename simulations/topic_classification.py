"""Classifying documents by topic from few labels: a pre-trained encoder, raw counts and the exact posterior.

The classifier sees one half of a document. Risks of trained classifiers are exact, by enumeration of both halves,
and are set against the Bayes risk of the whole document; D1 bounds what the best head on an encoder loses.
Log odds are affine in counts, so logistic regression is well specified on each of the three features: what the
encoder saves is labels, because it has an output per topic where raw counts have one number per word.
"""

import importlib
from functools import lru_cache

import numpy as np

from simsuff import fit
from simsuff.downstream import FiniteClassification, FiniteRegression
from simsuff.encoders import spectral_start
from simsuff.models import SubsampledTopicModel, TopicModel
from simsuff.numerics.numbers import rounded
from simsuff.statements import get
from simsuff.studies import Axes, Comparison, main, study

TOPICS, WORDS, HALF = 3, 12, 3
FEATURES = ["raw counts", "trained encoder", "exact posterior"]
# One penalty for all features; tuning it needs labels, of which the smallest m has few.
INVERSE_PENALTY = 1.0
PRIOR = np.array([0.4, 0.35, 0.25])


@lru_cache(maxsize=1)
def model():
    """Three overlapping topics on twelve words; halves of three words have 364 count vectors."""
    rng = np.random.default_rng(20250403)
    return TopicModel.random(TOPICS, WORDS, HALF, rng, 0.6, concentration=3.0, prior=PRIOR)


@lru_cache(maxsize=1)
def whole_document():
    """The topic from both halves, exactly."""
    return FiniteClassification.of_topics(model())


@study(
    statement="D3",
    smoke={"labelled": [16, 64], "unlabelled": [1_024]},
    default={"labelled": [8, 16, 32, 64, 128, 256], "unlabelled": [512]},
    full={"labelled": [8, 16, 32, 64, 128, 256, 512, 1_024, 2_048], "unlabelled": [512, 65_536]},
    replicates={"smoke": 2, "default": 24, "full": 128},
    axes=Axes(
        x="labelled",
        by="features",
        xscale="log",
        xlabel="labelled documents m",
        ylabel="log-loss (nats)",
        title="log-loss of one half from m labels (points), Bayes risk of the whole document (line)",
        show="Bayes log-loss",
    ),
)
def labels_saved(labelled, unlabelled, rng):
    """Log-loss and 0–1 risk of logistic regression from m labels, against Bayes and beside raw counts; D3 for each."""
    law, task = model(), whole_document()
    features = representations(law, unlabelled, rng)
    documents, topics = labelled_halves(law, labelled, rng)
    heads = {name: head(law, T, documents, topics) for name, T in features.items()}
    loss = {name: task.log_loss(each_state(law), h) for name, h in heads.items()}
    rows = []
    for name, h in heads.items():
        error = task.error(each_state(law), h)
        found = [
            Comparison(loss[name], ">=", task.bayes_log_loss, statement="Bayes log-loss", pathwise=True),
            Comparison(error, ">=", task.bayes_error, statement="Bayes error", pathwise=True),
            get("D3-distance").evaluate(task, each_state(law), h),
            get("D3-pinsker").evaluate(task, each_state(law), h),
        ]
        if name != "raw counts":
            found.append(Comparison(loss[name], "vs", loss["raw counts"], statement="log-loss"))
        rows += [row.with_(setting={"features": name}) for row in found]
    return rows


@study(
    statement="D1",
    smoke={"unlabelled": [256, 1_024]},
    default={"unlabelled": [64, 256, 1_024]},
    full={"unlabelled": [64, 256, 1_024, 4_096, 16_384, 65_536]},
    replicates={"smoke": 2, "default": 4, "full": 64},
    axes=Axes(
        x="unlabelled",
        by="encoder",
        xscale="log",
        xlabel="unlabelled pairs n",
        ylabel="excess log-loss (nats)",
        title="D1: excess of the best head (points) and Suff + 2ε (lines)",
        show="D1",
    ),
)
def excess_after_pretraining(unlabelled, rng):
    """D1–D3 for trained encoders, whole and reduced to their most likely output."""
    law, task = model(), whole_document()
    encoder = pretrained(law, unlabelled, rng)
    winner = np.unique(encoder(law.states).argmax(axis=1), return_inverse=True)[1].astype(np.int64)
    rows = []
    for name, labels in {"softmax": law.classes(encoder), "most likely output": winner}.items():
        found = [get(id).evaluate(task, labels) for id in ("D1", "D1-chain", "D1-label", "D2", "D3")]
        found.append(get("D1-renyi").evaluate(task, labels, law.posterior(law.states)))
        rows += [row.with_(setting={"encoder": name}) for row in found]
    return rows


@study(
    statement="D1-label_function",
    smoke={"dropout": [0.0, 0.5]},
    default={"dropout": [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]},
    full={"dropout": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], "length": [4, 6, 8, 10]},
    axes=Axes(
        x="dropout",
        xlabel="share of the document that a view leaves out",
        ylabel="augmentation error (nats)",
        title="augmentation errors: KL (points) and Rényi-2 (line)",
        show="augmentation error",
    ),
)
def augmentation_errors(dropout, length=8):
    """Sub-sampled views: ε_KL ≤ E D₂, the order of the errors, D1 for the view itself, and D4 for a topic's share."""
    topics = TopicModel.random(TOPICS, 3, 1, np.random.default_rng(20250404), 0.5).topics
    law = SubsampledTopicModel.with_dropout(topics, PRIOR, length, dropout)
    task = FiniteClassification.of_topics(law)
    target = 2 * law.posterior(law.documents)[:, 0] - 1
    regression = FiniteRegression(law.to_finite(), target, 2 * law.posterior(law.states)[:, 0] - 1)
    winner = law.posterior(law.states).argmax(axis=1)
    error = rounded(task.epsilon_kl, 1.0)
    order = Comparison(error, "<=", task.epsilon_renyi2(), statement="augmentation error")
    return [
        order,
        get("D1-label_function").evaluate(task, law.posterior(law.states)),
        get("D1").evaluate(task, each_state(law)),
        get("D4").evaluate(regression, np.unique(winner, return_inverse=True)[1]),
    ]


def representations(law, unlabelled, rng):
    """Counts (n, V) to features, for each name; log features, in which the log odds of the topics are linear."""
    encoder = pretrained(law, unlabelled, rng)
    maps = [lambda z: z.astype(float), lambda z: np.log(encoder(z)), law.log_posterior]
    return dict(zip(FEATURES, maps, strict=True))


def pretrained(law, unlabelled, rng):
    """The softmax encoder with an output per topic that InfoNCE learns from halves without labels."""
    pairs = law.sample(unlabelled, rng)
    start = spectral_start(pairs, TOPICS, rng)
    return fit(pairs, start, loss="infonce", batch=64, optimizer="lbfgs", link="log", steps=100).encoder


def labelled_halves(law, m, rng):
    """m halves of documents with their topics, of which the first are one of each topic."""
    pairs, topics = law.sample_labelled(m + 100, rng)
    firsts = np.unique(topics, return_index=True)[1]
    order = np.concatenate([firsts, np.setdiff1d(np.arange(len(topics)), firsts)])[:m]
    return pairs.z1[order], topics[order]


def head(law, features, documents, topics):
    """P(topic | half) by multinomial logistic regression on standardised features, a row for each count vector."""
    seen, states = features(documents), features(law.states)
    centre = seen.mean(axis=0)
    size = np.sqrt(np.mean(np.sum((seen - centre) ** 2, axis=1)))
    regression = logistic_regression(C=INVERSE_PENALTY, max_iter=10_000)
    return regression.fit((seen - centre) / size, topics).predict_proba((states - centre) / size)


def each_state(law):
    """The labels of a statistic that tells all count vectors apart."""
    return np.arange(len(law.states))


def logistic_regression(**options):
    """The classifier of scikit-learn, which only the studies of text need."""
    try:
        return importlib.import_module("sklearn.linear_model").LogisticRegression(**options)
    except ImportError as error:
        raise ImportError("topic_classification needs scikit-learn; pip install scikit-learn") from error


if __name__ == "__main__":
    main(__file__)
