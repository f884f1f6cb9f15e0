import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize_scalar

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.models.finite.forms import FORMS

# The Bregman and the variational form add terms of the sizes that the two informations add, a few times over
# (f, f' r, f* and their product with the weights), so that their rounding is a small multiple of the two bounds.
FORM_FACTOR = 8

tables = hnp.arrays(
    np.int64, st.tuples(st.integers(2, 5), st.integers(1, 4)), elements=st.sampled_from([0, 1, 2, 3, 50])
).filter(lambda table: table.sum() > 0)


def _allowance(model, labels, div):
    full, reduced = model.information_bounded(div), model.reduced(labels).information_bounded(div)
    return FORM_FACTOR * (full.error + reduced.error) + np.finfo(float).eps * full.value


@given(tables, st.data())
def _three_forms_agree(divergences, table, data):
    model = FiniteModel(table / table.sum())
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(table), max_size=len(table))))
    for div in divergences.values():
        infinite = np.isinf(model.reduced(labels).information(div))
        if infinite:
            for form in FORMS:
                with pytest.raises(ValueError, match="the condition of A1"):
                    model.sufficiency(labels, div, form=form)
            continue
        losses = [model.sufficiency(labels, div, form=form) for form in FORMS]
        if np.isinf(model.information(div)):
            assert losses == [np.inf] * 3
            continue
        slack = _allowance(model, labels, div)
        assert max(losses) - min(losses) <= slack
        assert -slack <= losses[0] <= model.information(div) + slack


@pytest.mark.statement("A1", "A1-variational")
def test_three_forms_agree(divergences):
    _three_forms_agree(divergences)


@pytest.mark.statement("A1-variational", "P1", kind="exact")
@pytest.mark.parametrize("name", ["kl", "chi2", "squared_hellinger", "js", "le_cam", "reverse_kl"])
def test_no_score_beats_the_variational_form(name):
    """VFS by brute force: minimise f*(s) − r_T s in every cell numerically."""
    div = divergence(name)
    model = FiniteModel(np.random.default_rng(4).dirichlet(np.full(20, 0.7)).reshape(5, 4))
    labels = np.array([0, 1, 0, 1, 2])
    reduced = model.reduced(labels)
    product = np.outer(reduced.marginal1, reduced.marginal2).ravel()
    minima = [_minimum(div, ratio) for ratio in reduced.ratio.ravel()]
    expected = float(product @ minima) + model.information(div)
    # The search stops within √eps of the minimiser, and the minimum is quadratic: a few eps f''⁻¹ remain.
    search = 1e4 * np.finfo(float).eps
    assert abs(model.sufficiency(labels, div, form="variational") - expected) <= search


def _minimum(div, ratio):
    ends = div.derivative(ratio * np.array([0.2, 5.0]))
    objective = lambda s: float(div.conjugate(s)) - ratio * s  # noqa: E731
    return minimize_scalar(objective, bounds=tuple(ends), method="bounded", options={"xatol": 1e-9}).fun


@pytest.mark.statement("A3-sign", kind="exact")
def test_an_injective_statistic_loses_nothing(divergences):
    model = FiniteModel(np.random.default_rng(0).dirichlet(np.ones(12)).reshape(4, 3))
    for div in divergences.values():
        slack = _allowance(model, np.arange(4), div)
        for form in FORMS:
            assert abs(model.sufficiency(lambda z: -z, div, form=form)) <= slack


@pytest.mark.statement("A3-range", kind="exact")
def test_a_constant_statistic_loses_everything(divergences):
    model = FiniteModel(np.random.default_rng(0).dirichlet(np.ones(12)).reshape(4, 3))
    for div in divergences.values():
        slack = _allowance(model, np.zeros(4, int), div)
        for form in FORMS:
            loss = model.sufficiency(np.zeros(4, int), div, form=form)
            assert abs(loss - model.information(div)) <= slack


@pytest.mark.statement("A3", kind="exact")
def test_chain_rule(divergences):
    """A3: Suff(φ(T)) = Suff(T) + I_f(T; z₂) − I_f(φ(T); z₂)."""
    model = FiniteModel(np.random.default_rng(1).dirichlet(np.ones(18)).reshape(6, 3))
    fine, coarse = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 0, 0, 0, 1, 1])
    for div in divergences.values():
        slack = _allowance(model, fine, div)
        step = model.reduced(fine).sufficiency([0, 0, 1, 1], div)
        gap = (
            model.sufficiency(coarse, div, form="bregman")
            - model.sufficiency(fine, div, form="bregman")
            - step
        )
        assert abs(gap) <= slack


@pytest.mark.statement("A1", "A1-variational", kind="exact")
def test_huge_ratios_stay_in_the_domain_of_the_conjugate():
    """f'(r) = 1 − 1/r rounds to the end of the domain of f* for r above 1e16."""
    model = FiniteModel(np.array([[0.5, 0.0], [0.5 - 1e-18, 0.0], [0.0, 1e-18]]) + 1e-40)
    for name in ("reverse_kl", "squared_hellinger"):
        div = divergence(name)
        losses = [model.sufficiency([0, 0, 1], div, form=form) for form in FORMS]
        assert max(losses) - min(losses) <= _allowance(model, [0, 0, 1], div)


def test_refuses_an_unknown_form():
    model = FiniteModel(np.full((2, 2), 0.25))
    with pytest.raises(ValueError, match="information_loss, bregman, variational: form = 'chain'"):
        model.sufficiency([0, 1], divergence("kl"), form="chain")
