"""A5, A6: a processed second view, and two encoded views: what holds for 1 ≤ α ≤ 2 and not for other divergences."""

from typing import Any

from simsuff.divergences import Divergence, divergence
from simsuff.models import FiniteLaw
from simsuff.numerics.validation import Float
from simsuff.statements.equivalence import Labels
from simsuff.statements.registry import Sides, statement
from simsuff.verdicts import compare

# 1/f'' is concave exactly for f'' = t^(α−2) with 1 ≤ α ≤ 2: B_f is jointly convex, and conditional Jensen applies.
JOINTLY_CONVEX = ("kl", "alpha(1.5)", "chi2")

# 1/f'' is not concave, and total variation has no f'': counterexamples exist on 3 × 3 tables.
OTHERS = (
    "squared_hellinger",
    "js",
    "reverse_kl",
    "le_cam",
    "total_variation",
    "alpha(0.25)",
    "alpha(2.5)",
    "alpha(3.0)",
)


def _register(name: str) -> None:
    @statement(f"A5-{name}", f"a processed second view has less to lose, in {name}", sharp="φ one to one")
    def data_processing(model: FiniteLaw, labels: Labels, columns: Labels) -> Sides:
        """Suff_f(T; φ(z₂)) ≤ Suff_f(T; z₂); `columns` is φ, a label for each symbol of z₂."""
        return _compare(model, model.swapped().reduced(columns).swapped(), labels, name)


def _register_false(name: str) -> None:
    @statement(f"A5-{name}", f"a processed second view has less to lose, in {name}", holds=False)
    def data_processing(full_model: FiniteLaw, labels: Labels, columns: Labels) -> Sides:
        """The tempting Suff_f(T; φ(z₂)) ≤ Suff_f(T; z₂), where 1/f'' is not concave."""
        return _compare(full_model, full_model.swapped().reduced(columns).swapped(), labels, name)


for _name in JOINTLY_CONVEX:
    _register(_name)
for _name in OTHERS:
    _register_false(_name)


@statement("A5-noise", "a noisy second view has less to lose, in kl")
def noisy_data_processing(model: FiniteLaw, labels: Labels, noise: Float) -> Sides:
    """Suff_KL(T; z₂') ≤ Suff_KL(T; z₂) for z₂' ~ `noise`[z₂], a channel (n2, k)."""
    return _compare(model, type(model)(model.joint @ noise), labels, "kl")


def _compare(model: FiniteLaw, processed: FiniteLaw, labels: Labels, name: str) -> Sides:
    div = divergence(name)
    rhs = model.sufficiency(labels, div, form="bregman")
    lhs = processed.sufficiency(labels, div, form="bregman")
    return compare(lhs, "<=", rhs)


# The factor two is exceeded by random tables.
EXCEEDED = ("squared_hellinger", "js", "reverse_kl", "le_cam", "total_variation", "alpha(0.25)")


@statement("A6-lower", "encoding both views loses at least the sufficiency", sharp="T constant")
def two_sided_loss_at_least(exchangeable: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """Suff_f(T) ≤ I_f(z₁; z₂) − I_f(T(z₁); T(z₂)), for any f."""
    lhs = exchangeable.sufficiency(labels, divergence, form="bregman")
    rhs = two_sided_loss(exchangeable, labels, divergence)
    return compare(lhs, "<=", rhs)


def _register_two_sided(name: str, holds: bool) -> None:
    @statement(
        f"A6-{name}", f"encoding both views loses at most twice the sufficiency, in {name}", holds=holds
    )
    def two_sided_loss_at_most(exchangeable: FiniteLaw, labels: Labels) -> Sides:
        """I_f(z₁; z₂) − I_f(T(z₁); T(z₂)) ≤ 2 Suff_f(T) for an exchangeable law."""
        div = divergence(name)
        rhs = 2 * exchangeable.sufficiency(labels, div, form="bregman")
        lhs = two_sided_loss(exchangeable, labels, div)
        return compare(lhs, "<=", rhs)


for _name in JOINTLY_CONVEX:
    _register_two_sided(_name, holds=True)
for _name in EXCEEDED:
    _register_two_sided(_name, holds=False)


def two_sided_loss(model: FiniteLaw, labels: Labels, div: Divergence) -> Any:
    """I_f(z₁; z₂) − I_f(T(z₁); T(z₂)) for one labelling of a common alphabet."""
    both = model.reduced(labels).swapped().reduced(labels)
    return model.information(div) - both.information(div)
