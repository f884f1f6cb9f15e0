"""Do the compiled blocks of rows give the f-contrastive risk, whatever the size, the threads and the layout?"""

import math
import tracemalloc
from unittest.mock import patch

import numpy as np
import pytest
from family_formulas import conjugate, ratio, softness

from simsuff.divergences import divergence
from simsuff.kernels.jit import plain
from simsuff.kernels.threads import threads
from simsuff.losses import f_contrastive, infonce
from simsuff.losses.f_contrastive import compiled as contrast
from simsuff.losses.f_contrastive import interpreted as any_contrast_module
from simsuff.losses.f_contrastive.formulas import LOG, options_of
from simsuff.losses.f_contrastive.interpreted import Setting, any_contrast

EPS = float(np.finfo(np.float64).eps)
NAMES = [
    "kl",
    "reverse_kl",
    "chi2",
    "squared_hellinger",
    "js",
    "le_cam",
    "alpha(1.5)",
    "alpha(-1)",
    "alpha(3)",
]


def pairs(K, d, seed=0, positive=False):
    u, v = np.random.default_rng(seed).normal(size=(2, K, d))
    v += u
    return (np.abs(u) + 0.1, np.abs(v) + 0.1) if positive else (u, v)


def in_blocks(options, u, v, du, dv):
    """`contrast` in plain Python over compiled blocks, as `f_contrastive` runs it: the whole compiles for seconds."""
    with patch.object(contrast, "part", plain(contrast.part)):
        return contrast.contrast.py_func(options, u, v, du, dv)


def of_kernel(u, v, options, function=in_blocks):
    du, dv = np.empty_like(u), np.empty_like(v)
    with np.errstate(all="ignore"):  # as `f_contrastive` does: what is not finite is refused afterwards
        return function(options, u, v, du, dv), du, dv


def assert_close(one, other, K):
    # Sums of K terms, each right to some units; offsets at kinks of f' come from halving, to two units of themselves.
    room = 64 * EPS * math.sqrt(K)
    assert abs(one[0] - other[0]) <= room * max(1, abs(other[0]))
    for a, b in zip(one[1:], other[1:], strict=True):
        assert np.abs(a - b).max() <= 64 * room * np.abs(b).max()


@pytest.mark.parametrize(("offset", "negatives"), [("row", "all"), ("row", "others"), ("none", "others")])
@pytest.mark.parametrize("link", ["identity", "log", "derivative"])
@pytest.mark.parametrize("name", NAMES)
def test_against_numpy(name, link, offset, negatives):
    u, v = pairs(37, 5, positive=link != "identity")
    if offset == "none":
        u, v = u / 20, v / 20  # scores below every f'(∞)
    setting = Setting(divergence(name), link, offset, negatives, offset == "row", 0.7)
    ours = f_contrastive(u, v, name, link=link, offset=offset, negatives=negatives, temperature=0.7)
    assert_close(
        ours,
        any_contrast(u[None], v[None], setting)[:1]
        + tuple(x[0] for x in any_contrast(u[None], v[None], setting)[1:]),
        37,
    )


# Full and partly filled tiles, blocks and chunks; sizes that plain Python can bear.
@pytest.mark.parametrize(
    ("name", "K", "d"), [("js", 2, 1), ("js", 16, 8), ("js", 65, 3), ("squared_hellinger", 270, 17)]
)
def test_any_size(name, K, d):
    u, v = pairs(K, d)
    setting = Setting(divergence(name), "identity", "row", "all", True, 1.0)
    value, du, dv = any_contrast(u[None], v[None], setting)
    assert_close(f_contrastive(u, v, name), (value, du[0], dv[0]), K)


@pytest.mark.parametrize("temperature", [0.3, 1.7])
@pytest.mark.parametrize("symmetric", [True, False])
def test_log_link_of_infonce(symmetric, temperature):
    u, v = pairs(50, 4, positive=True)
    x = u.astype(np.longdouble) @ v.astype(np.longdouble).T
    power = x ** (1 / np.longdouble(temperature))
    sides = [1, 0] if symmetric else [1]
    value = sum(np.log(power.mean(axis=a)).mean() for a in sides) / len(sides) - np.log(np.diag(power)).mean()
    share = sum(power / power.sum(axis=a, keepdims=True) for a in sides) / len(sides) - np.eye(50)
    gradient = share / x / 50 / np.longdouble(temperature)
    ours = infonce(u, v, link="log", symmetric=symmetric, temperature=temperature)
    assert_close(ours, (value, gradient @ v, gradient.T @ u), 50)
    options = options_of(divergence("kl").family)._replace(
        link=LOG, symmetric=symmetric, temperature=temperature
    )
    assert_close(of_kernel(u, v, options), (value, gradient @ v, gradient.T @ u), 50)


@pytest.mark.parametrize("name", ["squared_hellinger", "alpha(2)"])
def test_threads_and_the_compiled_loop_change_no_bit(name):
    u, v = pairs(270, 4)
    answers = [of_kernel(u, v, options_of(divergence(name).family), contrast.contrast)]
    for limit in (1, 3):
        with threads(limit):
            answers.append(f_contrastive(u, v, name))
    for other in answers[1:]:
        assert other[0] == answers[0][0]
        assert np.array_equal(other[1], answers[0][1])
        assert np.array_equal(other[2], answers[0][2])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["squared_hellinger", "js", "kl", "chi2"])
def test_the_kernel_never_hides_a_bad_entry(name, bad):
    for place in ((0, 0), (16, 2), (18, 1)):
        u, v = pairs(19, 3)
        v[place] = bad
        for symmetric in (True, False):
            options = options_of(divergence(name).family)._replace(symmetric=symmetric)
            assert math.isnan(of_kernel(u, v, options)[0])


def test_scores_of_minus_infinity_without_a_lower_bound():
    options = options_of(divergence("reverse_kl").family)._replace(link=LOG)
    u, v = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([[0.7, 0.2], [0.0, 1.0]])
    assert math.isnan(of_kernel(u, v, options)[0])


@pytest.mark.parametrize("name", ["squared_hellinger", "alpha(2)"])
def test_plain_and_compiled(name):
    u, v = pairs(20, 3, positive=True)
    for link in range(3):
        options = options_of(divergence(name).family)._replace(link=link)
        assert_close(of_kernel(u, v, options, contrast.contrast), of_kernel(u, v, options), 20)


def test_single_precision_is_computed_in_double():
    u, v = (x.astype(np.float32) for x in pairs(200, 3))
    single, double = (
        f_contrastive(*x, "squared_hellinger") for x in ((u, v), (u.astype(float), v.astype(float)))
    )
    assert single[0] == double[0]
    for one, other in zip(single[1:], double[1:], strict=True):
        assert one.dtype == np.float32
        assert np.array_equal(one, other.astype(np.float32))


def test_the_numpy_path_needs_no_square_table(monkeypatch):
    entries = 1 << 14
    monkeypatch.setattr(any_contrast_module, "TABLE_ENTRIES", entries)
    u, v = pairs(700, 2)
    setting = Setting(divergence("chi2"), "identity", "none", "all", False, 1.0)
    any_contrast(
        u[None, :8], v[None, :8], setting
    )  # what is imported and compiled at the first call is no table
    tracemalloc.start()
    any_contrast(u[None] / 4, v[None] / 4, setting)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Some twenty blocks at a time, for masks and temporary arrays, are less than one table of K × K doubles.
    assert peak < 20 * 8 * entries < 8 * 700**2


@pytest.mark.parametrize("name", ["squared_hellinger", "js", "reverse_kl"])
def test_nearly_equal_scores_keep_their_relative_digits(name):
    """Against the second-order expansion of mean f*(S − c) + c around equal scores, whose error is of third order."""
    options = options_of(divergence(name).family)
    spread = 1e-9
    gaps = spread * np.random.default_rng(3).normal(size=64)
    gaps[0] = 0.0
    row, hints = gaps.copy(), np.zeros(contrast.HINTS)
    cost = contrast.row_cost(options, row, 0, 1.0, hints)
    expected = gaps.mean() + 0.5 * softness(1.0, *divergence(name).family[:2]) * gaps.var() - gaps[0]
    assert abs(cost - expected) <= 16 * EPS * spread + 64 * np.abs(gaps).max() ** 3


@pytest.mark.parametrize("name", ["squared_hellinger", "js", "reverse_kl"])
def test_a_score_at_the_limit_costs_infinity(name):
    options = options_of(divergence(name).family)
    options = options._replace(free_offset=False, others=True, symmetric=False)
    u, v = np.full((20, 1), options.limit * options.scale), np.zeros((20, 1))
    assert of_kernel(u, v, options)[0] < np.inf
    v[7] = 1.0
    assert of_kernel(u, v, options)[0] == np.inf


@pytest.mark.parametrize("low", [-1e30, -1e60, -1e150, -1e290])
@pytest.mark.parametrize("name", ["squared_hellinger", "js", "reverse_kl"])
def test_scores_far_below(name, low):
    """Products of the numbers 1 − s of several scores would leave the range."""
    kind, alpha, scale = divergence(name).family
    u, v = np.ones((21, 1)), np.linspace(-0.3, 0.2, 21)[:, None]
    v[3:] = low
    setting = Setting(divergence(name), "identity", "row", "all", False, 1.0)
    value = any_contrast(u[None], v[None], setting)[0]
    assert f_contrastive(u, v, name, symmetric=False)[0] == pytest.approx(value, rel=64 * EPS)
    value, du, _ = f_contrastive(u, v, name, offset="none", negatives="all")
    with np.errstate(over="ignore"):
        t, cost = (np.array([f(s / scale, kind, alpha) for s in v[:, 0]]) for f in (ratio, conjugate))
    assert value == pytest.approx(scale * cost.mean() - v.mean(), rel=64 * EPS)
    assert du[:, 0] == pytest.approx((t * v[:, 0]).mean() / 21 - v[:, 0] / 21, rel=64 * EPS)
