"""Are all files of a report written, also where Matplotlib is missing or fails?"""

import sys

from simsuff.reporting import write, write_report
from simsuff.reporting.html.page import _environment

HEADER = {"scale": "smoke", "seed": 3}


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


TABLES = ["report.html", "summary.md", "tables/demo.csv", "tables/demo.md", "tables/demo.tex"]


def test_all_files(result, rows, tmp_path):
    assert write_report(tmp_path, [(result, rows)], HEADER, 0.01) == []
    assert names(tmp_path) == ["figures/demo.pdf", "figures/demo.png", "figures/demo.svg", *TABLES]
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| demo | 2 | 2 | 1 | 1 | 0 | 2 | 0 | 1 |" in summary
    assert "![demo](figures/demo.png)" in summary
    assert "* demo:f[K=2]#3: ValueError: no" in summary


def test_without_matplotlib_the_tables_are_written(result, rows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    (problem,) = write_report(tmp_path, [(result, rows)], HEADER, 0.01)
    assert problem.endswith("pip install matplotlib")
    assert names(tmp_path) == TABLES


def test_without_jinja_all_else_is_written(result, rows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    _environment.cache_clear()
    (problem,) = write_report(tmp_path, [(result, rows)], HEADER, 0.01)
    assert problem == "no report.html: Jinja is not installed; pip install jinja2"
    assert names(tmp_path) == ["figures/demo.pdf", "figures/demo.png", "figures/demo.svg", *TABLES[1:]]


def test_a_figure_that_fails_costs_only_itself(result, rows, tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("no ink")

    monkeypatch.setattr(write, "figure_files", fail)
    (problem,) = write_report(tmp_path, [(result, rows)], HEADER, 0.01)
    assert problem == "no figure of demo: ValueError: no ink"
    assert names(tmp_path) == TABLES
