"""Does a row say what was measured, what theory gives, and what to make of it?"""

import pytest

from simsuff.reporting import count, rows_of
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate, Verdict


def test_cells(rows):
    assert rows[0].theory == "≤ 0.5"
    assert rows[0].empirical == "0.333333"
    assert rows[0].setting == "K=2, link=log_link"
    assert rows[2].theory == "≤ inf"
    assert rows[4].exactness == "± 0.25 (n = 16)"
    assert rows[4].setting == "n=0.1, K=3"
    assert rows[5].exactness == "± 1e-18 (n = 16); theory within 1e-20"


def test_counts_tell_expected_violations_apart(rows):
    counts = count(rows, 1)
    assert (counts.holds, counts.violated, counts.expected, counts.undecided, counts.failed) == (
        2,
        1,
        1,
        2,
        1,
    )
    assert [row.state == "violated" for row in rows] == [False, True, False, False, False, False]


def test_a_cell_that_lost_replicates_cannot_hold(rows):
    whole = rows[5].comparison.verdict_at(0.01 / 2)
    assert whole is Verdict.UNDECIDED or rows[5].verdict is Verdict.UNDECIDED
    assert rows[5].note == "15 of 16 replicates"


@pytest.fixture
def measured():
    """Two measurements side by side, far apart, near, and with a replicate lost."""
    plan = StudyPlan("s", "", "", "", "", [ExperimentPlan("f", "", "", [{}], 9, None)])
    far = Comparison(Estimate(1.0, 0.01, 9), "vs", Estimate(2.0, 0.02, 9), statement="error")
    near = far.with_(rhs=Estimate(1.01, 0.02, 9))
    rows = [PooledRow("f", c, n, 9) for c, n in ((far, 9), (near, 9), (far, 8))]
    return rows_of([StudyResult(plan, rows, [])])[0]


def test_measurements_without_theory_are_counted_apart(measured):
    assert [str(row.verdict) for row in measured] == ["lower", "undecided", "undecided"]
    assert measured[0].theory == "vs 2"
    assert measured[0].exactness == "± 0.01 (n = 9); reference ± 0.02 (n = 9)"
    assert {row.state for row in measured} == {"measured"}
    counts = count(measured, 0)
    assert (counts.measured, counts.holds, counts.violated, counts.undecided) == (3, 0, 0, 0)


def test_the_level_is_shared_by_the_estimated_rows(result):
    strict, loose = rows_of([result], 1e-9)[0], rows_of([result], 0.5)[0]
    assert [row.verdict for row in strict][:4] == [row.verdict for row in loose][:4]
    assert strict[4].verdict is Verdict.UNDECIDED
    assert loose[4].verdict is Verdict.UNDECIDED


def test_the_level_is_shared_by_the_studies_of_a_run():
    plan = StudyPlan("s", "", "", "", "", [ExperimentPlan("f", "", "", [{}], 200, None)])
    near = PooledRow("f", Comparison(Estimate(1.0, 0.1, 200), "<=", 1.5), 200, 200)
    alone = rows_of([StudyResult(plan, [near], [])])[0][0]
    many = rows_of([StudyResult(plan, [near], [])] * 20)[7][0]
    assert (alone.verdict, many.verdict) == ("holds", "undecided")
    assert many.power > alone.power


def test_weak_rows_hold_but_would_not_notice_a_fifth(rows):
    assert [row.state == "weak" for row in rows] == [True, False, True, False, False, False]
    assert [row.notices for row in rows[:4]] == ["33 %", "", "none", ""]
    assert [row.power for row in rows[4:]] == [row.comparison.power_at(0.01 / 2) for row in rows[4:]]
    plan = StudyPlan("s", "", "", "", "", [ExperimentPlan("f", "", "", [{}], 1, None)])
    tight = PooledRow("f", Comparison(0.9, "<=", 1.0), 1, 1)
    (row,) = rows_of([StudyResult(plan, [tight], [])])[0]
    assert row.state == "holds"
    assert row.notices == "10 %"


@pytest.mark.parametrize(("value", "text"), [(-0.0, "0"), (1e-17, "1e-17"), (123456789.0, "1.23457e+08")])
def test_numbers(value, text):
    from simsuff.reporting.row import number_text

    assert number_text(value) == text
