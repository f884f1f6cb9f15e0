"""Does the terminal show what matters, on few lines whatever the run?"""

from simsuff import statements
from simsuff.reporting import rows_of, terminal_summary
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate

# What the command adds: how much is missing, where the report is, what the words mean, and a blank line.
BESIDE = 4


def study(name, comparisons):
    plan = StudyPlan(name, "", "", "", "", [ExperimentPlan("f", "", "", [{}], 1, None)])
    result = StudyResult(plan, [PooledRow("f", comparison, 1, 1) for comparison in comparisons], [])
    return result, *rows_of([result])


def everything(count):
    """`count` rows of every state, of as many statements."""
    setting = {"a long name": "x" * 90}
    found = []
    for k in range(count):
        sides = {
            "violated": (2.0, "<=", 1.0),
            "undecided": (Estimate(1.0, 9.0, 9), "<=", 1.0),
            "weak": (0.001, "<=", 1.0),
            "holds": (0.99, "<=", 1.0),
            "measured": (1.0, "vs", 2.0),
        }
        found += [Comparison(*s, statement=f"{name} {k}", setting=setting) for name, s in sides.items()]
        for lhs in (0.5, 2.0):
            row = Comparison(lhs, "<=", 1.0, f"expected {k}", setting, expected_violation="so it is")
            found.append(row)
    return found


def test_at_most_forty_lines_of_the_width():
    for studies in (1, 3, 40):
        text = terminal_summary([study(f"s{k}", everything(30)) for k in range(studies)], 80)
        lines = text.splitlines()
        assert len(lines) + BESIDE <= 40
        assert max(map(len, lines)) <= 80
        assert lines.count("  … and 26 more") == 3


def test_counts_what_needs_a_look_and_the_tightest():
    text = terminal_summary([study("s", everything(1)), study("t", [Comparison(1.0, "<=", 1.01, "B4")])], 120)
    first, second, total, about = text.splitlines()[:4]
    assert first.startswith("s              2 holds (1 weak), 1 violated, 1 undecided, 1 measured")
    assert second.split(maxsplit=1) == ["t", "1 holds, 0 violated, 0 undecided"]
    assert total.startswith("all 2 studies  3 holds")
    assert about.startswith("statements     1 holds")
    assert "violated:\n  violated 0  2 ≤ 1  s:f[a long name=x" in text
    assert "unconfirmed:\n  expected 0  0.5 ≤ 1" in text
    assert "by a fifth: weak 0\n" in text
    assert "tightest bounds:\n  0.9901  B4" in text


def test_a_run_where_all_holds_is_short():
    text = terminal_summary([study("s", [Comparison(1.0, "==", 1.0, "A1")])], 120)
    assert text.splitlines() == [
        "s           1 holds, 0 violated, 0 undecided",
        f"statements  1 holds, {len(statements.all()) - 1} no evidence in this run",
    ]
