"""InfoNCE with K candidates: its bias, its monotonicity, and the sharp constant of the control of sufficiency.

Everything is exact, by enumeration of the candidates on finite models (B1–B6). The last experiment leaves the
condition of B4 on purpose: without a bound on the ratio no constant works, and its row is violated as B5 says.
"""

import numpy as np

from simsuff.models.finite.random import random_labels, random_model
from simsuff.population.sharpness import sharp_family
from simsuff.statements import get
from simsuff.studies import Axes, main, study
from simsuff.verdicts import worst


def example():
    """One 3 × 3 law with a wide range of ratios."""
    return random_model(3, 3, np.random.default_rng(6), concentration=0.4)


@study(
    statement="B2",
    smoke={"K": [2, 8]},
    default={"K": [2, 4, 8, 16, 32, 64, 128]},
    full={"K": [2, 4, 8, 16, 32, 64, 128, 256, 512]},
    axes=Axes(
        x="K",
        xscale="log",
        yscale="log",
        xlabel="candidates K",
        ylabel="bias I − I_K (nats)",
        title="B2: the bias (points) and log(1 + χ²/K) (line)",
        show="B2-bias-chi2",
    ),
)
def bias_of_the_bound(K):
    """The shortfall of I_K with its bounds, ceiling, order and limit, on one 3 × 3 law."""
    model = example()
    ids = ("B2-bias-chi2", "B2-bias", "B2", "B2-log", "B2-order")
    rows = [get(id).evaluate(model, K) for id in ids]
    return rows + ([get("B2-limit").evaluate(model, K)] if K >= 32 else [])


@study(
    statement="B3",
    smoke={"K": [2, 4], "models": [10]},
    default={"K": [2, 3, 5, 9], "models": [200]},
    full={"K": [2, 3, 5, 9, 17], "models": [5_000]},
)
def random_finite_models(K, models, rng):
    """Minimisers, monotonicity and the control of sufficiency on random 4 × 4 tables, scores and labels."""
    draws = [_draw(rng) for _ in range(models)]
    return [
        worst(get("B1").evaluate(m, shift, K) for m, _, _, shift in draws),
        worst(get("B1-symmetric").evaluate(m, float(shift[0]), K) for m, _, _, shift in draws),
        worst(get("B1-only").evaluate(m, shift, K) for m, _, _, shift in draws),
        worst(get("B3").evaluate(m, score, K) for m, _, score, _ in draws),
        worst(get("B3-order").evaluate(m, score, K) for m, _, score, _ in draws),
        worst(get("B3-limit").evaluate(m, score, K) for m, _, score, _ in draws),
        worst(get("B4").evaluate(m, labels, score, K) for m, labels, score, _ in draws),
        worst(get("B4-excess").evaluate(m, score, K) for m, _, score, _ in draws),
        worst(get("B6").evaluate(m, labels, K) for m, labels, _, _ in draws),
    ]


@study(
    statement="B4-sharp",
    smoke={"M": [10.0], "K": [2, 20]},
    default={"M": [2.0, 10.0, 100.0], "K": [2, 5, 10, 20, 50, 100, 200]},
    full={"M": [2.0, 10.0, 100.0, 1000.0], "K": [2, 5, 10, 20, 50, 100, 200, 400]},
    axes=Axes(
        x="K",
        by="M",
        xscale="log",
        xlabel="candidates K",
        ylabel="share of the excess that K candidates reveal",
        title="B4: 1 − η (lines) and the family that attains it (points)",
        show="B4-sharp",
    ),
)
def sharp_constant(M, K):
    """𝓔_K/𝓔_∞ on the family that attains 1 − η_{K,M}, and the simpler rate."""
    return [
        get("B4-sharp").evaluate(M, K, 1e-3),
        get("B4-rate").evaluate(M, K),
    ]


@study(
    statement="B5",
    smoke={"M": [2.0, 1000.0], "K": [2]},
    default={"M": [2.0, 10.0, 100.0, 1000.0], "K": [2, 16]},
    full={"M": [2.0, 10.0, 100.0, 1000.0, 10_000.0], "K": [2, 16, 128]},
)
def no_constant_without_a_bound(M, K):
    """A constant that B4 grants at M = 2 and the same K is false for larger ratios."""
    constant = 1 + (2 * 2.5 - 1) / (K - 1)
    row = get("B5").evaluate(*sharp_family(M, 0.1), K, constant)
    return row.with_(
        expected_violation="the ratio exceeds the bound that the constant assumes (B5)" if M > 2.5 else ""
    )


@study(
    statement="B5-clip",
    smoke={"kappa": [0.1]},
    default={"kappa": [0.5, 0.1, 0.01, 0.001]},
    full={"kappa": [0.5, 0.2, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0001]},
)
def clipping(kappa):
    """Clipping the optimal score at log κ costs at most log(1 + κ)."""
    return get("B5-clip").evaluate(example(), kappa)


def _draw(rng):
    """A random model, labels in two groups, a score table and a shift of its rows."""
    model = random_model(4, 4, rng, concentration=0.7)
    return model, random_labels(4, 2, rng), rng.normal(scale=1.5, size=(4, 4)), rng.normal(size=4)


if __name__ == "__main__":
    main(__file__)
