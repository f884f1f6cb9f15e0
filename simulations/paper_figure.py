"""The figure of Lin and Mei (2025) at its own size: regression from encoders that two contrastive losses trained.

x ~ N(0, I_100); a view adds N(0, σ₁²) to the first 10 coordinates and replaces the others by N(0, 1). A ReLU network
100 → 64 → 10 is trained on two views of each of n = 500 samples by InfoNCE or the χ² loss of triples (J3), τ = identity,
K = 64, by Adam at 10⁻³ for 7,000 steps, 1,000 epochs. Then y = ⟨x, θ⟩ + N(0, 1), θ = (1, …, 1, 0, …, 0)/√10, is regressed
on f(x), or on x itself, from m labels. The excess risk is over that of ⟨x, θ⟩.

σ₁, the initialisation and whether a sample keeps its two views are not stated. With views drawn anew at each step and
σ₁ = ½ the printed picture appears: InfoNCE and χ² cost .18 and .14 at m = 150, .11 and .10 at m = 500, where regression
on x costs 2.04 and .25, and end at .09 and .07, which regression on x falls below at about 1,500 labels. With pairs that
are drawn once the networks learn the noise of the pairs: they end at .2 to .6, and are far below regression on x at
m = 150 only. Weights start at N(0, 1/inputs).

Lines are exact. Least squares on x costs 100/(m − 101) (E9) and, with fewer labels than inputs, 1 − m/100 + m/(99 − m)
at minimum norm. The views have canonical correlations ρ = 1/(1 + σ₁²), ten times, so the best linear encoder (E3) keeps
the first ten coordinates: it costs 10/(m − 11) on x, and 1 − ρ + (2 − ρ) · 10/(m − 11) on a view of x, which never falls
below the augmentation noise. The line of a trained network is its own limit m → ∞.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simsuff import HiddenLayerEncoder, fit
from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import fill_normals, permute
from simsuff.models import Pairs
from simsuff.models.base import DRAW
from simsuff.numerics.numbers import rounded
from simsuff.studies import Axes, Comparison, main, study

INPUTS, SIGNAL, HIDDEN, SAMPLES, BATCH = 100, 10, 64, 500, 64
STEPS = 1_000 * (SAMPLES // BATCH)
LABELLED = [50, 150, 500, 1_500, 5_000]
THETA = np.repeat([1.0, 0.0], [SIGNAL, INPUTS - SIGNAL]) / np.sqrt(SIGNAL)
EXACT = ["x itself", "best linear encoder", "best linear encoder, of a view"]
TRAINED = {"InfoNCE": "infonce", "χ²": "chi2"}


class ViewDraws(NamedTuple):
    """What compiled loops draw from: the samples x, the views that were drawn first, and whether new ones are drawn."""

    x: np.ndarray
    first: np.ndarray
    second: np.ndarray
    noise: float
    fresh: bool


@jit
def fill_views(x, noise, rng, z):
    """Each row of z to a view of that row of x: noise on the coordinates of the signal, and in place of all others."""
    fill_normals(rng, z.reshape(-1))
    for i in range(z.shape[0]):
        for j in range(SIGNAL):
            z[i, j] = x[i, j] + noise * z[i, j]


@DRAW.register(ViewDraws)
@jit
def draw_views(source, rng, z1, z2):
    """Two views of each of as many different samples as z1 and z2 have rows."""
    order = np.arange(source.x.shape[0])
    permute(rng, order)
    chosen = order[: z1.shape[0]]
    if source.fresh:
        fill_views(source.x[chosen], source.noise, rng, z1)
        fill_views(source.x[chosen], source.noise, rng, z2)
    else:
        z1[:] = source.first[chosen]
        z2[:] = source.second[chosen]


class Views:
    """Batches of different samples, with two new views of each or those that were drawn first.

    The property `draws` is what lets `fit` train on them in a compiled loop, here three times faster than on `sample`.
    """

    def __init__(self, noise, fresh, rng):
        x = rng.standard_normal((SAMPLES, INPUTS))
        self.source = ViewDraws(x, view(x, noise, rng), view(x, noise, rng), noise, fresh)

    @property
    def draws(self):
        """What `draw_views` reads."""
        return self.source

    def sample(self, n, rng):
        """Two views of each of n different samples."""
        z1, z2 = np.empty((n, INPUTS)), np.empty((n, INPUTS))
        draw_views(self.source, rng, z1, z2)
        return Pairs(z1, z2)


def view(x, noise, rng):
    """A view of each row of x."""
    z = np.empty(x.shape)
    fill_views(x, noise, rng, z)
    return z


def trained(loss, noise, views, steps, rng):
    """The network that `loss` makes of n samples."""
    pairs = Views(noise, views == "fresh", rng)
    start = HiddenLayerEncoder.random(SIGNAL, INPUTS, rng, HIDDEN, "relu")
    how = {"loss": loss, "batch": BATCH, "optimizer": "adam", "learning_rate": 1e-3, "steps": steps}
    return fit(pairs, start, rng=rng, **how).encoder


@lru_cache(maxsize=1)
def held_out():
    """x of the test risk of networks, the same for all."""
    return np.random.default_rng(20250323).standard_normal((20_000, INPUTS))


def least_squares(features, y):
    """β of the minimum norm that fits y on the features (m, p)."""
    return np.linalg.lstsq(features, y, rcond=None)[0]


def labelled_data(m, rng, inputs=INPUTS):
    """The first coordinates of m inputs, of which those of the signal matter, and their labels."""
    x = rng.standard_normal((m, inputs))
    return x, x @ THETA[:inputs] + rng.standard_normal(m)


def direct_excess(m):
    """E of the excess of least squares on x from m labels, at minimum norm where they are fewer than inputs."""
    if m > INPUTS + 1:
        return INPUTS / (m - INPUTS - 1)
    return 1 - m / INPUTS + m / (INPUTS - m - 1)


@study(
    statement="excess risk",
    smoke={"regression": [*TRAINED], "noise": [0.5], "views": ["fresh"], "steps": [60]},
    default={"regression": [*TRAINED], "noise": [0.5], "views": ["fresh"], "steps": [STEPS]},
    full={
        "regression": [*TRAINED],
        "noise": [0.1, 0.5, 1.0],
        "views": ["fresh", "fixed"],
        "steps": [STEPS],
    },
    replicates={"smoke": 2, "default": 10, "full": 40},
    axes=Axes(
        x="labels",
        by="regression",
        own=["labels"],
        xscale="log",
        yscale="log",
        xlabel="downstream labels m",
        ylabel="excess risk",
        title="regression on trained networks: runs (points) and their limits (lines)",
        show="excess risk",
    ),
)
def excess_risk(regression, noise, views, steps, rng):
    """The excess risk of least squares from m labels on a trained network."""
    return network_rows(trained(TRAINED[regression], noise, views, steps, rng), rng)


@study(
    statement="excess risk",
    smoke={"regression": EXACT[:1], "noise": [0.5]},
    default={"regression": EXACT, "noise": [0.5]},
    full={"regression": EXACT, "noise": [0.1, 0.5, 1.0]},
    replicates={"smoke": 2, "default": 128, "full": 400},
    axes=Axes(
        x="labels",
        by="regression",
        own=["labels"],
        xscale="log",
        yscale="log",
        xlabel="downstream labels m",
        ylabel="excess risk",
        title="regression on x: means (points) and expectations (lines)",
        show="excess risk",
    ),
)
def known_regressions(regression, noise, rng):
    """The excess risk of least squares from m labels on x, and on the best linear encoder of x or of a view."""
    return [exact_row(regression, m, noise, rng) for m in LABELLED]


@study(
    statement="limit",
    smoke={"loss": [*TRAINED], "noise": [0.5], "views": ["fixed"], "steps": [60]},
    default={
        "loss": [*TRAINED],
        "noise": [0.1, 0.3, 1.0],
        "views": ["fresh", "fixed"],
        "steps": [STEPS // 7],
    },
    full={
        "loss": [*TRAINED],
        "noise": [0.1, 0.2, 0.5, 1.0, 2.0],
        "views": ["fresh", "fixed"],
        "steps": [STEPS],
    },
    replicates={"smoke": 2, "default": 3, "full": 10},
    axes=Axes(
        x="noise",
        by="how",
        xscale="log",
        yscale="log",
        xlabel="σ₁",
        ylabel="excess risk as m → ∞",
        title="limits of networks trained on fresh and on fixed views of 500 samples",
        show="limit",
    ),
)
def limits(loss, noise, views, steps, rng):
    """The excess risk as m → ∞ of networks on x, beside 1 − ρ, that of the best encoder on a view."""
    encoder = trained(TRAINED[loss], noise, views, steps, rng)
    limit = limit_of(encoder(held_out()), held_out() @ THETA)
    row = Comparison(limit, "vs", rounded(noise**2 / (1 + noise**2)), statement="limit")
    return row.with_(setting={"how": f"{loss}, {views} views"})


def limit_of(features, goal):
    """The excess risk of the best linear function of the features."""
    return float(np.mean((features @ least_squares(features, goal) - goal) ** 2))


def network_rows(encoder, rng):
    """Excess risks on one trained network, each at least its limit."""
    features, goal = encoder(held_out()), held_out() @ THETA
    limit, rows = limit_of(features, goal), []
    for m in LABELLED:
        inputs, y = labelled_data(m, rng)
        found = features @ least_squares(encoder(inputs), y)
        excess = float(np.mean((found - goal) ** 2))
        row = Comparison(excess, ">=", limit, statement="excess risk", pathwise=True)
        rows.append(row.with_(setting={"labels": m}))
    return rows


def exact_row(regression, m, noise, rng):
    """The excess risk of linear features, exact given the labels, over sets of m labels; its expectation."""
    rho = 1 / (1 + noise**2) if regression.endswith("view") else 1.0
    # The excess is a mean over the features of about as many squares: fewer features need more sets of labels.
    sets = max(max(LABELLED) // (4 * m), 300 // (INPUTS if regression == "x itself" else SIGNAL))
    draws = [exact_excess(regression, m, noise, rho, rng) for _ in range(sets)]
    expected = 1 - rho + (2 - rho) * SIGNAL / (m - SIGNAL - 1)
    if regression == "x itself":
        expected = direct_excess(m)
    row = Comparison(float(np.mean(draws)), "==", expected, statement="excess risk")
    return row.with_(setting={"labels": m})


def exact_excess(regression, m, noise, rho, rng):
    """The excess risk of one least-squares fit on m labels, `rho` being 1 for features of x itself."""
    if regression == "x itself":
        x, y = labelled_data(m, rng)
        return np.sum((least_squares_of_normals(x, y) - THETA) ** 2)
    x, y = labelled_data(m, rng, SIGNAL)
    # What a view hides of ⟨x, θ⟩, whose best linear prediction is ρ⟨z, θ⟩.
    z = x if rho == 1 else x + noise * rng.standard_normal(x.shape)
    off = least_squares_of_normals(z, y) - rho * THETA[:SIGNAL]
    return 1 - rho + np.sum(off**2) / rho


def least_squares_of_normals(features, y):
    """`least_squares` by normal equations: features that are drawn from N(0, I) are far from dependent."""
    if len(features) < features.shape[1]:
        return features.T @ np.linalg.solve(features @ features.T, y)
    return np.linalg.solve(features.T @ features, features.T @ y)


if __name__ == "__main__":
    main(__file__)
