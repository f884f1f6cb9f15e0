"""Does a table for a paper hold the rows of its statement, rounded, in four formats that nothing can break?"""

import csv
import dataclasses
import io
import math
import re
import shutil
import subprocess

import pytest

from simsuff.reporting.statement_table import SIDES, statement_tables
from simsuff.reporting.table import PAGE
from simsuff.reporting.table_formats import FORMATS, as_csv, as_html, as_latex, as_markdown
from simsuff.studies import Axes, StudyResult
from simsuff.studies.collect import PooledRow
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate

EVIL = "a_b & 5 % \\input{x} <b>|*`$ é ε̃ ⟨θ̂⟩ ‖x‖ ħ ſ 漢 \N{PILE OF POO} ∂ 𝓔_∞ \u0303"
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{booktabs,siunitx,longtable}
\begin{document}
"""


def results_of(comparisons, axes=None, description="A description of 𝓔_K."):
    names = list(comparisons)
    plans = [ExperimentPlan(name, description, "B4", [{}], 1, axes) for name in names]
    plan = StudyPlan("demo", "A title", "", "demo.py", "0", plans)
    return [StudyResult(plan, [PooledRow(name, c, 1, 1) for name in names for c in comparisons[name]], [])]


@pytest.fixture
def results():
    rows = [
        Comparison(
            Estimate(0.51234, 0.004, 100), "<=", 0.75, "B4", {"K": k, "link": "log_link", "noise": 1e-5}
        )
        for k in (2, 16)
    ]
    others = [
        Comparison(1 / 3, ">=", -5e-17, "B4-rate", {"K": 2}),
        Comparison(1.0, "==", 1.0, "B4-sharp", {"K": 4}),
    ]
    return results_of({"f": rows, "g": others}, Axes(x="K", ylabel="score excess (nats)", show="B4"))


def test_one_table_for_each_experiment_one_column_for_each_parameter_that_varies(results):
    (table,) = statement_tables(results, "B4")
    assert [column.header for column in table.columns] == [
        "K",
        "measured (nats)",
        "upper bound (nats)",
        "verdict",
    ]
    assert table.rows == [["2", "0.512(4)", "0.7500", "holds"], ["16", "0.512(4)", "0.7500", "holds"]]
    assert table.caption == "B4: A description of 𝓔_K. Here link = log_link, noise = 1e-05."
    assert table.label == "tab:demo-f-B4"
    assert table.notes == ["In parentheses: the standard error of the last digits (n = 100)."]


def test_a_family_is_shown_where_no_row_has_just_its_id(results):
    without = [dataclasses.replace(results[0], rows=results[0].rows[2:])]
    (table,) = statement_tables(without, "B4")
    assert [column.name for column in table.columns] == [
        "statement",
        "K",
        "measured",
        "relation",
        "theory",
        "verdict",
    ]
    assert [row[0] for row in table.rows] == ["B4-rate", "B4-sharp"]
    assert table.rows[0][4] == "0"


def test_columns_are_chosen(results):
    names = ["noise", "link", *SIDES]
    (table,) = statement_tables(results, "B4", columns=names, caption="mine", label="my_label", unit="bits")
    assert [column.name for column in table.columns] == names
    assert table.rows[0][:4] == ["1e-5", "log_link", "B4", "≤"]
    assert (table.caption, table.label) == ("mine", "my_label")
    assert "slack (bits)" in [column.header for column in table.columns]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"statement": "B4-rat"},
            "--statement must be in this run: --statement = B4-rat; did you mean B4-rate",
        ),
        ({"statement": "B4", "columns": ["lnik"]}, "did you mean link"),
        ({"statement": "B4", "studies": ["deom"]}, "did you mean demo"),
    ],
)
def test_unknown_names_are_refused_with_the_near_ones(results, arguments, message):
    with pytest.raises(ValueError, match=message):
        statement_tables(results, **arguments)


def test_formats_say_the_same(results):
    tables = statement_tables(results, "B4")
    assert "| 16 | 0.512(4) | 0.7500 | holds |" in as_markdown(tables)
    assert '<td class="number">0.512(4)</td>' in as_html(tables)
    (first, second) = csv.DictReader(io.StringIO(as_csv(tables)))
    assert second == {
        "study": "demo",
        "experiment": "f",
        "K": "16",
        "measured (nats)": "0.512(4)",
        "upper bound (nats)": "0.7500",
        "verdict": "holds",
    }
    assert first["K"] == "2"
    tex = as_latex(tables)
    assert r"\begin{tabular}{S[table-format=2]S[table-format=1.3(1)]S[table-format=1.4]l}" in tex
    assert r"16 & 0.512(4) & 0.7500 & holds \\" in tex
    assert r"$\mathcal{E}_{K}$" in tex
    assert r"log\_link" in tex


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_are_the_same_again(results, form):
    assert FORMATS[form](statement_tables(results, "B4")) == FORMATS[form](statement_tables(results, "B4"))


def hostile():
    settings = [{EVIL: EVIL, "K": k} for k in ("=1+1", "-2", "@x")]
    rows = [Comparison(Estimate(-1e-7, 1e-8, 9), "<=", math.inf, EVIL, setting) for setting in settings]
    rows += [Comparison(Estimate(0.1, math.inf, 1), "<=", 1e30, EVIL, {EVIL: "b", "K": "c"})]
    return statement_tables(results_of({EVIL: rows}, description=EVIL), EVIL, unit=EVIL, label=EVIL)


def test_nothing_is_mistaken_for_markup():
    tables = hostile()
    assert "<b>" not in as_html(tables)
    for line in as_markdown(tables).splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6
    first = next(csv.reader(io.StringIO(as_csv(tables).partition("\n")[2])))
    assert first[3] == "'=1+1"
    assert first[4] == "-1.00(10)e-7"
    assert r"\input" not in as_latex(tables)
    assert r"{$\infty$}" in as_latex(tables)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(results, tmp_path):
    many = [Comparison(Estimate(k / 7, 0.01, 9), "<=", 10.0**-k, "B4", {"K": k}) for k in range(PAGE + 1)]
    long = statement_tables(results_of({"long": many}), "B4")
    tables = [*statement_tables(results, "B4", columns=["K", *SIDES]), *hostile(), *long]
    text = PREAMBLE + as_latex(tables) + "\\end{document}\n"
    (tmp_path / "paper.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
