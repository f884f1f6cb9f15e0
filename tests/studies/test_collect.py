"""Are replicates pooled, settings merged, and lost replicates confessed?"""

import math

import pytest

from simsuff.studies.collect import collect
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.studies.tasks import Record, encode_rows
from simsuff.verdicts import Comparison, Estimate, Verdict


def plan(replicates, cells=({"K": 2},), draws=False):
    experiment = ExperimentPlan("f", "", "B4", list(cells), replicates, None, draws)
    return StudyPlan("s", "title", "", "s.py", "digest", [experiment])


def results(plan, answers):
    tasks = list(plan.tasks())
    records = [
        Record.failure(task, "Error: x")
        if answer is None
        else Record(task.label, encode_rows(answer), "", [], 0.1)
        for task, answer in zip(tasks, answers, strict=True)
    ]
    (result,) = collect([plan], tasks, {record.task: record for record in records})
    return result


def test_replicates_become_one_estimate():
    result = results(plan(3), [Comparison(x, "<=", 2.0) for x in (1.0, 2.0, 3.0)])
    (row,) = result.rows
    assert row.comparison.lhs == Estimate.from_samples([1.0, 2.0, 3.0])
    assert row.comparison.rhs == 2.0


def test_the_row_gets_the_statement_and_the_cell():
    answer = [
        Comparison(1.0, "<=", 2.0),
        Comparison(1.0, "<=", 2.0, statement="B2", setting={"M": 3, "K": 9}),
    ]
    rows = [row.comparison for row in results(plan(1), [answer]).rows]
    assert [(row.statement, row.setting) for row in rows] == [("B4", {"K": 2}), ("B2", {"K": 9, "M": 3})]


def test_settings_that_vary_between_replicates_are_dropped():
    answers = [Comparison(float(i), "==", 1.0, setting={"draw": i, "M": 3}) for i in range(2)]
    assert results(plan(2), answers).rows[0].comparison.setting == {"K": 2, "M": 3}


def test_a_single_draw_of_several_is_undecided():
    result = results(plan(2), [Comparison(5.0, "<=", 2.0), None])
    (row,) = result.rows
    assert row.comparison.lhs == Estimate(5.0, math.inf, 1)
    assert row.comparison.verdict is Verdict.UNDECIDED
    assert (row.replicates, row.planned, len(result.failures)) == (1, 2, 1)


@pytest.mark.parametrize("relation", ["<=", "==", "vs"])
def test_a_single_draw_that_was_planned_alone_is_no_exact_number(relation):
    sides = Comparison(1.0, relation, 1.0)
    (row,) = results(plan(1, draws=True), [sides]).rows
    assert row.comparison.lhs == Estimate(1.0, math.inf, 1)
    assert row.comparison.verdict is Verdict.UNDECIDED
    # Without a Generator nothing was drawn, and a statement about every draw speaks about this one.
    assert results(plan(1), [sides]).rows[0].comparison.lhs == 1.0
    pathwise = sides.with_(pathwise=True)
    assert results(plan(1, draws=True), [pathwise]).rows[0].comparison.lhs == 1.0


def test_a_single_draw_that_breaks_an_inequality_says_so():
    (row,) = results(plan(1, draws=True), [Comparison(3.0, "<=", 1.0)]).rows
    assert row.comparison.verdict is Verdict.VIOLATED


def test_a_cell_without_replicates_has_no_row():
    result = results(plan(1, ({"K": 2}, {"K": 3})), [None, Comparison(1.0, "==", 1.0)])
    assert [row.comparison.setting for row in result.rows] == [{"K": 3}]
    assert [failure.task for failure in result.failures] == ["s:f[K=2]#0"]


@pytest.mark.parametrize(
    "second",
    [[Comparison(1.0, "==", 1.0)] * 2, Comparison(1.0, "<=", 1.0), {"a": Comparison(1.0, "==", 1.0)}],
)
def test_replicates_that_disagree_on_their_rows_are_a_failure(second):
    result = results(plan(2), [Comparison(1.0, "==", 1.0), second])
    assert not result.rows
    assert "different rows" in result.failures[0].error


def test_infinite_replicates_are_shown_and_decide_nothing():
    result = results(plan(2), [Comparison(math.inf, "==", 1.0), Comparison(1.0, "==", 1.0)])
    (row,) = result.rows
    assert (row.comparison.lhs.value, row.comparison.verdict) == (math.inf, "undecided")
    assert not result.failures
