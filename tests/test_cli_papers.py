"""Do `simsuff figure` and `simsuff table` write what a paper needs, and refuse what a run does not have?"""

from pathlib import Path

import pytest

from simsuff.cli import main

STUDY = '''
"""A study."""

from simsuff.studies import Axes, Comparison, study


@study(default={"k": [1, 2], "m": [3]}, replicates=3, axes=Axes(x="k", ylabel="bits (nats)"))
def noise(k, m, rng):
    """Draws."""
    return Comparison(float(rng.normal()), "<=", 100.0 * k, statement="B4")


@study(default={"k": [1, 2]}, axes=Axes(x="k"))
def exact(k):
    """No draws."""
    return Comparison(1 / 3, "<=", 100.0 * k, statement="B4-rate")
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run directory."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "given.py").write_text(STUDY.lstrip())
    assert main(["run", str(folder / "given.py"), "--out", str(folder / "out")]) == 0
    return folder / "out"


def test_figures_are_written_where_asked(status_of, run, tmp_path, capsys):
    assert status_of("figure", run, "--study", "given", "--format", "svg,pdf", "--out", tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.pdf", "given.svg"]
    assert "wrote" in capsys.readouterr().err
    assert status_of("figure", run, "--experiment", "exact", "--width", "double", "--format", "png") == 0
    assert (run / "figures" / "double" / "given-exact.png").is_file()


def test_tables_are_printed_or_written(status_of, run, tmp_path, capsys):
    assert status_of("table", run, "--statement", "B4", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert "| k | measured (nats) | upper bound (nats) | verdict |" in out
    assert "Here m = 3." in out
    place = tmp_path / "new" / "table.tex"
    arguments = (
        "--columns",
        "k,theory",
        "measured",
        "--caption",
        "C_1",
        "--label",
        "tab:mine",
        "--unit",
        "bits",
    )
    for _ in range(2):
        assert status_of("table", run, "--statement", "B4-rate", *arguments, "--out", place) == 0
    text = place.read_text()
    assert r"{$k$} & {upper bound (bits)} & {measured (bits)} \\" in text
    assert r"\caption{$C_{1}$}" in text
    assert r"\label{tab:mine}" in text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table", "--statement", "B4-rat"), "did you mean B4-rate"),
        (("table", "--statement", "B4", "--columns", "measurd"), "did you mean measured"),
        (("table", "--statement", "B4", "--study", "gven"), "did you mean given"),
        (("table",), "--statement"),
        (("figure", "--experiment", "exat"), "did you mean exact"),
        (("figure", "--format", "gif"), "must be of pdf, svg, png"),
    ],
)
def test_what_a_run_does_not_have_is_refused(status_of, run, arguments, message, capsys):
    command, *options = arguments
    assert status_of(command, run, *options) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [("figure",), ("table", "--statement", "B4")])
def test_places_without_a_run_and_places_that_cannot_be_written(status_of, run, tmp_path, command, capsys):
    assert status_of(command[0], tmp_path, *command[1:]) == 2
    (tmp_path / "file").touch()
    assert status_of(command[0], run, *command[1:], "--out", Path(tmp_path / "file" / "below")) == 1
    assert "cannot write" in capsys.readouterr().err
