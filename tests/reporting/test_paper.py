"""Is docs/paper.md what the registry says, and does something stand for each item of the paper?"""

import dataclasses
import re
from pathlib import Path

import pytest

from simsuff import statements
from simsuff.cli import main
from simsuff.reporting.paper import (
    HEADER,
    Measure,
    Measures,
    evidence_of,
    in_run,
    over_draws,
    paper_page,
)
from simsuff.reporting.row import tightness
from simsuff.statements.paper import ITEMS, Item, item
from simsuff.verdicts import Bounded, Comparison

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "paper.md"


SMALL_STUDY = '''"""One row."""

from simsuff import FiniteModel
from simsuff.statements import get
from simsuff.studies import study


@study(statement="A1", smoke={"merged": [0]}, default={"merged": [0]}, full={"merged": [0]})
def coupled_bits(merged):
    """Nothing is known of the first bit."""
    return get("A1").evaluate(FiniteModel([[0.375, 0.125], [0.125, 0.375]]), [0, merged], "kl")
'''


def unmeasured(page):
    """The page without the columns that come from a run and from draws, and without how they were made."""
    page = re.sub(r"(?<=run of the studies) at scale \w+|(?<=property tests), \d+ for each", "", page)
    return re.sub(r"^(\| \[`.*?) \| [^|]* \| [^|]* \|$", r"\1 |", page, flags=re.MULTILINE)


def test_the_page_is_current():
    """Regenerate it with ``simsuff paper RUN_DIR --draws 100 --out docs/paper.md``."""
    assert unmeasured(PAGE.read_text()) == unmeasured(paper_page(ROOT))


def uncarried(items=ITEMS):
    """The keys of items that have neither a statement nor a study nor a stated reason why not."""
    found = {item.key: evidence_of(item, ROOT) for item in items if not item.unchecked}
    return [key for key, evidence in found.items() if not (evidence.statements or evidence.studies)]


def test_something_stands_for_each_item():
    assert uncarried() == []


def test_an_item_without_anything_is_noticed():
    bare = Item("nothing", 0, "a lemma", "claims something")
    assert uncarried([bare]) == ["nothing"]
    assert uncarried([dataclasses.replace(bare, unchecked="out of reach")]) == []
    assert uncarried([dataclasses.replace(bare, studies=("real_text.py",))]) == []


def test_studies_that_items_name_exist():
    for entry in ITEMS:
        for name in evidence_of(entry, ROOT).studies:
            assert (ROOT / "simulations" / name).exists(), (entry.key, name)


def test_a_printed_form_that_fails_has_its_counterexample():
    """Where a false statement is that of the paper, the page shows a counterexample and what survives."""
    false = [entry for entry in statements.all() if not entry.holds]
    printed = [entry for entry in false if "print" in f"{entry.id} {entry.title} {entry.function.__doc__}"]
    failing = {key for entry in printed for key in entry.paper}
    assert {"total-variation", "chi2-score"} <= failing
    assert {key for key in failing if not item(key).counterexample} == set()
    assert all(entry.finding and entry.survives for entry in ITEMS if entry.counterexample)


def test_evidence_of_an_item():
    found = evidence_of(item("three-forms"), ROOT)
    assert {"A1", "I1-offset", "I1-projection"} <= {entry.id for entry in found.statements}
    assert "sufficiency_forms.py" in found.studies
    assert "equivalence.py" in found.proofs


def test_measures_stand_beside_their_statement():
    measures = Measures({"I8": Measure(3, 3, 0, 0.25, 1.0)}, {"I8": Measure(9, 8, 0)}, "default", 9)
    page = paper_page(ROOT, measures)
    (line,) = [line for line in page.splitlines() if line.startswith("| [`I8`]")]
    assert line.endswith("| holds | holds in 3 of 3, 0.25 to 1 | holds in 8 of 9 |")
    assert line.count(" | ") == len(HEADER) - 1
    assert "at scale default" in page
    assert unmeasured(page) == unmeasured(paper_page(ROOT))


@pytest.mark.parametrize(
    ("row", "share"),
    [
        (Comparison(1.0, "<=", 4.0), 0.25),
        (Comparison(4.0, ">=", 1.0), 0.25),
        (Comparison(1.0, "==", 1.0), None),
        (Comparison(1.0, "<=", float("inf")), None),
        (Comparison(Bounded(1e-17, 1e-16), "<=", 1.0), None),
        (Comparison(-1.0, "<=", 1.0), None),
    ],
)
def test_tightness(row, share):
    assert tightness(row) == share


def test_a_measure_counts_and_brackets():
    rows = [Comparison(1.0, "<=", 4.0), Comparison(1.0, "<=", 2.0), Comparison(3.0, "<=", 2.0)]
    found = Measure.of(rows)
    assert (found.rows, found.holds, found.violated, found.loosest, found.tightest) == (3, 2, 1, 0.25, 1.5)
    assert found.text() == "fails in 1 of 3, 0.25 to 1.5"
    assert Measure.of([]).text() == "no row"


def test_draws_are_the_same_each_time():
    statement = statements.get("I7")
    first, second = over_draws(statement, 20), over_draws(statement, 20)
    assert first == second
    assert first.rows == first.holds == 20
    assert over_draws(statements.get("I3-range"), 20).violated > 0


def test_the_command_takes_a_run_and_writes(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = tmp_path / "small.py"
    study.write_text(SMALL_STUDY)
    assert main(["run", str(study), "--scale", "smoke", "--out", str(tmp_path / "run"), "--jobs", "1"]) == 0
    assert in_run(tmp_path / "run")[0]["A1"].holds > 0
    assert main(["paper", str(tmp_path / "run"), "--out", str(tmp_path / "page.md")]) == 0
    assert "at scale smoke" in (tmp_path / "page.md").read_text()
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["paper", str(tmp_path / "nothing")])
    assert "simsuff: error:" in capsys.readouterr().err
