"""F6: C1 for two views of a document, sub-sampled or cut in halves."""

import numpy as np

from simsuff.downstream import FiniteRegression, PairRegression
from simsuff.numerics.numbers import rounded
from simsuff.statements.equivalence import Labels
from simsuff.statements.explicit_predictor import augmentation_constant, square_scale
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("F6-iid", "sub-sampled views of a document obey the sharp inequality of C1")
def subsampled_views_bound(document_task: FiniteRegression, statistic: Labels, c1: float) -> Comparison:
    """E(h(T) − U)² ≤ c₁ a² + c₂(c₁) ε for overlapping sub-samples, which are iid given the document."""
    bound = c1 * document_task.encoder_gap(statistic)
    bound += augmentation_constant(c1) * document_task.augmentation_error
    return Comparison(
        rounded(document_task.predictor_risk(statistic), square_scale(document_task)), "<=", bound
    )


@statement("F6", "disjoint halves obey the (2, 3) form of C1")
def halves_bound(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """E(h(T) − U)² ≤ 2a² + 3ε for x = (z₁, z₂), where the views are not independent given x."""
    bound = 2 * halves_task.encoder_gap(statistic) + 3 * halves_task.augmentation_error
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)


@statement("F6-triangle", "the explicit predictor on disjoint halves, constants optimised")
def halves_triangle(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """E(h(T) − U)² ≤ ε + (a + √ε)², h(t) = E[V₁ | T = t].

    With v = V₁ − h(T), orthogonal to functions of T: E(h − U)² − ε = 2E[Uv] − E v² = 2E[(U − V₂)v] + 2E[V₂v] − E v²,
    and E[(U − V₂)v] ≤ √ε‖v‖, E[V₂v] ≤ a‖v‖. Nothing but E(V₂ − U)² = E(V₁ − U)² = ε is used.
    """
    gap, error = halves_task.encoder_gap(statistic), halves_task.augmentation_error
    bound = error + (np.sqrt(gap) + np.sqrt(error)) ** 2
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)


@statement("F6-two", "disjoint halves obey the (2, 2) form of C1", holds=False)
def halves_sharp_bound(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """The tempting E(h(T) − U)² ≤ 2a² + 2ε: false for U = V₁ + V₂ and T constant, where V₁, V₂ correlate by √2 − 1."""
    bound = 2 * halves_task.encoder_gap(statistic) + 2 * halves_task.augmentation_error
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)
