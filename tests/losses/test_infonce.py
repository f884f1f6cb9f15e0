"""InfoNCE on embeddings: against high precision at all score sizes, invariances, infinities, refusals."""

import math
from functools import partial

import numpy as np
import pytest

from simsuff.losses import infonce

EPS = float(np.finfo(np.float64).eps)


def pairs(K=4, d=3, seed=0, positive=False):
    u, v = np.random.default_rng(seed).normal(size=(2, K, d))
    return (np.abs(u) + 0.1, np.abs(v) + 0.1) if positive else (u, v)


def bounds(u, v, link, temperature, eps=EPS):
    """First-order rounding bounds of value and gradients: relative errors e of softmax and link, times sizes.

    An inner product of d terms is off by d units of Σ|u||v|, a logarithm by its own size; either is divided by
    the temperature. The softmax inherits that as a relative error, plus K + 8 units of its own. A gradient entry
    sums K terms softmax × v / temperature (/ inner product).
    """
    K, d = u.shape
    size = np.abs(u) @ np.abs(v).T
    log = np.abs(np.log(np.where(size > 0, size, 1))) if link == "log" else 0
    error = ((d + log) if link == "log" else d * size) / temperature
    relative = eps * (2 * np.max(error) + K + 8)
    # Under the log link a vanishing inner product cancels in v / x: ⟨u, v⟩ >= u_k v_k.
    smallest = np.min(size[size > 0]) if link == "log" else 1.0
    slope = max(np.abs(u).max(), np.abs(v).max()) / temperature / smallest
    value = relative + eps * np.max(np.abs(log if link == "log" else size)) / temperature
    return value, 4 * relative * slope


@pytest.mark.statement("P6", kind="exact")
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("temperature", [1.0, 0.07, 3.0])
@pytest.mark.parametrize("link", ["identity", "log"])
def test_against_high_precision(oracle, link, temperature, symmetric):
    u, v = pairs(positive=link == "log")
    loss = partial(oracle.infonce, link=link, symmetric=symmetric, temperature=temperature)
    exact = oracle.value_and_gradients(loss, u, v)
    value, du, dv = infonce(u, v, link=link, symmetric=symmetric, temperature=temperature)
    value_bound, gradient_bound = bounds(u, v, link, temperature)
    assert abs(value - exact[0]) <= value_bound
    assert np.abs(du - exact[1]).max() <= gradient_bound
    assert np.abs(dv - exact[2]).max() <= gradient_bound


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("temperature", [1.0, 0.25])
def test_the_exponential_link_against_high_precision(oracle, temperature, symmetric):
    u, v = pairs()
    loss = partial(oracle.infonce, link="exp", symmetric=symmetric, temperature=temperature)
    exact = oracle.value_and_gradients(loss, u, v)
    found = infonce(u, v, link="exp", symmetric=symmetric, temperature=temperature)
    # A score is off by its size times the error of its exponent, and a weight by twice that; slopes are S v/t.
    K, d = u.shape
    inner = (np.abs(u) @ np.abs(v).T).max() / temperature
    score = np.exp((u @ v.T).max() / temperature)
    bound = EPS * (K + 8 + 4 * d * inner) * score
    slope = score * max(np.abs(u).max(), np.abs(v).max()) / temperature
    assert abs(found[0] - exact[0]) <= bound
    for one, other in zip(found[1:], exact[1:], strict=True):
        assert np.abs(one - other).max() <= 4 * bound * slope


def test_the_exponential_link_at_its_limits():
    far = 1e3 * np.eye(3)
    # Scores of e^0 and e^−∞: log(1/3) + log((1 + 2/e)) in each row.
    value, du, _ = infonce(-far @ (1 - np.eye(3)), np.eye(3), link="exp")
    assert value == pytest.approx(math.log1p(2 * math.exp(-1)) - math.log(3), rel=8 * EPS)
    assert np.isfinite(du).all()
    with pytest.raises(ValueError, match="overflow"):
        infonce(far, np.eye(3), link="exp")


@pytest.mark.parametrize("size", [1e3, 1e4, 1e8])
@pytest.mark.parametrize("link", ["identity", "log"])
def test_huge_scores(oracle, link, size):
    u, v = pairs(K=3, positive=link == "log")
    reach = np.abs(np.log(u @ v.T)).max() if link == "log" else np.abs(u @ v.T).max()
    temperature = float(reach / size)
    loss = partial(oracle.infonce, link=link, symmetric=True, temperature=temperature)
    exact = oracle.value_and_gradients(loss, u, v)
    value, du, dv = infonce(u, v, link=link, temperature=temperature)
    value_bound, gradient_bound = bounds(u, v, link, temperature)
    assert abs(value - exact[0]) <= value_bound
    assert np.abs(du - exact[1]).max() <= gradient_bound
    assert np.abs(dv - exact[2]).max() <= gradient_bound


def test_hand_made_huge_scores_are_exact():
    # Positives 1e4 above the negatives: the loss is −log K to the last digit, the gradient is exactly 0.
    u, v = 1e4 * np.eye(3), np.eye(3)
    value, du, dv = infonce(u, v)
    assert value == pytest.approx(-math.log(3), rel=2 * EPS)
    assert not du.any()
    assert not dv.any()
    value, _, _ = infonce(-u, v)  # positives 1e4 below
    assert value == pytest.approx(1e4 + math.log(2 / 3), rel=2 * EPS)


def test_constant_scores_cost_nothing():
    value, _, _ = infonce(np.ones((5, 2)), np.ones((5, 2)))
    assert abs(value) <= 4 * EPS


def test_row_constants_are_free_on_one_side():
    u, v = pairs()
    shift = np.arange(4.0)[:, None]
    longer_u, longer_v = np.hstack([u, shift]), np.hstack([v, np.ones((4, 1))])
    one_sided = infonce(u, v, symmetric=False)
    shifted = infonce(longer_u, longer_v, symmetric=False)
    value_bound, gradient_bound = bounds(longer_u, longer_v, "identity", 1.0)
    assert abs(shifted[0] - one_sided[0]) <= 2 * value_bound
    assert np.abs(shifted[1][:, :-1] - one_sided[1]).max() <= 2 * gradient_bound
    assert abs(infonce(longer_u, longer_v)[0] - infonce(u, v)[0]) > 0.01


def test_symmetric_is_the_average_of_both_directions():
    u, v = pairs()
    value, du, dv = infonce(u, v)
    rows, columns = infonce(u, v, symmetric=False), infonce(v, u, symmetric=False)
    value_bound, gradient_bound = bounds(u, v, "identity", 1.0)
    assert abs(value - (rows[0] + columns[0]) / 2) <= 2 * value_bound
    assert np.abs(du - (rows[1] + columns[2]) / 2).max() <= 2 * gradient_bound
    assert np.abs(dv - (rows[2] + columns[1]) / 2).max() <= 2 * gradient_bound


def test_the_linear_form_is_the_limit_of_the_others():
    u, v = pairs(positive=True)
    linear_answer, near = infonce(u, v, link="log"), infonce(u, v, link="log", temperature=1 + EPS)
    value_bound, gradient_bound = bounds(u, v, "log", 1.0)
    assert abs(near[0] - linear_answer[0]) <= 2 * value_bound
    for one, other in zip(near[1:], linear_answer[1:], strict=True):
        assert np.abs(one - other).max() <= 2 * gradient_bound


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_a_negative_with_inner_product_zero_has_no_weight(oracle, temperature, symmetric):
    u, v = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([[0.7, 0.2], [0.0, 1.0]])  # ⟨u_0, v_1⟩ = 0
    value, du, dv = infonce(u, v, link="log", symmetric=symmetric, temperature=temperature)
    loss = partial(oracle.infonce, link="log", symmetric=symmetric, temperature=temperature)
    assert value == pytest.approx(float(loss(u.tolist(), v.tolist())), rel=16 * EPS)
    # x^(1/temperature) is differentiable from the right at x = 0; both formulas of the loss agree there.
    explicit = explicit_log_gradient(u, v, temperature, symmetric)
    gradient_bound = bounds(u, v, "log", temperature)[1]
    assert np.abs(du - explicit[0]).max() <= gradient_bound
    assert np.abs(dv - explicit[1]).max() <= gradient_bound


def explicit_log_gradient(u, v, temperature, symmetric):
    """∂/∂x of −log x_ii/T + log Σ_j x_ij^{1/T}, for T <= 1 also at x = 0."""
    x, power = u @ v.T, 1 / temperature
    slope = power * x ** (power - 1)
    rows, columns = (x**power).sum(axis=1, keepdims=True), (x**power).sum(axis=0, keepdims=True)
    partitions = slope / rows
    if symmetric:
        partitions = (partitions + slope / columns) / 2
    gradient = (partitions - np.diag(power / np.diag(x))) / len(x)
    return gradient @ v, gradient.T @ u


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_a_positive_with_inner_product_zero_costs_infinity_and_has_no_gradient(temperature):
    u, v = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([[0.0, 0.2], [0.3, 1.0]])
    for symmetric in (True, False):
        value, du, dv = infonce(u, v, link="log", symmetric=symmetric, temperature=temperature)
        assert value == math.inf
        assert not du.any()
        assert not dv.any()


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_an_infinite_batch_makes_the_mean_infinite_and_all_gradients_zero(temperature):
    u, v = np.stack([np.stack(pairs(positive=True))] * 2, axis=1)
    u[1, 2] = 0  # its whole row of scores is −∞
    value, du, dv = infonce(u, v, link="log", temperature=temperature)
    assert value == math.inf
    assert not du.any()
    assert not dv.any()


def test_a_zero_negative_at_high_temperature_is_left_out():
    u, v = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([[0.7, 0.2], [0.0, 1.0]])
    value, du, dv = infonce(u, v, link="log", temperature=2.0)
    assert math.isfinite(value)
    assert np.isfinite(du).all()
    assert np.isfinite(dv).all()


REFUSED = [
    ({"link": "sqrt"}, "link must be one of identity, log, exp: link = 'sqrt'"),
    ({"temperature": 0.0}, "temperature must be positive and finite"),
    ({"temperature": math.nan}, "temperature must be positive and finite"),
    ({"link": "log", "u": np.array([[1.0, 1], [1, -0.5]])}, r"u\[1, 1\] = -0.5"),
    (
        {"link": "log", "v": np.array([[1.0, 1], [-2, 1]])},
        r"v must be non-negative under the log link: v\[1, 0\]",
    ),
    ({"u": np.full((2, 2), 1e200), "v": np.full((2, 2), 1e200)}, "overflow"),
    ({"u": np.array([[-1e200], [1.0]]), "v": np.array([[1e200], [1.0]])}, "overflow"),
    ({"temperature": 1e-310}, "overflow"),
    ({"link": "log", "u": np.full((2, 2), 1e200), "v": np.full((2, 2), 1e200)}, "overflow"),
    ({"link": "log", "u": np.full((2, 2), 1e308)}, "overflow"),
    ({"link": "log", "u": np.array([[1e308], [1.0]]), "v": np.ones((2, 1))}, "overflow"),
    (
        {"link": "log", "u": np.full((2, 2), 1e200), "v": np.full((2, 2), 1e200), "temperature": 0.5},
        "overflow",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_refusals(change, message):
    arguments = {"u": np.ones((2, 2)), "v": np.ones((2, 2))} | change
    with pytest.raises(ValueError, match=message):
        infonce(**arguments)


@pytest.mark.parametrize("link", ["identity", "log"])
@pytest.mark.parametrize("name", ["u", "v"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_entries_that_are_not_finite_are_refused_by_name(link, name, wrong):
    pair = {"u": np.ones((3, 2)), "v": np.ones((3, 2))}
    pair[name][1, 1] = wrong
    with pytest.raises(ValueError, match=rf"{name}\b.*finite"):
        infonce(**pair, link=link)


@pytest.mark.parametrize("size", [3, 300])
def test_a_gradient_in_u_that_overflows_is_refused_although_the_value_is_finite(size):
    rng = np.random.default_rng(0)
    u, v = 1e-305 * rng.uniform(1, 2, (size, 2)), 1e307 * rng.uniform(1, 2, (size, 2))
    assert np.isfinite(infonce(1e305 * u, v / 1e307, temperature=1e-5)[0])
    with pytest.raises(ValueError, match="overflow"):
        infonce(u, v, temperature=1e-3)


def test_a_gradient_in_v_that_overflows_on_its_way_is_refused_although_the_value_is_finite():
    # All anchors put their weight on one counterpart, whose gradient is a sum of them before it is a mean.
    u, v = np.full((300, 1), 1e306), np.zeros((300, 1))
    v[0] = 20e-306
    value, du, _ = infonce(u / 10, 10 * v)
    assert np.isfinite(value)
    assert np.isfinite(du).all()
    with pytest.raises(ValueError, match="overflow"):
        infonce(u, v)
