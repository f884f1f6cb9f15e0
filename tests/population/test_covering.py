"""Are entropy integrals what quadrature, counting and nets by hand give?"""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from simsuff.population.covering import (
    ball_entropy_integral,
    covering_number,
    exact_lookup_entropy_integral,
    finite_entropy_integral,
    linear_entropy_integral,
    lookup_entropy_integral,
    softmax_entropy_integral,
)


@pytest.mark.parametrize(("q", "radius", "upper"), [(1, 1.0, 1.0), (7, 0.01, 2.0), (3, 1e4, 0.5)])
def test_quadrature_brackets_the_integral(q, radius, upper):
    found = ball_entropy_integral(q, radius, upper)
    # u = upper e^{-v}: smooth on the half-line.
    exact, error = quad(
        lambda v: upper * math.exp(-v) * math.sqrt(q * math.log1p(2 * radius / upper * math.exp(v))), 0, 60
    )
    assert abs(found - exact) <= found.error + error
    assert found.error < 1e-5 * found


@pytest.mark.statement("G3-lookup", kind="exact")
def test_lookup_series_is_the_integral_of_its_counts():
    """N(u) = ⌈R/u⌉^n is constant between R/k and R/(k − 1)."""
    norm, symbols = 1.7, 4
    k = np.arange(2.0, 2_000_001)
    widths = norm / (k - 1) - norm / k
    partial = float(widths @ np.sqrt(symbols * np.log(k)))
    found = exact_lookup_entropy_integral(symbols, norm)
    assert partial < found.value + found.error
    assert (
        abs(found - partial)
        < norm * math.sqrt(symbols) * 2 * math.sqrt(math.log(k[-1])) / k[-1] + found.error
    )
    assert found < lookup_entropy_integral(symbols, 1, norm, norm)


def test_classes_are_balls_of_their_parameters():
    assert linear_entropy_integral(3, 2, 1.5, 2.0, 1.0) == ball_entropy_integral(6, 3.0, 1.0)
    assert lookup_entropy_integral(5, 2, 2.0, 1.0) == ball_entropy_integral(10, 2.0, 1.0)
    softmax = softmax_entropy_integral(3, 2, math.sqrt(3), 1.0, 2.0, 1.0)
    assert softmax == pytest.approx(float(ball_entropy_integral(8, 2.0, 1.0)), rel=1e-14)


def test_softmax_is_half_lipschitz():
    """What `softmax_entropy_integral` takes for granted; near equal weights of two topics the slope is ½."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(scale=2, size=(2, 5_000, 3))
    p, q = (np.exp(a) / np.exp(a).sum(axis=1, keepdims=True) for a in (x, y))
    ratio = np.linalg.norm(p - q, axis=1) / np.linalg.norm(x - y, axis=1)
    assert ratio.max() <= 0.5
    assert math.tanh(1e-4) / 2 * math.sqrt(2) / (2e-4 / math.sqrt(2)) == pytest.approx(0.5, rel=1e-6)


def test_nets_of_points_on_a_line():
    points = np.array([0.0, 1.0, 2.0, 4.0])
    distances = np.abs(points[:, None] - points)
    assert [covering_number(distances, r) for r in (0.0, 0.9, 1.0, 1.9, 2.0, 4.0)] == [4, 4, 2, 2, 1, 1]
    exact = math.sqrt(math.log(4)) + math.sqrt(math.log(2))
    for upper, value in ((2.0, exact), (5.0, exact), (1.0, math.sqrt(math.log(4)))):
        assert finite_entropy_integral(distances, upper) == pytest.approx(value, rel=1e-14)
    assert finite_entropy_integral(np.zeros((3, 3)), 0.0) == 0


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="parameters must be an integer >= 1"):
        ball_entropy_integral(0, 1.0, 1.0)
    with pytest.raises(ValueError, match="upper must be positive and finite"):
        ball_entropy_integral(1, 1.0, math.inf)
    with pytest.raises(ValueError, match=r"members must be an integer in \[1, 10\]"):
        covering_number(np.zeros((11, 11)), 0.0)
