"""The errors that finite models state: wide enough for every rounding, and tight enough to notice a planted error."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff import statements
from simsuff.divergences import DIVERGENCES, divergence
from simsuff.models import FiniteModel, FiniteStack
from simsuff.models.finite.forms import FORMS
from simsuff.strategies import joint_tables, label_vectors
from simsuff.verdicts import Comparison

NAMES = sorted(DIVERGENCES)


def near_independence(rng, spread, shape=(4, 3)):
    table = np.outer(rng.dirichlet(np.ones(shape[0])), rng.dirichlet(np.ones(shape[1])))
    table *= 1 + rng.uniform(-spread, spread, size=shape)
    return FiniteModel(table / table.sum())


@pytest.mark.statement("A1", "A1-variational")
@given(joint_tables(zeros=True), st.data())
def test_the_stated_errors_cover_the_truth(table, data):
    """E_⊗ B_f(r, r_T) in 60 digits, for the cells as the doubles give them."""
    model = FiniteModel(table)
    labels = data.draw(label_vectors(len(table)))
    div = divergence(data.draw(st.sampled_from(["kl", "chi2", "js", "squared_hellinger"])))
    with mp.workdps(60):
        truth = exact_loss(model, labels, div)
        for form in FORMS:
            found = model.sufficiency(labels, div, form=form)
            assert abs(mp.mpf(found.value) - truth) <= found.error


def exact_loss(model, labels, div):
    import sympy as sp

    from simsuff.divergences.symbols import t

    f = sp.lambdify(t, div.expression, "mpmath")
    joint = mp.matrix(model.joint.tolist()) / mp.fsum(map(mp.mpf, model.joint.ravel().tolist()))
    merged = mp.zeros(int(labels.max()) + 1, joint.cols)
    for i in range(joint.rows):
        for j in range(joint.cols):
            merged[int(labels[i]), j] += joint[i, j]

    def information(law):
        total = mp.mpf(0)
        first = [mp.fsum(law[i, j] for j in range(law.cols)) for i in range(law.rows)]
        second = [mp.fsum(law[i, j] for i in range(law.rows)) for j in range(law.cols)]
        for i in range(law.rows):
            for j in range(law.cols):
                product = first[i] * second[j]
                if product > 0:
                    value = f(law[i, j] / product) if law[i, j] > 0 else mp.mpf(div.at_zero)
                    total += product * value
        return total

    return information(joint) - information(merged)


def test_rounding_does_not_refute_the_plain_expressions_of_a_user():
    """Suff(T) ≤ 0 for an injective T, and Suff(T) ≤ Suff(T relabelled): equalities up to rounding."""
    rng, found = np.random.default_rng(0), []
    for _ in range(300):
        model = FiniteModel(rng.dirichlet(np.ones(12)).reshape(4, 3))
        labels = rng.permutation(4)
        loss = model.sufficiency(labels, divergence("kl"))
        found.append(loss.value)
        assert loss <= 0.0
        assert Comparison(loss, "<=", 0.0).holds
        merged = rng.integers(0, 3, size=4)
        one = model.sufficiency(merged, "kl")
        other = model.sufficiency((merged + 1) % 3, "kl")
        assert one <= other
        assert Comparison(one, "<=", other).holds
    assert max(found) > 0  # so that it was rounding that the errors had to cover


@pytest.mark.statement("A4")
@pytest.mark.parametrize("name", ["kl", "total_variation", "chi2"])
def test_the_excess_of_the_best_score_near_independence(name):
    """A4 with S = f'(r) attains equality, where R_f and I_f cancel to a millionth of their terms."""
    rng, div = np.random.default_rng(1), divergence(name)
    for _ in range(100):
        model = near_independence(rng, 0.003)
        score = np.log(model.ratio) if name == "kl" else div.derivative(model.ratio)
        assert statements.get("A4").evaluate(model, np.arange(4), score, div).holds


@pytest.mark.statement("A4-chi2")
def test_a_small_score_on_an_independent_law():
    rng = np.random.default_rng(2)
    for _ in range(200):
        model = near_independence(rng, 0.0)
        assert statements.get("A4-chi2").evaluate(model, rng.uniform(-1e-3, 1e-3, size=(4, 3))).holds


@pytest.mark.parametrize(
    "id",
    [pytest.param(id, marks=pytest.mark.statement(id, kind="exact")) for id in ("A1", "A1-variational")],
)
def test_a_cell_of_tiny_mass_whose_square_overflows(id):
    """[[1 − 1e-160, 0], [0, 1e-160]]: χ² = 1, though r² is beyond the largest double."""
    model = FiniteModel([[1 - 1e-160, 0], [0, 1e-160]])
    row = statements.get(id).evaluate(model, [0, 0], divergence("chi2"))
    assert row.holds
    assert (row.lhs.value, row.rhs.value) == (pytest.approx(1.0), pytest.approx(1.0))


def test_a_product_of_marginals_below_the_normal_range_without_mass():
    """P₁⊗P₂ f(0) = 1e-300 is all the information there is."""
    model = FiniteModel([[0, 1e-150], [1e-150, 1 - 2e-150]])
    assert model.information("kl").value == 1e-300


@pytest.mark.statement("A1")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spread", [0.003, 0.5, None])
def test_a_planted_error_is_noticed(name, spread):
    """A relative error of 1e-9 in A1 is refuted, near independence of one in a thousand of the tiny loss."""
    rng, div = np.random.default_rng(3), divergence(name)
    planted = 1e-3 if spread == 0.003 else 1e-9
    for _ in range(20):
        model = (
            FiniteModel(rng.dirichlet(np.ones(12)).reshape(4, 3))
            if spread is None
            else near_independence(rng, spread)
        )
        row = statements.get("A1").evaluate(model, np.array([0, 0, 1, 1]), div)
        assert row.holds
        if row.rhs.value > 1e-8:
            assert row.with_(rhs=row.rhs * (1 + planted)).verdict == "violated"


def test_the_allowance_is_a_few_ulp_of_the_terms():
    """On tables of typical entries 0.1 to 1: below 1e-14, where 256 ulp of 1 + the terms allowed 2e-13."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        model = FiniteModel(rng.dirichlet(np.full(9, 3.0)).reshape(3, 3))
        for id in ("A1", "A1-variational"):
            assert statements.get(id).evaluate(model, np.array([0, 0, 1]), divergence("kl")).error < 2e-14


def test_tables_of_single_precision_are_normalised():
    table = np.random.default_rng(0).dirichlet(np.ones(400)).reshape(20, 20).astype(np.float32)
    table /= table.sum()
    assert abs(float(table.astype(float).sum()) - 1) > 1e-9  # beyond what a double may be off
    assert FiniteModel(table).joint.sum() == pytest.approx(1, abs=1e-15)
    assert len(FiniteStack(np.stack([table, table]))) == 2
    channel = np.full((2, 3), 1 / 3, dtype=np.float32)
    assert FiniteModel.from_views([0.5, 0.5], channel).shape == (3, 3)
    with pytest.raises(ValueError, match="joint must sum to 1"):
        FiniteModel(table.astype(float) * (1 + 1e-6))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.ma.masked_array([[0.5, 0.5], [0.0, 0.0]], mask=[[0, 0], [1, 0]]), "joint must be without a mask"),
        (np.array([[0.5, 0.5], [0.0, 1e-3j]]), "joint must hold real numbers"),
    ],
)
def test_masks_and_imaginary_parts_are_not_dropped(table, message):
    with pytest.raises(ValueError, match=message):
        FiniteModel(table)
