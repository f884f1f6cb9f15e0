"""What follows from the expression: convexity, A5, C2, boundary values, and what is refused?"""

import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence
from simsuff.divergences.symbols import t
from simsuff.models import FiniteModel


@pytest.mark.parametrize("name", ["kl", "chi2"])
def test_a5_holds(name: str) -> None:
    assert DIVERGENCES[name].joint_convexity.holds is True


@pytest.mark.parametrize("name", ["reverse_kl", "squared_hellinger", "js", "le_cam", "total_variation"])
def test_a5_fails(name: str) -> None:
    assert DIVERGENCES[name].joint_convexity.holds is False


@pytest.mark.parametrize(
    "alpha", [-2.0, -0.5, 0.25, 0.5, 0.999, 1.0, 1.001, 1.5, 1.999, 2.0, 2.001, 2.5, 3.0]
)
def test_a5_is_one_to_two_for_the_power_family(alpha: float) -> None:
    assert alpha_divergence(alpha).joint_convexity.holds is (1 <= alpha <= 2)


def test_a5_for_symbolic_alpha() -> None:
    """The sign of (1/f'')'' is that of (2 − α)(1 − α)."""
    alpha = sp.Symbol("alpha", real=True)
    second = sp.diff(1 / t ** (alpha - 2), t, 2)
    assert sp.simplify(second * t**alpha - (2 - alpha) * (1 - alpha)) == 0


def largest_gain_of_merging(div: Divergence) -> float:
    """max (reduced − full)/full over random 3 × 3 laws, where two symbols of z₂ are merged."""
    rng, largest = np.random.default_rng(5), -1.0
    for _ in range(200):
        joint = rng.dirichlet(np.full(9, 0.3)).reshape(3, 3) + 1e-6
        joint /= joint.sum()
        merged = np.column_stack([joint[:, 0] + joint[:, 1], joint[:, 2]])
        full, reduced = (float(FiniteModel(table).sufficiency([0, 0, 1], div)) for table in (joint, merged))
        largest = max(largest, (reduced - full) / full)
    return largest


# Sufficiency here is at least 1e-9 while the informations are below 10: their rounding is below 1e-5 of it.
ROUNDING_OF_GAIN = 1e-5


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.statement(f"A5-{name}"))
        for name in ("squared_hellinger", "reverse_kl", "js", "le_cam")
    ],
)
def test_the_failing_cases_of_a5_are_found(name: str) -> None:
    assert largest_gain_of_merging(DIVERGENCES[name]) > 0.05


@pytest.mark.parametrize(
    "alpha",
    [
        pytest.param(alpha, marks=pytest.mark.statement(id))
        for alpha, id in ((1.0, "A5-kl"), (1.5, "A5-alpha(1.5)"), (2.0, "A5-chi2"))
    ],
)
def test_a5_is_not_broken_where_it_holds(alpha: float) -> None:
    assert largest_gain_of_merging(alpha_divergence(alpha)) <= ROUNDING_OF_GAIN


@pytest.mark.parametrize("top", [1.5, 4.0, 100.0])
def test_c2_curvature(top: float) -> None:
    """κ = inf t f''(t) over the range (0, M] of r."""
    floor = {name: div.curvature_floor(0.0, top) for name, div in DIVERGENCES.items()}
    assert floor["kl"] == 1
    assert floor["squared_hellinger"] == pytest.approx(1 / (2 * np.sqrt(top)), rel=1e-15)
    assert floor["reverse_kl"] == pytest.approx(1 / top, rel=1e-15)
    assert floor["total_variation"] == floor["chi2"] == 0


def test_c2_inside_of_a_range_and_for_a_minimum_in_between() -> None:
    assert DIVERGENCES["chi2"].curvature_floor(0.5, 3.0) == 1.0
    # t f'' = 1/t + t² has its minimum (3/2) 2^{1/3} at t = 2^{-1/3}
    mixed = Divergence("mixed", -sp.log(t) + t**3 / 6 + sp.Rational(-1, 6))
    exact = 1.5 * 2 ** (1 / 3)
    assert exact * (1 - 1e-8) <= mixed.curvature_floor(0.1, 5.0) <= exact
    with pytest.raises(ValueError, match="0 <= low < high"):
        mixed.curvature_floor(2.0, 1.0)


def test_a_kink_hides_no_curvature() -> None:
    kinky = Divergence("kinky", "abs(t - 1) + (t - 1)**2")
    assert kinky.curvature_floor(0.5, 2.0) == 1.0
    assert kinky.joint_convexity.witness == 1.0


@pytest.mark.parametrize(
    ("f", "at_zero", "slope_at_zero", "slope_at_infinity", "top"),
    [
        ("t*log(t)", 0.0, -np.inf, np.inf, np.inf),
        ("-log(t)", np.inf, -np.inf, 0.0, np.inf),
        ("1/t - 1", np.inf, -np.inf, 0.0, 1.0),
        ("(t - 1)**2/(t + 1)", 1.0, -3.0, 1.0, 3.0),
        ("max(t - 3, 0) + abs(t - 1)", 1.0, -1.0, 2.0, 4.0),
        ("exp(t - 1) - 1", float(np.exp(-1) - 1), float(np.exp(-1)), np.inf, np.inf),
        ("exp(-t) - exp(-1)", float(1 - np.exp(-1)), -1.0, 0.0, float(np.exp(-1))),
        ("sqrt(1 + t**2) - sqrt(2)", float(1 - np.sqrt(2)), 0.0, 1.0, float(np.sqrt(2))),
    ],
)
def test_boundary_values(
    f: str, at_zero: float, slope_at_zero: float, slope_at_infinity: float, top: float
) -> None:
    div = Divergence("mine", f)
    found = div.at_zero, div.derivative_at_zero, div.slope_at_infinity, div.conjugate_at_slope
    assert found == pytest.approx((at_zero, slope_at_zero, slope_at_infinity, top), rel=1e-15)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        ("t**3*log(t)", "not convex at t = "),
        ("(t - 1)**3", "not convex at t = 0.5"),
        ("log(t)", "not convex at t = "),
        ("-abs(t - 1)", "not convex at t = 1"),
        ("2*abs(t - 1) - (t - 1)**2", "not convex at t = "),
        ("t*log(t) + sqrt(t)*3 - 3", "not convex at t = "),
        ("12*(t - 1)**2 - 5*(t - 1)**3 + 6*(t - 1)**4/10", "not convex at t = "),
        ("t*log(t) + 1", "f\\(1\\) = 1; subtract f\\(1\\) from f"),
        ("t", "vanish at t = 1"),
        ("u - 1", "use the names t, pi only"),
    ],
)
def test_refused(f: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Divergence("mine", f)


def test_the_t_of_the_message_is_a_counterexample() -> None:
    f = 12 * (t - 1) ** 2 - 5 * (t - 1) ** 3 + sp.Rational(6, 10) * (t - 1) ** 4
    with pytest.raises(ValueError, match="not convex at t = ") as error:
        Divergence("mine", f)
    place = float(str(error.value).split("t = ")[1].split(";")[0])
    assert sp.diff(f, t, 2).subs(t, place) < 0


def test_what_cannot_be_decided_symbolically_is_decided_by_intervals() -> None:
    div = Divergence("mine", "t**3*log(t) + 2*(t - 1)**2")
    assert div.convexity.holds
    assert "interval" in div.convexity.method


@pytest.mark.parametrize("conjugate", ["exp(s) - 1.000001", "exp(s)", "log(s)", "s"])
def test_a_wrong_conjugate_is_refused(conjugate: str) -> None:
    with pytest.raises(ValueError, match="conjugate must equal t f'\\(t\\) − f\\(t\\)"):
        Divergence("mine", "t*log(t) - t + 1", conjugate=conjugate)


def test_a_right_conjugate_is_kept() -> None:
    div = Divergence("mine", "t*log(t) - t + 1", conjugate="exp(s) - 1")
    assert str(div.conjugate_expression) == "exp(s) - 1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"f": 3}, "be a formula or a SymPy expression"),
        ({"f": sp.gamma(t) - 1}, "hold elementary functions only"),
        ({"f": sp.Symbol("q") - 1}, "use the symbols t only"),
        ({"f": "t - 1", "parameters": {"t": 1.0}}, "have identifiers as names"),
        ({"f": "t - 1", "parameters": {"a b": 1.0}}, "have identifiers as names"),
        ({"f": "t - 1", "parameters": {"a": float("nan")}}, "be finite"),
        ({"f": "t - 1", "parameters": {"a": "x"}}, "be finite"),
        ({"f": "t*log(t)", "conjugate": "exp(t)"}, "use the names s, pi only"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Divergence("mine", **arguments)


def test_symbols_and_floats_of_a_user_are_adopted() -> None:
    div = Divergence("mine", 0.5 * (sp.Symbol("t") - 1) ** 2)
    assert div.expression == (t - 1) ** 2 / 2


@pytest.mark.parametrize(
    ("f", "trend"),
    [
        ("t*log(t)", -1),
        ("(t - 1)**2", 1),
        ("t**4 - 1", 1),
        ("abs(t - 1)", 1),  # f'' = 0 on both sides
        ("abs(t - 1) + (t - 1)**2", None),
        ("t**3/6 - log(t) - 1/6", None),
    ],
)
def test_the_trend_of_the_curvature(f: str, trend: int | None) -> None:
    """1/t falls, 2 and 12t² do not, t + 1/t² does both; beside a kink nothing is said unless f is flat."""
    assert Divergence("mine", f).second_derivative_trend == trend
