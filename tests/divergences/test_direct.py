import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import DIVERGENCES, alpha_divergence
from simsuff.divergences.direct import evaluation_error
from simsuff.divergences.symbols import t

POINTS = np.concatenate(
    [np.geomspace(1e-12, 1e12, 41), 1 + np.geomspace(-1e-15, -0.5, 9), 1 + 0.1 ** np.arange(15)]
)
EXPRESSIONS = {
    **{name: div.expression for name, div in DIVERGENCES.items()},
    "alpha(0.01)": alpha_divergence(0.01).expression,
    "alpha(-2)": alpha_divergence(-2.0).expression,
    "hockey stick": sp.Max(t - 2, 0),
    "exponential": sp.exp(-t) * (t - 1) + 1 / t,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_bounds_the_error_of_the_printed_expression(name):
    expression = EXPRESSIONS[name]
    printed = sp.lambdify(t, expression, "numpy")
    computed = np.array([float(printed(point)) for point in POINTS])
    bound = evaluation_error(expression, POINTS)
    with mp.workdps(60):
        exact = sp.lambdify(t, expression, "mpmath")
        for x, value, error in zip(POINTS, computed, bound, strict=True):
            assert abs(mp.mpf(float(value)) - exact(mp.mpf(float(x)))) <= error


def test_an_unknown_node_has_no_bound():
    assert np.isinf(evaluation_error(sp.sin(t), np.ones(2))).all()
