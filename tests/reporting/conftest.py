"""A study's result with one row of every kind."""

import math

import pytest

from simsuff.reporting import rows_of
from simsuff.reporting.html import report_page
from simsuff.studies import Axes, StudyResult
from simsuff.studies.collect import Failure, PooledRow
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Bounded, Comparison, Estimate

ROWS = [
    ("f", Comparison(1 / 3, "<=", 0.5, statement="B4", setting={"K": 2, "link": "log_link"}), 1, 1),
    ("f", Comparison(0.75, "<=", 0.5, statement="B4", setting={"K": 8, "link": "log_link"}), 1, 1),
    ("f", Comparison(1 / 3, "<=", math.inf, statement="B4", setting={"K": 2, "link": "a & b"}), 1, 1),
    (
        "f",
        Comparison(2.0, "<=", 1.0, "B5", {"K": 8, "link": "a & b"}, expected_violation="no bound on r | w"),
        1,
        1,
    ),
    ("g", Comparison(Estimate(1.0, 0.25, 16), "==", 1.5, "G5", {"n": 0.1, "K": 3}), 16, 16),
    ("g", Comparison(Estimate(-1e-17, 1e-18, 16), "->", Bounded(-1e-17, 1e-20), "E1", {"n": 100}), 15, 16),
]


def make_result(axes=(None, None), failures=()):
    """The rows above as the result of a study with two experiments."""
    experiments = [
        ExperimentPlan("f", "100 % of 𝓔_K ≤ η₁₂", "B4", [{}], 1, axes[0]),
        ExperimentPlan("g", "", "G5", [{}], 16, axes[1]),
    ]
    plan = StudyPlan("demo", "A title", "A description.", "demo.py", "0", experiments)
    return StudyResult(plan, [PooledRow(*row) for row in ROWS], list(failures))


@pytest.fixture
def result():
    axes = (Axes(x="K", by="link", xscale="log"), Axes(x="n", yscale="log"))
    return make_result(axes, [Failure("demo:f[K=2]#3", "demo.py", "ValueError: no", [])])


@pytest.fixture
def rows(result):
    return rows_of([result])[0]


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """A file that holds the page of the rows above."""
    result = make_result((Axes(x="K", by="link", xscale="log"), Axes(x="n", yscale="log")))
    header = {"scale": "smoke", "seed": 3, "command": ["simsuff", "run"]}
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"/>'
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report_page([(result, *rows_of([result]))], header, 0.01, {"demo": picture}, (31, 33)))
    return path
