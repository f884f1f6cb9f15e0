"""Does `simsuff prove` decide inequalities between divergences, and only count certificates that were checked?"""

from pathlib import Path

import pytest

from simsuff import Divergence
from simsuff.certificates import P5
from simsuff.proofs import Inequality, discover, proof_record, proof_text, prove

ROOT = Path(__file__).parents[2]


def test_every_claim_of_p5_is_listed():
    file = next(file for file in discover([ROOT / "proofs_check"]) if file.name == "inequalities")
    assert [entry.text for entry in file.identities] == list(P5)


def test_a_true_inequality_is_proved_and_reported():
    proof = prove(Inequality("P5-x", "le_cam <= total_variation"))
    assert (proof.status, proof.method) == ("proved", "interval certificate")
    assert "checked independently" in proof.detail
    assert proof_record(proof)["left"] == "le_cam"
    assert "for all pairs of probability laws" in proof_text(proof, 100)


def test_a_false_inequality_is_refuted_at_an_exact_pair():
    proof = prove(Inequality("planted", "0.505*squared_hellinger <= le_cam"))
    assert proof.status == "refuted"
    assert proof.detail.startswith("Ber(")


def test_an_own_divergence_may_be_named():
    mine = Divergence("mine", f="(t-1)**2/(t+1)")
    assert prove(Inequality("own", "le_cam <= mine", {"mine": mine})).status == "proved"


def test_a_certificate_that_the_checker_rejects_does_not_count(monkeypatch):
    def reject(*_):
        raise ValueError("tampered")

    monkeypatch.setattr("simsuff.certificates.check", reject)
    with pytest.raises(ValueError, match="tampered"):
        prove(Inequality("P5-x", "le_cam <= total_variation"))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="text must hold one <="):
        Inequality("x", "kl == chi2")
    with pytest.raises(ValueError, match="id must be a non-empty string"):
        Inequality("", "kl <= chi2")
