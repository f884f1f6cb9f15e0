"""Is f* the supremum, in closed form or not, and does its bound hold?"""

import mpmath
import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, supremum
from simsuff.divergences.conjugation import derive, first_mismatch
from simsuff.divergences.symbols import s, t

CLOSED = ["kl", "reverse_kl", "chi2", "squared_hellinger", "js", "le_cam"]


@pytest.mark.parametrize("name", CLOSED)
def test_the_catalogue_is_derived(name: str) -> None:
    div = DIVERGENCES[name]
    derived = derive(div.expression, sp.simplify(div.derivative_expression))
    assert derived is not None
    for point in (-0.9, -0.2, 0.1, 0.3):
        stated, found = (
            sp.N(e.subs(s, sp.Rational(repr(point))), 40) for e in (div.conjugate_expression, derived)
        )
        assert abs(stated - found) < sp.Float("1e-35")


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (sp.exp(t - 1) - t, (s + 1) * sp.log(s + 1)),
        (sp.sqrt(1 + t**2) - sp.sqrt(2), sp.sqrt(2) - sp.sqrt(1 - s**2)),
        (1 - sp.sqrt(t), -1 - 1 / (4 * s)),
        (t**3 - 1, 1 + 2 * (s / 3) ** sp.Rational(3, 2)),
        (t**4 - 4 * t + 3, 3 * ((s + 4) / 4) ** sp.Rational(4, 3) - 3),
        ((t - 1) ** 2 / (t + 1), 4 - s - 4 * sp.sqrt(1 - s)),
        (
            sp.log(1 + sp.exp(t)) - sp.log(1 + sp.E),
            s * sp.log(s) + (1 - s) * sp.log(1 - s) + sp.log(1 + sp.E),
        ),
    ],
)
def test_closed_forms(f: sp.Expr, expected: sp.Expr) -> None:
    """The expected form passes P2, and so does the derived one."""
    slope = sp.simplify(sp.diff(f, t))
    assert first_mismatch(expected, f, slope) is None
    derived = derive(f, slope)
    assert derived is not None
    assert first_mismatch(derived, f, slope) is None


@pytest.mark.parametrize(
    "f", [t * sp.log(t) + (t - 1) ** 2, sp.exp(t - 1) - t + (t - 1) ** 2, t**4 + t**3 + 1 / t - 3]
)
def test_no_search_without_end(f: sp.Expr) -> None:
    assert derive(f, sp.simplify(sp.diff(f, t))) is None


def test_awkward_exponents_end_too() -> None:
    div = alpha_divergence(0.123456789)
    assert div.convexity.holds
    assert div.conjugate(0.2) > 0.2


@pytest.fixture
def user(uncompiled: None) -> Divergence:  # noqa: ARG001
    return Divergence("mine", "t*log(t) + (t - 1)**2 + abs(t - 1)/2")


def test_the_numerical_conjugate_is_the_supremum(user: Divergence) -> None:
    """Against the maximum over a fine grid, which is below it by at most h² sup f''/8, and is never above."""
    slopes = np.array([-3.0, -1.0, 0.6, 1.0, 1.4, 2.0, 6.0])
    grid = np.linspace(1e-6, 8, 400_001)
    lower = (slopes[:, None] * grid - user.f(grid)).max(axis=1)
    found = user.conjugate(slopes)
    spacing = grid[1] - grid[0]
    assert (found >= lower - 1e-14).all()
    assert (found <= lower + spacing * (1 + np.abs(slopes))).all()


def test_the_bound_holds(user: Divergence) -> None:
    """f* and its error from interval arithmetic, at kinks and away from them, contain what mpmath's root gives."""
    slopes = np.array([-2.0, 0.3, 0.7, 1.2, 4.0])
    value, error = user.conjugate_bounded(slopes)
    assert (error <= 8 * np.spacing(np.abs(value))).all()
    np.testing.assert_allclose(user.conjugate(slopes), value, rtol=1e-14)
    right = sp.lambdify(t, sp.diff(t * sp.log(t) + (t - 1) ** 2 + (t - 1) / 2, t), "mpmath")
    with mpmath.workdps(50):
        top = mpmath.findroot(lambda x: right(x) - 4, 1.7)
        truth = 4 * top - (top * mpmath.log(top) + (top - 1) ** 2 + (top - 1) / 2)
        assert abs(mpmath.mpf(float(value[-1])) - truth) <= error[-1]


def test_the_bound_at_the_ends(user: Divergence) -> None:
    le_cam = DIVERGENCES["le_cam"]
    value, error = le_cam.conjugate_bounded([-np.inf, -5.0, -1.5, 0.5, 0.6, np.nan])
    np.testing.assert_array_equal(value, [-0.5, -0.5, -0.5, 1.5, np.inf, np.nan])
    assert (error[:5] <= 1e-15).all()
    assert user.conjugate(-np.inf) == -user.at_zero


def test_a_slope_that_no_double_reaches(uncompiled: None) -> None:  # noqa: ARG001
    """f' = log t: the maximiser e^s overflows long before f*(s) − st does; the value is inf, never NaN."""
    mine = Divergence("mine", "t*log(t)")
    assert mine.conjugate(1e4) == np.inf
    assert mine.conjugate([1.0, 2.0]).tolist() == pytest.approx([1.0, float(np.e)], rel=1e-15)


def test_the_bound_covers_a_poor_maximiser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a thousandth off, the value is 3e-7 too small: convexity alone must say so."""
    monkeypatch.setattr(supremum, "WIDTHS", (3,))
    value, error = supremum._enclosed(DIVERGENCES["kl"], 1.0, mpmath.e * mpmath.mpf("1.0005"))
    missed = float(np.expm1(1.0)) - value
    assert 1e-7 < missed <= error < 1e-4
