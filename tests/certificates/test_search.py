"""Answers outside P5: user-made generators, spent budgets, extreme pairs, claims that P4 does not cover."""

import subprocess
import sys

import pytest
import sympy as sp

from simsuff.certificates import P5, Certified, Claim, Refuted, Undecided, as_dictionary, certify, check
from simsuff.certificates.search import extreme_violation, violation
from simsuff.divergences import Divergence, alpha_divergence
from simsuff.divergences.symbols import t

OWN = {
    "mine": Divergence("mine", (t - 1) ** 2 / (t + 1)),
    "tilted": Divergence("tilted", t * sp.log(t)),
    "half": alpha_divergence(0.5),
    "three_halves": alpha_divergence(1.5),
}
TRUE = (
    "mine <= 2*le_cam",
    "2*le_cam <= mine",
    "kl <= tilted",
    "tilted <= kl",
    "half <= 2*squared_hellinger",
    "squared_hellinger <= reverse_kl",
    "kl <= chi2",
    "three_halves <= chi2",
)
FALSE = (
    "half <= kl",
    "mine <= 1.99*le_cam",
    "js <= total_variation**2",
    "reverse_kl <= log(1 + chi2)",
    "le_cam <= 1 - exp(-kl/2)",
    "kl <= 3*reverse_kl",
)


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_proved_and_rechecked(text):
    found = certify(Claim(text, OWN), max_boxes=1_000)
    assert isinstance(found, Certified)
    assert found.route == "pointwise"
    assert check(as_dictionary(found), OWN).boxes == found.boxes


@pytest.mark.parametrize("text", FALSE)
def test_false_claims_are_refuted(text):
    assert isinstance(certify(Claim(text, OWN), max_boxes=1_000), Refuted)


def test_a_spent_budget_leaves_the_region():
    found = certify("2*total_variation**2 <= kl", max_boxes=20)
    assert isinstance(found, Undecided)
    assert found.boxes >= 20
    assert found.remaining
    for region in found.remaining:
        assert region.lower < 0
        assert 0 <= region.q[0] <= region.q[1]
        assert region.p[1] <= 1


def test_a_claim_outside_p4_is_not_certified():
    found = certify("le_cam - le_cam**2/10 <= chi2", max_boxes=1_000)
    assert isinstance(found, Undecided)
    assert not found.remaining
    assert "P4" in found.reason


def test_a_bad_budget_is_refused():
    with pytest.raises(ValueError, match="max_boxes"):
        certify("kl <= chi2", max_boxes=0)


def test_a_bad_budget_of_time_is_refused():
    for seconds in (0, -1, float("nan"), float("inf"), "long"):
        with pytest.raises(ValueError, match="max_seconds"):
            certify("kl <= chi2", max_seconds=seconds)


@pytest.mark.parametrize("text", ["kl <= 1000*total_variation", "kl <= 1000*squared_hellinger"])
def test_pairs_beyond_double_precision_refute(text):
    # The margin turns where q is e^-1000 or less: no box with ends in double precision reaches it.
    found = certify(text)
    assert isinstance(found, Refuted)
    assert 0 < found.q < sp.Rational(1, 2**1075)
    assert violation(found.claim, found.p, found.q) == (found.p, found.q, found.margin)


def test_what_is_too_extreme_for_pairs_stays_open():
    found = certify("kl <= 1e30*js", max_boxes=60, max_seconds=30.0)
    assert isinstance(found, Undecided)
    assert "is spent" in found.reason
    assert any(region.q[0] == 0 for region in found.remaining)


@pytest.mark.parametrize("c", ["0.8", "0.999"])
def test_a_root_that_is_defined_is_accepted_and_its_claim_refuted(c):
    # 1 − TV² is at least 2q at p near 1, below exp(−c KL) = qᶜ for small q.
    claim = Claim(f"total_variation <= sqrt(1-exp(-{c}*kl))")
    found = extreme_violation(claim)
    assert found.margin[1] < 0


def test_no_extreme_pair_refutes_what_is_true():
    for text in P5[:3]:
        assert extreme_violation(Claim(text)) is None


def test_a_spent_budget_of_time_leaves_the_region():
    found = certify("2*total_variation**2 <= kl", max_seconds=1.0)
    assert isinstance(found, Undecided)
    assert found.reason == "the budget of 1 s is spent"
    assert found.seconds < 30


@pytest.mark.parametrize(
    "text",
    [
        "kl**64 <= chi2**63.99",
        "kl**64 <= (chi2 + chi2**2)**64",
        "total_variation <= sqrt(kl + sqrt(kl + sqrt(kl + sqrt(kl))))",
        "kl**0.123456789 <= chi2**0.123456789",
    ],
)
def test_claims_that_symbolic_steps_cannot_handle_are_left_open_or_refused(text, monkeypatch):
    for module in ("claims", "rules", "search"):
        for name in ("_STEP_SECONDS", "_READING_SECONDS"):
            monkeypatch.setattr(f"simsuff.certificates.{module}.{name}", 1.0, raising=False)
    try:
        found = certify(text, max_seconds=3.0)
    except ValueError as error:
        assert "be simple enough" in str(error)  # noqa: PT017
    else:
        assert isinstance(found, Undecided)
        assert found.seconds < 60


def test_the_room_imports_without_flint_and_says_what_is_missing():
    program = (
        "import sys; sys.modules['flint'] = None\n"
        "from simsuff.certificates import certify\n"
        "try:\n    certify('kl <= chi2')\n"
        "except ImportError as error:\n    assert 'python -m pip install' in str(error)\n"
        "else:\n    raise SystemExit('no error')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
