"""Sufficiency and augmentation error control regression, with sharp constants.

C1–C3 on random finite augmentation models, where every quantity is exact; the models that attain the
constants; and the one divergence that controls nothing.
"""

import numpy as np

from simsuff.downstream import FiniteRegression
from simsuff.models import FiniteModel
from simsuff.models.finite.random import random_labels, random_views
from simsuff.statements import get
from simsuff.statements.encoder_gap import GAP_BOUNDS
from simsuff.studies import Axes, main, study
from simsuff.verdicts import worst

NAMES = list(GAP_BOUNDS)


@study(
    statement="C1",
    smoke={"c1": [2.0], "models": [20]},
    default={"c1": [1.25, 1.5, 2.0, 3.0, 5.0, 20.0], "models": [300]},
    full={"c1": [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 20.0, 200.0], "models": [20_000]},
)
def explicit_predictor(c1, models, rng):
    """The risk of E[h⋆(z₁) | T] against c₁ a² + c₂ ε."""
    return worst(get("C1").evaluate(*_draw(rng), c1) for _ in range(models))


@study(
    statement="C1-optimal",
    smoke={"models": [20]},
    default={"models": [500]},
    full={"models": [20_000]},
)
def optimised_constants(models, rng):
    """The bound of C1 with its constants optimised, and the best predictor against the explicit one."""
    draws = [_draw(rng) for _ in range(models)]
    return [worst(get(id).evaluate(*draw) for draw in draws) for id in ("C1-optimal", "C1-risk")]


@study(
    statement="C2",
    smoke={"divergence": NAMES[:2], "models": [20]},
    default={"divergence": NAMES, "models": [300]},
    full={"divergence": NAMES, "models": [20_000]},
)
def from_sufficiency_to_risk(divergence, models, rng):
    """The encoder gap (C2) and the best risk on T (C3) against the sufficiency in each divergence."""
    draws = [_draw(rng) for _ in range(models)]
    return [worst(get(f"{part}-{divergence}").evaluate(*draw) for draw in draws) for part in ("C2", "C3")]


@study(
    statement="C2",
    smoke={"models": [20]},
    default={"models": [300]},
    full={"models": [20_000]},
)
def conditional_distances(models, rng):
    """The encoder gap against conditional total variation and conditional Hellinger distance."""
    draws = [_draw(rng) for _ in range(models)]
    names = ("C2-conditional_total_variation", "C2-conditional_hellinger")
    return [worst(get(name).evaluate(*draw) for draw in draws) for name in names]


@study(
    statement="C3-chi2",
    smoke={"stretch": [2.0, 3.0]},
    default={"stretch": [1.5, 2.0, 2.5, 3.0, 4.0, 6.0]},
    full={"stretch": [1.0 + step / 8 for step in range(1, 81)]},
    axes=Axes(
        x="stretch",
        xlabel="how far the augmentation moves x = ±1 (z = stretch · x)",
        ylabel="regression risk",
        title="C3 in χ²: the bound (line) and the risk (points)",
    ),
)
def chi2_constants_are_attained(stretch):
    """x = ±1, z = stretch·x, h⋆(±1) = ±2, h⋆(z) = ±4/(stretch + 1), T constant: equality at stretch 3."""
    model = FiniteModel.from_views([0.5, 0.5], np.eye(2))
    level = 4 / (stretch + 1)
    task = FiniteRegression(model, [-2.0, 2.0], [-level, level])
    return get("C3-chi2").evaluate(task, np.zeros(2, dtype=np.int64))


@study(
    statement="C2-total_variation",
    smoke={"merged": ["strengths"]},
    default={"merged": ["strengths", "signs"]},
    full={"merged": ["strengths", "signs"]},
)
def total_variation_controls_nothing(merged):
    """z = (sign, strength) with r = 1 + g(z₁)g(z₂): merging the strengths has Suff_TV = 0 but moves E[V₂|z₁]."""
    g = np.array([0.25, 1.0, -0.25, -1.0])
    model = FiniteModel.from_views([0.5, 0.5], np.stack([1 + g, 1 - g]) / 4)
    task = FiniteRegression(model, [1.0, -1.0], np.sign(g))
    labels = np.array([0, 0, 1, 1] if merged == "strengths" else [0, 1, 0, 1])
    row = get("C2-total_variation").evaluate(task, labels)
    reason = "no bound through Suff_TV exists (C2): it is 0 although T loses part of E[V₂|z₁]"
    return row.with_(expected_violation=reason if merged == "strengths" else "")


def _draw(rng):
    """A random augmentation model with a random target, and labels in three groups."""
    model = random_views(4, 6, rng, concentration=0.5)
    return FiniteRegression(model, rng.normal(size=4), rng.normal(size=6)), random_labels(6, 3, rng)


if __name__ == "__main__":
    main(__file__)
