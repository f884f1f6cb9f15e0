"""The topic example of Lin and Mei: encoders of words by the χ² loss, and heads on them, against n, S, M and m.

A document is two words of one topic, and each view keeps one. Encoders (Wz, w·z) are trained to the minimiser of the
χ² loss on n pairs and judged exactly on the table of all pairs of words; heads are fitted on m labels. Beside the
shapes of the paper's theorem, whose constant is not given and taken as 1 here, stand the exact limits: the excess
falls like 1/n with a constant of the table, and the head on the gold representation like (M² − 1)/(2m).
"""

import math

import numpy as np

from simsuff import WordDropoutModel, fit
from simsuff.downstream import FiniteClassification, fit_truncated_head, least_margin
from simsuff.numerics.numbers import rounded
from simsuff.statements import get
from simsuff.statements.triples import row_means
from simsuff.statements.word_dropout import centred_encoder, gold_encoder, word_excess
from simsuff.studies import Axes, Comparison, main, study
from simsuff.verdicts import limit

OWN = 0.6
CONFIDENCE = 0.05


def model(topics, rounds):
    """M topics and S = M · rounds words, all equally likely; each word tells its topic with the share `OWN`."""
    return WordDropoutModel.balanced(topics, rounds, np.random.default_rng(7), own=OWN)


@study(
    smoke={"pairs": [4_000], "topics": [2], "rounds": [4]},
    default=[
        *({"pairs": n, "topics": 3, "rounds": 4} for n in (4_000, 8_000, 16_000)),
        *({"pairs": 4_000, "topics": t, "rounds": r} for t, r in ((2, 4), (2, 8))),
    ],
    full=[
        {"pairs": n, "topics": t, "rounds": r}
        for n in (4_000, 16_000, 64_000)
        for t in (2, 3, 4, 6)
        for r in (4, 8, 16)
    ],
    replicates={"smoke": 2, "default": 8, "full": 64},
    axes=Axes(
        x="pairs",
        by="setting",
        xscale="log",
        yscale="log",
        xlabel="training pairs n",
        ylabel="χ² excess (nats)",
        title="W6: excess of the χ² minimiser with M − 1 outputs (points), its limit ½ tr(H⁺V)/n (lines)",
        show="W6",
    ),
)
def pretraining(pairs, topics, rounds, rng):
    """The excess beside its limit and the shape of the theorem, c = 1; W4 and W5 for an encoder with M outputs."""
    law = model(topics, rounds)
    least, paper = (trained(law, start(law), pairs, rng) for start in (centred_encoder, gold_encoder))
    regular = excess_limit(law) / pairs
    smallest = float(np.linalg.svd(law.gold, compute_uv=False)[-1] ** 2) / law.vocabulary
    # The next order: the square of the error beside the smallest eigenvalue of the kernel, for each parameter.
    remainder = 8 * regular / smallest**2 * least.parameters.size
    excess = excess_of(law, paper)
    rows = [
        limit(excess_of(law, least), regular, remainder, statement="W6"),
        Comparison(excess, "vs", rounded(regular), statement="M outputs beside the limit for M − 1"),
        Comparison(excess, "<=", erm_shape(law, pairs), statement="ERM theorem, c = 1"),
        *(get(id).evaluate(law, paper.weight, paper.scale) for id in ("W4", "W4-head", "W5")),
    ]
    setting = {"setting": f"S = {law.vocabulary}, M = {topics}"}
    return [row.with_(setting=setting) for row in rows]


@study(
    statement="W6",
    smoke={"topics": [2], "outputs": ["M − 1"]},
    default={"topics": [2], "outputs": ["M − 1", "M"]},
    full={"topics": [2, 3, 4], "outputs": ["M − 1", "M"]},
    replicates={"smoke": 2, "default": 8, "full": 64},
)
def exponent(topics, outputs, rng):
    """The slope of log excess in log n, beside −1, the regular rate; the bound of the theorem has −½."""
    law, sizes = model(topics, 4), np.array([2_000, 4_000, 8_000])
    start = gold_encoder(law) if outputs == "M" else centred_encoder(law)
    logs = [math.log(excess_of(law, trained(law, start, n, rng))) for n in sizes]
    return Comparison(float(np.polyfit(np.log(sizes), logs, 1)[0]), "vs", rounded(-1.0))


@study(
    smoke={"labelled": [200], "encoder": ["gold"]},
    default=[
        *({"labelled": m, "encoder": "gold"} for m in (400, 1_600)),
        {"labelled": 1_600, "encoder": "trained"},
    ],
    full={"labelled": [100, 400, 1_600, 6_400, 25_600], "encoder": ["gold", "trained"]},
    replicates={"smoke": 2, "default": 8, "full": 64},
    axes=Axes(
        x="labelled",
        by="encoder",
        xscale="log",
        yscale="log",
        xlabel="labelled documents m",
        ylabel="E KL(P(y|x) ‖ h) − ε (nats)",
        title="fitted head beyond ε (points); gold: limit (M²−1)/(2m), trained: W5 plus the shape, c = 1",
        show=("head on the gold encoder", "head theorem, c = 1"),
    ),
)
def head(labelled, encoder, rng):
    """The risk of the fitted head beyond the augmentation error, against its limit or against the theorem's parts."""
    law = model(3, 4)
    chosen = gold_encoder(law) if encoder == "gold" else trained(law, gold_encoder(law), 4_000, rng)
    # Twice the least margin: posteriors on the floor would bend the limit.
    margin, task = 2 * least_margin(law), FiniteClassification.of_topics(law)
    radius = 4 * math.sqrt(law.vocabulary) * len(law.prior) / float(np.linalg.norm(law.gold, -2))
    fitted = fit_truncated_head(
        *labelled_features(law, chosen, labelled, rng), len(law.prior), margin, radius
    )
    words = np.arange(law.vocabulary)
    beyond = task.excess_log_loss(words, fitted.head(chosen.weight.T)) - task.epsilon_kl
    if encoder == "gold":
        free = len(law.prior) ** 2 - 1
        statement = "head on the gold encoder"
        return Comparison(beyond, "vs", rounded(free / (2 * labelled)), statement=statement)
    proved = get("W5").evaluate(law, chosen.weight, chosen.scale).rhs - task.epsilon_kl
    bound = proved + head_shape(margin, radius, len(law.prior), labelled)
    return Comparison(beyond, "<=", bound, statement="head theorem, c = 1")


def trained(law, start, pairs, rng):
    """The minimiser of the χ² loss on all pairs as one batch, from a start that realises the ratio."""
    return fit(law.sample(pairs, rng), start, "chi2", batch=pairs, tolerance=1e-6).encoder


def excess_of(law, encoder):
    """The χ² excess of the encoder, with offset, in nats."""
    return word_excess(law, encoder.weight, encoder.scale)


def labelled_features(law, encoder, count, rng):
    """f̂ = Ŵz of one view of each document, without the one-hot part, and the topics of the documents."""
    (views, _), topics = law.sample_labelled(count, rng)
    return views @ encoder.weight.T, topics


def excess_limit(law):
    """lim n · excess = ½ tr(H⁺V): H the Hessian of R at r, V the covariance of the influence of a pair on its gradient.

    With Ṡ the slopes of the score in each parameter and r the ratio, a pair (a, b) moves the gradient by
    −Ṡ(a, b) + E_{z₂}[rṠ](a) + E_{z₁}[rṠ](b) − E_{z₁}[r E_{z₂}Ṡ](b), averaged over both ways of reading it.
    """
    finite, best = law.to_finite(), centred_encoder(law)
    theta, words = best.parameters, law.states
    slopes = []
    for k in range(theta.size):
        # The score is quadratic in θ: a central difference of any step is its slope.
        ends = (best.with_parameters(theta + sign * np.eye(theta.size)[k]) for sign in (1, -1))
        plus, minus = (u @ v.T for u, v in (end.embed(words, words) for end in ends))
        slopes.append((plus - minus) / 2)
    slopes = np.array(slopes)
    centred = slopes - row_means(finite, slopes)
    hessian = np.einsum("iab,jab,ab->ij", centred, centred, finite.product)
    seen = finite.ratio * slopes
    first = (
        row_means(finite, seen) + (finite.marginal1[:, None] * finite.ratio * centred).sum(axis=1)[:, None, :]
    )
    influence = first - slopes
    influence = (influence + influence.swapaxes(1, 2)) / 2
    influence -= np.sum(influence * finite.joint, axis=(1, 2), keepdims=True)
    covariance = np.einsum("iab,jab,ab->ij", influence, influence, finite.joint)
    # Rotations of W leave the score alone: they are no parameters, and neither matrix sees them.
    return float(np.trace(np.linalg.pinv(hessian, rcond=1e-9, hermitian=True) @ covariance)) / 2


def erm_shape(law, pairs):
    """S² M⁴/√n [√log(1/δ) + √S M^1.5]."""
    words, topics = law.vocabulary, len(law.prior)
    inner = math.sqrt(math.log(1 / CONFIDENCE)) + math.sqrt(words) * topics**1.5
    return words**2 * topics**4 / math.sqrt(pairs) * inner


def head_shape(margin, radius, topics, labelled):
    """B/√m [√log(1/δ) + M(√log B_Γ + √B)]."""
    inner = math.sqrt(math.log(1 / CONFIDENCE)) + topics * (math.sqrt(math.log(radius)) + math.sqrt(margin))
    return margin / math.sqrt(labelled) * inner


if __name__ == "__main__":
    main(__file__)
