"""Is the sharpest constant enclosed by a certificate and a counterexample, and does a derivation name every box?"""

import json
import math
from fractions import Fraction

import pytest

from simsuff.certificates import Certified, Refuted, certify, check, derivation, sharpest_constant
from simsuff.cli import main
from simsuff.divergences import Divergence


@pytest.mark.parametrize(
    ("claim", "sharp"),
    [
        ("c*le_cam <= total_variation", Fraction(1)),
        ("le_cam <= c*squared_hellinger", Fraction(1)),
        ("total_variation >= c*le_cam", Fraction(1)),
    ],
)
def test_a_simple_sharp_constant_is_met(claim, sharp):
    found = sharpest_constant(claim, resolution=0.05)
    assert found.certified == sharp
    assert abs(found.refuted - sharp) <= 0.05 * max(found.refuted, sharp)
    assert isinstance(found.proof, Certified)
    assert isinstance(found.counterexample, Refuted)
    assert found.is_largest is ("<= c" not in claim)
    assert (found.refuted > found.certified) is found.is_largest


def test_an_irrational_constant_is_enclosed():
    """js ≤ log 2 · total variation."""
    found = sharpest_constant("js <= c*total_variation", resolution=0.005)
    low, high = float(found.refuted), float(found.certified)
    assert low < 0.6931471805599453 < high
    assert high - low <= 0.005 * high
    assert "smallest c" in str(found)


def test_divergences_of_a_user_take_part():
    """Twice a divergence is at most twice as large."""
    own = {"mine": Divergence("mine", "2*(t*log(t) - t + 1)")}
    assert sharpest_constant("c*mine <= kl", 0.05, divergences=own).certified == Fraction(1, 2)


@pytest.mark.parametrize("claim", ["js <= kl", "c*js <= c*kl", "c*js", 3, "c*js <= kl <= c"])
def test_the_letter_must_stand_on_one_side(claim):
    with pytest.raises(ValueError, match="claim must hold <= and the letter c on one side"):
        sharpest_constant(claim)


def test_a_claim_that_no_constant_makes_true_is_refused():
    with pytest.raises(ValueError, match="must be certified with one c and refuted with another"):
        sharpest_constant("c*chi2 <= total_variation", max_seconds=20)


def test_a_spent_budget_says_so_and_keeps_both_ends():
    """The constant is 2/log 2, which is approached in a limit alone."""
    found = sharpest_constant("c*js <= kl", resolution=1e-12, max_seconds=3)
    assert found.note
    assert found.certified < 2 / math.log(2) < found.refuted


@pytest.mark.parametrize("claim", ["2.5*js <= kl", "total_variation**2 <= le_cam"])
def test_a_derivation_names_every_box_and_its_rule(claim):
    proof = certify(claim)
    text = derivation(proof)
    assert text.startswith(proof.claim.text)
    boxes = [line for line in text.splitlines() if line.startswith("    ")]
    assert len(boxes) == proof.boxes
    counts = [
        int(line.split("(")[1].split(")")[0])
        for line in text.splitlines()
        if ": the " in line and "(" in line
    ]
    assert sum(counts) == proof.boxes


def test_the_command_certifies_saves_checks_and_refutes(tmp_path, capsys):
    file = tmp_path / "proof.json"
    assert main(["certify", "le_cam <= total_variation", "--out", str(file), "--derivation"]) == 0
    assert "patch edge+" in capsys.readouterr().out
    assert check(file).claim == "le_cam <= total_variation"
    assert main(["certify", str(file)]) == 0
    assert main(["certify", "1.01*squared_hellinger <= kl", "--json"]) == 1
    record = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert record["outcome"] == "refuted"
    assert 0 < Fraction(record["p"]) < 1
    assert main(["certify", "c*le_cam <= total_variation", "--resolution", "0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["certified"] == "1"


@pytest.mark.parametrize("claim", ["js", "c*js <= c*kl", "nowhere.json", "js <= nothing"])
def test_the_command_refuses_what_is_no_claim(claim, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["certify", claim])
    assert stopped.value.code == 2
    assert "must" in capsys.readouterr().err
