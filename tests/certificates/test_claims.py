"""Is the text of a claim read exactly, and refused where it is no claim?"""

import pytest
import sympy as sp

from simsuff.certificates import Claim
from simsuff.certificates.checker.expressions import parse, symbol
from simsuff.certificates.claims import x
from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t


def test_sides_and_decimals_are_exact():
    claim = Claim("kl >= 2.01*total_variation**2")
    assert claim.smaller.function == sp.Rational(201, 100) * x**2
    assert (claim.smaller.name, claim.larger.name) == ("total_variation", "kl")
    assert claim == Claim("  kl >=   2.01*total_variation**2 ")


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("total_variation <= sqrt(chi2)/2", (x**2, x / 4)),
        ("total_variation <= sqrt(1 - exp(-kl))", (-sp.log(1 - x**2), x)),
        ("kl <= log(1 + chi2)", (x, sp.log(x + 1))),
    ],
)
def test_what_is_proved_is_equivalent_and_tame(text, pair):
    assert Claim(text).tame == pair


@pytest.mark.parametrize(
    ("text", "applies"),
    [("total_variation**2 <= le_cam", True), ("le_cam <= total_variation**2", False), ("kl <= chi2", True)],
)
def test_joint_range_needs_convex_and_concave(text, applies):
    assert Claim(text).joint_range_applies is applies


@pytest.mark.parametrize(
    ("text", "symmetric"), [("js <= le_cam", True), ("total_variation <= kl", False), ("kl <= js", False)]
)
def test_symmetry_of_both_divergences(text, symmetric):
    assert Claim(text).is_symmetric is symmetric


HOSTILE = (
    "",
    "kl",
    "kl < chi2",
    "kl == chi2",
    "kl <= chi2 <= js",
    "kl <= 1",
    "kl + js <= chi2 + le_cam",
    "kl*js <= chi2",
    "kl <= unknown",
    "kl <= __import__('os').system('true')",
    "kl <= chi2.real",
    "kl <= (lambda: chi2)()",
    "kl <= chi2**chi2",
    "kl <= chi2**999999999",
    "kl <= chi2**10**10**10",
    "kl <= 9**9**9**9*chi2",
    "kl <= 1e400*chi2",
    "kl <= 1e999999999*chi2",
    "kl <= sqrt(chi2, 2)",
    "kl <= True*chi2",
    "kl <= 'a'*chi2",
    "kl <= [chi2][0]",
    "kl <= " + "(" * 300 + "chi2" + ")" * 300,
    "kl <= chi2" + " + 0*chi2" * 1000,
    "kl <= log(1 - chi2)",
    "total_variation <= sqrt(1 - chi2)",
    "total_variation <= 2 + log(0.5 - js)",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_claim_is_refused(text):
    with pytest.raises(ValueError, match="claim"):
        Claim(text)


@pytest.mark.parametrize("text", ["__import__('os')", "u.real", "u; v", "u if v else u", "", "1/0", "f(u)"])
def test_hostile_expressions_are_refused(text):
    with pytest.raises(ValueError, match="certificate must"):
        parse(text, {"u": symbol("u"), "v": symbol("v")})


def test_kinks_elsewhere_are_refused():
    own = {"hockey": Divergence("hockey", sp.Abs(t - 2) + t - 2)}
    with pytest.raises(ValueError, match="kinks"):
        Claim("hockey <= kl", own)


def test_a_rooted_side_may_touch_zero():
    assert not Claim("total_variation <= sqrt(squared_hellinger - squared_hellinger**2/4)").is_linear


def test_reading_has_a_budget(monkeypatch):
    def never_done(*_):
        while True:
            pass

    monkeypatch.setattr("simsuff.certificates.claims._READING_SECONDS", 0.01)
    monkeypatch.setattr(Claim, "_side", never_done)
    with pytest.raises(ValueError, match=r"claim must have sides that are found to be defined within 0.01 s"):
        Claim("kl <= sqrt(1 - exp(-chi2))")
