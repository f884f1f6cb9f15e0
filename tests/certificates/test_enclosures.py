"""Do the intervals, expansions and quotients of the search, and the ranges of the checker, enclose the truth?"""

import math
from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy as sp
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from simsuff.certificates.checker import ranges
from simsuff.certificates.checker.expressions import parse
from simsuff.certificates.checker.margins import Generator, Side, T, X
from simsuff.certificates.checker.quotients import Quotients
from simsuff.certificates.checker.ranges import Range
from simsuff.certificates.claims import Claim
from simsuff.certificates.coordinates import HalfGenerator, y
from simsuff.certificates.intervals import Interval, ball, enclose
from simsuff.certificates.programs import Program, power_log, power_log_taylor
from simsuff.certificates.removable import Quotient, Smooth

DIGITS = 50
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-300, max_value=1e300)
shares = st.floats(min_value=0, max_value=1)


@st.composite
def intervals(draw, numbers=finite):
    ends = sorted((draw(numbers), draw(numbers)))
    return Interval(*ends)


def inside(interval: Interval, value) -> bool:
    low = interval.lo == -math.inf or Fraction(interval.lo) <= value
    return low and (interval.hi == math.inf or value <= Fraction(interval.hi))


def as_range(interval: Interval) -> Range:
    return Range(interval.lo, interval.hi)


def as_interval(found: Range) -> Interval:
    return Interval(found.lo, found.hi)


@given(intervals(), intervals())
def test_arithmetic_encloses_exact_arithmetic(a, b):
    for left in (a.lo, a.hi):
        for right in (b.lo, b.hi):
            x, z = Fraction(left), Fraction(right)
            for total in (a + b, as_interval(ranges.added(as_range(a), as_range(b)))):
                assert inside(total, x + z)
            for product in (a * b, as_interval(ranges.multiplied(as_range(a), as_range(b)))):
                assert inside(product, x * z)
            for power in (a.integer_power(3), as_interval(ranges.integer_power(as_range(a), 3))):
                assert inside(power, x**3)
            for square in (a.integer_power(2), as_interval(ranges.integer_power(as_range(a), 2))):
                assert inside(square, x**2)
            if z != 0:
                for quotient in (
                    a / b,
                    as_interval(ranges.multiplied(as_range(a), ranges.reciprocal(as_range(b)))),
                ):
                    assert inside(quotient, x / z)


@given(intervals(positive))
def test_elementary_functions_enclose_mpmath(a):
    pairs = [
        (mpmath.sqrt, a.root(), ranges.root(as_range(a))),
        (mpmath.log, a.logarithm(), ranges.logarithm(as_range(a))),
    ]
    with mpmath.workdps(DIGITS):
        for function, first, second in pairs:
            for end in (a.lo, a.hi):
                value = function(mpmath.mpf(end))
                for found in (first, as_interval(second)):
                    assert found.lo <= value <= found.hi


@given(intervals(st.floats(min_value=-800, max_value=800)))
def test_exponentials_enclose_mpmath(a):
    with mpmath.workdps(DIGITS):
        for end in (a.lo, a.hi):
            for found in (a.exponential(), as_interval(ranges.exponential(as_range(a)))):
                assert found.lo <= mpmath.exp(mpmath.mpf(end)) <= found.hi


def test_a_sum_that_is_exact_stays_exact():
    assert (Interval(1.0, 1.0) + Interval(-0.5, 1.0)).lo == 0.5
    assert (Interval(0.1, 0.1) + Interval(0.2, 0.2)).width > 0


@pytest.mark.parametrize("exponent", [sp.Rational(1, 2), sp.Integer(1), sp.Integer(2)])
@given(ends=intervals(st.floats(min_value=0, max_value=2)), share=shares)
def test_power_log_encloses_its_values(exponent, ends, share):
    point = min(max(ends.lo + share * (ends.hi - ends.lo), ends.lo), ends.hi)
    with mpmath.workdps(DIGITS):
        e = mpmath.mpf(int(exponent.p)) / int(exponent.q)
        value = mpmath.mpf(point) ** e * mpmath.log(point) if point > 0 else mpmath.mpf(0)
    first = power_log(ends, exponent)
    second = as_interval(ranges.power_log(as_range(ends), fmpq(int(exponent.p), int(exponent.q))))
    assert first.lo <= value <= first.hi
    assert second.lo <= value <= second.hi


def test_power_log_derivatives_are_those_of_sympy():
    z = sp.Symbol("z", positive=True)
    point = sp.Rational(3, 8)
    for exponent in (sp.Rational(1, 2), sp.Integer(1), sp.Integer(2)):
        found = power_log_taylor(Interval(0.375, 0.375), exponent)
        for order, interval in enumerate(found):
            truth = enclose(ball(sp.diff(z**exponent * sp.log(z), z, order), {z: point}))
            assert interval.lo <= truth.hi
            assert truth.lo <= interval.hi


@given(centre=st.tuples(shares, shares), width=st.floats(min_value=0, max_value=0.1))
def test_jets_enclose_the_derivatives_of_sympy(centre, width):
    a, b = sp.symbols("a b", positive=True)
    expression = a * sp.log(1 + a * b) + sp.sqrt(1 + b) / (1 + a) ** 2 - sp.exp(a * b)
    box = [Interval(c, c + width) for c in centre]
    expansion = Program(expression, [a, b]).expansion(box)
    wanted = [
        expression,
        *(sp.diff(expression, s) for s in (a, b)),
        sp.diff(expression, a, 2),
        sp.diff(expression, a, b),
        sp.diff(expression, b, 2),
    ]
    point = {s: sp.Rational(c) + sp.Rational(width) / 3 for s, c in zip((a, b), centre, strict=True)}
    for found, truth in zip(expansion, wanted, strict=True):
        value = enclose(ball(truth, point))
        assert found.lo <= value.hi
        assert value.lo <= found.hi


@cache
def half_quotient(name: str, sign: int):
    """The generator, H as a function of balls, and the derivatives of H/y² as SymPy finds them."""
    generator = Claim(f"{name} <= chi2").smaller.generator
    half = HalfGenerator(generator, sign)
    truths = [sp.diff(half.derivative(0) / y**2, y, order) for order in range(3)]
    return generator, Quotient(Smooth(y, half.derivative, half.at_one), 2), truths


@pytest.mark.parametrize("name", ["kl", "reverse_kl", "squared_hellinger", "js"])
@pytest.mark.parametrize("sign", [1, -1])
@settings(max_examples=15)
@given(ends=intervals(shares), share=shares)
def test_quotients_of_both_rooms_enclose_the_truth(name, sign, ends, share):
    generator, quotient, truths = half_quotient(name, sign)
    point = min(max(ends.lo + share * (ends.hi - ends.lo), ends.lo), ends.hi)
    if not 1e-6 < point < 1:
        return
    side = Side(X, Generator(parse(sp.sstr(generator), {"t": T})))
    checker = Quotients((side, side))
    found = quotient(ends, True)
    for order in range(3):
        truth = enclose(ball(truths[order], {y: sp.Rational(point)}))
        other = as_interval(checker(f"F{'p' if sign > 0 else 'm'}", order, as_range(ends)))
        for enclosure in (found[order], other):
            assert enclosure.lo <= truth.hi
            assert truth.lo <= enclosure.hi


@pytest.mark.parametrize(
    ("name", "ends"), [("squared_hellinger", (2, 2)), ("js", (sp.log(2), sp.log(2))), ("kl", (None, 2))]
)
def test_the_edges_are_exact_limits(name, ends):
    generator = Claim(f"{name} <= chi2").smaller.generator
    for sign, end in zip((1, -1), ends, strict=True):
        assert HalfGenerator(generator, sign).at_one(0) == end


def test_what_balls_cannot_evaluate_is_refused():
    with pytest.raises(ValueError, match="expression"):
        ball(sp.gamma(sp.Symbol("z")), {sp.Symbol("z"): sp.Integer(1)})
