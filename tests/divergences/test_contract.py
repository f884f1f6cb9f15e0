"""Does every divergence, of the catalogue or typed by a user, keep the contract of docs/architecture.md?"""

import pickle

import mpmath
import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence
from simsuff.divergences.symbols import t

CATALOGUE = [*DIVERGENCES, "alpha(-1.5)", "alpha(0.3)", "alpha(1.5)", "alpha(2)", "alpha(3.5)"]

T = np.array([1e-3, 0.04, 0.3, 0.8, 1.0, 1.25, 2.0, 7.0, 60.0])

# The promise of accuracy.py is 8 ulp for the catalogue; a user's f may multiply a condition number on top, which
# for the exponential at t = 60 is 60.
RELATIVE = 8 * 64 * np.finfo(np.float64).eps


# The truth itself is rounded at 60 digits; terms are below 1e5.
TRUTH = 1e-59


def entry(name: str) -> Divergence:
    return DIVERGENCES[name] if name in DIVERGENCES else alpha_divergence(float(name[6:-1]))


@pytest.fixture(params=CATALOGUE)
def div(request: pytest.FixtureRequest) -> Divergence:
    return entry(request.param)


@pytest.fixture(params=range(20))
def user(request: pytest.FixtureRequest, uncompiled: None, random_formula) -> Divergence:  # noqa: ARG001
    return Divergence("mine", random_formula(request.param))


def truth(expression: sp.Expr):
    function = sp.lambdify(t, expression, "mpmath")

    def at(value: float):
        with mpmath.workdps(60):
            return mpmath.mpf(function(mpmath.mpf(value)))

    return at


def check_functions(div: Divergence) -> None:
    """Values and derivatives against the one expression at 60 digits."""
    f, slope, second = (
        truth(e) for e in (div.expression, div.derivative_expression, div.second_derivative_expression)
    )
    expected = np.array([float(f(x)) for x in T])
    # Away from f'(1) = 0 a user's f crosses 0 where the terms of f do not, and f loses digits to them.
    terms = np.array([abs(x * float(slope(x))) for x in T]) if div.derivative(1.0) != 0 else 0 * T
    assert (np.abs(div.f(T) - expected) <= RELATIVE * (np.abs(expected) + terms) + TRUTH * 1e5).all()
    np.testing.assert_allclose(div.derivative(T), [float(slope(x)) for x in T], rtol=RELATIVE, atol=RELATIVE)
    np.testing.assert_allclose(div.second_derivative(T), [float(second(x)) for x in T], rtol=RELATIVE)


def check_bregman(div: Divergence) -> None:
    """Non-negative, zero on the diagonal, equal to its definition at 60 digits."""
    f, slope = truth(div.expression), truth(div.derivative_expression)
    a, b = np.meshgrid(T, T)
    found = div.bregman(a, b)
    with mpmath.workdps(60):
        expected = [
            float(f(x) - f(y) - slope(y) * (mpmath.mpf(x) - mpmath.mpf(y)))
            for x, y in zip(a.ravel(), b.ravel(), strict=True)
        ]
    np.testing.assert_allclose(found.ravel(), expected, rtol=RELATIVE, atol=TRUTH * 1e5)
    assert (found >= 0).all()
    assert not np.diag(found).any()


def check_fenchel_young(div: Divergence) -> None:
    """P2: equality at s = f'(t), where f*(s) = st − f(t); nowhere is f(t) + f*(s) below st."""
    slopes, values = div.derivative(T), div.f(T)
    conjugate = div.conjugate(slopes)
    size = np.abs(T * slopes) + np.abs(values) + np.abs(conjugate)
    # s is rounded, which moves f*(s) by t times the rounding.
    allowed = RELATIVE * (size + 1) + T * np.spacing(np.abs(slopes))
    assert (np.abs(conjugate - (T * slopes - values)) <= allowed).all()
    gap = values[:, None] + conjugate[None, :] - T[:, None] * slopes[None, :]
    assert (gap >= -allowed - RELATIVE * np.abs(T[:, None] * slopes[None, :])).all()


def check_boundary(div: Divergence) -> None:
    """f(0), NaN, negative arguments, and the two constant arms of the conjugate."""
    assert div.f(0.0) == div.at_zero
    assert div.f(-1.0) == np.inf
    assert np.isnan(
        [div.f(np.nan), div.derivative(np.nan), div.conjugate(np.nan), div.derivative(-1.0)]
    ).all()
    assert np.isnan([div.bregman(np.nan, 1.0), div.bregman(1.0, np.nan), div.second_derivative(np.nan)]).all()
    assert div.derivative(0.0) == div.derivative_at_zero
    assert div.derivative(np.inf) == div.slope_at_infinity
    assert div.bregman(0.0, 0.0) == 0
    assert div.bregman(-1.0, 1.0) == div.bregman(1.0, -1.0) == np.inf
    assert (div.excess(-1.0), div.excess(-2.0), div.excess(0.0)) == (div.at_zero, np.inf, 0)
    assert div.conjugate(-np.inf) == -div.at_zero
    if np.isfinite(div.derivative_at_zero):
        assert div.conjugate(div.derivative_at_zero - 1) == -div.at_zero
    if np.isfinite(div.slope_at_infinity):
        assert div.conjugate(div.slope_at_infinity + 1e-9) == np.inf


def check_between(div: Divergence) -> None:
    """Zero for equal tables, boundary terms on disjoint ones, and the perspective sum in between (P3)."""
    p, q = np.array([0.0, 0.2, 0.5, 0.3]), np.array([0.4, 0.0, 0.35, 0.25])
    assert div.between(p, p) == 0
    boundary = div.at_zero * 0.4 + div.slope_at_infinity * 0.2
    expected = boundary + float(np.sum(q[2:] * div.f(p[2:] / q[2:])))
    assert div.between(p, q) == pytest.approx(expected, rel=RELATIVE)
    assert div.between([1, 0], [0, 1]) == pytest.approx(div.at_zero + div.slope_at_infinity, rel=RELATIVE)


CHECKS = [check_functions, check_bregman, check_fenchel_young, check_boundary, check_between]
P2 = pytest.mark.statement("P2", kind="exact")


@pytest.mark.parametrize(
    "check", [pytest.param(check, marks=[P2] if check is check_fenchel_young else []) for check in CHECKS]
)
def test_catalogue(div: Divergence, check) -> None:
    check(div)


@pytest.mark.statement("P2")
def test_users(user: Divergence) -> None:
    for check in CHECKS:
        check(user)


def test_the_catalogue_passes_the_checks_of_a_user(div: Divergence) -> None:
    """Convexity, f(1) = 0, P2 for the stated conjugate; entries of the catalogue are normalised to f'(1) = 0."""
    smooth = div.name != "total_variation"
    div.verify(div.conjugate_expression if smooth else None)
    assert div.convexity.holds
    assert div.derivative(1.0) == 0


@pytest.mark.statement("P3")
@pytest.mark.parametrize("seed", [0, 7, 9, 12])
def test_affine_terms_change_nothing(seed: int, uncompiled: None, random_formula) -> None:  # noqa: ARG001
    """P3: the tilted f has the same divergences and the same Bregman divergence."""
    plain = Divergence("plain", random_formula(seed))
    tilted = Divergence("tilted", plain.expression + sp.Rational(7, 3) * (t - 1))
    p, q = [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]
    assert tilted.between(p, q) == pytest.approx(plain.between(p, q), rel=RELATIVE)
    np.testing.assert_allclose(tilted.bregman(T, 0.7), plain.bregman(T, 0.7), rtol=RELATIVE)


def test_shapes_and_types(div: Divergence) -> None:
    grid = np.ones((2, 3, 1))
    for found in (div.f(grid), div.derivative(grid), div.conjugate(0 * grid), div.excess(grid)):
        assert (found.shape, found.dtype) == ((2, 3, 1), np.float64)
    assert div.bregman(grid, [1.0, 2.0]).shape == (2, 3, 2)
    assert div.f([]).shape == (0,)
    assert div.f(1) == 0


def test_pickle_keeps_the_divergence(div: Divergence) -> None:
    again = pickle.loads(pickle.dumps(div))
    assert (again.name, again.expression) == (div.name, div.expression)
    np.testing.assert_array_equal(again.f(T), div.f(T))


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.5], [0.5, 0.25, 0.25], "q must have the shape"),
        ([0.5, 0.6], [0.5, 0.5], "p must sum to 1"),
        ([0.5, 0.5], [1.5, -0.5], "q must be non-negative"),
        ([], [], "p must be non-empty"),
        ([np.nan, 1], [0.5, 0.5], "p must be finite"),
    ],
)
def test_between_refuses(p, q, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DIVERGENCES["kl"].between(p, q)


def test_masses_whose_ratio_leaves_the_doubles() -> None:
    """p/q overflows, and so would q f(p/q) in double precision; the terms themselves are ordinary."""
    tiny = 5e-324
    p, q = np.array([0.5, 0.5 - tiny, tiny]), np.array([tiny, 0.5, 0.5])
    expected = 0.5 * (np.log(0.5) - np.log(tiny))
    assert DIVERGENCES["kl"].between(p, q) == pytest.approx(expected, rel=RELATIVE)
    assert DIVERGENCES["reverse_kl"].between(q, p) == pytest.approx(expected, rel=RELATIVE)


@pytest.mark.parametrize("small", [1e-15, 1e-17, 1e-40, 1e-300])
def test_ratios_beyond_the_digits_of_a_double(div: Divergence, small: float) -> None:
    """p/q − 1 rounds to p/q below 2⁻⁵³ and to −1 above 2⁵³; the terms keep their digits all the same."""
    f = truth(div.expression)
    for p, q in ((1.0, small), (small, 1.0), (1.0 - small, 1e-3 * small)):
        with mpmath.workdps(700):
            expected = float(q * f(mpmath.mpf(p) / q))
        assert div.masses(p, q) == pytest.approx(expected, rel=RELATIVE, abs=0)


def test_overflow_on_the_way_is_repaired(uncompiled: None) -> None:  # noqa: ARG001
    softplus = Divergence("softplus", "log(1 + exp(t)) - log(1 + exp(1))")
    assert softplus.f(1e20) == 1e20
    assert softplus.derivative(1e5) == 1
    assert softplus.bregman(1e5, 1.0) == pytest.approx(1e5 - np.log(1 + np.e) - (1e5 - 1) / (1 + np.exp(-1)))


def test_bregman_at_the_boundary() -> None:
    kl, tv, le_cam = (DIVERGENCES[name] for name in ("kl", "total_variation", "le_cam"))
    assert kl.bregman(1.0, 0.0) == np.inf
    assert kl.bregman(0.0, 1e-200) == 1e-200
    assert kl.bregman(np.inf, 1.0) == kl.bregman(1.0, np.inf) == np.inf
    assert tv.bregman([0.0, 3.0, 0.5, 3.0, np.inf], [1.0, 1.0, 2.0, 2.0, 2.0]).tolist() == [0.5, 1, 0.5, 0, 0]
    assert le_cam.bregman(2.0, 0.0) == pytest.approx(8 / 3, rel=1e-15)
    assert le_cam.bregman(1.0, np.inf) == 1


def test_no_catalogue_bregman_loses_its_limit_at_zero(div: Divergence) -> None:
    """B(0, b) = f(0) − f(b) + b f'(b), by the closed form and by the generic way, which shares no code."""
    b = np.array([1e-9, 0.2, 1.0, 5.0])
    generic = Divergence("same", div.expression)._bregman_from_zero
    if div.name != "total_variation":
        np.testing.assert_allclose(div.bregman(0.0, b), generic(0 * b, b), rtol=RELATIVE)
