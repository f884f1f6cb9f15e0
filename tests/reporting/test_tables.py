"""Do all formats say the same, and is nothing in them mistaken for markup?"""

import csv
import dataclasses
import io
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.numerics.numbers import value_of
from simsuff.reporting import csv_table, study_record, table_of, terminal_table, visible
from simsuff.reporting.table import escape as markdown_escape
from simsuff.reporting.table import latex_table, markdown_table
from simsuff.reporting.typeset import latex as latex_escape


@pytest.fixture
def table(result, rows):
    return table_of(result, rows)


def test_the_table_groups_by_experiment_and_explains_by_notes(table):
    assert [(group.name, len(group.rows)) for group in table.groups] == [("f", 4), ("g", 2)]
    verdicts = [row[-1] for group in table.groups for row in group.rows]
    assert verdicts[1] == "violated"
    assert verdicts[3] == "violated (expected: note 1)"
    assert verdicts[5] == "undecided (note 2)"
    assert table.notes == ["no bound on r | w", "15 of 16 replicates"]


@pytest.mark.parametrize("width", [64, 80, 100, 120, 200])
def test_terminal_lines_fit(table, width):
    text = terminal_table(table, width)
    assert max(map(len, text.splitlines())) <= width
    squeezed = re.sub(r"\s+", "", text)
    assert "note1:noboundonr|w" in squeezed
    assert "demo:Atitle" in squeezed


@pytest.mark.parametrize("width", [80, 100, 120])
def test_numbers_stay_whole_on_usual_terminals(table, width):
    words = terminal_table(table, width).split()
    assert {"0.333333", "0.166667", "-1e-17"} <= set(words)


def test_a_wide_terminal_shows_rows_on_one_line(table):
    line = next(line for line in terminal_table(table, 200).splitlines() if "K=2, link=log_link" in line)
    assert line.split() == [
        "B4",
        "K=2,",
        "link=log_link",
        "≤",
        "0.5",
        "0.333333",
        "exact",
        "0.166667",
        "33",
        "%",
        "holds",
        "(weak)",
    ]


def test_a_very_narrow_terminal_still_shows_everything(table):
    assert "0.3333" in terminal_table(table, 10)


def test_csv_gives_back_every_bit(rows):
    records = list(csv.DictReader(io.StringIO(csv_table(rows))))
    assert len(records) == len(rows)
    for record, row in zip(records, rows, strict=True):
        comparison = row.comparison
        assert float(record["lhs"]) == value_of(comparison.lhs)
        assert float(record["rhs"]) == value_of(comparison.rhs)
        assert float(record["slack"]) == comparison.slack
        assert record["verdict"] == row.verdict
        assert record["relation"] == comparison.relation
        assert record["expected"] == comparison.expected_violation
    assert [r["setting.link"] for r in records] == ["log_link", "log_link", "a & b", "a & b", "", ""]
    assert [r["n"] for r in records] == ["", "", "", "", "16", "16"]
    assert [r["setting.n"] for r in records] == ["", "", "", "", "0.1", "100"]
    assert (float(records[4]["lhs_stderr"]), float(records[5]["rhs_error"])) == (0.25, 1e-20)
    assert math.isinf(float(records[2]["rhs"]))


def test_csv_without_rows_has_a_header():
    assert csv_table([]).startswith("study,experiment,statement")


def test_json_is_strict(result, rows):
    def refuse(name):
        raise AssertionError(name)

    record = json.loads(json.dumps(study_record(result, rows), allow_nan=False), parse_constant=refuse)
    assert record["rows"][2]["rhs"] == "inf"
    assert record["counts"]["expected"] == 1
    assert record["failures"][0]["task"] == "demo:f[K=2]#3"


def test_markdown_has_eight_columns_everywhere(table):
    lines = [line for line in markdown_table(table).splitlines() if line.startswith("|")]
    assert len(lines) == 2 * 2 + 6
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {9}


@given(st.text())
def test_markdown_cells_cannot_end_early(text):
    assert not re.search(r"(?<!\\)(?:\\\\)*[|*_`<]", markdown_escape(text))


def test_latex_is_booktabs_and_balanced(table):
    text = latex_table(table)
    assert re.findall(r"\\(?:top|mid|bottom)rule", text) == [r"\toprule", r"\midrule", r"\bottomrule"]
    assert re.findall(r"\\(?:begin|end)\{(\w+)\}", text) == ["tabular", "tabular"]
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.startswith(("B", "G", "E"))]
    assert len(rows) == 6
    assert all(len(re.findall(r"(?<!\\)&", row)) == 7 and row.endswith(r"\\") for row in rows)
    assert r"a \& $b$" in text
    assert r"log\_link" in text
    assert r"100 \% of $\mathcal{E}_{K}$ $\le$ $\eta_{12}$" in text


def test_long_latex_tables_break_over_pages(table):
    rows = [*table.groups[0].rows] * 20
    many = table.groups[0].__class__("f", "", rows)
    text = latex_table(table.__class__("demo", "", "", [many], []))
    assert text.count("{longtable}") == 2


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("log_link & 5% #1 $ {to}", r"log\_link \& 5\% \#1 \$ \{to\}"),
        ("\\~^", r"\textbackslash{}\textasciitilde{}\textasciicircum{}"),
        ("tr(H⁻¹C)", r"tr($H^{-1}C$)"),
        ("½ θ̂ χ²", r"$\frac{1}{2}$ $\hat{\theta}$ $\chi^{2}$"),
        ("10 ε̃, X̄_n", r"10 $\tilde{\epsilon}$, $\bar{X}_{n}$"),
        ("漢", "[U+6F22]"),
        ("r ≥ 0 → ∞", r"$r$ $\ge$ 0 $\to$ $\infty$"),
        ("λᵈσ χ_S", r"$\lambda^{d}\sigma$ $\chi_{S}$"),
    ],
)
def test_latex_letters(text, tex):
    assert latex_escape(text) == tex


@given(st.text(alphabet=st.characters(max_codepoint=126, min_codepoint=32)))
def test_latex_escapes_leave_no_active_letter(text):
    mathematics = r"\$(?:\\mathrm|\\star|\\frac|[A-Za-z0-9_^{}+*=/ ,-])*\$"
    bare = re.sub(rf"\\text\w+\{{\}}|\\[&%$#_{{}}]|{mathematics}", "", latex_escape(text))
    assert not re.search(r"[&%$#_{}~^\\<>|\"]", bare)


def test_titles_and_notes_cannot_leave_their_place(table):
    evil = "a\n\\input{secret}\r[x](javascript:y) <b> \x1b[2J"
    group = table.groups[0].__class__(evil, evil, [[evil] * 7])
    bad = table.__class__("demo", evil, evil, [group], [evil])
    tex, text = latex_table(bad), markdown_table(bad)
    assert all(line.startswith("%") for line in tex.splitlines() if "input{" in line)
    assert not any("](javascript" in line or "<b>" in line.replace("\\<b>", "") for line in text.splitlines())
    assert "\x1b" not in tex + text
    assert "\n\\input" not in text


@given(st.text())
def test_visible_text_controls_nothing(text):
    shown = visible(text)
    assert shown.isprintable()
    assert visible(text, kept="\n").replace("\n", "").isprintable()


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@x", "=-inf", "\tx", "-inf", "-1e-3", "plain", ""])
def test_spreadsheets_execute_nothing(rows, text):
    row = dataclasses.replace(rows[0], comparison=rows[0].comparison.with_(setting={"x": text}))
    (record,) = csv.DictReader(io.StringIO(csv_table([row])))
    harmless = text in ("-inf", "-1e-3", "plain", "")
    assert record["setting.x"] == (text if harmless else "'" + text)
