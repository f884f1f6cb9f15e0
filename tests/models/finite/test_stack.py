import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.divergences import divergence
from simsuff.models import FiniteModel, FiniteStack
from simsuff.models.finite.forms import FORMS


@st.composite
def stacks(draw):
    """Tables with zeros and with ties, one of extreme ratios, and labels for each."""
    m, n1, n2 = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tables = rng.choice([0.0, 1.0, 2.0, 9.0, 1e-200], p=[0.3, 0.3, 0.2, 0.15, 0.05], size=(m, n1, n2))
    tables += draw(st.booleans()) * rng.exponential(size=tables.shape)
    tables[tables.sum(axis=(1, 2)) == 0, 0, 0] = 1.0
    stack = FiniteStack(tables / tables.sum(axis=(1, 2), keepdims=True))
    return stack, rng.integers(-1, 3, size=(m, n1))


def alone(function, *arguments, **options):
    """What the single evaluation returns, or "refused"."""
    try:
        return function(*arguments, **options)
    except ValueError as error:
        if "the condition of A1" in str(error):
            return "refused"
        raise


def test_every_model_has_the_same_bits_as_alone(divergences):
    refused = []

    @given(stacks())
    def check(drawn):
        stack, labels = drawn
        models = [stack[i] for i in range(len(stack))]
        for div in divergences.values():
            assert stack.information(div).tolist() == [model.information(div) for model in models]
            assert stack.information(div).error.tolist() == [m.information(div).error for m in models]
            for form in FORMS:
                found = stack.sufficiency(labels, div, form=form)
                pairs = zip(models, labels, strict=True)
                expected = [alone(model.sufficiency, own, div, form=form) for model, own in pairs]
                shown = ["refused" if np.isnan(x) else x for x in found.tolist()]
                assert shown == expected
                refused.extend(x == "refused" for x in expected)

    check()
    assert 0 < sum(refused) < len(refused) / 2


@given(stacks(), st.integers(0, 4))
def test_common_labels_and_callables(drawn, seed):
    stack, _ = drawn
    labels = np.random.default_rng(seed).integers(0, 3, size=stack.shape[0])
    div, each = divergence("js"), np.tile(labels, (len(stack), 1))
    for statistic in (labels, lambda z: labels[z]):
        np.testing.assert_array_equal(stack.sufficiency(statistic, div), stack.sufficiency(each, div))
        np.testing.assert_array_equal(stack.reduced(statistic).joint, stack.reduced(each).joint)


@given(stacks())
def test_tables_are_those_of_the_models(drawn):
    stack, labels = drawn
    reduced, swapped = stack.reduced(labels), stack.swapped()
    for i, own in enumerate(labels):
        model, merged = stack[i], stack[i].reduced(own)
        for name in ("joint", "marginal1", "marginal2", "ratio", "product"):
            np.testing.assert_array_equal(getattr(stack, name)[i], getattr(model, name))
            np.testing.assert_array_equal(getattr(swapped, name)[i], getattr(model.swapped(), name))
        used = merged.shape[0]
        np.testing.assert_array_equal(reduced.joint[i, :used], merged.joint)
        assert not reduced.joint[i, used:].any()


def test_what_is_remembered_is_that_of_the_divergence():
    stack = FiniteStack(np.random.default_rng(0).dirichlet(np.ones(6), size=4).reshape(4, 2, 3))
    divergences = [divergence(name) for name in ("kl", "js")]
    for div in divergences * 2:
        assert stack.information(div).tolist() == [model.information(div) for model in stack]
    values = stack.information(divergences[1])
    values[:] = 0.0
    assert (stack.information(divergences[1]) > 0).all()


def test_what_is_remembered_is_that_of_the_statistic():
    stack, kl = (
        FiniteStack(np.random.default_rng(0).dirichlet(np.ones(6), size=4).reshape(4, 3, 2)),
        divergence("kl"),
    )
    labels = np.array([0, 1, 1])
    statistics = [labels, np.array([0, 0, 1]), lambda z: z, lambda z: z // 2, np.tile(labels, (4, 1)), labels]
    for statistic in statistics:
        found = stack.sufficiency(statistic, kl).tolist()
        assert found == FiniteStack._normalised(stack.joint).sufficiency(statistic, kl).tolist()
    with pytest.raises(ValueError, match="statistic must hold integers"):
        stack.sufficiency(labels.astype(float), kl)
    before = stack.sufficiency(labels, kl)
    labels[:] = [0, 1, 2]
    assert (before > 0).all()
    assert not (stack.sufficiency(labels, kl) == before).any()


def test_views_of_other_layouts_are_copied():
    tables = np.random.default_rng(0).dirichlet(np.ones(6), size=8).reshape(8, 2, 3)
    expected = FiniteStack(tables[::2]).information(divergence("kl"))
    for layout in (np.asfortranarray(tables)[::2], np.repeat(tables, 2, axis=2)[::2, :, ::2]):
        layout.setflags(write=False)
        np.testing.assert_array_equal(FiniteStack(layout).information(divergence("kl")), expected)


def test_entries_without_a_loss_hide_nothing_plausible():
    tables = np.full((2, 2, 2), 0.25)
    tables[1] = np.diag([0.5, 0.5])
    stack, div = FiniteStack(tables), divergence("reverse_kl")
    found = stack.sufficiency([0, 1], div)
    assert np.isnan(found.value).tolist() == [False, True]
    with pytest.raises(ValueError, match="the condition of A1"):
        stack[1].sufficiency([0, 1], div)
    assert stack.sufficiency([0, 0], div).tolist() == [0.0, np.inf]


def test_pickles_without_its_cells():
    stack = FiniteStack(np.full((3, 2, 2), 0.25))
    stack.information(divergence("kl"))
    copy = pickle.loads(pickle.dumps(stack))
    assert "_cells" in stack.__dict__
    assert "_cells" not in copy.__dict__
    np.testing.assert_array_equal(copy.joint, stack.joint)


def test_is_a_sequence_of_models():
    stack = FiniteStack(np.full((3, 2, 2), 0.25))
    assert len(stack) == 3
    assert [type(model) for model in stack] == [FiniteModel] * 3
    assert repr(stack) == "FiniteStack(m=3, shape=(2, 2))"


@pytest.mark.parametrize(
    ("joints", "message"),
    [
        (np.full((2, 2), 0.25), "joints must have 3 dimensions"),
        (np.empty((0, 2, 2)), "joints must be non-empty"),
        ([[[0.5, 0.5]], [[0.5, np.nan]]], r"joints must be finite: joints\[1, 0, 1\] = nan"),
        ([[[0.5, 0.5]], [[1.5, -0.5]]], r"joints must be non-negative: joints\[1, 0, 1\] = -0.5"),
        ([[[0.5, 0.5]], [[0.5, 0.4]]], r"sum to 1 table by table: sum of joints\[1\] = 0.9"),
        ([[[0.5, 0.5]], [[1.0, 1e-310]]], r"marginal2 must be 0 or at least .*: marginal2\[1, 1\] = 1e-310"),
    ],
)
def test_refuses_what_are_no_laws(joints, message):
    with pytest.raises(ValueError, match=message):
        FiniteStack(joints)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"statistic must have shape \(3,\)"),
        (np.zeros((3, 3), int), r"have shape \(3,\) or \(2, 3\): shape = \(3, 3\)"),
        (np.zeros((2, 3)), "statistic must hold integers: dtype = float64"),
        (np.zeros((2, 3, 1), int), r"statistic must have shape \(3,\)"),
    ],
)
def test_refuses_labels_that_do_not_fit(labels, message):
    stack = FiniteStack(np.full((2, 3, 2), 1 / 6))
    for use in (stack.reduced, lambda labels: stack.sufficiency(labels, divergence("kl"))):
        with pytest.raises(ValueError, match=message):
            use(labels)


def test_refuses_an_unknown_form():
    with pytest.raises(ValueError, match="form must be one of information_loss"):
        FiniteStack(np.full((1, 2, 2), 0.25)).sufficiency([0, 1], divergence("kl"), form="chain")
