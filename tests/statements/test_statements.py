"""Does every statement hold on random models, and is every false one refuted?"""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simsuff import statements
from simsuff.strategies import arguments_of
from simsuff.verdicts import Comparison, Verdict

TRUE = [entry for entry in statements.all() if entry.holds and "rng" not in entry.arguments]
FALSE = [entry for entry in statements.all() if not entry.holds]


class RefutedError(Exception):
    """A counterexample was found, which ends the search."""


def evaluated(statement, arguments) -> Comparison | None:
    """Both sides, or None where a condition of the statement (finite information) is not met."""
    try:
        return statement.evaluate(**arguments)
    except ValueError as error:
        if "the condition of A1" in str(error):
            return None
        raise


def cases(entries):
    """A case for each statement, which is evidence about it."""
    return [pytest.param(entry, id=entry.id, marks=pytest.mark.statement(entry.id)) for entry in entries]


@pytest.mark.parametrize("statement", cases(TRUE))
def test_statement_holds(statement):
    met = []

    @given(arguments_of(statement))
    def check(arguments):
        comparison = evaluated(statement, arguments)
        met.append(comparison is not None)
        if comparison is not None:
            assert comparison.verdict is not Verdict.VIOLATED, comparison

    check()
    assert sum(met) > len(met) / 4


@pytest.mark.parametrize("statement", cases(FALSE))
def test_false_statement_is_refuted(statement):
    @settings(max_examples=500, phases=[Phase.generate])
    @given(arguments_of(statement))
    def search(arguments):
        comparison = evaluated(statement, arguments)
        if comparison is not None and comparison.verdict is Verdict.VIOLATED:
            raise RefutedError

    with pytest.raises(RefutedError):
        search()


def test_ids_are_unique_and_titled():
    ids = [entry.id for entry in statements.all()]
    assert len(set(ids)) == len(ids) > 40
    assert all(entry.title for entry in statements.all())


@given(st.sampled_from(["A1", "B4", "E9"]))
def test_get_finds_by_id(id):
    assert statements.get(id).id == id


def test_unknown_id_and_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"id must be one of .* names\): id = 'Z9'"):
        statements.get("Z9")
    with pytest.raises(ValueError, match="call it with model, labels, divergence"):
        statements.get("A1").evaluate(model=None)


@pytest.mark.statement("E9")
def test_least_squares_error_has_its_expectation():
    """E9 averaged over 700 fits; the planted (m − 1)/(m − p) is told apart."""
    from simsuff import GaussianModel
    from simsuff.downstream import GaussianRegression
    from simsuff.verdicts import pooled

    task = GaussianRegression(GaussianModel.additive_noise([2.0, 1.0, 0.5], 0.5), [1.0, -1.0, 0.5], 0.5)
    rng = np.random.default_rng(0)
    rows = [statements.get("E9").evaluate(task, np.eye(3)[:2], 8, rng) for _ in range(700)]
    assert pooled(rows).verdict is Verdict.HOLDS
    wrong = [row.with_(rhs=row.rhs * 5 / 6) for row in rows]
    assert pooled(wrong).verdict is Verdict.VIOLATED
