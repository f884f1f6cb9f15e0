"""Does the search answer truthfully outside P5: user-made generators, spent budgets, claims that P4 does not cover?"""

import subprocess
import sys

import pytest
import sympy as sp

from simsuff.certificates import Certified, Claim, Refuted, Undecided, as_dictionary, certify, check
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


def test_the_room_imports_without_flint_and_says_what_is_missing():
    program = (
        "import sys; sys.modules['flint'] = None\n"
        "from simsuff.certificates import certify\n"
        "try:\n    certify('kl <= chi2')\n"
        "except ImportError as error:\n    assert 'simsuff[prove]' in str(error)\n"
        "else:\n    raise SystemExit('no error')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
