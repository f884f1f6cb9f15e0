"""Are Rényi divergences what 60 digits say, within their stated errors?"""

import mpmath as mp
import numpy as np
import pytest

from simsuff.divergences import renyi_divergence


def reference(p, q, order):
    """Σ p^α q^(1−α) of the doubles, normalised, at 60 digits."""
    first, second = ([mp.mpf(x) / mp.fsum(v) for x in v] for v in (p.tolist(), q.tolist()))
    if order == 1:
        return mp.fsum(x * mp.log(x / y) for x, y in zip(first, second, strict=True))
    alpha = mp.mpf(order)
    return mp.log(mp.fsum(x**alpha * y ** (1 - alpha) for x, y in zip(first, second, strict=True))) / (
        alpha - 1
    )


@pytest.mark.parametrize("order", [1.0, 1 + 1e-6, 4 / 3, 2.0, 3.7, 12.0])
def test_errors_bound_the_distance_from_the_truth(order):
    rng = np.random.default_rng(0)
    for case in range(60):
        p = rng.dirichlet(np.full(4, 0.5)) + 1e-40
        near, far = (
            p * (1 + 10.0 ** rng.uniform(-9, -1) * rng.normal(size=4)),
            10.0 ** rng.uniform(-90, 0, size=4),
        )
        q = np.abs(far if case % 3 == 0 else near if case % 3 == 1 else rng.dirichlet(np.ones(4)))
        found = renyi_divergence(p / p.sum(), q / q.sum(), order)
        with mp.workdps(60):
            assert abs(reference(p / p.sum(), q / q.sum(), order) - found.value) <= found.error
        if case % 3 != 1:
            assert found.error <= 1e-9 * found.value / min(order - 1 or 1, 1)


def test_powers_that_overflow():
    """(p/q)² is beyond double precision: D₂ = log(½²·1e300 + …)."""
    found = renyi_divergence([0.5, 0.5], [1e-300, 1.0], 4.0)
    assert found == pytest.approx((4 * np.log(0.5) + 900 * np.log(10)) / 3, rel=1e-14)
    assert renyi_divergence([0.5, 0.5], [0.0, 1.0], 4.0) == np.inf
    assert found.error <= 1e-11 * found.value
    with_zero = renyi_divergence([0.5, 0.5, 0.0], [1e-300, 0.5, 0.5], 4.0)
    assert with_zero == pytest.approx(float(found), rel=1e-14)
    assert renyi_divergence([0.0, 1.0], [0.5, 0.5], 2.0) == pytest.approx(np.log(2))


@pytest.mark.parametrize("order", [1.0, 1.5, 4.0])
def test_entries_of_zero_leave_the_error_narrow(order):
    found = renyi_divergence([0.0, 1.0, 0.0], [0.5, 0.5, 0.0], order)
    assert abs(found - np.log(2)) <= found.error <= 1e-13


def test_orders_increase_the_divergence():
    p, q = [0.7, 0.2, 0.1], [0.1, 0.3, 0.6]
    values = [renyi_divergence(p, q, order) for order in (1.0, 1.0001, 4 / 3, 2.0, 5.0)]
    assert np.all(np.diff(values) > 0)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"q must have the shape \(2,\) of p"):
        renyi_divergence([0.5, 0.5], [0.2, 0.3, 0.5], 2.0)
    with pytest.raises(ValueError, match=r"order must be at least 1 and finite: order = 0\.5; order 1 is KL"):
        renyi_divergence([0.5, 0.5], [0.5, 0.5], 0.5)
    with pytest.raises(ValueError, match="p must sum to 1"):
        renyi_divergence([0.5, 0.6], [0.5, 0.5], 2.0)
