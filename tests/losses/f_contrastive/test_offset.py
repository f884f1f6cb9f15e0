"""Is the offset of a row the root of mean t = 1, to the last digits, for rows of any size?"""

import numpy as np
import pytest
from family_formulas import ratio, softness

from simsuff.divergences import divergence
from simsuff.kernels.jit import jit
from simsuff.losses.f_contrastive.formulas import options_of
from simsuff.losses.f_contrastive.interpreted import NumericalSlope, row_offsets
from simsuff.losses.f_contrastive.rows import extent, prepare, row_rise

EPS = float(np.finfo(np.float64).eps)
NAMES = ["kl", "reverse_kl", "alpha(2)", "js", "le_cam", "alpha(0.5)", "alpha(1.5)", "alpha(3)", "alpha(-1)"]


def rows():
    rng = np.random.default_rng(0)
    yield rng.normal(size=7)
    yield 30 * rng.normal(size=50)
    yield np.array([1e6, -1e6, 0.0])
    yield np.array([0.0, 1e-9, -1e-9, 0.0])
    yield np.full(5, -3.25)
    yield np.array([1.5])
    yield np.array([0.4, -np.inf, 1.0])


def _rise_of(options, row, guess, most):
    top, bottom, _ = extent(row)
    prepare(options, row, top)
    tame = bottom - top > -1e30
    return row_rise(options, row, guess, min(most, top - bottom), tame)


rise_of = jit(_rise_of, cache=False)


def offset_of(row, name, function=rise_of, guess=0.0):
    div = divergence(name)
    options = options_of(div.family)
    most = float(div.derivative(float(row.size))) / options.scale
    return row.max() - function(options, row.copy(), guess, most)


@pytest.mark.parametrize("name", NAMES)
def test_the_offset_solves_its_equation(name):
    kind, alpha, _ = divergence(name).family
    for row in rows():
        offset = offset_of(row, name)
        assert offset <= row.max()
        # mean t falls through 1 within a few units of c.
        step = 16 * EPS * max(1.0, np.abs(row[np.isfinite(row)]).max())
        below, above = (
            np.mean([ratio(s - c, kind, alpha) for s in row]) for c in (offset - step, offset + step)
        )
        assert below >= 1 - 16 * EPS * row.size
        assert above <= 1 + 16 * EPS * row.size


@pytest.mark.parametrize("name", NAMES)
def test_the_numpy_version_finds_the_same_root(name):
    div = divergence(name)
    for row in rows():
        if np.isfinite(row).all() or np.isfinite(div.at_zero):
            other = row_offsets(div, NumericalSlope(div), row[None])[0]
            assert abs(other - offset_of(row, name)) <= 64 * EPS * max(
                1.0, np.abs(row[np.isfinite(row)]).max()
            )


@pytest.mark.parametrize("name", NAMES)
def test_compiled_kernel_is_its_plain_self(name):
    for row in rows():
        compiled, plain = offset_of(row, name), offset_of(row, name, _rise_of)
        assert abs(compiled - plain) <= 16 * EPS * max(1.0, np.abs(row[np.isfinite(row)]).max())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "kl"])
def test_any_guess_ends_at_the_same_root(name):
    for row in rows():
        first = offset_of(row, name)
        for guess in (-1.0, 1e-12, 0.3, 1e3, np.inf, np.nan):
            other = offset_of(row, name, guess=guess)
            assert abs(first - other) <= 16 * EPS * max(1.0, np.abs(row[np.isfinite(row)]).max())


@pytest.mark.parametrize("guess", [0.0, 0.3, 0.4999])
@pytest.mark.parametrize("name", ["squared_hellinger", "js", "le_cam", "reverse_kl"])
def test_ratios_average_one_where_one_score_leads(name, guess):
    """The leader has t near K, where a unit of c is worth t' units of t."""
    K, (kind, alpha, scale) = 2048, divergence(name).family
    for gap in (3.0, 8.0, 40.0):
        row = np.r_[gap, np.random.default_rng(1).normal(size=K - 1)]
        options = options_of(divergence(name).family)
        x = rise_of(options, row.copy(), guess, float(divergence(name).derivative(float(K))) / scale)
        t = np.array([ratio(s - gap + x, kind, alpha) for s in row])
        worth = np.mean([softness(r, kind, alpha) for r in t if r > 0])
        assert abs(t.mean() - 1) <= 4 * EPS * (worth + K)


@pytest.mark.parametrize("name", ["squared_hellinger", "js", "reverse_kl"])
def test_equal_scores_are_their_own_offset(name):
    assert offset_of(np.full(1000, -3.7), name) == -3.7


def test_a_kink_under_the_last_step_is_seen():
    """Newton's step to the root of one piece that lands behind a kink by less than 1e-9 is not the last."""
    for gap in 10.0 ** -np.arange(8.0, 13.0):
        row = np.r_[3.0, np.full(7, 1.0 - gap), np.zeros(8)]
        below, above = (
            np.maximum(1 + row - offset_of(row, "alpha(2)") + sign * 8 * EPS, 0).mean() for sign in (-1, 1)
        )
        assert below <= 1 <= above
