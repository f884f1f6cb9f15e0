"""Is every inequality of P5 proved, and every planted one refuted?"""

import json

import pytest
import sympy as sp

from simsuff.certificates import BEYOND_P5, P5, Certified, Claim, Refuted, as_dictionary, certify, check
from simsuff.certificates.claims import x
from simsuff.divergences.symbols import t

# P5 one-variable claims; the others need pairs (P4).
POINTWISE = {text for text in P5 if Claim(text).is_linear}
DIGITS = 40


def exact_margin(claim: Claim, p: sp.Rational, q: sp.Rational) -> sp.Float:
    """B(D_g) − A(D_f) on Ber(p), Ber(q) from the definition, to 40 digits."""
    values = []
    for side in (claim.smaller, claim.larger):
        total = sum(b * side.generator.subs(t, a / b) for a, b in ((p, q), (1 - p, 1 - q)))
        values.append(side.function.subs(x, total))
    return sp.N(values[1] - values[0], DIGITS)


@pytest.mark.statement("P5", kind="certificate")
@pytest.mark.parametrize("text", P5)
def test_p5_is_certified(answer, text):
    found = answer(text)
    assert isinstance(found, Certified)
    assert found.route == ("pointwise" if text in POINTWISE else "bernoulli")
    assert found.boxes >= len(found.trees)


@pytest.mark.statement("P5", kind="certificate")
@pytest.mark.parametrize("text", P5)
def test_the_checker_agrees_after_a_round_trip(answer, text):
    found = answer(text)
    checked = check(json.loads(json.dumps(as_dictionary(found))))
    assert (checked.claim, checked.boxes, checked.route) == (text, found.boxes, found.route)


@pytest.mark.statement("P5", kind="exact")
@pytest.mark.parametrize("text", BEYOND_P5)
def test_planted_constants_are_refuted_by_exact_pairs(text):
    found = certify(text, max_boxes=2_000)
    assert isinstance(found, Refuted)
    assert all(number.is_Rational and 0 < number < 1 for number in (found.p, found.q))
    margin = exact_margin(found.claim, found.p, found.q)
    assert margin < 0
    assert found.margin[0] <= margin <= found.margin[1] < 0


def test_each_planted_claim_stands_beside_a_true_one():
    names = [{Claim(text).smaller.name, Claim(text).larger.name} for text in P5]
    planted = [{Claim(text).smaller.name, Claim(text).larger.name} for text in BEYOND_P5]
    assert names == planted


def test_the_search_is_deterministic(answer):
    first = answer("le_cam/2 <= js")
    second = certify("le_cam/2 <= js")
    assert first.trees == second.trees
    assert first.expressions == second.expressions
