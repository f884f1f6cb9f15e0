"""Zero-shot classification after contrastive training on two modalities, as in CLIP, where the truth is known.

An image and its text are bags of words over different vocabularies that share a topic. Two encoders are trained
by InfoNCE on pairs; an image is then classified by its scores against a few texts of each class (prompts), without
a label. Risks are exact given encoders and prompts, by enumeration of images; the bars are over training sets and
prompts. The Bayes risk is that of the image. With exact scores what remains is the price of a prompt, which is
itself a short text that does not give its class away for certain.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.special import kl_div

from simsuff import fit
from simsuff.encoders import SoftmaxEncoder, TwoEncoders, spectral_start
from simsuff.models import TopicModel, TwoModalityTopicModel
from simsuff.numerics.numbers import rounded
from simsuff.statements import get
from simsuff.studies import Axes, Comparison, main, study

CLASSES, IMAGE_WORDS, TEXT_WORDS = 4, 8, 6
PRIOR = np.array([0.3, 0.3, 0.2, 0.2])


@lru_cache(maxsize=1)
def world():
    """Four classes; images of three words out of eight, texts of three words out of six."""
    rng = np.random.default_rng(20250405)
    sizes = IMAGE_WORDS, TEXT_WORDS
    image, text = (TopicModel.random(CLASSES, V, 3, rng, 0.7, 3.0, PRIOR) for V in sizes)
    return TwoModalityTopicModel(image, text)


@study(
    statement="zero-shot error",
    smoke={"pairs": [1_024], "prompts": [1, 4]},
    default={"pairs": [512, 1_024, 2_048], "prompts": [1, 8]},
    full={"pairs": [512, 1_024, 4_096, 16_384, 65_536], "prompts": [1, 8, 64]},
    replicates={"smoke": 2, "default": 16, "full": 64},
    axes=Axes(
        x="pairs",
        by="prompts",
        xscale="log",
        xlabel="training pairs n",
        ylabel="0–1 risk",
        title="zero-shot classification by prompts per class (points), Bayes risk (line)",
        show="zero-shot error",
    ),
)
def training_pairs(pairs, prompts, rng):
    """0–1 risk and log-loss of zero-shot classification against Bayes, D3 between them, and the score excess."""
    scores = trained_scores(pairs, 64, rng)
    labels = np.arange(len(scores))
    return [
        *judged(zero_shot(scores, drawn_prompts(prompts, rng))),
        get("A4-infonce").evaluate(world().to_finite(), labels, scores),
    ]


@study(
    statement="zero-shot log-loss",
    smoke={"prompts": [1, 16]},
    default={"prompts": [1, 2, 4, 8, 16]},
    full={"prompts": [1, 2, 4, 8, 16, 32, 64, 128]},
    replicates={"smoke": 4, "default": 16, "full": 128},
    axes=Axes(
        x="prompts",
        by="scores",
        xscale="log",
        xlabel="prompts per class",
        ylabel="log-loss (nats)",
        title="what prompts cost: trained and exact scores (points), Bayes risk (line)",
        show="zero-shot log-loss",
    ),
)
def prompts_per_class(prompts, rng):
    """The same prompts with scores learned from 1,024 pairs, and with the exact pmi."""
    chosen = drawn_prompts(prompts, rng)
    found = {"trained": trained_scores(1_024, 64, rng), "exact": exact_scores()}
    return [
        row.with_(setting={"scores": name})
        for name, scores in found.items()
        for row in judged(zero_shot(scores, chosen))
    ]


@study(
    statement="A4-infonce",
    smoke={"K": [16], "negatives": ["in-batch", "fresh"]},
    default={"K": [4, 16, 64], "negatives": ["in-batch", "fresh"]},
    full={"K": [2, 4, 16, 64, 256], "negatives": ["in-batch", "fresh"]},
    replicates={"smoke": 2, "default": 4, "full": 64},
    axes=Axes(
        x="K",
        by="negatives",
        xscale="log",
        xlabel="candidates K",
        ylabel="score excess 𝓔_∞ (nats)",
        title="score excess by candidates and their source, both directions of the loss",
        show="A4-infonce",
    ),
)
def candidates(K, negatives, rng):
    """In-batch negatives from 1,024 pairs used over and over, or fresh ones; and image-to-text beside both directions."""
    both, one = (trained_scores(1_024, K, rng, negatives, symmetric=way) for way in (True, False))
    chosen = drawn_prompts(16, rng)
    rows = judged(zero_shot(both, chosen))
    other = judged(zero_shot(one, chosen))
    return [
        get("A4-infonce").evaluate(world().to_finite(), np.arange(len(both)), both),
        *rows,
        Comparison(other[1].lhs, "vs", rows[1].lhs, statement="image-to-text log-loss"),
    ]


def trained_scores(pairs, K, rng, negatives="in-batch", symmetric=True):
    """log ⟨u, v⟩ of each image and text, trained on `pairs` pairs, or started there and trained on fresh ones."""
    sample = world().sample(pairs, rng)
    how = {"loss": "infonce", "link": "log", "batch": K, "symmetric": symmetric}
    start = started(sample, rng)
    if negatives == "fresh":
        pace = {"steps": 400, "learning_rate": 0.02, "schedule": "cosine"}
        encoder = fit(world(), start, rng=rng, **how, **pace).encoder
    else:
        encoder = fit(sample, start, optimizer="lbfgs", steps=60, **how).encoder
    u, v = encoder.embed(*world().states)
    return np.log(u @ v.T)


def started(sample, rng):
    """Two softmax encoders with a live output per class: one on the joint vocabulary of both modalities, cut in two."""
    images = np.pad(sample.z1, ((0, 0), (0, TEXT_WORDS)))
    texts = np.pad(sample.z2, ((0, 0), (IMAGE_WORDS, 0)))
    joint = spectral_start((images, texts), CLASSES, rng)
    parts = np.split(joint.coefficients, [IMAGE_WORDS])
    return TwoEncoders(*(SoftmaxEncoder(part, joint.bias, joint.scale) for part in parts))


def exact_scores():
    """The pmi of each image and text."""
    return np.log(world().to_finite().ratio)


def drawn_prompts(count, rng):
    """`count` texts of each class as symbols, shape (classes, count)."""
    laws = world().second.state_law()
    return np.stack([rng.choice(len(law), size=count, p=law / law.sum()) for law in laws])


def zero_shot(scores, prompts):
    """P(class | image) ∝ π · ⟨u, mean of v over the prompts of the class⟩, shape (images, classes)."""
    likelihood = np.exp(scores)[:, prompts].mean(axis=2) * PRIOR
    return likelihood / likelihood.sum(axis=1, keepdims=True)


def judged(predicted):
    """0–1 risk and log-loss of P(class | image) against the Bayes risks of the image, and D3."""
    joint = (PRIOR[:, None] * world().first.state_law()).T
    bayes = joint / joint.sum(axis=1, keepdims=True)
    error, best = (1 - joint[np.arange(len(joint)), p.argmax(axis=1)].sum() for p in (predicted, bayes))
    least = -float(np.sum(joint * np.log(bayes)))
    excess = float(joint.sum(axis=1) @ kl_div(bayes, predicted).sum(axis=1))
    return [
        Comparison(float(error), ">=", float(best), statement="zero-shot error", pathwise=True),
        Comparison(least + excess, ">=", least, statement="zero-shot log-loss", pathwise=True),
        Comparison(
            rounded(float(error - best), 1.0), "<=", math.sqrt(2 * excess), statement="D3", pathwise=True
        ),
    ]


if __name__ == "__main__":
    main(__file__)
