"""What contrastive training learns on documents: sufficiency and score excess of encoders of word counts.

Encoders are trained to the empirical minimiser on pairs of half-documents from three topics and judged exactly, by
enumeration. A softmax encoder of two outputs or more is injective on count vectors, hence sufficient whatever it
has learned: its score excess is what informs. An encoder that keeps only its most likely output compresses, and
both inform. Score excess and sufficiency are the two sides of A4, in separate rows for both encoders.
"""

import math

import numpy as np

from simsuff import fit
from simsuff.divergences import divergence as named
from simsuff.encoders import HiddenLayerEncoder, spectral_start
from simsuff.models import TopicModel
from simsuff.statements import get
from simsuff.studies import Axes, Comparison, main, study
from simsuff.sufficiency import encoder_excess
from simsuff.verdicts import limit

TOPICS, WORDS, HALF = 3, 4, 3
LOSSES = ["kl", "chi2", "squared_hellinger", "js"]
STEPS = 100
# Parameters of the softmax encoder that its score can tell apart, at most: coefficients, biases and scales.
IDENTIFIABLE = TOPICS * (WORDS + 1)


def model():
    """Three overlapping topics on four words; halves of three words have 20 count vectors."""
    return TopicModel.random(TOPICS, WORDS, HALF, np.random.default_rng(20250402), 0.5, concentration=5.0)


@study(
    statement="A4-infonce",
    smoke={"outputs": [1, 3], "pairs": [1_024]},
    default={"outputs": [1, 2, 3, 4, 5], "pairs": [2_048]},
    full={"outputs": [1, 2, 3, 4, 5, 6], "pairs": [1_024, 4_096, 16_384, 65_536]},
    replicates={"smoke": 2, "default": 4, "full": 32},
    axes=Axes(
        x="outputs",
        by="encoder",
        xlabel="outputs of the softmax encoder",
        ylabel="nats",
        title="A4: score excess 𝓔_∞ (points) of a trained encoder and its sufficiency (lines)",
        show="A4-infonce",
    ),
)
def outputs(outputs, pairs, rng):
    """InfoNCE with the log link: score excess against sufficiency, and the control of B4 with the rarest topic."""
    law = model()
    encoder = softmax_encoder(law.sample(pairs, rng), outputs, 64, rng)
    return excess_and_sufficiency(law, encoder, "softmax", (2, 4))


@study(
    statement="G5",
    smoke={"pairs": [1_024], "K": [16]},
    default={"pairs": [256, 512, 1_024], "K": [4, 64]},
    full={"pairs": [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768], "K": [2, 4, 16, 64, 256]},
    replicates={"smoke": 4, "default": 10, "full": 256},
    axes=Axes(
        x="pairs",
        by="K",
        xscale="log",
        yscale="log",
        xlabel="training pairs n",
        ylabel="score excess 𝓔_∞ (nats)",
        title="G5: well specified, slope −1; excess (points), 4 × the excess from 4 n pairs (lines)",
        show="G5",
    ),
)
def rate_of_a_well_specified_encoder(pairs, K, rng):
    """With an output per topic the excess is c/n + O(1/n²): at n it is 4 times that at 4 n, whatever c is."""
    law = model()
    small, large = (
        encoder_excess(law, softmax_encoder(law.sample(n, rng), TOPICS, K, rng), math.inf, link="log")
        for n in (pairs, 4 * pairs)
    )
    return limit(small, 4 * large, IDENTIFIABLE**2 / pairs, statement="G5")


@study(
    smoke={"loss": LOSSES, "pairs": [1_024]},
    default={"loss": LOSSES, "pairs": [512, 1_024, 2_048]},
    full={"loss": LOSSES, "pairs": [1_024, 2_048, 4_096, 8_192, 16_384, 32_768]},
    replicates={"smoke": 2, "default": 4, "full": 32},
    axes=Axes(
        x="pairs",
        by="loss",
        xscale="log",
        yscale="log",
        xlabel="training pairs n",
        ylabel="𝓔_∞ of log ⟨u, v⟩ (nats)",
        title="score excess by the loss trained with; InfoNCE on the same pairs beside it",
        show="score excess",
    ),
)
def losses(loss, pairs, rng):
    """Score excess beside that of InfoNCE, and A4 in the divergence of the loss; K = 32, link f' with its optimum r."""
    law = model()
    sample = law.sample(pairs, rng)
    start = spectral_start(sample, TOPICS, rng)
    encoder = trained(sample, start, 32, loss="f_contrastive", divergence=loss, link="derivative")
    beside = trained(sample, start, 32, loss="infonce", link="log")
    excess, other = (encoder_excess(law, e, math.inf, link="log") for e in (encoder, beside))
    labels, f = winners(law, encoder), named(loss)
    score = f.derivative(inner_of_groups(law, encoder, labels))
    return [
        Comparison(excess, "vs", other, statement="score excess"),
        get("A4").evaluate(law.to_finite(), labels, score, f),
    ]


@study(
    statement="E8",
    smoke={"outputs": [1, 3], "pairs": [1_024]},
    default={"outputs": [1, 2, 3], "pairs": [512, 2_048]},
    full={"outputs": [1, 2, 3, 4], "pairs": [1_024, 4_096, 16_384, 65_536]},
    replicates={"smoke": 2, "default": 4, "full": 32},
    axes=Axes(
        x="outputs",
        by="pairs",
        xlabel="outputs of the encoder",
        ylabel="spectral risk of (1, T), plus 1",
        title="E8: a hidden layer trained by the spectral loss (points), the least risk (lines)",
        show="E8",
    ),
)
def spectral_outputs(outputs, pairs, rng):
    """One hidden layer, identity link, ⟨u, v⟩ = r − 1 at best: the spectral risk with the constant, λ₁ = 1, put back."""
    law = model()
    start = HiddenLayerEncoder.random(outputs, WORDS, rng, hidden=16)
    encoder = trained(law.sample(pairs, rng), start, 128, loss="spectral")
    features = np.column_stack([np.ones(len(law.states)), encoder(law.states)])
    row = get("E8").evaluate(law.to_finite(), features)
    return row.with_(lhs=row.lhs + 1, rhs=row.rhs + 1)


@study(
    statement="A4-infonce",
    smoke={"hidden": [8], "pairs": [1_024]},
    default={"hidden": [1, 2, 8], "pairs": [2_048]},
    full={"hidden": [1, 2, 4, 8, 16, 32, 64], "pairs": [4_096, 65_536]},
    replicates={"smoke": 2, "default": 4, "full": 32},
    axes=Axes(
        x="hidden",
        by="encoder",
        xscale="log",
        xlabel="hidden units",
        ylabel="nats",
        title="A4: a hidden layer with softmax outputs; score excess (points), sufficiency (lines)",
        show="A4-infonce",
    ),
)
def hidden_layer(hidden, pairs, rng):
    """InfoNCE with the log link on tanh units and three softmax outputs, which is well specified only in the limit."""
    law = model()
    start = HiddenLayerEncoder.random(TOPICS, WORDS, rng, hidden=hidden, output="softmax")
    encoder = trained(law.sample(pairs, rng), start, 64, loss="infonce", link="log")
    return excess_and_sufficiency(law, encoder, "hidden layer")


def excess_and_sufficiency(law, encoder, name, candidates=()):
    """A4 and, with K candidates, B4 for the encoder itself and for its most likely output."""
    rows = []
    for kind, labels in {name: law.classes(encoder), "most likely output": winners(law, encoder)}.items():
        score = np.log(inner_of_groups(law, encoder, labels))
        found = [get("A4-infonce").evaluate(law.to_finite(), labels, score)]
        found += [get("B4-topic").evaluate(law, labels, score, K).with_(setting={"K": K}) for K in candidates]
        rows += [row.with_(setting={"encoder": kind, **row.setting}) for row in found]
    return rows


def softmax_encoder(sample, dim, K, rng):
    """The softmax encoder that minimises InfoNCE with the log link on these pairs."""
    return trained(sample, spectral_start(sample, dim, rng), K, loss="infonce", link="log")


def trained(sample, start, K, **how):
    """The encoder after at most `STEPS` steps of L-BFGS."""
    return fit(sample, start, batch=K, optimizer="lbfgs", steps=STEPS, **how).encoder


def winners(law, encoder):
    """The label of the largest output on each count vector, as the compression of the encoder to a few values."""
    return np.unique(encoder(law.states).argmax(axis=1), return_inverse=True)[1].astype(np.int64)


def inner_of_groups(law, encoder, labels):
    """⟨E[u | T = t], v(z₂)⟩, read at each z₁: exact r_T where ⟨u, v⟩ = r."""
    u, v = encoder.embed(law.states, law.states)
    weight = law.to_finite().marginal1
    total = np.zeros((labels.max() + 1, u.shape[1]))
    np.add.at(total, labels, weight[:, None] * u)
    return (total / np.bincount(labels, weight)[:, None])[labels] @ v.T


if __name__ == "__main__":
    main(__file__)
