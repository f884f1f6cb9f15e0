"""Does exact arithmetic agree with floats on every statement that it can evaluate, and refuse the others?"""

from fractions import Fraction

import numpy as np
import pytest

from simsuff import statements
from simsuff.hunting.exact.numbers import BALLS, NotExact, Number, _Balls
from simsuff.hunting.exact.world import exact_sides
from simsuff.hunting.hunter import exact_points
from simsuff.hunting.structures import is_known
from simsuff.verdicts import rules

# Statements whose quantities have exact twins; a few of each kind stand for the others.
EVALUATED = (
    "A1",
    "A3-order",
    "A4-chi2",
    "A5-js",
    "A6-alpha(0.25)",
    "B2",
    "B2-log",
    "B3",
    "B3-limit",
    "B4",
    "B5",
    "C1-optimal",
    "C2-conditional_hellinger",
    "C2-kl",
    "C2-total_variation",
    "C3-chi2",
    "D1",
    "D1-renyi",
    "D2",
    "D3-distance",
    "F6",
    "I4",
    "I5-kl",
    "I7",
    "Q1",
    "Q2-printed",
    "Q5",
    "Q7-views",
    "Q8-classification",
    "W3",
)


@pytest.mark.parametrize("id", EVALUATED)
def test_exact_sides_agree_with_floats(id):
    met = 0
    for comparison, sides in exact_points(statements.get(id), 12):
        assert sides.relation == str(comparison.relation)
        for float_side, exact in ((comparison.lhs, sides.lhs), (comparison.rhs, sides.rhs)):
            with BALLS.working():
                low, high = exact.ends
            # The arguments of floats are rounded fractions: their relative error enters as that of a sum.
            allowed = float(rules.error(float_side)) + 1e-9 * (1 + abs(float(float_side)))
            assert low - allowed <= float(float_side) <= high + allowed
        # Some sides of an equality are 1e-33 here: a float that slipped in would break it.
        assert not statements.get(id).holds or not sides.fails
        met += 1
    assert met == 12


def test_the_vocabulary_is_known():
    assert is_known(statements.get("B4"))
    assert not is_known(statements.get("E9"))  # it takes an rng


def test_what_is_not_exact_is_refused():
    entry = statements.get("E1")
    with pytest.raises(NotExact):
        exact_sides(entry.function, dict.fromkeys(entry.arguments, Number(1)))
    with pytest.raises(NotExact, match="a function of floats"):
        float(Number(1))
    with pytest.raises(NotExact, match="not positive"):
        Number(0).log()


def test_numbers_stay_fractions_where_they_can():
    assert (Number(Fraction(1, 3)) + Fraction(2, 3)).exact == 1
    assert Number(Fraction(9, 4)).sqrt().exact == Fraction(3, 2)
    assert (Number(2) ** Fraction(1, 2)).exact is None
    assert Number(1).log().exact == 0


def test_balls_enclose_and_tell_apart():
    with BALLS.working():
        low, high = Number(2).log().ends
        assert low < np.log(2) < high or low <= np.log(2) <= high
        assert high - low < 1e-15
        assert Number(2).log() > Fraction(693, 1000)
        with pytest.raises(NotExact, match="open"):
            (Number(2).sqrt() * Number(2).sqrt()).sign(2)


def test_intervals_of_mpmath_replace_balls(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "flint", None)
    plain = _Balls()
    assert "mpmath" in plain.name
    low, high = plain.ends(plain.apply("log", plain.of(Fraction(2))))
    assert low <= np.log(2) <= high
    assert high - low < 1e-15
    assert plain.sign(plain.of(Fraction(-1, 3))) == -1
