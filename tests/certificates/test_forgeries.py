"""Is every forged certificate refused? `benchmarks/forgeries.py` makes thousands of the kind of these."""

import copy
import json
import random

import pytest
from forgeries import CHANGES, SHARP, dropped, forgery, outcome

from simsuff.certificates import Claim, as_dictionary, check
from simsuff.certificates.coordinates import POINTWISE
from simsuff.certificates.margins import plain
from simsuff.divergences import Divergence

# Those that are certified and checked in a moment; each is decided pointwise.
QUICK = tuple(
    entry for entry in SHARP if entry[0].startswith(("{c}*squared_hellinger <=", "js <=", "{c}*2*le_cam"))
)
COUNT = 80


@pytest.mark.parametrize("seed", range(4))
def test_no_random_forgery_is_accepted(seed):
    draw = random.Random(seed)
    for _ in range(COUNT // 4):
        made = forgery(draw, QUICK)
        assert outcome(made.content) == "refused", (made.kind, made.content)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_each_kind_of_change_changes_a_certificate(answer, change):
    honest = json.loads(json.dumps(as_dictionary(answer("js <= kl/8 + reverse_kl/8"))))
    contents = [copy.deepcopy(honest) for _ in range(20)]
    for seed, content in enumerate(contents):
        change(content, random.Random(seed))
    assert any(content != honest for content in contents)
    if change is dropped:
        assert {outcome(content) for content in contents} == {"refused"}


def forged(text, route_expressions, tree):
    """A pointwise certificate with one leaf on each patch, whose expressions are honest but for those given."""
    claim = Claim(text)
    expressions = {name: {"plain0": str(plain(patch, claim))} for name, patch in POINTWISE.items()}
    for name, own in route_expressions.items():
        expressions[name].update(own)
    trees = {name: {"leaf": ["plain0", "value"]} for name in POINTWISE}
    return {
        "claim": text,
        "generators": claim.generators,
        "route": "pointwise",
        "expressions": expressions,
        "trees": {**trees, **tree},
    }


def test_a_root_of_what_changes_sign_is_no_disguise():
    """√(P³)/√P is P where P > 0 and |P| as the bounds see it: with it a margin that is negative looks positive."""
    text = "chi2/80 <= le_cam"
    disguise = {"edge+": {"plain0": "sqrt((20*u - 1)**3)/sqrt(20*u - 1)*(u - 1)**2/(20*u)"}}
    with pytest.raises(ValueError, match="whose sign is shown"):
        check(forged(text, disguise, {}))


def test_a_slope_that_vanishes_only_after_a_factor_is_no_zero():
    """u (u − 1/25) is convex and zero at 0, yet negative beside it: the rule of order 2 needs its slope to vanish too."""
    text = "le_cam <= 0.24*chi2"
    plain_form = "u*(25*u - 1)/(25*(1 - u))"
    disguise = {"centre+": {"plain0": plain_form, "plain0 0 0 1": "u*(25*u*(2 - u) - 1)/(25*(1 - u)**2)"}}
    tree = {"centre+": {"leaf": ["plain0", "slope", 0, 0, 2]}}
    with pytest.raises(ValueError, match="only where the margin vanishes"):
        check(forged(text, disguise, tree))


def test_a_kink_elsewhere_is_refused():
    """|t − 3| is not 3 − t for all t > 1."""
    own = {"hockey": Divergence("hockey", "Abs(t - 3) + t - 3")}
    content = forged("le_cam <= chi2/4 + js", {}, {})
    content["claim"], content["generators"] = (
        "hockey <= kl",
        {"hockey": "Abs(t - 3) + t - 3", "kl": "t*log(t) - t + 1"},
    )
    with pytest.raises(ValueError, match="kinks at t = 1 only"):
        check(content, own)


def test_a_divergence_of_a_user_must_be_the_one_that_is_meant(answer):
    content = json.loads(json.dumps(as_dictionary(answer("le_cam <= squared_hellinger"))))
    own = {"le_cam": Divergence("le_cam", "(t - 1)**2")}
    with pytest.raises(ValueError, match="hold the generator of le_cam"):
        check(content, own)
