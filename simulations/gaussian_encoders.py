"""What contrastive training learns on Gaussian pairs: sufficiency and score excess of trained encoders.

Encoders are trained to the empirical minimiser of InfoNCE. With quadratic offsets the score is well specified
and its excess falls like 1/n with a known constant (G5); the plain bilinear score keeps an irreducible excess
(E6) although its encoder becomes sufficient (E3). Sufficiency and score excess are separate rows throughout.
"""

from functools import lru_cache

import numpy as np

from simsuff import GaussianModel, LinearEncoder, QuadraticOffsetEncoder, fit
from simsuff.divergences import divergence
from simsuff.losses import infonce
from simsuff.models.finite.random import random_views
from simsuff.statements import get
from simsuff.studies import Axes, main, study
from simsuff.sufficiency import finite_k_excess, rate_constant
from simsuff.verdicts import limit, worst

SPECTRUM = np.array([2.0, 1.0, 0.5, 0.25])
INPUTS = 2  # of the well-specified score, which then has six identifiable parameters
KL = divergence("kl")
OTHERS = 16  # samples whose excess to first order stands for its mean


def model(noise, inputs=SPECTRUM.size):
    """Additive noise of standard deviation `noise` on the first `inputs` signals."""
    return GaussianModel.additive_noise(SPECTRUM[:inputs], noise)


@lru_cache(maxsize=32)
def theory(noise, inputs, negatives):
    """The constant of G5 at the exact score, by Monte Carlo with its own fixed seed."""
    law = model(noise, inputs)
    rng = np.random.default_rng(20250304)
    return rate_constant(law, QuadraticOffsetEncoder.exact(law), negatives, 262_144, rng)


@study(
    statement="G5",
    smoke={"pairs": [1_024], "K": [4], "noise": [0.7]},
    default={"pairs": [512, 1_024, 4_096], "K": [2, 16], "noise": [0.7]},
    full={"pairs": [1_024, 4_096, 16_384, 65_536], "K": [2, 4, 16, 64], "noise": [0.4, 0.7, 1.0]},
    replicates={"smoke": 16, "default": 600, "full": 1_000},
    axes=Axes(
        x="pairs",
        by="K",
        xscale="log",
        yscale="log",
        xlabel="training pairs n",
        ylabel="score excess 𝓔_K (nats)",
        title="G5: well specified, slope −1 with a known constant (lines)",
        show="G5",
    ),
)
def rate_of_a_well_specified_score(pairs, K, noise, rng):
    """n E 𝓔_K(θ̂) → ½[q + (K − 1) tr(H⁻¹C)] for quadratic offsets and the one-sided loss."""
    law = model(noise, inputs=INPUTS)
    # The loss is convex in (WᵀW, O): every start leads to one score, the truth soonest. A gradient of 1e-7 leaves θ̂ a
    # thousandth of its standard error away, and the excess a few millionths.
    start, how = QuadraticOffsetEncoder.exact(law), {"optimizer": "lbfgs", "tolerance": 1e-7}
    sample = law.sample(pairs, rng)
    trained = fit(sample, start, loss="infonce", batch=K, symmetric=False, **how)
    excess = finite_k_excess(law, trained.encoder, K, 4_096, rng).value
    # The excess to first order moves with the excess and is cheap: most of the noise goes with their difference.
    known = theory(noise, INPUTS, K)
    excess -= known.quadratic_excess(mean_gradient(start, sample, K))
    others = [known.quadratic_excess(mean_gradient(start, law.sample(pairs, rng), K)) for _ in range(OTHERS)]
    # The next term of the expansion in 1/n is relative of order q²/n, q = 6 parameters; twice that is allowed.
    return limit(
        excess + float(np.mean(others)), known.constant / pairs, 2 * known.rank**2 / pairs, statement="G5"
    )


def mean_gradient(encoder, pairs, K):
    """The gradient of the one-sided InfoNCE loss of a sample in batches of K."""
    rows = [x.reshape(-1, K, x.shape[-1]) for x in encoder.embed(*pairs)]
    _, *gradients = infonce(*rows, symmetric=False)
    return encoder.pullback(*pairs, *(x.reshape(len(pairs.z1), -1) for x in gradients))


@study(
    statement="E3",
    smoke={"rank": [1, 4], "pairs": [1_024], "noise": [0.7]},
    default={"rank": [1, 2, 3, 4], "pairs": [512, 4_096], "noise": [0.7]},
    full={"rank": [1, 2, 3, 4], "pairs": [1_024, 4_096, 16_384, 65_536], "noise": [0.4, 0.7, 1.0]},
    replicates={"smoke": 4, "default": 6, "full": 64},
    axes=Axes(
        x="rank",
        by="pairs",
        xlabel="rank of the encoder",
        ylabel="KL-sufficiency (nats)",
        title="E3: the best linear encoder (lines) and trained ones (points)",
        show="E3",
    ),
)
def bilinear_score_by_rank(rank, pairs, noise, rng):
    """Trained bilinear encoders: sufficiency against the best of their rank, excess against the best bilinear score."""
    return _judged(model(noise), _bilinear(model(noise), rank, pairs, 128, rng), "E3")


@study(
    statement="E6-optimal",
    smoke={"K": [16, 128], "pairs": [4_096], "noise": [0.7]},
    default={"K": [4, 16, 64, 256], "pairs": [4_096], "noise": [0.4, 0.7, 1.0]},
    full={"K": [4, 16, 64, 256, 1024], "pairs": [65_536], "noise": [0.3, 0.4, 0.7, 1.0, 1.5]},
    replicates={"smoke": 4, "default": 6, "full": 64},
    axes=Axes(
        x="K",
        by="noise",
        xscale="log",
        xlabel="candidates K",
        ylabel="score excess 𝓔_∞ (nats)",
        title="E6: irreducible excess of a bilinear score (lines) and trained ones (points)",
        show="E6-optimal",
    ),
)
def bilinear_score_by_candidates(K, pairs, noise, rng):
    """The same against K and the noise at full rank, where every encoder is sufficient and only the score errs."""
    return _judged(model(noise), _bilinear(model(noise), SPECTRUM.size, pairs, K, rng), "E6-optimal")


@study(
    statement="E1",
    smoke={"noise": [0.7]},
    default={"noise": [0.1, 0.4, 0.7, 1.0, 2.0]},
    full={"noise": [0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 2.0, 4.0, 8.0]},
)
def closed_forms(noise):
    """Information, sufficiency, pmi and score excess in closed form against other computations of the same number."""
    law, rng = model(noise), np.random.default_rng(20250312)
    weight, pairs = rng.normal(size=(2, SPECTRUM.size)), law.sample(200, rng)
    informations = [get("E1").evaluate(law, divergence(name)) for name in ("kl", "chi2", "squared_hellinger")]
    return [
        *informations,
        get("E1-chi2").evaluate(law),
        *[get(id).evaluate(law, weight) for id in ("E2", "E2-chi2", "E2-squared_hellinger", "E6-optimal")],
        *[get(id).evaluate(law, 2) for id in ("E3-value", "E3-value-chi2")],
        *[get(id).evaluate(law, *pairs) for id in ("E4", "E4-densities", "E5-i", "E5-ii")],
        get("E5-v").evaluate(law, pairs.z1[:20]),
        get("E6").evaluate(law),
    ]


@study(
    statement="E8",
    smoke={"k": [2]},
    default={"k": [1, 2, 3, 5]},
    full={"k": [1, 2, 3, 4, 5, 6]},
)
def spectral_features(k, rng):
    """The least spectral risk, attained by the leading singular functions and by no random features."""
    law = random_views(6, 8, rng)
    return [
        get("E8-attained").evaluate(law, k),
        worst(get("E8").evaluate(law, law.optimal_encoder(k).table + step) for step in _steps(8, k, rng)),
    ]


def _bilinear(law, rank, pairs, K, rng):
    """The bilinear encoder that minimises the symmetric InfoNCE loss on `pairs` pairs."""
    start = LinearEncoder.random(rank, SPECTRUM.size, rng)
    return fit(law.sample(pairs, rng), start, loss="infonce", batch=K, optimizer="lbfgs").encoder


def _judged(law, encoder, first):
    """Sufficiency against E3, score excess against E6, and the one against the other (A4); `first` is plotted."""
    rows = {
        "E3": get("E3").evaluate(law, encoder.weight, KL),
        "E6-optimal": get("E6-optimal").evaluate(law, encoder.weight),
        "A4-bilinear": get("A4-bilinear").evaluate(law, encoder.weight),
    }
    return [rows.pop(first), *rows.values()]


def _steps(n, k, rng):
    """Random moves of the features, small and large."""
    return [scale * rng.normal(size=(n, k)) for scale in (1e-3, 0.1, 1.0) for _ in range(20)]


if __name__ == "__main__":
    main(__file__)
