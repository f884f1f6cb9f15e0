"""Does the ledger say what ran, and would it notice evidence against a statement and a wrong constant?"""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from simsuff import statements
from simsuff.cli import main
from simsuff.hunting import hunt
from simsuff.ledger import (
    Evidence,
    State,
    accounts,
    append,
    mutants,
    of_hunt,
    of_proof,
    read,
    shifted,
    statement_of,
)
from simsuff.ledger.evidence import of_exact, state_of
from simsuff.ledger.mutants import mutant_of
from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.proofs import discover, prove
from simsuff.verdicts import Comparison, Verdict

DAY = "2026-01-02"


def evidence(statement="B4", kind="property", state=State.CONFIRMED, what="test_x", date=DAY, **others):
    return Evidence(statement, kind, state, what, date, **others)


def test_a_record_is_read_as_it_was_written_and_the_last_run_counts(tmp_path):
    path = tmp_path / "deep" / "record.jsonl"
    first, second = evidence(state=State.CONTRADICTED), evidence(kind="hunt", ratio=0.5, attained="K = 2")
    append(path, [first])
    append(path, [second])
    assert read(path) == [first, second]
    append(path, [replace(first, state=State.CONFIRMED, date="2026-01-03")])
    assert [entry.state for entry in read(path)] == [State.CONFIRMED, State.CONFIRMED]


@pytest.mark.parametrize("line", ["{", "[]", '{"statement": "B4"}', '{"state": "sure"}'])
def test_a_damaged_line_is_refused_by_its_number(tmp_path, line):
    path = tmp_path / "record.jsonl"
    append(path, [evidence()])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ValueError, match=r"line 2 of record\.jsonl must be evidence"):
        read(path)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of proof, certificate"):
        evidence(kind="rumour")


def test_a_hunt_that_refutes_a_false_statement_confirms_it_and_one_that_finds_nothing_leaves_it_open():
    found = hunt("D2-no_floor", budget=2.0)
    refuted = of_hunt(found, DAY)
    assert (refuted.kind, refuted.state) == ("hunt", State.CONFIRMED)
    assert refuted.ratio > 1
    assert "model" in refuted.attained or "classification" in refuted.attained
    stands = replace(hunt("A6-lower", budget=0.2), statement="D2-no_floor")
    assert of_hunt(stands, DAY).state is State.OPEN
    assert of_hunt(replace(found, statement="B4"), DAY).state is State.CONTRADICTED


def test_proofs_belong_to_the_longest_statement_that_they_begin_with():
    assert statement_of("A4-chi2-offset") == "A4-chi2"
    assert statement_of("B4-eta-K3") == "B4"
    assert statement_of("P3-bregman-kl") == "P3"
    (file,) = discover(["proofs_check/concentration.py"])
    proof = prove(file.identities[0])
    assert of_proof(proof, DAY) == Evidence("G1", "proof", State.CONFIRMED, "G1-K2", DAY)
    assert of_proof(replace(proof, status="refuted"), DAY).state is State.CONTRADICTED


def test_exact_arithmetic_speaks_about_what_it_can_evaluate():
    (found,) = of_exact(statements.get("C2-kl"), DAY)
    assert found.state is State.CONFIRMED
    assert of_exact(statements.get("E1"), DAY) == []
    # Five times too much, and exact arithmetic says so.
    wrong = mutant_of(statements.get("C2-kl"), Fraction(-4, 5))
    assert Verdict.VIOLATED in [wrong.evaluate(**arguments).verdict for arguments in drawn(wrong)]


def drawn(statement):
    from simsuff.strategies.arguments import drawn_arguments

    return drawn_arguments(statement, 20, 1)


@pytest.mark.parametrize(
    ("verdicts", "holds", "expected", "state"),
    [
        (["holds", "holds", "undecided"], True, False, State.CONFIRMED),
        (["holds", "undecided"], True, False, State.OPEN),
        (["holds", "violated"], True, False, State.CONTRADICTED),
        (["holds", "violated"], True, True, State.CONFIRMED),
        (["holds", "violated"], False, True, State.CONFIRMED),
        (["holds", "holds"], False, False, State.OPEN),
    ],
)
def test_rows_of_a_study_speak_by_their_verdicts(verdicts, holds, expected, state):
    id = "B4" if holds else "D2-no_floor"
    assert state_of(id, [Verdict(word) for word in verdicts], expected) is state


def test_an_account_needs_two_kinds_that_confirm():
    def account(*entries):
        return next(found for found in accounts(entries) if found.id == "B4")

    assert account().wanting
    assert account(evidence(), evidence(what="test_y")).wanting
    assert account(evidence(), evidence(kind="hunt", state=State.OPEN)).wanting
    assert not account(evidence(), evidence(kind="proof")).wanting
    assert account(evidence(), evidence(kind="proof", state=State.CONTRADICTED)).contradicted
    assert account(evidence(kind="hunt", ratio=0.5), evidence(ratio=0.75)).best.ratio == 0.75


def test_ids_without_a_callable_have_an_account_too():
    found = {
        found.id
        for found in accounts([evidence("P3", kind="proof"), evidence("test error", kind="simulation")])
    }
    assert found - {entry.id for entry in statements.all()} == {"P3"}


@pytest.mark.parametrize(
    "sides",
    [
        Comparison(1.0, "<=", 1.01),
        Comparison(-1.0, "<=", -0.99),
        Comparison(Bounded(1.0, 1e-9), "<=", Bounded(1.01, 1e-9)),
        Comparison(Estimate(1.0, 1e-4, 50), "<=", 1.01),
        Comparison(1.0, "<=", Estimate(1.01, 1e-4, 50)),
        Comparison(1.0, "<=", 1.01, difference=Bounded(-0.01, 1e-9)),
        Comparison(1.0, "<=", 1.01, difference=Estimate(-0.01, 1e-4, 50)),
    ],
)
def test_a_perturbed_bound_is_violated_where_the_sides_are_near(sides):
    assert sides.verdict is Verdict.HOLDS
    assert shifted(sides, Fraction(-1, 50)).verdict is Verdict.VIOLATED
    assert shifted(sides, Fraction(-1, 200)).verdict is not Verdict.VIOLATED
    assert shifted(sides, Fraction(1, 50)).verdict is Verdict.HOLDS


def test_an_infinite_bound_stays():
    sides = Comparison(1.0, "<=", float("inf"))
    assert shifted(sides, Fraction(-1, 50)) is sides


def test_a_wrong_constant_of_a_sharp_statement_is_noticed_and_slack_is_not():
    noticed = mutants(statements.get("I7-sharp"), 30)
    assert len(noticed) == 4
    assert all("property" in mutant.noticed for mutant in noticed)
    slack = mutants(statements.get("D3"), 30)
    assert [mutant.share for mutant in slack] == [Fraction(-1, 50), Fraction(-1, 20)]
    assert not any(mutant.noticed for mutant in slack)
    assert all("exact" in mutant.tried for mutant in slack)


def test_proofs_and_exact_arithmetic_notice_a_wrong_constant():
    (file,) = discover(["proofs_check/equivalence.py"])
    identities = [identity for identity in file.identities if statement_of(identity.id) == "A1"]
    for mutant in mutants(statements.get("A1"), 5, identities=identities):
        assert set(mutant.noticed) == {"proof", "exact", "property"}


def test_a_recorded_hunt_notices_what_its_ratio_exceeds():
    found = mutants(statements.get("D3"), 5, ratios=[0.96], exact=0)
    assert [(mutant.share, "hunt" in mutant.noticed) for mutant in found] == [
        (Fraction(-1, 50), False),
        (Fraction(-1, 20), True),
    ]


def test_a_hunt_is_tried_where_nothing_else_noticed():
    found = mutants(statements.get("D3"), 5, exact=0, budget=0.3)
    assert all("hunt" in mutant.tried for mutant in found)


TESTS = """
import pytest

@pytest.mark.statement("B4")
def test_good():
    pass

@pytest.mark.statement("B4", "E1", kind="exact")
def test_bad():
    assert False

@pytest.mark.statement("A1")
def test_unfinished():
    pytest.skip("not here")

def test_about_nothing():
    pass
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_marked_tests_leave_evidence_from_any_process(tmp_path, workers):
    import subprocess
    import sys

    (tmp_path / "test_mine.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", *workers, "--ledger", "record.jsonl"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1
    found = {(entry.statement, entry.kind): entry for entry in read(tmp_path / "record.jsonl")}
    assert {key: entry.state for key, entry in found.items()} == {
        ("B4", "property"): State.CONFIRMED,
        ("B4", "exact"): State.CONTRADICTED,
        ("E1", "exact"): State.CONTRADICTED,
        ("A1", "property"): State.OPEN,
    }
    assert found["B4", "exact"].what.endswith("test_bad")


def test_the_command_prints_a_table_a_page_and_json(tmp_path, capsys):
    path, page = tmp_path / "record.jsonl", tmp_path / "ledger.html"
    append(path, [evidence(), evidence(kind="hunt", ratio=0.875, attained="<b>K = 2</b>")])
    assert main(["ledger", str(path), "--only", "B4", "--html", str(page)]) == 0
    assert "0.875" in capsys.readouterr().out
    assert "&lt;b&gt;K = 2" in page.read_text()
    assert main(["ledger", str(path), "--json"]) == 0
    records = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)["statements"]}
    assert len(records) == len(statements.all())
    assert records["B4"]["evidence"]["property"] == {"state": "confirmed", "count": 1, "date": DAY}
    assert records["A1"]["wanting"]


def test_bounds_are_listed_by_how_near_to_failing_they_were(tmp_path, capsys):
    path = tmp_path / "record.jsonl"
    append(
        path,
        [
            evidence("C3-chi2", "hunt", ratio=0.5),
            evidence("D2-no_floor", "hunt", ratio=9.0, attained="K = 2"),
        ],
    )
    assert main(["ledger", str(path), "--constants"]) == 0
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("9 ")
    assert "D2-no_floor  false; " in first
    assert "K = 2" in first
    assert second.startswith("0.5 ")


def test_evidence_against_a_statement_ends_the_command_with_1(tmp_path, capsys):
    path = tmp_path / "record.jsonl"
    append(path, [evidence(state=State.CONTRADICTED)])
    assert main(["ledger", str(path)]) == 1
    assert "contradicted: B4" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nowhere.jsonl"], ["--only", "Z9", "--mutants"], ["--only", "Z9"]])
def test_what_cannot_be_used_is_refused(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["ledger", *arguments])
    assert stopped.value.code == 2
    assert "must" in capsys.readouterr().err


def test_a_run_is_evidence(tmp_path, capsys):
    run = tmp_path / "run"
    study = "simulations/sufficiency_forms.py"
    assert main(["run", study, "--only", "conditional_laws", "--scale", "smoke", "--out", str(run)]) == 0
    capsys.readouterr()
    assert main(["ledger", str(run), "--json"]) == 0
    records = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)["statements"]}
    assert records["I5-kl"]["evidence"]["simulation"]["state"] == "confirmed"
    assert 0 < records["I5-kl"]["ratio"] <= 1
    # A false statement that a row refutes is as theory says, and one without a row has no evidence.
    assert records["I4-attained_ratios"]["evidence"]["simulation"]["state"] == "confirmed"
    assert records["I3-kink"]["evidence"] == {}
