"""Does a statement say of each model in a stack what it says of that model alone?"""

import numpy as np
import pytest

from simsuff import FiniteModel, FiniteStack, statements
from simsuff.divergences import DIVERGENCES
from simsuff.numerics.numbers import ROUNDING
from simsuff.statements.equivalence import score_through
from simsuff.verdicts import Verdict, rules

TAKING = [entry for entry in statements.all() if entry.takes_stacks]
OTHERS = [entry for entry in statements.all() if not entry.takes_stacks]
LAWS = ("model", "full_model", "exchangeable")


def tables(rng, m, n, exchangeable):
    """Full tables, tables with zero cells, with an empty row, diagonal ones, and near independence."""
    joint = rng.dirichlet(np.full(n * n, 0.5), size=m).reshape(m, n, n) + 1e-12
    joint[::3] *= rng.random((len(joint[::3]), n, n)) > 0.2
    joint[1::7, 0] = 0.0
    joint[2::11] *= np.eye(n)
    joint[4::5] = np.einsum("mi,mj->mij", joint[4::5].sum(axis=2), joint[4::5].sum(axis=1))
    if exchangeable:
        joint = joint + joint.swapaxes(1, 2)
    joint[joint.sum(axis=(1, 2)) == 0] = 1.0
    return joint / joint.sum(axis=(1, 2), keepdims=True)


def drawn(rng, m, n):
    """One array for each name of the vocabulary, the first axis for the models."""
    noise = rng.dirichlet(np.ones(3), size=(m, n))
    return {
        "labels": rng.integers(0, n, size=(m, n)),
        "coarser": rng.integers(0, 2, size=(m, n)),
        "columns": rng.integers(0, n, size=(m, n)),
        "score": rng.normal(size=(m, n, n)),
        "shift": rng.normal(size=(m, n)),
        "conditional": rng.dirichlet(np.ones(n), size=(m, n)),
        "noise": noise,
        "constant": rng.uniform(1.0, 4.0, size=m),
    }


def alone(statement, arguments):
    """The single evaluation; None where it is refused."""
    try:
        return statement.evaluate(**arguments)
    except ValueError as error:
        if "the condition of A1" in str(error) or "be a number" in str(error):
            return None
        raise


def agree(statement, m, n, divergence):
    """Compare row by row, and return how many rows were refused and violated."""
    rng = np.random.default_rng(0)
    law = next(name for name in statement.arguments if name in LAWS)
    joint, arrays = tables(rng, m, n, law == "exchangeable"), drawn(rng, m, n)
    stack = FiniteStack(joint)
    rest = {name: arrays[name] for name in statement.arguments if name in arrays}
    common = {"divergence": divergence} if "divergence" in statement.arguments else {}
    found = statement.evaluate_each(**{law: stack}, **rest, **common)
    assert (found.statement, found.pathwise, len(found)) == (statement.id, True, m)
    for i in range(m):
        own = {name: values[i] for name, values in rest.items()}
        single = alone(statement, {law: stack[i]} | own | common)
        assert found.defined[i] == (single is not None)
        if single is not None:
            row = found[i]
            assert row.relation == single.relation
            assert row.verdict == single.verdict == found.verdicts[i]
            for side in ("lhs", "rhs"):
                there, here = getattr(row, side), getattr(single, side)
                assert there == here or abs(there - here) <= ROUNDING * abs(here), (i, side)
                assert there.error == pytest.approx(rules.error(here), rel=1e-9)
    return (~found.defined).sum(), found.violated.sum()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(entry, id=entry.id, marks=[pytest.mark.statement(entry.id)] if entry.holds else [])
        for entry in TAKING
    ],
)
def test_a_stack_is_its_models(statement):
    divergences = DIVERGENCES.values() if "divergence" in statement.arguments else [None]
    outcome = [agree(statement, 30, 3, divergence) for divergence in divergences]
    assert all(refused < 30 for refused, _ in outcome)
    if statement.holds:
        assert all(violated == 0 for _, violated in outcome)


@pytest.mark.parametrize("statement", OTHERS, ids=lambda entry: entry.id)
def test_others_say_so(statement):
    with pytest.raises(ValueError, match=r"statement must speak about a FiniteLaw to take a stack: id = "):
        statement.evaluate_each()


def test_the_statements_about_sufficiency_take_stacks():
    taking = {entry.id for entry in TAKING}
    assert {"A1", "A1-variational", "A3", "A4", "A5-kl", "A5-noise", "A6-kl", "D2-alpha(2)"} <= taking
    assert not {"A7", "B4", "C1", "E8"} & taking


@pytest.mark.parametrize(
    "id",
    [
        pytest.param(id, marks=pytest.mark.statement(id))
        for id in ("A5-js", "A6-squared_hellinger", "D2-no_floor")
    ],
)
def test_a_stack_refutes_what_is_false(id):
    """Many typical tables at once: some violate it, and each of those does so alone."""
    statement, rng, m = statements.get(id), np.random.default_rng(1), 2000
    joint = rng.dirichlet(np.full(9, 0.3), size=m).reshape(m, 3, 3) + 1e-12
    joint = (joint + joint.swapaxes(1, 2)) / joint.sum(axis=(1, 2), keepdims=True) / 2
    arrays = drawn(rng, m, 3)
    rest = {name: arrays[name] for name in statement.arguments if name in arrays}
    stack = FiniteStack(joint)
    violated = np.flatnonzero(statement.evaluate_each(stack, **rest).violated)
    assert len(violated) > 0
    for i in violated[:5]:
        own = {name: values[i] for name, values in rest.items()}
        assert statement.evaluate(stack[i], **own).verdict is Verdict.VIOLATED


def test_arguments_may_hold_for_all_models():
    rng = np.random.default_rng(0)
    stack, arrays = FiniteStack(tables(rng, 10, 3, False)), drawn(rng, 10, 3)
    kl = DIVERGENCES["kl"]
    for id in ("A3", "A4", "A5-kl"):
        statement = statements.get(id)
        own = {name: arrays[name][0] for name in statement.arguments if name in arrays}
        common = {"divergence": kl} if "divergence" in statement.arguments else {}
        tiled = {name: np.stack([value] * 10) for name, value in own.items()}
        few = statement.evaluate_each(stack, **own, **common)
        many = statement.evaluate_each(stack, **tiled, **common)
        np.testing.assert_array_equal(few.slack, many.slack)


def test_a_score_is_read_at_the_first_symbol_of_each_label():
    score = np.arange(12.0).reshape(4, 3)
    labels = np.array([[1, 0, 1, 2], [7, 7, 7, 7]])
    expected = score[np.array([[0, 1, 0, 3], [0, 0, 0, 0]])]
    np.testing.assert_array_equal(score_through(labels, score), expected)
    np.testing.assert_array_equal(score_through(labels[0], score), expected[0])


def test_one_model_is_no_stack_and_a_stack_is_no_model():
    table, kl = np.full((2, 2), 0.25), DIVERGENCES["kl"]
    statement = statements.get("A1")
    with pytest.raises(ValueError, match=r"arguments must hold a stack: A1: one model"):
        statement.evaluate_each(FiniteModel(table), [0, 1], kl)
    with pytest.raises(ValueError, match=r"be one model: A1: 1 models = a stack; call evaluate_each"):
        statement.evaluate(FiniteStack(table[None]), [0, 1], kl)
    with pytest.raises(ValueError, match="call it with model, labels, divergence"):
        statement.evaluate_each(FiniteStack(table[None]))
