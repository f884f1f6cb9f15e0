"""Are the pages of the site complete, do their links lead somewhere, and is what is generated the library's own?"""

import json
import re

import pytest
from docstrings import restructured
from generated import api_pages, formula, statements_page, study_pages
from pages import ROOT, as_page, places, toctrees

import simsuff
from simsuff import statements


def test_every_page_is_in_one_table_of_contents():
    known = places()
    text, _ = as_page(ROOT / "docs" / "index.md", known)
    listed = re.findall(r"^(\w+)$", toctrees(text, [*known.values(), "new.md"]), re.MULTILINE)
    assert sorted(listed) == sorted(
        {name.removesuffix(".md") for name in known.values()} - {"index"} | {"new"}
    )
    assert listed[-1] == "new"


def test_links_lead_to_pages_and_anchors_become_targets():
    text, shown = as_page(ROOT / "docs" / "paper.md", places())
    assert "[`A1`](theory.md#a1)" in text
    assert "(three-forms)=\n### The three forms" in text
    assert "[sufficiency_forms.py](studies/sufficiency_forms.md)" in text
    assert "[equivalence.py](sources/proofs_check/equivalence.py.md)" in text
    assert ROOT / "proofs_check" / "equivalence.py" in shown
    assert "](../" not in text


def test_links_with_an_address_and_formulas_stay():
    text, _ = as_page(ROOT / "docs" / "comparison.md", places())
    assert "(https://github.com/cbg-ethz/bmi)" in text
    theory, _ = as_page(ROOT / "docs" / "theory.md", places())
    assert theory.count("$$") == (ROOT / "docs" / "theory.md").read_text().count("$$")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Suff_KL(T) ≤ E_{z₁}[r_T]", r"Suff<sub>KL</sub>(T) ≤ E<sub>z₁</sub>\[r<sub>T</sub>\]"),
        ("R^p, ρ_i²", "R<sup>p</sup>, ρ<sub>i</sub>²"),
        ("in le_cam, not `le_cam_2`", r"in le\_cam, not `le_cam_2`"),
        ("<b>|x|*2", r"\<b\>\|x\|\*2"),
    ],
)
def test_indices_of_formulas_are_set_and_nothing_else_is_markup(text, shown):
    assert formula(text) == shown


def test_each_statement_is_on_its_page_with_its_status():
    page = statements_page()
    entries = [entry for entry in statements.all() if entry.function.__module__.startswith("simsuff.")]
    sections = dict(
        re.findall(r"^### \[([^\]]+)\]\(theory\.md#\w+\)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    )
    assert sections.keys() == {entry.id for entry in entries}
    for entry in entries:
        assert ("*Status:* false" in sections[entry.id]) != entry.holds
        assert all(f"`{name}`:" in sections[entry.id] for name in entry.arguments)


def test_a_study_shows_the_figure_of_a_run_or_how_to_get_one(tmp_path):
    (tmp_path / "run" / "figures").mkdir(parents=True)
    (tmp_path / "out" / "studies").mkdir(parents=True)
    (tmp_path / "run" / "figures" / "word_dropout.svg").write_text("<svg/>")
    record = {"scale": "smoke", "seed": 7, "versions": {"simsuff": "0.1.0"}}
    (tmp_path / "run" / "run.json").write_text(json.dumps(record))
    pages = dict(study_pages(tmp_path / "out", tmp_path / "run"))
    assert "{figure} word_dropout.svg" in pages["studies/word_dropout.md"]
    assert "Scale smoke, seed 7" in pages["studies/word_dropout.md"]
    assert (tmp_path / "out" / "studies" / "word_dropout.svg").is_file()
    assert "make report" in pages["studies/topic_encoders.md"]
    assert {f"studies/{file.stem}.md" for file in (ROOT / "simulations").glob("*.py")} < pages.keys()


def test_the_reference_has_every_public_name():
    text = "\n".join(text for _, text in api_pages())
    names = set(simsuff._HOMES) - {"losses", "statements"}
    names |= {*simsuff.losses.__all__, *simsuff.statements.__all__}
    assert {name for name in names if f"## {name}\n" not in text} == set()


def test_docstrings_become_restructured_text():
    lines = [
        "E_K of `r`s, |n_used|.",
        "",
        "Parameters",
        "----------",
        "p, q : laws, p* = 1.",
        "",
        "Examples",
        "--------",
    ]
    shown = "\n".join(restructured([*lines, ">>> a_b"]))
    assert shown.startswith(r"E\ :sub:`K`\  of ``r``\ s, \|n\_used\|.")
    assert ".. rubric:: Parameters\n\n\n``p``, ``q``\n    laws, p\\* = 1." in shown
    assert shown.endswith(".. rubric:: Examples\n\n>>> a_b")


def test_formulas_become_mathml():
    pytest.importorskip("math_core", reason="the extra `docs` is not installed")
    from mathml import mathml
    from sphinx.errors import ExtensionError

    assert "<mfrac>" in mathml(r"\frac12")
    assert "<mtd" in mathml(r"x\tag{0}", display=True)
    assert "<msup><mo" not in mathml(r"\big(x\big)^2")
    with pytest.raises(ExtensionError, match="nonsense"):
        mathml(r"\nonsense")
