"""A pre-trained encoder saves labels: linear regression on raw inputs, a trained encoder and the optimal one.

Additive Gaussian noise on a latent x (E7), h⋆(x) = θᵀx. Ordinary least squares from m labelled samples has an
exact expected test error (E9), which is the theory column; C3 in χ² bounds what the encoder can lose.
"""

from functools import lru_cache

import numpy as np

from simsuff import GaussianModel, LinearEncoder, fit
from simsuff.downstream import GaussianRegression
from simsuff.statements import get
from simsuff.studies import Axes, main, study

SIGNAL_VARIANCES = np.concatenate([[4.0, 3.0, 2.0, 1.0], np.full(20, 0.05)])
COEFFICIENTS = np.concatenate([[0.5, -0.5, 0.5, -0.5], np.full(20, 0.05)])
RANK = 4
LABEL_NOISE = 0.5
SETS = 10  # of labels in one replicate: a fit takes less time than the record of it
ENCODERS = ["raw inputs", "trained encoder", "optimal encoder"]


@lru_cache(maxsize=8)
def task(noise):
    """The regression task at augmentation noise `noise`."""
    model = GaussianModel.additive_noise(SIGNAL_VARIANCES, noise)
    return GaussianRegression(model, COEFFICIENTS, LABEL_NOISE)


def weight(encoder, noise, unlabelled):
    """The weight matrix of the features that least squares sees."""
    if encoder == "raw inputs":
        return np.eye(SIGNAL_VARIANCES.size)
    if encoder == "optimal encoder":
        return task(noise).model.optimal_encoder(RANK).weight
    return trained(noise, unlabelled)


@lru_cache(maxsize=8)
def trained(noise, unlabelled):
    """The encoder that InfoNCE learns from `unlabelled` pairs; one draw, which least squares then takes as given."""
    rng = np.random.default_rng(25031738)
    pairs = task(noise).model.sample(unlabelled, rng)
    start = LinearEncoder.random(RANK, SIGNAL_VARIANCES.size, rng)
    return fit(pairs, start, loss="infonce", batch=128, optimizer="lbfgs", rng=rng).encoder.weight


@study(
    statement="E9",
    smoke={"encoder": ENCODERS, "labelled": [32, 128], "noise": [1.0], "unlabelled": [1_024]},
    default={
        "encoder": ENCODERS,
        "labelled": [32, 40, 64, 128, 256, 512],
        "noise": [1.0],
        "unlabelled": [1_024],
    },
    full={
        "encoder": ENCODERS,
        "labelled": [32, 40, 64, 128, 256, 512, 1024],
        "noise": [0.7, 1.0],
        "unlabelled": [131_072],
    },
    replicates={"smoke": 40, "default": 150, "full": 500},
    axes=Axes(
        x="labelled",
        by="encoder",
        xscale="log",
        yscale="log",
        xlabel="labelled samples m",
        ylabel="test mean squared error",
        title="least squares from m labels: E9 (lines) and simulation (points)",
    ),
)
def labels_saved(encoder, labelled, noise, unlabelled, rng):
    """E[test MSE] = v (m − 1)/(m − p − 1): the encoder pays for p = 4 features, raw inputs pay for 24."""
    regression, w = task(noise), weight(encoder, noise, unlabelled)
    row = get("E9").evaluate(regression, w, labelled, rng)
    others = [regression.least_squares_test_error(w, labelled, rng) for _ in range(SETS - 1)]
    return row.with_(lhs=float(np.mean([row.lhs, *others])))


@study(
    statement="C3-chi2",
    smoke={"unlabelled": [512], "noise": [1.0]},
    default={"unlabelled": [512, 2_048, 8_192], "noise": [0.7, 1.0, 1.5]},
    full={"unlabelled": [512, 2_048, 8_192, 32_768, 131_072], "noise": [0.5, 0.7, 1.0, 1.5, 2.0]},
    replicates={"smoke": 4, "default": 4, "full": 32},
    axes=Axes(
        x="unlabelled",
        by="noise",
        xscale="log",
        yscale="log",
        xlabel="unlabelled pairs n",
        ylabel="best risk on the trained representation",
        title="C3 in χ² (lines) bounds the risk of trained encoders (points)",
        show="C3-chi2",
    ),
)
def risk_after_pretraining(unlabelled, noise, rng):
    """R_T ≤ 2 Var(h⋆(z)) Suff_χ² + 2ε for encoders trained by InfoNCE, and C1 for the explicit predictor."""
    regression = task(noise)
    start = LinearEncoder.random(RANK, SIGNAL_VARIANCES.size, rng)
    pairs = regression.model.sample(unlabelled, rng)
    learned = fit(pairs, start, loss="infonce", batch=128, optimizer="lbfgs", rng=rng).encoder.weight
    return [
        get("C3-chi2").evaluate(regression, learned),
        get("C2-chi2").evaluate(regression, learned),
        get("C1").evaluate(regression, learned, 2.0),
    ]


@study(
    statement="E7",
    smoke={"noise": [0.5], "k": [1, 4]},
    default={"noise": [0.1, 0.3, 0.5, 1.0, 2.0], "k": [1, 2, 4, 12]},
    full={"noise": [0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 4.0], "k": [1, 2, 3, 4, 8, 12, 16, 20, 24]},
)
def additive_noise_in_closed_form(noise, k):
    """Augmentation error, risk and encoder gap of the top-k encoder in closed form against linear algebra."""
    given = (SIGNAL_VARIANCES, noise, COEFFICIENTS)
    return [
        get("E7").evaluate(*given),
        get("E7-risk").evaluate(*given, k),
        get("E7-gap").evaluate(*given, k),
        get("E7-correlations").evaluate(SIGNAL_VARIANCES, noise),
    ]


if __name__ == "__main__":
    main(__file__)
