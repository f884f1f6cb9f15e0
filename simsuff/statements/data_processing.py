"""A5: does a statistic lose less about a processed second view? For 1 ≤ α ≤ 2 yes, for other divergences not always."""

from simsuff.divergences import divergence
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
    @statement(f"A5-{name}", f"a processed second view has less to lose, in {name}")
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
