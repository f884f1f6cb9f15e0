"""Does `simsuff accuracy` print what it measured, and fail where a promise is broken?"""

import json

from simsuff.cli import main
from simsuff.divergences.accuracy import catalogue_cases


def test_json_holds_every_row(capsys, monkeypatch):
    """One of each quantity, because tests/divergences/test_accuracy.py measures them all."""
    cases = {case.quantity: case for case in catalogue_cases()}
    assert {"f(1 + d)", "B(a, b)", "f*(s)"} <= cases.keys()
    monkeypatch.setattr("simsuff.divergences.accuracy.catalogue_cases", cases.values)
    assert main(["accuracy", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {*cases, "Gaussian I_f(ρ)"} == {row["quantity"] for row in printed["rows"]}
    assert max(row["max_ulp"] for row in printed["rows"]) <= printed["promised_ulp"]
    assert {row["subject"] for row in printed["beside"]} == {"scipy kl_div", "scipy rel_entr"}


def test_a_broken_promise_is_exit_status_one(capsys, monkeypatch):
    monkeypatch.setattr("simsuff.divergences.accuracy.PROMISED_ULP", 0.1)
    monkeypatch.setattr("simsuff.divergences.accuracy.catalogue_cases", list)
    assert main(["accuracy"]) == 1
    assert "worst argument" in capsys.readouterr().out
