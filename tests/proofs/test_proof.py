"""Does each method prove what is true, and none of them what is false?"""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simsuff.proofs import Identity, prove
from simsuff.proofs.difference import (
    Difference,
    gaussian_integral,
    is_nonnegative,
    is_positive,
    positive_coordinates,
)
from simsuff.proofs.methods import (
    nonnegative_by_derivative,
    smooth,
    zero_by_derivative,
)
from simsuff.proofs.proof import EQUALITY

x, y = sp.symbols("x y", real=True)
p, q = sp.symbols("p q", positive=True)
w = sp.Symbol("w", nonnegative=True)
f = sp.Function("f")
LINE = (-sp.oo, sp.oo)
UNIT = {x: sp.Interval.open(0, 1)}


@pytest.mark.parametrize(
    ("left", "right", "where", "method"),
    [
        ((x + y) ** 3 / (x + y), x**2 + 2 * x * y + y**2, {}, "normal form"),
        (f(x) * (1 + x) - x * f(x), f(x), {}, "normal form"),
        (f(x) ** 2 - 1, (f(x) - 1) * (f(x) + 1), {}, "normal form"),
        (sp.sqrt(2) * sp.sqrt(6) * x, 2 * sp.sqrt(3) * x, {}, "normal form"),
        (sp.log(p * q**3), sp.log(p) + 3 * sp.log(q), {}, "simplification"),
        (sp.log(1 - x**2), sp.log(1 - x) + sp.log(1 + x), UNIT, "simplification"),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1, {}, "simplification"),
        (sp.gamma(p + 1), p * sp.gamma(p), {}, "simplification"),
        ((p + q * p) ** x, p**x * (1 + q) ** x, {}, "simplification"),
        (sp.Integral(sp.exp(-(x**2)), (x, *LINE)), sp.sqrt(sp.pi), {}, "integration + normal form"),
        (2 * sp.atan(p), sp.pi / 2 + sp.atan((p - 1 / p) / 2), {}, "derivative"),
    ],
)
def test_true_equalities_are_proved(left, right, where, method):
    proof = prove(Identity("true", left, right, where))
    assert (proof.status, proof.method) == ("proved", method)


@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        (x + y, x - y, {}),
        (sp.sqrt(x**2), x, {}),  # false for x < 0
        (sp.log(x**2), 2 * sp.log(x), {x: sp.Interval.open(-sp.oo, 0)}),
        (sp.sign(x), 1, {}),  # derivative 0 away from 0, and right at 1
        (sp.atan(x) + sp.atan(1 / x), sp.pi / 2, {}),  # derivative 0, right at x = 1, wrong for x < 0
        (f(x) + f(y), f(x + y), {}),
        (sp.Derivative(f(x), x), f(x), {}),
        (sp.exp(x), 1 + x + x**2 / 2, {}),
        (x**5 - x, sp.S.Zero, {}),  # right at −1, 0, 1
        (sp.Integral(sp.exp(-(x**2)), (x, *LINE)), sp.pi, {}),
        (sp.Max(x, y), x, {}),
    ],
)
def test_false_equalities_are_refuted_or_left_open(left, right, where):
    assert prove(Identity("false", left, right, where)).status in ("refuted", "unproved")


@pytest.mark.parametrize("method", EQUALITY, ids=lambda method: method.__name__)
@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        (sp.sign(x), 1, {}),
        (sp.atan(x) + sp.atan(1 / x), sp.pi / 2, {}),
        (sp.atan(x - 1) + sp.atan(1 / (x - 1)), -sp.pi / 2, {}),  # the same with its right value at 0
        (sp.sqrt(x**2), x, {}),
        (sp.prod([x - k for k in range(2, 16)]), sp.S.Zero, {}),  # a grid that is too small would not see it
        (1 / (x - 3), 1 / (x - 3) + sp.prod([x - k for k in range(2, 9)]), {}),
        (f(x), f(y), {}),
    ],
)
def test_no_method_alone_proves_what_is_false(method, left, right, where):
    identity = Identity("false", left, right, where)
    assert method(Difference(identity.left, identity.right, identity.ranges)) is None


def test_near_equalities_of_numbers_are_not_proved():
    root = sp.sqrt(5)
    left = sp.cbrt(root + 2) - sp.cbrt(root - 2)  # this is 1
    assert prove(Identity("near", left, 1 + sp.Rational(1, 10**20))).status == "refuted"
    assert prove(Identity("nearer", left, 1 + sp.Rational(1, 10**120))).status == "unproved"


def test_cancellation_refutes_nothing():
    # Equal, but at 50 digits the left side is 0 or nonsense.
    tiny = sp.Rational(1, 10**40)
    left = (sp.exp(tiny * p) - 1) / tiny - p
    assert prove(Identity("cancels", left, sp.expand(left))).status == "proved"
    root = sp.sqrt(10**300 + p)
    assert prove(Identity("huge", root - 10**150, p / (root + 10**150))).status != "refuted"


def test_what_is_true_but_beyond_the_methods_is_left_open():
    wronskian = sp.besselj(0, p) * sp.bessely(1, p) - sp.besselj(1, p) * sp.bessely(0, p)
    proof = prove(Identity("open", wronskian, -2 / (sp.pi * p)))
    assert (proof.status, proof.method, proof.detail[:9]) == ("unproved", "", "left open")
    nowhere = Identity(
        "nowhere", p / ((y + 1) ** 2 - y**2 - 2 * y - 1), 2 * p / ((y + 1) ** 2 - y**2 - 2 * y - 1)
    )
    assert prove(nowhere).status == "unproved"


@pytest.mark.parametrize(
    ("left", "relation", "right", "where", "status"),
    [
        (p / q + q / p, ">=", 2, {}, "proved"),
        (x - x**2, ">=", 0, UNIT, "proved"),
        (x - x**2, ">", 0, UNIT, None),
        (sp.log(1 + x), "<=", x, {x: sp.Interval(0, sp.oo)}, "proved"),
        (sp.exp(x), ">=", 1 + x + x**2 / 2, {x: sp.Interval(0, sp.oo)}, "proved"),
        (sp.exp(x), ">=", 1 + x + x**2, {x: sp.Interval(0, sp.oo)}, "refuted"),
        (x - x**2, "<=", sp.Rational(1, 4), UNIT, "proved"),
        (
            x - x**2,
            "<=",
            sp.Rational(249, 1000),
            UNIT,
            "unproved",
        ),  # fails near ½ only, where no point was tried
        (sp.Max(x, 1 - x, evaluate=False), "<=", 1, UNIT, "proved"),
        (sp.Max(x - x**2, 0, evaluate=False), "<=", sp.Rational(249, 1000), UNIT, "unproved"),
        (sp.Max(x, x**2, evaluate=False), "==", x, UNIT, "proved"),
        (sp.Max(x, x**2, evaluate=False), "==", x**2, UNIT, "refuted"),
        (sp.Max(x, x**2, evaluate=False), "==", 2 * x, UNIT, "refuted"),
    ],
)
def test_inequalities(left, relation, right, where, status):
    if status is None:
        with pytest.raises(ValueError, match="relation must be one of =="):
            Identity("strict", left, right, where, relation=relation)
        return
    assert prove(Identity("inequality", left, right, where, relation=relation)).status == status


def test_matrices_are_compared_entry_by_entry():
    left = sp.Matrix([[x * (1 + y), 1]])
    assert prove(Identity("true", left, sp.Matrix([[x + x * y, 1]]))).status == "proved"
    assert prove(Identity("false", left, sp.Matrix([[x + x * y, 2]]))).status == "refuted"


def test_a_refutation_names_a_point_where_the_claim_fails():
    proof = prove(Identity("false", x**2, x, UNIT))
    value = sp.Rational(proof.detail.partition(" = ")[2].partition(":")[0])
    assert 0 < value < 1


@given(st.fractions(0, 1).filter(lambda v: 0 < v < 1), st.integers(-3, 3), st.integers(1, 5))
def test_coordinates_cover_the_range(unit, low, width):
    value = low + width * sp.Rational(unit.numerator, unit.denominator)
    for interval in (sp.Interval.open, sp.Interval.Ropen, sp.Interval.Lopen):
        ends = interval(low, low + width)
        (expression,) = positive_coordinates({x: ends}).values()
        (u,) = expression.free_symbols
        (solution,) = sp.solve(expression - value, u)
        assert solution > 0
        assert u.is_nonnegative
        assert (u.is_positive or False) == (ends.left_open and ends.right_open)
        assert u.is_positive or expression.subs(u, 0) == (low if ends.right_open else low + width)


@given(st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(1, 4), st.integers(-3, 3))
def test_gaussian_integrals_agree_with_quadrature(coefficients, a, b):
    import mpmath

    polynomial = sum(c * x**k for k, c in enumerate(coefficients))
    exact = gaussian_integral(polynomial * sp.exp(-a * x**2 + b * x), x)
    value = mpmath.quad(
        lambda t: sum(c * t**k for k, c in enumerate(coefficients)) * mpmath.exp(-a * t**2 + b * t),
        [-mpmath.inf, 0, mpmath.inf],
    )
    # Quadrature of an entire integrand at 15 digits; the terms have size below 10³.
    assert abs(sp.N(exact) - value) < 1e-9


def test_gaussian_integrals_need_a_positive_curvature():
    assert gaussian_integral(sp.exp(-y * x**2), x) is None
    assert gaussian_integral(sp.exp(x**2), x) is None
    assert gaussian_integral(sp.exp(-(x**4)), x) is None
    assert gaussian_integral(sp.cos(x) * sp.exp(-(x**2)), x) is None


@pytest.mark.parametrize(
    ("expression", "nonnegative", "positive"),
    [
        (p + q, True, True),
        (p - q, False, False),
        ((p - q) ** 2, True, False),
        (p * w, True, False),
        (1 + w, True, True),
        (1 / w, False, False),
        (-1 / (-p - 1), True, True),
        (w**2 + w, True, False),
        (1 + y**2, True, True),
        (y, False, False),
        (sp.S.Zero, True, False),
        (-p, False, False),
    ],
)
def test_signs(expression, nonnegative, positive):
    assert (is_nonnegative(expression), is_positive(expression)) == (nonnegative, positive)


def test_smoothness_needs_proof():
    difference = Difference(x, y, {x: sp.Interval.open(0, 1), y: sp.Interval(-sp.oo, sp.oo)})
    assert smooth(difference, sp.log(x) + sp.sqrt(1 - x) + sp.exp(y) / (1 + y**2))
    for rough in (sp.log(y), 1 / y, sp.sqrt(x - 1), sp.Abs(x), sp.floor(x), sp.tan(y), sp.Max(x, y)):
        assert not smooth(difference, rough)


def test_derivative_methods_need_a_value_and_a_closed_end():
    ranges = {x: sp.Interval(0, 1)}
    assert zero_by_derivative(Difference(sp.S.One, sp.S(2) + 0 * x, ranges)) is None
    assert nonnegative_by_derivative(Difference(sp.S(2), sp.exp(x), {x: sp.Interval.Ropen(0, 2)})) is None
    assert (
        nonnegative_by_derivative(Difference(sp.S.One, sp.exp(x), {x: sp.Interval.Ropen(0, 2)})) is not None
    )
    assert nonnegative_by_derivative(Difference(sp.S.One, sp.exp(x), {x: sp.Interval.open(0, 2)})) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", x, x), "id must be a non-empty string"),
        (("a", x, x, {}, "", "<"), "relation must be one of"),
        (("a", "x", x), "left of a must be a SymPy expression"),
        (("a", x, sp.nan), "right of a must be a defined expression"),
        (("a", x, 0.5 * x), "right of a must hold no floating-point number"),
        (("a", x, sp.Matrix([x])), "the sides of a must have one shape"),
        (("a", x, x, {x: (0, 1)}), "where of a must map symbols to Intervals"),
    ],
)
def test_unusable_identities_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Identity(*arguments)
