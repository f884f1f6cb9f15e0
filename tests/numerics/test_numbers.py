"""Numbers with an error: does it cover the truth through arithmetic, and do estimates add as they should?"""

import json
import math
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.numerics.numbers import Bounded, BoundedArray, Estimate

REALS = st.floats(-1e6, 1e6, allow_subnormal=False)
# A number and where the truth lies within its error, as a part of it.
BLURRED = st.tuples(REALS, st.floats(0, 1e-3), st.fractions(-1, 1))


def within(number: Bounded, truth: Fraction) -> bool:
    return number.error == math.inf or abs(Fraction(number.value) - truth) <= Fraction(number.error)


@given(BLURRED, BLURRED)
def test_the_error_of_arithmetic_covers_the_truth(first, second):
    numbers = [Bounded(value, error) for value, error, _ in (first, second)]
    truths = [Fraction(value) + part * Fraction(error) for value, error, part in (first, second)]
    (a, b), (x, y) = numbers, truths
    assert within(a + b, x + y)
    assert within(a - b, x - y)
    # To first order in the unit roundoff: the errors are themselves rounded.
    assert within(Bounded((a * b).value, (a * b).error * (1 + 1e-12)), x * y)
    if b.value and y:
        assert within(Bounded((a / b).value, (a / b).error * (1 + 1e-12)), x / y)
    assert within(1.5 - a, Fraction(1.5) - x)
    assert within(abs(-a), abs(x))


@given(BLURRED, st.sampled_from(["exp", "log", "sqrt", "log1p", "expm1", "square"]))
def test_the_error_of_functions_covers_the_truth(blurred, name):
    value, error, part = blurred
    value = abs(value) % 300
    truth = Fraction(value) + part * Fraction(error)
    if name in ("log", "sqrt", "log1p") and truth <= 0:
        return
    found = getattr(np, name)(Bounded(value, error))
    functions = {"square": lambda x: x * x}
    with mpmath.workdps(60):
        exact = functions.get(name, getattr(mpmath, name, None))(
            mpmath.mpf(truth.numerator) / truth.denominator
        )
        assert abs(exact - found.value) <= found.error * (1 + 1e-12)


def test_the_error_remembers_what_cancelled():
    small = (Bounded(1e8, 0.0) + 1 / 3) - 1e8
    assert small.value != 1 / 3
    assert abs(small - 1 / 3) <= small.error < 1e-7


def test_order_holds_unless_refuted():
    number = Bounded(2.8e-17, 1e-16)
    assert number <= 0.0
    assert not number > 0.0
    assert -number >= 0.0
    assert Bounded(1e-15, 1e-16) > 0.0
    assert not Bounded(1e-15, 1e-16) <= 0.0
    assert Bounded(1.0, 0.5) >= 1.4
    assert Bounded(1.0, 0.5) < 1.6
    assert Bounded(math.inf, 0.0) > 1.0
    assert not Bounded(math.inf, 0.0) <= 1.0
    assert Bounded(math.nan, 0.0) != Bounded(math.nan, 0.0)
    assert not Bounded(math.nan, 0.0) <= 1.0


def test_it_is_a_float_everywhere():
    number = Bounded(1.5, 1e-9)
    assert isinstance(number, float)
    assert hash(number) == hash(1.5)
    assert number == 1.5
    assert json.dumps(number) == "1.5"
    assert f"{number:.2f} {number}" == "1.50 1.5"
    assert repr(number) == "Bounded(1.5, 1e-09)"
    assert np.isclose(number, 1.5)
    assert type(number.value) is float
    assert pickle.loads(pickle.dumps(number)).error == 1e-9
    with pytest.raises(TypeError):
        _, _ = number


@pytest.mark.parametrize("error", [-1.0, math.nan])
def test_an_error_is_a_bound(error):
    with pytest.raises(ValueError, match="error must be at least 0"):
        Bounded(1.0, error)
    with pytest.raises(ValueError, match="error must be at least 0"):
        BoundedArray([1.0], error)


def test_a_root_of_what_may_be_zero():
    root = np.sqrt(Bounded(-1e-17, 1e-16))
    assert (root.value, root.error) == (0.0, pytest.approx(math.sqrt(9e-17), rel=0.1))
    assert math.isnan(np.sqrt(Bounded(-1.0, 1e-3)))
    assert np.log(Bounded(1e-17, 1e-16)).error == math.inf


def test_infinities_are_certain_where_an_operand_was():
    assert (Bounded(math.inf, 0.0) + 1).error == 0.0
    assert (Bounded(1e308, 1.0) * 1e10).error == math.inf
    assert (Bounded(math.inf, 0.0) - math.inf).error == math.inf


@given(st.lists(BLURRED, min_size=1, max_size=4), st.sampled_from(["add", "subtract", "multiply", "divide"]))
def test_arrays_carry_the_errors_of_their_entries(blurred, name):
    values, errors, _ = zip(*blurred, strict=True)
    array, other = BoundedArray(values, errors), Bounded(3.7, 1e-5)
    operator = getattr(np, name)
    together, alone = operator(array, other), [operator(number, other) for number in array]
    np.testing.assert_array_equal(together.value, alone)
    np.testing.assert_allclose(together.error, [number.error for number in alone], rtol=1e-12)
    assert operator(2.0, array).error.shape == array.shape
    mixed = getattr(
        other, {"add": "__add__", "subtract": "__sub__", "multiply": "__mul__", "divide": "__truediv__"}[name]
    )
    np.testing.assert_allclose([mixed(2.0).error], operator(other, 2.0).error, rtol=1e-12)


def test_arrays_sum_and_compare_and_refuse_what_they_lost():
    array = BoundedArray([1.0, -1.0], [1e-3, 1e-3])
    assert array.sum() <= 0.0
    assert array.sum().error == pytest.approx(2e-3)
    np.testing.assert_array_equal(array <= 1 - 1e-4, [True, True])
    np.testing.assert_array_equal(array < 1.0, [False, True])
    array += 1.0
    np.testing.assert_allclose(array.error, 1e-3)
    assert pickle.loads(pickle.dumps(array)).error[0] == array.error[0]
    with pytest.raises(ValueError, match="array must still know its errors"):
        _ = array.reshape(2, 1).error


def test_mean_and_standard_error():
    estimate = Estimate.from_samples([1.0, 2.0, 4.0])
    assert estimate.value == pytest.approx(7 / 3)
    assert estimate.stderr == pytest.approx(np.std([1, 2, 4], ddof=1) / np.sqrt(3))
    assert estimate.n == 3


def test_negative_estimates_stay_negative():
    assert Estimate.from_samples([-1.0, -3.0]) * 0.5 == Estimate(-1.0, 0.5, 2)


def test_independent_estimates_add_in_quadrature():
    first, second = Estimate(1.0, 0.3, 10), Estimate(2.0, 0.4, 20)
    assert first + second == Estimate(3.0, 0.5, 10)
    assert first - second == Estimate(-1.0, 0.5, 10)
    assert sum([first, second]) == first + second
    mean = np.mean([first, second])
    assert mean == Estimate(1.5, 0.25, 10)
    assert float(mean) == 1.5
    assert f"{mean:.2f}" == "1.50 ± 0.25"


def test_exact_numbers_shift_and_scale_an_estimate():
    estimate = Estimate(1.0, 0.3, 10)
    assert 2 * estimate == estimate * np.float64(2) == np.int64(2) * estimate == Estimate(2.0, 0.6, 10)
    assert 1 - estimate == Estimate(0.0, 0.3, 10)
    assert estimate / 2 == Estimate(0.5, 0.15, 10)
    assert (estimate + Bounded(1.0, 0.1)).stderr == pytest.approx(0.4)
    assert Estimate(1.0, math.inf, 1) * 0 == Estimate(0.0, 0.0, 1)
    with pytest.raises(TypeError):
        _ = estimate * estimate


@pytest.mark.parametrize(
    ("stderr", "n", "match"), [(-1, 10, "stderr"), (math.nan, 10, "stderr"), (1.0, 0, "n")]
)
def test_an_estimate_has_a_spread_and_a_size(stderr, n, match):
    with pytest.raises(ValueError, match=f"{match} must be"):
        Estimate(1.0, stderr, n)


def test_one_draw_has_no_standard_error():
    with pytest.raises(ValueError, match="samples must hold at least 2 draws"):
        Estimate.from_samples([1.0])


def test_a_range_that_rounding_swallows_is_forgotten():
    rate = Estimate.of_rate(1, 5)
    assert (rate + 1.0).support == (1.0, 2.0)
    assert (-2 * rate).support == (-2.0, 0.0)
    assert (rate - 1e17).support is None
    assert (rate * 1e-320 * 1e-10).support is None


@pytest.mark.parametrize("size", [1e-110, 1.0, 1e110])
def test_skewness_of_sums_keeps_at_any_size(size):
    one = Estimate(0.0, size, 16, 2.0)
    assert (one + one).skewness == pytest.approx(2 / math.sqrt(2))
    assert (one - one).skewness == pytest.approx(0.0)
    assert (one + 1.0).skewness == 2.0
    assert (-1 * one).skewness == -2.0
