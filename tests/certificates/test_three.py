"""Are inequalities between three divergences decided rightly, rechecked, and refused where they are outside the class?"""

import json

import pytest
import sympy as sp

from simsuff.certificates import Certified, Claim, Refuted, as_dictionary, certify, check, derivation
from simsuff.certificates.checker.margins import X
from simsuff.certificates.checker.statement import read_statement
from simsuff.certificates.claims import x
from simsuff.divergences import DIVERGENCES
from simsuff.divergences.symbols import t

# True and sharp, and the same with a constant moved slightly past its sharp value.
SHARP = {
    "js <= kl/8 + reverse_kl/8": "js <= 0.124*kl + 0.125*reverse_kl",
    "squared_hellinger <= (kl + reverse_kl)/4": "1.01*squared_hellinger <= (kl + reverse_kl)/4",
    "2*le_cam <= squared_hellinger + 2*js": "2.01*le_cam <= squared_hellinger + 2*js",
    "2*le_cam - squared_hellinger <= 2*js": "2*le_cam - 0.99*squared_hellinger <= 2*js",
    "js/2 + log(2)/2*le_cam <= log(2)*total_variation": "js/2 + log(2)/2*le_cam <= 0.69*total_variation",
    "le_cam + squared_hellinger <= 3*total_variation": "le_cam + squared_hellinger <= 2.9*total_variation",
    "total_variation <= sqrt(1 - exp(-(kl + reverse_kl)/2))": "1.05*total_variation**2 <= (kl + reverse_kl)/4",
}
POINTWISE = [text for text in SHARP if "sqrt" not in text]


def exact_margin(claim: Claim, p: sp.Rational, q: sp.Rational) -> sp.Float:
    """B − A on Ber(p), Ber(q) from the text of the claim and the catalogue, to 40 digits."""
    small, large = claim.text.split("<=")
    values = {}
    for name in claim.generators:
        f = DIVERGENCES[name].expression
        values[sp.Symbol(name)] = sum(b * f.subs(t, a / b) for a, b in ((p, q), (1 - p, 1 - q)))
    return sp.N((sp.sympify(large, rational=True) - sp.sympify(small, rational=True)).subs(values), 40)


@pytest.mark.parametrize("text", SHARP)
def test_sharp_inequalities_are_certified_and_rechecked(answer, text):
    found = answer(text)
    assert isinstance(found, Certified)
    assert found.route == ("pointwise" if text in POINTWISE else "bernoulli")
    checked = check(json.loads(json.dumps(as_dictionary(found))))
    assert (checked.claim, checked.boxes, checked.generators) == (text, found.boxes, found.claim.generators)
    words = derivation(found)
    assert sum(" on plain0" in line or " on lagrange0" in line for line in words.splitlines()) == found.boxes
    assert all(f"D_f of {name} has" in words for name in found.claim.generators)
    assert "same\ncombination f" in words


@pytest.mark.parametrize("text", SHARP.values())
def test_what_is_slightly_false_is_refuted_by_an_exact_pair(text):
    found = certify(text, max_boxes=2_000)
    assert isinstance(found, Refuted)
    margin = exact_margin(found.claim, found.p, found.q)
    assert found.margin[0] <= margin <= found.margin[1] < 0


@pytest.mark.parametrize(("true", "false"), [(text, SHARP[text]) for text in POINTWISE])
def test_the_proof_of_a_sharp_claim_does_not_prove_a_false_one(answer, true, false):
    content = json.loads(json.dumps(as_dictionary(answer(true))))
    content["claim"] = false
    with pytest.raises(ValueError, match="certificate must"):
        check(content)


def test_terms_move_to_where_their_weights_are_positive():
    claim = Claim("2*le_cam - squared_hellinger + js <= 3*js")
    assert (claim.smaller.name, claim.larger.name) == ("le_cam", "2*js + squared_hellinger")
    assert claim.larger.function == x
    claim = Claim("total_variation <= sqrt(kl/4 + reverse_kl/2)")
    assert (claim.larger.name, claim.larger.function) == ("kl + 2*reverse_kl", sp.sqrt(x) / 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kl + reverse_kl <= chi2 + js", "name at most 3 divergences"),
        ("squared_hellinger**2 <= kl*chi2", "functions of one combination"),
        ("js <= sqrt(kl) + reverse_kl", "functions of one combination"),
        ("total_variation**2 <= kl - 2*js", "functions of one combination"),
        ("kl <= kl + js", "a divergence on each side"),
        ("kl + js <= 0*chi2", "a divergence on each side"),
        ("total_variation <= sqrt(kl - js)", "functions of one combination"),
        ("js <= log(1 - kl - chi2)", "be defined"),
    ],
)
def test_what_is_outside_the_class_is_refused_with_the_reason(text, why):
    with pytest.raises(ValueError, match=why):
        Claim(text)


def test_a_root_below_zero_is_no_bound():
    """TV ≤ −√χ²/2 becomes true when both sides are squared."""
    found = certify("total_variation <= -sqrt(chi2)/2")
    assert isinstance(found, Refuted)
    content = json.loads(json.dumps(as_dictionary(certify("total_variation <= sqrt(chi2)/2"))))
    content["claim"] = found.claim.text
    with pytest.raises(ValueError, match="certificate must"):
        check(content)


def test_what_lies_beyond_the_range_of_the_larger_side_is_not_certified():
    """3 + TV ≤ 1 − e^{−KL} is false; solved for KL without care it reads −log |−2 − TV| ≤ KL, which is true."""
    text = "3 + total_variation <= 1 - exp(-kl)"
    assert isinstance(certify(text, max_boxes=500), Refuted)
    generators = Claim(text).generators
    good = read_statement("total_variation <= sqrt(1 - exp(-kl))", generators, "bernoulli")
    assert good.tame[1].function == X
    assert read_statement(text, generators, "bernoulli").tame[1].function != X
