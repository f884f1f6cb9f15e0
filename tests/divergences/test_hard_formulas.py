"""Formulas that were wrong or did not end: singular curvature, kinks at irrational roots, decimals, high powers."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import Divergence, alpha_divergence
from simsuff.divergences.direct import Direct
from simsuff.divergences.symbols import attempt, t

pytestmark = pytest.mark.usefixtures("uncompiled")

P, Q = [0.2, 0.8], [0.6, 0.4]
RELATIVE = 1e-13


def by_definition(f, p, q) -> float:
    """Σ q f(p/q) in high precision, for positive masses."""
    with mpmath.workdps(60):
        pairs = [(mpmath.mpf(x), mpmath.mpf(y)) for x, y in zip(p, q, strict=True)]
        return float(sum(y * f(x / y) for x, y in pairs))


@pytest.mark.parametrize("power", ["1.01", "1.5", "2.5", "1.9999"])
def test_singular_curvature_at_a_kink(power: str) -> None:
    exponent = mpmath.mpf(int(float(power) * 10_000)) / 10_000
    div = Divergence("u", f"abs(t-1)**{power}")
    assert isinstance(div._kernels, Direct)
    assert div.between(P, Q) == pytest.approx(
        by_definition(lambda x: abs(x - 1) ** exponent, P, Q), rel=RELATIVE
    )
    assert div.f(0.999) == pytest.approx(float((1 - mpmath.mpf(0.999)) ** exponent), rel=RELATIVE)
    assert div.bregman(1.5, 1.0) == pytest.approx(float(mpmath.mpf(0.5) ** exponent), rel=RELATIVE)
    assert div.excess(1e-20) == pytest.approx(float(mpmath.mpf(1e-20) ** exponent), rel=RELATIVE)
    s = float(div.derivative(1.5))
    assert div.conjugate(s) == pytest.approx(1.5 * s - float(div.f(1.5)), rel=1e-12)


def test_one_sided_and_shifted_singularities() -> None:
    assert Divergence("u", "max(t-1,0)**1.5").between(P, Q) == pytest.approx(0.4, rel=RELATIVE)
    shifted = Divergence("u", "abs(t-2)**1.5 + t*log(t) - 1")
    assert shifted.bregman(2.0, 1.0) == pytest.approx(0.5 + 2 * np.log(2) - 1, rel=RELATIVE)
    smooth = Divergence("u", "((t-1)**2 + (t-1)**4)**0.75")
    assert smooth.f(1.25) == pytest.approx((0.25**2 + 0.25**4) ** 0.75, rel=RELATIVE)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("max(t**3+1, 3*t) - 3", 2.0),
        ("max(exp(t-1), 2*t) - 2", 0.5 * np.exp(-1)),
    ],
)
def test_kinks_at_irrational_roots(f: str, expected: float) -> None:
    assert Divergence("m", f).between([0, 1], [0.5, 0.5]) == pytest.approx(expected, rel=RELATIVE)


def test_every_derived_number_knows_the_pieces_of_a_cubic_kink() -> None:
    div = Divergence("m", "max(t**3+1, 3*t) - 3")
    assert (div.at_zero, div.slope_at_infinity) == (-2, np.inf)
    roots = sorted(r for r in np.roots([1, 0, -3, 1]) if r > 0)
    assert div.derivative(
        [roots[0] * 0.99, roots[0] * 1.01, roots[1] * 0.99, roots[1] * 1.01]
    ) == pytest.approx([3 * (roots[0] * 0.99) ** 2, 3, 3, 3 * (roots[1] * 1.01) ** 2], rel=RELATIVE)


@pytest.mark.parametrize("alpha", [1 + 1e-9, 1 - 1e-9, 1e-9, 1.123456789])
def test_orders_close_to_one(alpha: float) -> None:
    div = alpha_divergence(alpha)
    assert div.at_zero == pytest.approx(1 / alpha, rel=1e-12)
    assert div.slope_at_infinity == (np.inf if alpha > 1 else pytest.approx(1 / (1 - alpha), rel=1e-12))


@pytest.mark.parametrize("power", ["1.1234", "1.123456789", "1.0001", "63.99"])
def test_decimal_powers(power: str) -> None:
    exponent = sp.Rational(power)
    with mpmath.workdps(60):
        x = mpmath.mpf(exponent.p) / exponent.q
        expected = by_definition(lambda r: r**x - 1, P, Q)
    # f and its tangent cancel: (t^a - 1) is a(t - 1) and the rest.
    assert Divergence("m", f"t**{power} - 1").between(P, Q) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("n", [6, 7, 8, 16, 24, 32, 64])
def test_high_powers(n: int) -> None:
    div = Divergence("m", f"t**{n} - {n}*t + {n - 1}")
    assert div.between(P, Q) == pytest.approx(
        by_definition(lambda x: x**n - n * x + n - 1, P, Q), rel=RELATIVE
    )
    assert div.at_zero == n - 1


@pytest.mark.parametrize(
    ("f", "message"),
    [
        ("-sqrt(t - 0.5) + sqrt(0.5)", "undefined at t = 0.25"),
        ("-log(2 - t)", "undefined at t = 2"),
        ("1/(t - 2) + 1", "undefined at t = 2"),
        ("log(t)/(t - 1) - 1", "undefined at t = 1"),
        ("exp((t**2-1)**32) - 1", "not convex"),
        ("sqrt(abs(t-1) - 1/2)", "undefined at t = "),
        (t**1000, "exponents"),
    ],
)
def test_what_is_refused_in_words(f, message: str) -> None:
    with pytest.raises(ValueError, match=f"^f must .*{message}"):
        Divergence("m", f)


def test_many_pieces() -> None:
    ten = Divergence("m", " + ".join(f"abs(t - {k})" for k in range(1, 11)) + " - 45")
    assert ten.f([0.5, 5.5, 12.0]).tolist() == [5.0, -20.0, 20.0]
    assert (ten.derivative_at_zero, ten.slope_at_infinity) == (-10, 10)
    lines = ", ".join(f"{k}*(t - 1) - {k * (k - 1)}/10" for k in range(8))
    eight = Divergence("m", f"max({lines})")
    assert eight.f(3.0) == pytest.approx(7 * 2 - 4.2, rel=RELATIVE)
    assert eight.conjugate(2.5) == pytest.approx(2.5 * 1.4 - (2 * 0.4 - 0.2), rel=RELATIVE)


def test_seventeen_square_roots() -> None:
    roots = range(17)
    f = (
        " - ".join(["", *(f"sqrt(t + {k})" for k in roots)])
        + " + "
        + " + ".join(f"sqrt({k + 1})" for k in roots)
    )
    div = Divergence("m", f)
    expected = by_definition(lambda x: sum(mpmath.sqrt(k + 1) - mpmath.sqrt(x + k) for k in roots), P, Q)
    assert div.between(P, Q) == pytest.approx(expected, rel=RELATIVE)


def test_a_quartic_kink() -> None:
    div = Divergence("m", "max(t**4 - 2*t, 3*t - 4) + 1")
    exact = by_definition(lambda x: max(x**4 - 2 * x, 3 * x - 4) + 1, P, Q)
    assert div.between(P, Q) == pytest.approx(exact, rel=RELATIVE)


def test_kernels_that_differ_from_f_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A curvature that is off by a millionth is seen when the kernels are made."""
    from simsuff.divergences import template

    wrong = template.HEAD.replace("return 0.0 * t + {curvature}", "return 0.0 * t + 1.000001 * ({curvature})")
    monkeypatch.setattr(template, "HEAD", wrong)
    div = Divergence("m", "t*log(t) + (t - 1)**2")
    assert isinstance(div._kernels, Direct)
    assert div.f(1.1) == pytest.approx(1.1 * np.log(1.1) + 0.01, rel=RELATIVE)


FAMILY = "(t**a - 1 - a*(t-1))/(a*(a-1))"


@pytest.mark.parametrize(("a", "name"), [(1.0, "kl"), (0.0, "reverse_kl"), (2.0, "alpha(2)")])
def test_the_power_family_at_its_limits(a: float, name: str) -> None:
    from simsuff.divergences import divergence

    div = Divergence("power", FAMILY, parameters={"a": a})
    assert div.between(P, Q) == pytest.approx(divergence(name).between(P, Q), rel=RELATIVE)
    moved = div.with_parameters(a=1.5)
    assert moved.f(2.0) == pytest.approx(float(alpha_divergence(1.5).f(2.0)), rel=RELATIVE)


def test_parameters_are_those_of_f() -> None:
    div = Divergence("power", FAMILY, parameters={"a": 1.5})
    with pytest.raises(
        ValueError, match=r"parameters must be among the parameters of f: a: names = \['alpha'\]"
    ):
        div.with_parameters(alpha=3)
    with pytest.raises(ValueError, match="leave f a formula with finite values"):
        Divergence("bad", "(t-1)**2/b", parameters={"b": 0.0})
    both = Divergence("m", "p0*(t-1)**2 + p1*(t-1)**4", parameters={"p1": 2.0, "p0": 1.0})
    assert both.f(2.0) == 3.0
    assert both.f(3.0) == 4.0 + 32.0


def test_floats_keep_their_seventeen_digits() -> None:
    c = 0.1 + 0.2
    assert Divergence("m", sp.Float(c) * (t - 1) ** 2).expression.coeff((t - 1) ** 2) == sp.Rational(repr(c))


def test_an_attempt_ends() -> None:
    def endless() -> None:
        while True:
            pass

    def nested() -> list:
        return [attempt(endless, seconds=0.05), attempt(lambda: 3), attempt(endless, seconds=5.0)]

    assert attempt(endless, seconds=0.05) is None
    assert attempt(nested, seconds=0.2) is None
    assert attempt(lambda: attempt(endless, seconds=0.05) or 7, seconds=5.0) == 7
    assert attempt(int, "x") is None
    assert attempt(int, "3") == 3
