"""Are the closed forms of bounded differences the largest changes, over tables and over real numbers?"""

import math
from fractions import Fraction

import numpy as np
import pytest

from simsuff.population.bounded_difference import (
    chi2_difference,
    chi2_loss,
    infonce_difference,
    infonce_increment,
    infonce_loss,
    infonce_range,
    largest_change,
    spectral_difference,
    spectral_loss,
    symmetric_infonce_loss,
)

KNOWN = {(2, 0.5): 1.620115, (3, 0.5): 2.216215, (2, 1.5): 5.355440, (3, 1.5): 7.615434}


def replaced(rng, size, bound, count):
    """Random tables in [−B, B] and the same with another first pair."""
    before = rng.uniform(-bound, bound, (count, size, size))
    after = rng.uniform(-bound, bound, (count, size, size))
    after[:, 1:, 1:] = before[:, 1:, 1:]
    return before, after


@pytest.mark.statement("G1", kind="exact")
@pytest.mark.parametrize(("K", "bound"), KNOWN)
def test_known_values(K, bound):
    assert infonce_difference(K, bound) == pytest.approx(KNOWN[K, bound], abs=5e-7)


def within(found, exact):
    assert abs(found.value - exact.value) <= found.error + exact.error, (found, exact)


@pytest.mark.statement("G1", "G1-symmetric", "J3", kind="exact")
@pytest.mark.parametrize("bound", [0.1, 0.7, 2.0])
def test_four_pairs_by_brute_force(bound):
    levels = [-bound, bound]
    within(largest_change(infonce_loss, 4, levels), infonce_difference(4, bound))
    within(largest_change(symmetric_infonce_loss, 4, levels), infonce_difference(4, bound))
    within(largest_change(chi2_loss, 4, levels), chi2_difference(4, bound))


@pytest.mark.statement("G1", "G1-symmetric", "G6-difference", "J3")
@pytest.mark.parametrize("bound", [0.3, 1.0, 2.5])
def test_no_table_of_real_numbers_changes_more(bound):
    rng = np.random.default_rng(0)
    for loss, constant in (
        (infonce_loss, infonce_difference(3, bound)),
        (symmetric_infonce_loss, infonce_difference(3, bound)),
        (spectral_loss, spectral_difference(bound)),
        (chi2_loss, chi2_difference(3, bound)),
    ):
        before, after = replaced(rng, 3, bound, 20_000)
        change = 3 * np.abs(loss(after) - loss(before)).max()
        assert constant.value / 4 < change <= constant.value


@pytest.mark.statement("G1", "J3", kind="exact")
def test_interior_levels_change_no_more_than_the_ends():
    for bound in (0.4, 1.7):
        levels = [-bound, 0.1, max(-1.0, -bound), bound]
        for loss, constant in (
            (chi2_loss, chi2_difference(3, bound)),
            (infonce_loss, infonce_difference(3, bound)),
        ):
            within(largest_change(loss, 3, sorted(set(levels))), constant)


@pytest.mark.statement("G1-batches", kind="exact")
def test_range_of_one_batch():
    """All positives at −B and negatives at B against the reverse."""
    size, bound = 4, 0.8
    table = bound * (1 - 2 * np.eye(size))
    found = float(infonce_loss(table) - infonce_loss(-table))
    assert found == pytest.approx(float(infonce_range(size, bound)), rel=1e-14)


@pytest.mark.statement("G3-increments", kind="exact")
def test_increment_is_attained_in_the_limit():
    """The extreme table, before and after, pushed in the direction that moves both losses apart."""
    size, bound, step = 3, 0.9, 1e-6
    after = np.full((size, size), -bound)
    after[0, 1:] = after[1:, 0] = bound
    before = after.copy()
    push = np.full((size, size), -1.0)
    push[0, 1:] = push[1:, 0] = 1.0
    opposite = push.copy()
    opposite[0, :] *= -1
    opposite[:, 0] *= -1
    opposite[0, 0] = 1.0
    for loss in (infonce_loss, symmetric_infonce_loss):
        moved = [loss(t - step * d) - loss(t) for t, d in ((after, push), (before, opposite))]
        found = size * abs(float(moved[0] - moved[1])) / step
        assert found == pytest.approx(float(infonce_increment(size, bound)), rel=1e-5)


@pytest.mark.statement("J3", kind="exact")
def test_chi2_constant_in_fractions():
    """K = 3, B = 1/2: the row of the pair goes from (½, −½, −½) to (−½, ½, ½), the others' negatives from −½ to ½."""
    half = Fraction(1, 2)

    def loss(table):
        total = Fraction(0)
        for i, row in enumerate(table):
            a, b = (row[j] for j in range(3) if j != i)
            total += -row[i] + (a + b) / 2 + (a - b) ** 2 / 4
        return total / 3

    before = [[half, -half, -half], [-half, half, -half], [-half, -half, half]]
    after = [[-half, half, half], [half, half, -half], [half, -half, half]]
    assert 3 * (loss(after) - loss(before)) == Fraction(7, 2) == 6 * half + 2 * half**2
    assert chi2_difference(3, 0.5) == 3.5


@pytest.mark.statement("J3-square", kind="exact")
def test_chi2_over_square_has_no_absolute_constant():
    """B = 1/100: 6B + 2B² = 602 B², so c = 600 fails in c B²."""
    bound = Fraction(1, 100)
    exact = 6 * bound + 2 * bound**2
    assert exact == 602 * bound**2
    assert chi2_difference(5, 0.01) == pytest.approx(float(exact), rel=1e-15)


def test_bad_input_is_refused():
    for call in (lambda: infonce_difference(1, 1.0), lambda: chi2_difference(2, 1.0)):
        with pytest.raises(ValueError, match="K must be an integer >="):
            call()
    for value in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="bound must be positive and finite"):
            spectral_difference(value)
    with pytest.raises(ValueError, match="tables must be an integer in"):
        largest_change(infonce_loss, 5, [-1.0, 1.0])
