"""Do tiles hold what their plain twins say: exact products, exponentials to the last digits, nothing outside?"""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from simsuff.kernels import tiles
from simsuff.kernels.jit import jit
from simsuff.kernels.tiles import Registers, exponential_sums, exponential_weights, multiply_add, registers

DTYPES = [np.float64, np.float32]


def _call_multiply_add(a, b, c):
    multiply_add(a, b, c)


def _call_sums(a, b, row_sums, column_sums, out):
    exponential_sums(a, b, row_sums, column_sums, out)


def _call_weights(a, b, row_weights, column_weights, out):
    exponential_weights(a, b, row_weights, column_weights, out)


call_multiply_add, call_sums, call_weights = jit(_call_multiply_add), jit(_call_sums), jit(_call_weights)


def integers(shape, dtype, seed=0):
    """Small whole numbers, whose sums of products no order of summation rounds."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [8, 24])
@pytest.mark.parametrize("halves", [1, 2, 5])
@pytest.mark.parametrize("depth", [1, 2, 19])
def test_products_are_exact_and_stay_inside(dtype, rows, halves, depth):
    columns = halves * tiles.columns_at_once(np.dtype(dtype).itemsize) // 2
    a, b = integers((rows, depth), dtype), integers((depth, columns), dtype, 1)
    frame = integers((rows + 2, columns + 40), dtype, 2)
    expected = frame.copy()
    expected[1:-1, 20:-20] += a @ b
    call_multiply_add(a, b, frame[1:-1, 20:-20])
    assert (frame == expected).all()
    call_multiply_add(np.asfortranarray(a), b, frame[1:-1, 20:-20])  # the left factor may be a transpose
    expected[1:-1, 20:-20] += a @ b
    assert (frame == expected).all()


def exact_powers(a, b):
    return np.exp2(a.astype(np.longdouble) @ b.astype(np.longdouble))


@pytest.mark.parametrize(("dtype", "reach"), [(np.float64, 1000), (np.float32, 120)])
def test_exponentials_to_the_last_digits_over_the_whole_range(dtype, reach):
    eps, columns = float(np.finfo(dtype).eps), 2 * tiles.columns_at_once(np.dtype(dtype).itemsize)
    a = np.linspace(-1, 1, 16).astype(dtype)[:, None]
    b = np.linspace(-reach, reach, columns).astype(dtype)[None]
    out, row_sums, column_sums = np.empty((16, columns), dtype), np.ones(16), np.full(columns, 2.0)
    call_sums(a, b, row_sums, column_sums, out)
    exact = exact_powers(a, b)
    # The product is rounded once, to half a unit of up to `reach`; the power itself is good to one unit.
    bound = eps * (reach / 2 * np.log(2) + 1)
    assert (np.abs(out / exact - 1) <= bound).all()
    slack = (columns + 1) * eps
    assert np.abs(row_sums / (1 + exact.sum(axis=1)) - 1).max() <= bound + slack
    assert np.abs(column_sums / (2 + exact.sum(axis=0)) - 1).max() <= bound + slack


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_whole_numbers_are_exact(dtype):
    columns = tiles.columns_at_once(np.dtype(dtype).itemsize)
    a, b = integers((8, 3), dtype), integers((3, columns), dtype, 1)
    b[np.abs(a @ b).max(axis=0) * np.ones((3, 1)) > 100] = 0
    out = np.empty((8, columns), dtype)
    call_sums(a, b, np.zeros(8), np.zeros(columns), out)
    assert (out == np.exp2(a @ b)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_are_added_before_they_multiply(dtype):
    columns = 2 * tiles.columns_at_once(np.dtype(dtype).itemsize)
    a, b = integers((16, 2), dtype) / 8, integers((2, columns), dtype, 1) / 8
    rows, across = integers(16, dtype, 2), integers(columns, dtype, 3)
    out = np.empty((16, columns), dtype)
    call_weights(a, b, rows, across, out)
    exact = exact_powers(a, b) * (rows[:, None] + across)
    assert (np.abs(out - exact) <= 2 * float(np.finfo(dtype).eps) * np.abs(exact)).all()


def test_nan_stays_nan():
    a, b = np.ones((8, 1)), np.ones((1, 16))
    a[3, 0] = np.nan
    out, row_sums, column_sums = np.empty((8, 16)), np.zeros(8), np.zeros(16)
    call_sums(a, b, row_sums, column_sums, out)
    assert np.isnan(out[3]).all()
    assert np.isnan(row_sums[3])
    assert np.isnan(column_sums).all()
    assert (out[np.arange(8) != 3] == 2).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_twins_agree(dtype):
    columns, eps = 2 * tiles.columns_at_once(np.dtype(dtype).itemsize), float(np.finfo(dtype).eps)
    a, b = integers((8, 5), dtype) / 8, integers((5, columns), dtype, 1) / 8
    for compiled, plain in [(call_sums, _call_sums), (call_weights, _call_weights)]:
        kind = np.float64 if compiled is call_sums else dtype
        answers = []
        for function in (compiled, plain):
            arrays = [np.ones(8, kind), np.ones(columns, kind), np.empty((8, columns), dtype)]
            function(a, b, *arrays)
            answers.append(arrays)
        for one, other in zip(*answers, strict=True):
            np.testing.assert_allclose(one, other, rtol=(columns + 8) * eps)


def test_blocks_fit_the_registers():
    assert registers("+avx,+avx2,+avx512f") == Registers(64, 8, 2)
    assert registers("-avx512f,+avx,+avx2") == Registers(32, 4, 2)
    assert registers("+sse2,-avx") == registers("+neon") == Registers(16, 4, 2)
    assert all(tiles.ROWS % registers(f).rows == 0 for f in ("+avx512f", "+avx", ""))


# Each with the dtype that it is tried in: a loss takes half a minute to compile.
PROCESSORS = {"x86_64": [("generic", "+sse2", "float32"), ("haswell", "+avx,+avx2,+fma", "float64")]}


@pytest.mark.parametrize(
    ("name", "features", "dtype"), PROCESSORS.get(platform.machine(), [("generic", "", "float64")])
)
def test_other_processors_answer_the_same_up_to_rounding(name, features, dtype, tmp_path):
    """Compile for a processor with shorter vectors, and compare with float128 there."""
    script = f"""
import numpy as np
from simsuff.losses.tiled import tiled_infonce_batches
u, v = np.random.default_rng(0).normal(size=(2, 1, 70, 5)).astype(np.{dtype})
value, du, dv = tiled_infonce_batches(u, v, True, 0.5)
x, y = u[0].astype(np.longdouble), v[0].astype(np.longdouble)
powers = np.exp(2 * x @ y.T)
rows, columns = powers.sum(axis=1), powers.sum(axis=0)
exact = (np.log(rows / 70) + np.log(columns / 70)).sum() / 140 - 2 * (x * y).sum() / 70
shares = (powers / rows[:, None] + powers / columns) / 2 - np.eye(70)
bound = 200 * np.finfo(np.{dtype}).eps
assert abs(value - exact) < bound, (value, exact)
assert np.abs(du[0] - shares @ y * 2 / 70).max() < bound
assert np.abs(dv[0] - shares.T @ x * 2 / 70).max() < bound
"""
    setting = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | setting, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
