"""The three forms of sufficiency are one number, for every divergence.

Information loss, conditional Bregman divergence and variational gap are computed by separate code on random
finite models (A1), with the chain rule (A3), the domination by score excess (A4) and exact sufficiency (A7). The forms
that the paper prints follow: the offset in the risk, minimisers, the excess of a score, and what sufficiency says of the
conditional laws (I1–I9); two printed inequalities fail, as predicted.
Each table row is the one of its random models that comes nearest to failing.
"""

import numpy as np

from simsuff.divergences import divergence as named
from simsuff.models import FiniteModel
from simsuff.models.finite.random import random_labels, random_model, random_views
from simsuff.statements import get
from simsuff.studies import Axes, main, study
from simsuff.verdicts import worst

DIVERGENCES = [
    "kl",
    "reverse_kl",
    "chi2",
    "squared_hellinger",
    "js",
    "le_cam",
    "total_variation",
    "alpha(1.5)",
]
SYMBOLS = 6


@study(
    statement="A1",
    smoke={"divergence": DIVERGENCES[:3], "models": [20]},
    default={"divergence": DIVERGENCES, "models": [100]},
    full={"divergence": DIVERGENCES, "models": [20_000]},
)
def random_finite_models(divergence, models, rng):
    """Every identity and order of A1–A4 on random 6 × 6 tables and random labels."""
    f = named(divergence)
    draws = [_draw(rng) for _ in range(models)]
    return [
        worst(get("A1").evaluate(m, labels, f) for m, labels, *_ in draws),
        worst(get("A1-variational").evaluate(m, labels, f) for m, labels, *_ in draws),
        worst(get("A3").evaluate(m, labels, coarser, f) for m, labels, coarser, _ in draws),
        worst(get("A3-order").evaluate(m, labels, coarser, f) for m, labels, coarser, _ in draws),
        worst(get("A3-range").evaluate(m, labels, f) for m, labels, *_ in draws),
        worst(get("A4").evaluate(m, labels, score, f) for m, labels, _, score in draws),
    ]


@study(
    statement="A4",
    smoke={"models": [20]},
    default={"models": [500]},
    full={"models": [20_000]},
)
def score_excess_in_closed_form(models, rng):
    """The χ² excess as a mean square, and the InfoNCE excess against the KL-sufficiency."""
    draws = [_draw(rng) for _ in range(models)]
    return [
        worst(get("A4-chi2").evaluate(m, score) for m, _, _, score in draws),
        worst(get("A4-infonce").evaluate(m, labels, score) for m, labels, _, score in draws),
    ]


@study(
    statement="A7",
    smoke={"models": [20]},
    default={"models": [200]},
    full={"models": [5_000]},
)
def sufficient_for_the_other_view(models, rng):
    """A statistic that is exactly sufficient for the other view loses nothing about x."""
    return worst(get("A7").evaluate(*_split_views(rng)) for _ in range(models))


@study(
    statement="I1",
    smoke={"divergence": ["kl", "chi2"], "models": [5]},
    default={"divergence": DIVERGENCES, "models": [25]},
    full={"divergence": DIVERGENCES, "models": [1_000]},
)
def offset_minimisers_and_scores(divergence, models, rng):
    """The risk with its offset, its minimisers, the excess of a score and the bound on total variation (I1–I4)."""
    f = named(divergence)
    draws = [(*_draw(rng), rng.normal(size=SYMBOLS), _conditionals(rng)) for _ in range(models)]
    return [
        worst(get("I1-offset").evaluate(m, labels, c, f) for m, labels, _, _, c, _ in draws),
        worst(get("I1-projection").evaluate(m, labels, q, f) for m, labels, _, _, _, q in draws),
        worst(get("I1-pythagoras").evaluate(m, labels, q, f) for m, labels, _, _, _, q in draws),
        worst(get("I2").evaluate(m, c, f) for m, _, _, _, c, _ in draws),
        worst(get("I2-offset").evaluate(m, score, f) for m, _, _, score, _, _ in draws),
        worst(get("I2-only").evaluate(m, score, f) for m, _, _, score, _, _ in draws),
        worst(get("I3").evaluate(m, score, f) for m, _, _, score, _, _ in draws),
        worst(get("I4").evaluate(m, labels, f) for m, labels, *_ in draws),
    ]


@study(
    statement="I6",
    smoke={"models": [20]},
    default={"models": [200]},
    full={"models": [20_000]},
)
def conditional_laws(models, rng):
    """Distances of the conditional laws (I4–I8), and the two printed forms that fail on independent or coupled bits."""
    draws = [_draw(rng) for _ in range(models)]
    ids = ("I5-kl", "I5-chi2", "I5-hellinger", "I5-hellinger_moment", "I6", "I7")
    rows = [worst(get(id).evaluate(m, labels) for m, labels, *_ in draws) for id in ids]
    rows.append(worst(get("I8").evaluate(m, score) for m, _, _, score in draws))
    coupled, bits = FiniteModel([[0.375, 0.125], [0.125, 0.375]]), FiniteModel(np.full((2, 2), 0.25))
    tilt = np.array([[0.5, -0.5], [0.5, -0.5]])
    dip = get("I4-attained_ratios").evaluate(coupled, np.zeros(2, dtype=np.int64))
    rows.append(dip.with_(expected_violation="f'' dips between the attained ratios (I4)"))
    exchanged = get("I8-exchanged").evaluate(bits, tilt)
    return [*rows, exchanged.with_(expected_violation="a factor and the order of the laws (I8)")]


@study(
    statement="I9",
    smoke={"K": [2, 8], "models": [5]},
    default={"K": [2, 4, 8, 16, 32], "models": [20]},
    full={"K": [2, 4, 8, 16, 32, 64], "models": [500]},
)
def limit_of_the_simclr_risk(K, models, rng):
    """How far the SimCLR risk with K candidates is from the KL risk, on 3 × 3 tables."""
    draws = [(random_model(3, 3, rng), rng.normal(size=(3, 3))) for _ in range(models)]
    ids = ("I9", "I9-symmetric", "I9-below", "I9-excess")
    return [worst(get(id).evaluate(m, score, K) for m, score in draws) for id in ids]


@study(
    statement="A1",
    smoke={"divergence": ["kl", "chi2"], "groups": [1, 4, 12]},
    default={
        "divergence": ["kl", "chi2", "squared_hellinger", "total_variation"],
        "groups": [1, 2, 3, 4, 6, 8, 10, 12],
    },
    full={"divergence": DIVERGENCES, "groups": list(range(1, 25))},
    axes=Axes(
        x="groups",
        by="divergence",
        xlabel="number of values that T takes",
        ylabel="fraction of the information lost",
        title="line: information loss, points: Bregman form",
    ),
)
def coarsening(divergence, groups):
    """One model of 24 symbols whose encoder merges ever more of them: Suff_f(T)/I_f by two of the forms."""
    f, model = named(divergence), random_views(5, 24, np.random.default_rng(20250317), concentration=0.5)
    order = np.argsort(model.posterior @ np.arange(5))
    labels = np.empty(24, dtype=np.int64)
    labels[order] = np.arange(24) * groups // 24
    row = get("A1").evaluate(model, labels, f)
    whole = model.information(f)
    return row.with_(lhs=row.lhs / whole, rhs=row.rhs / whole)


def _draw(rng):
    """A random model, labels in four groups, a map of the groups to two, and a score table."""
    model = random_model(SYMBOLS, SYMBOLS, rng, concentration=0.5)
    labels, coarser = random_labels(SYMBOLS, 4, rng), random_labels(4, 2, rng)
    return model, labels, coarser, rng.normal(size=(SYMBOLS, SYMBOLS))


def _conditionals(rng):
    """A law of z₂ for each symbol of z₁."""
    return rng.dirichlet(np.ones(SYMBOLS), size=SYMBOLS)


def _split_views(rng):
    """A prior and channel for t given x, and a law of the noise given t."""
    return rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3), size=3), rng.dirichlet(np.ones(2), size=3)


if __name__ == "__main__":
    main(__file__)
