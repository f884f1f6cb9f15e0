"""Are studies found like tests are: files and directories, by path, without executing anything else?"""

import sys

import pytest

from simsuff.studies import Settings, discover, prepare, run
from simsuff.studies.experiment import read_assignments, with_values


def test_a_file_is_a_study(toy):
    before = list(sys.path)
    (found,) = discover([toy])
    assert (found.name, list(found.experiments)) == ("toy", ["mean", "exact"])
    assert found.title == "Means of normal draws agree with their expectation."
    assert found.description == "A second paragraph."
    assert sys.path == before


def test_directories_execute_only_studies(toy, tmp_path):
    (tmp_path / "script.py").write_text("raise SystemExit('executed')")
    (tmp_path / "broken.py").write_text("def (")
    for hidden in ("_private", ".hidden", "__pycache__"):
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "copy.py").write_text(toy.read_text())
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "second.py").write_text(toy.read_text())
    assert [study.name for study in discover([tmp_path])] == ["second", "toy"]
    assert [study.name for study in discover([toy, tmp_path])] == ["toy", "second"]


def test_experiments_of_other_files_are_not_taken(toy, tmp_path):
    second = tmp_path / "second.py"
    second.write_text(
        "import sys\nfrom simsuff.studies import *\n"
        "mean = next(m.mean for n, m in list(sys.modules.items()) if n.endswith('_toy'))\n"
        "@study(default={'k': [1]})\ndef own(k):\n    return Comparison(k, '==', k)\n"
    )
    studies = discover([toy, second])
    assert list(studies[1].experiments) == ["own"]


def test_missing_empty_and_broken_paths_are_refused(toy, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain.py").write_text("x = 1")
    text = "import nowhere_to_be_found\n@study(default={'k': [1]})\ndef f(k): pass\n"
    (tmp_path / "import_error.py").write_text(text)
    (tmp_path / "syntax_error.py").write_text("@study(default=\ndef f(k): pass\n")
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "toy.py").write_text(toy.read_text())
    for paths, message in [
        (["absent.py"], "PATH must exist"),
        (["empty"], "at least one study"),
        (["plain.py"], "must define a study"),
        (["import_error.py"], "importable.*line 1: ModuleNotFoundError.*nowhere_to_be_found"),
        (["syntax_error.py"], "valid Python"),
        (["toy.py", "twin"], "different file names"),
    ]:
        with pytest.raises(ValueError, match=message):
            discover([tmp_path / path for path in paths])


def test_a_value_takes_the_place_of_the_grid(toy):
    """Cells that coincide then are one; experiments without the name keep theirs."""
    (study,) = discover([toy])
    changed = with_values(study, read_assignments(["n=7"], [study]))
    cells = changed.experiments["mean"].grids["smoke"]
    assert {cell["n"] for cell in cells} == {7}
    assert len({str(cell) for cell in cells}) == len(cells)
    assert changed.experiments["exact"].grids == study.experiments["exact"].grids


@pytest.mark.parametrize(
    ("text", "message"),
    [("n", "be NAME=VALUE"), ("=3", "be NAME=VALUE"), ("z=1", "--set must be one of k, mu, n")],
)
def test_values_for_unknown_names_are_refused(toy, text, message):
    with pytest.raises(ValueError, match=message):
        read_assignments([text], discover([toy]))


def test_tasks_run_in_the_cell_that_their_label_names(write):
    """In one run, a study that has the name and one that has not."""
    body = """
    @study(default={"NAME": [1, 2]})
    def seen(NAME):
        return Comparison(float(NAME), "<=", 100.0)
    """
    paths = [write(body.replace("NAME", "k")), write(body.replace("NAME", "j"), "other.py")]
    given, others = run(prepare(Settings(paths=list(map(str, paths)), set=["k=7"])))
    assert [(row.comparison.setting, row.comparison.lhs) for row in given.rows] == [({"k": 7}, 7.0)]
    assert [row.comparison.lhs for row in others.rows] == [1.0, 2.0]
