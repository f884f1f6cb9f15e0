"""Linear regression from contrastive pairs on the sphere: the paper's linear example, its corollary and its labels.

Views in R^d hold a von Mises–Fisher direction in p coordinates and an independent uniform direction, which is noise,
in the other d − p. The excess of a trained encoder bounds its sufficiency (A4) and is known up to one mean over z₁.
"""

from functools import lru_cache

import numpy as np

from simsuff import LinearEncoder, SphereModel, fit
from simsuff.downstream import SphereRegression, ordinary_least_squares
from simsuff.models import NoisySphereModel, Pairs
from simsuff.models.sphere.model import uniform
from simsuff.models.sphere.special import shortfalls
from simsuff.numerics.numbers import rounded
from simsuff.statements import get
from simsuff.studies import Axes, main, study
from simsuff.verdicts import Comparison, Estimate

CONCENTRATION, DIMENSION = 2.0, 2
LABEL_NOISE = 1.0


@study(
    statement="S6",
    smoke={"dimension": [2], "noise": [1.0]},
    default={"dimension": [1, 2, 4, 8, 16], "noise": [0.25, 0.5, 1.0, 2.0, 4.0]},
    full={"dimension": [1, 2, 4, 8, 16, 32, 64], "noise": [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]},
    axes=Axes(
        x="noise",
        by="dimension",
        xscale="log",
        xlabel="noise σ",
        ylabel="log r of equal views",
        title="each view conditioned on the sphere (points) and the printed ratio (lines)",
        show="S6-printed",
    ),
)
def printed_law(dimension, noise):
    """The largest ratio where each view is conditioned given x, against the printed one, exact for the tilted law."""
    model = NoisySphereModel(dimension, noise)
    reason = "the printed ratio is that of the triple (x, z₁, z₂) conditioned at once, which tilts the law of x (S6)"
    return [
        get("S6-printed").evaluate(model, 1.0).with_(expected_violation=reason),
        get("S6").evaluate(model, 1.0),
    ]


@study(
    statement="S8",
    smoke={"concentration": [2.0], "rank": [1]},
    default={"concentration": [0.5, 2.0, 8.0], "rank": [1, 2, 3]},
    full={"concentration": [0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0], "rank": [1, 2, 3]},
    axes=Axes(
        x="concentration",
        by="rank",
        xscale="log",
        yscale="log",
        xlabel="concentration κ",
        ylabel="what the encoder loses of the target",
        title="S8 in χ² (lines) and a² (points) for linear encoders of points of S³",
        show="S8-chi2",
    ),
)
def projections(concentration, rank):
    """What a linear encoder of rank k loses of a target that it cannot see, against both sufficiencies."""
    task = SphereRegression(SphereModel(4, concentration), [0.0, 0.0, 0.0, 1.0])
    return [
        get("S8-chi2").evaluate(task, rank),
        get("S8").evaluate(task, rank),
        get("S4-chi2").evaluate(task.model, rank),
    ]


@study(
    smoke={"n": [256], "coordinates": [4], "K": [16], "concentration": [CONCENTRATION]},
    default=[
        {"n": n, "coordinates": d, "K": K, "concentration": kappa}
        for n in (512, 2_048, 8_192)
        for d, K, kappa in (
            (4, 64, 2.0),
            (8, 64, 2.0),
            (16, 64, 2.0),
            (8, 16, 2.0),
            (8, 64, 1.0),
            (8, 64, 4.0),
        )
    ],
    full={
        "n": [512, 1_024, 2_048, 4_096, 8_192, 16_384],
        "coordinates": [4, 8, 16, 32],
        "K": [4, 16, 64],
        "concentration": [1.0, 2.0, 4.0],
    },
    replicates={"smoke": 2, "default": 24, "full": 64},
    axes=Axes(
        x="n",
        by="coordinates",
        xscale="log",
        yscale="log",
        xlabel="pairs n",
        ylabel="excess of the trained score (nats)",
        title="excess ≥ Suff, and the corollary's shape with constant 1 beside it",
    ),
)
def corollary(n, coordinates, K, concentration, rng):
    """The excess of the empirical minimiser beside (1 + C/K) √((dp log B_W + log 1/δ)/n), constant 1: how large is c?"""
    model = SphereModel(DIMENSION, concentration)
    lhs = excess(trained(model, coordinates, n, K, rng), model, rng)
    return Comparison(lhs, "vs", rounded(shape(model, coordinates, n, K)))


@study(
    smoke={"coordinates": [4], "sizes": [(256, 1_024)]},
    default={"coordinates": [4, 16], "sizes": [(512, 2_048, 8_192)]},
    full={"coordinates": [4, 8, 16, 32], "sizes": [(1_024, 4_096, 16_384, 65_536)]},
    replicates={"smoke": 3, "default": 24, "full": 64},
)
def exponent(coordinates, sizes, rng):
    """The slope of log excess in log n, against the −1/2 of the corollary; G5 has −1 for a well-specified class."""
    model = SphereModel(DIMENSION, CONCENTRATION)
    values = [excess(trained(model, coordinates, n, 64, rng), model, rng).value for n in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
    return Comparison(slope, "<=", -0.5, pathwise=False)


@study(
    smoke={"labelled": [32], "unlabelled": [256]},
    default={"labelled": [20, 32, 64, 256, 1_024, 4_096, 16_384], "unlabelled": [512, 4_096]},
    full={
        "labelled": [20, 24, 32, 48, 64, 128, 256, 512, 1_024, 4_096, 16_384],
        "unlabelled": [512, 4_096, 32_768],
    },
    replicates={"smoke": 20, "default": 100, "full": 1_000},
    axes=Axes(
        x="labelled",
        by="unlabelled",
        xscale="log",
        yscale="log",
        xlabel="labelled samples m",
        ylabel="excess squared error",
        title="truncated least squares on W z, and least squares on all of z beside it",
    ),
)
def labels(labelled, unlabelled, rng):
    """Excess of least squares from m labels: on the trained encoder, clipped, against all 16 coordinates."""
    model, coordinates = SphereModel(DIMENSION, CONCENTRATION), 16
    theta, weight = np.array([1.0, 0.0]), pretrained(unlabelled, coordinates)
    task = SphereRegression(model, theta, LABEL_NOISE)
    z, y = task.sample(labelled, rng)
    z = np.hstack([z, uniform(labelled, coordinates - DIMENSION, rng)])
    errors = [
        downstream_excess(ordinary_least_squares(z @ w.T, y) @ w, task, bound, rng)
        for w, bound in ((weight, task.target_bound), (np.eye(coordinates), np.inf))
    ]
    return Comparison(errors[0], "vs", errors[1])


@study(
    statement="S7",
    smoke={"rank": [1], "labelled": [16], "fits": [200]},
    default={"rank": [1, 3], "labelled": [12, 16], "fits": [4_000]},
    full={"rank": [1, 2, 3, 4], "labelled": [16, 32, 128, 1_024], "fits": [50_000]},
)
def known_encoder(rank, labelled, fits, rng):
    """Least squares on a linear encoder that sees part of the target, from m labels, against the bound of S7."""
    task = SphereRegression(SphereModel(4, CONCENTRATION), [1.0, -0.5, 0.25, 0.5], LABEL_NOISE)
    rows = [get("S7").evaluate(task, rank, labelled, rng) for _ in range(fits)]
    return rows[0].with_(lhs=Estimate.from_samples([float(row.lhs) for row in rows]))


def trained(model, coordinates, n, K, rng):
    """W (p, d) of the InfoNCE minimiser on n pairs in d coordinates, in batches of K."""
    views = (np.hstack([z, uniform(n, coordinates - DIMENSION, rng)]) for z in model.sample(n, rng))
    start = LinearEncoder.random(DIMENSION, coordinates, rng)
    return fit(Pairs(*views), start, loss="infonce", batch=K, optimizer="lbfgs", rng=rng).encoder.weight


@lru_cache(maxsize=8)
def pretrained(unlabelled, coordinates):
    """One encoder from `unlabelled` pairs, which least squares then takes as given."""
    model = SphereModel(DIMENSION, CONCENTRATION)
    return trained(model, coordinates, unlabelled, 64, np.random.default_rng(25031738))


def excess(weight, model, rng, draws=8_192):
    """E KL(P(z₂ | z₁) ‖ P_S) of S = ⟨Wz₁, Wz₂⟩: the means over z₂ are normalisers, the one over z₁ is drawn.

    The squared lengths that the normalisers depend on have known means, and take most of the chance out.
    """
    gram, p = weight.T @ weight, model.dimension
    rest = len(gram) - p
    z1 = np.hstack([uniform(draws, p, rng), uniform(draws, rest, rng)]) @ gram
    parts, blocks = (z1[:, :p], z1[:, p:]), (gram[:, :p], gram[:, p:])
    squares = np.stack([(part**2).sum(axis=1) for part in parts], axis=1)
    means = [(block[:p] ** 2).sum() / p + (block[p:] ** 2).sum() / rest for block in blocks]
    partition = sum(_log_normaliser(size, x) for size, x in zip((p, rest), np.sqrt(squares.T), strict=True))
    design = np.column_stack([np.ones(draws), squares - means])
    explained = design[:, 1:] @ np.linalg.lstsq(design, partition, rcond=None)[0][1:]
    gain = model.information("kl") - float(model.eigenvalues[0]) * np.trace(gram[:p, :p]) / p
    return Estimate.from_samples(partition - explained) + float(gain)


def _log_normaliser(dimension, lengths):
    return shortfalls(dimension, lengths)[0] + lengths


def shape(model, coordinates, n, K, level=0.05):
    """(1 + C/(K − 1)) √((dp log B_W + log 1/δ)/n): C = 2 sup r − 1 of B4, and B_W = e + κ above the size of WᵀW."""
    parameters = coordinates * model.dimension
    factor = 1 + (2 * np.exp(model.log_ratio_range[1]) - 1) / (K - 1)
    return float(factor * np.sqrt((parameters * np.log(np.e + model.concentration) - np.log(level)) / n))


def downstream_excess(used, task, bound, rng, draws=2_000):
    """E(clip(⟨b, z⟩) − E[y | z])², exactly without a bound, else by a mean over fresh views."""
    p, rest = task.model.dimension, len(used) - task.model.dimension
    if np.isinf(bound):
        return float(task.excess(used[:p]) + used[p:] @ used[p:] / rest)
    z = np.hstack([uniform(draws, p, rng), uniform(draws, rest, rng)])
    truth = task.alignment * z[:, :p] @ task.coefficients
    return float(np.mean((np.clip(z @ used, -bound, bound) - truth) ** 2))


if __name__ == "__main__":
    main(__file__)
