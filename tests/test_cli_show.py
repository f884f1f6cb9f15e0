"""Does `simsuff show` say what a statement claims, and does every example that it prints run?"""

import contextlib
import io
import json

import pytest

from simsuff import statements
from simsuff.cli import main
from simsuff.statements import Statement
from simsuff.statements.vocabulary import VOCABULARY, example, meanings
from simsuff.verdicts import Comparison

# Other tests register statements of their own.
LIBRARY = [entry for entry in statements.all() if entry.function.__module__.startswith("simsuff.")]


@pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry.id)
def test_statement_has_a_formula_and_an_example_that_runs(entry):
    assert (entry.function.__doc__ or "").strip()
    assert set(entry.arguments) <= set(VOCABULARY)
    printed = []
    exec(example(entry), {"print": printed.append})
    (found,) = printed
    assert isinstance(found, Comparison)
    assert found.statement == entry.id
    if entry.holds and not entry.in_expectation:
        assert found.verdict in ("holds", "undecided" if found.relation == "->" else "holds")


def shown(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["show", *arguments]) == 0
    return out.getvalue()


def test_statement_is_shown_with_arguments_status_and_place():
    text = shown("C3-chi2")
    for part in (
        "Var(h⋆(z)) Suff(T)",
        "iid given x",
        "status: holds",
        "docs/theory.md#C3",
        "statistic",
        "evaluate(",
    ):
        assert part in text
    assert "status: false" in shown("A5-js")
    assert "in expectation" in shown("E9")


def test_json_holds_the_same():
    found = json.loads(shown("B4", "--json"))
    assert found["arguments"]["K"] == "the number of candidates, an integer from 2 on"
    assert found["formula"].startswith("Suff_KL(T) ≤ 𝓔_K")


def test_sections_without_a_statement_show_the_theory():
    assert "2TV^2" in shown("P5")
    assert "C2-kl" in shown("C2")
    assert "half-range" in shown("C2")
    assert "bounded differences" in shown("G").lower()


def test_unknown_ids_are_refused_with_those_that_are_close(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["show", "C3-ch2"])
    assert "C3-chi2" in capsys.readouterr().err


def test_a_statement_of_ones_own_has_no_example_for_an_unknown_argument():
    def mine(model, shade):
        """Nothing yet."""

    entry = Statement("mine", "mine", mine)
    assert example(entry) is None
    assert meanings(entry)["shade"] == "see the statement"
