"""Are minima of convex functions found from values, and is the stated gap a bound?"""

import numpy as np
import pytest

from simsuff.numerics.convex import convex_minimum

EPS = float(np.finfo(float).eps)


def wall(x):
    """−log(1 − x), +∞ at 1."""
    with np.errstate(divide="ignore"):
        return -np.log1p(-x)


@pytest.mark.parametrize(
    ("function", "low", "high", "place", "value"),
    [
        (lambda x: np.exp(x) - 2 * x, -3.0, 4.0, np.log(2), 2 - 2 * np.log(2)),
        (lambda x: np.abs(x - 0.1), -1.0, 1.0, 0.1, 0.0),
        (lambda x: x, -1.0, 3.0, -1.0, -1.0),
        (lambda x: -x, -1.0, 3.0, 3.0, -3.0),
        (lambda x: wall(x) - 4 * x, -1.0, 1.0, 0.75, np.log(4) - 3),
        (lambda x: np.zeros_like(x), 0.0, 1.0, None, 0.0),
    ],
    ids=["exp", "kink", "left end", "right end", "infinite at the end", "flat"],
)
def test_minimum_and_gap(function, low, high, place, value):
    found = convex_minimum(function, np.array(low), np.array(high))
    assert found.gap >= 0
    if value is not None:
        assert found.value - found.gap - 4 * EPS <= value <= found.value + 4 * EPS
    if place is not None:
        assert abs(found.place - place) < 1e-7
    assert found.gap < 1e-8


def test_many_at_once():
    centres = np.linspace(-0.9, 0.9, 12).reshape(3, 4)
    found = convex_minimum(lambda x: (x - centres[..., None]) ** 2 + 1, -np.ones((3, 4)), np.ones((3, 4)))
    assert found.place.shape == (3, 4)
    np.testing.assert_allclose(found.place, centres, atol=1e-7)
    assert (found.gap < 1e-15).all()


def test_a_bracket_without_the_minimum_is_an_end():
    """Beyond the bracket nothing is claimed: the infimum over it is at its end."""
    found = convex_minimum(lambda x: (x - 5) ** 2, np.array(0.0), np.array(1.0))
    assert (float(found.place), float(found.value)) == (1.0, 16.0)
