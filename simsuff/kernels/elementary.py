"""exp, expm1, log, log1p and 1/√ in steps that a compiler turns into vector code inside a loop.

Library calls are not vectorised, polynomials are. No branch, no table, no call: each function is at most 2 units in
the last place from the truth wherever the result is a normal number. Results below the normal range are exact
zeros, because subnormal numbers slow a processor down by a factor of ten or more. NaN gives NaN.
"""

import math

import numpy as np

from simsuff.kernels.jit import jit

# 2^r = Σ c_k r^k for |r| ≤ 1/2; (2^r − 1)/r is minimax in relative error: 2e-17 and 1.1e-8.
EXP2_DOUBLE = (
    1.0,
    0.6931471805599453,
    0.24022650695910097,
    0.055504108664821236,
    0.009618129107607065,
    0.0013333558146531646,
    0.0001540353044148107,
    1.5252733701199013e-05,
    1.321544272399543e-06,
    1.0178121306736337e-07,
    7.0725617473247366e-09,
    4.445535957900197e-10,
)
EXP2_SINGLE = (
    1.0,
    0.6931471824645996,
    0.24022649228572845,
    0.05550357326865196,
    0.009618237614631653,
    0.0013390735257416964,
    0.00015403512225020677,
)

# e^r = 1 + r + r² Σ c_k r^k for |r| ≤ log(2)/2; the sum is minimax in relative error: 2e-16.
EXP_DOUBLE = (
    0.5,
    0.16666666666666644,
    0.041666666666624344,
    0.00833333333335618,
    0.001388888891712144,
    0.00019841269784703252,
    2.4801521422689577e-05,
    2.755735549071244e-06,
    2.762003410630711e-07,
    2.5068165987108264e-08,
)

# 2 atanh(s) = 2s + s z Σ c_k z^k, z = s², for |s| ≤ (√2 − 1)/(√2 + 1); minimax in relative error: 5e-16.
LOG_DOUBLE = (
    0.666666666666667,
    0.3999999999989918,
    0.2857142862610642,
    0.22222211115786417,
    0.18182890372224014,
    0.15331683906362253,
    0.14616876913967333,
)

LOG2_E = 1.4426950408889634
# log 2 in two parts; the first ends in 21 zeros, so that its product with an exponent is exact.
LOG_2_HIGH, LOG_2_LOW = 0.6931471803691238, 1.9082149292705877e-10

# Adding 1.5 · 2^52 rounds to an integer and leaves it in the last bits of the sum, also a negative one.
ROUND = 6755399441055744.0

# e^x is normal and finite in between.
LOWEST, HIGHEST = -708.3964185322641, 709.782712893384

SMALLEST_NORMAL, SUBNORMAL_SCALE = 2.0**-1022, 2.0**54
# The bits of √½, of 1 and of ROUND.
ROOT_HALF_BITS, ROUND_BITS = 0x3FE6A09E667F3BCD, 0x4338000000000000
# Half the bits of a number from here give those of its inverse root, right to 3.5 %.
INVERSE_ROOT_BITS = 0x5FE6EB50C7B537A9

# A fused multiply-add is as exact as the two operations; anything more would undo the rounding tricks. Set here
# because a function without a setting takes that of whoever calls it first.
FUSED = {"contract"}


@jit(fastmath=FUSED)
def exp2(y: float) -> float:
    """2^y; 0 below −1022, +∞ from 1024 on."""
    near = y if y > -1024.0 else -1024.0  # also for NaN
    near = near if near < 1024.0 else 1024.0
    shifted = np.float64(near + ROUND)
    r = near - (shifted - ROUND)
    _, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 = EXP2_DOUBLE
    p = c6 + r * (c7 + r * (c8 + r * (c9 + r * (c10 + r * c11))))
    p = np.float64(1.0 + r * (c1 + r * (c2 + r * (c3 + r * (c4 + r * (c5 + r * p))))))
    result: float = np.int64(p.view(np.int64) + (shifted.view(np.int64) << 52)).view(np.float64)
    result = 0.0 if y < -1022.0 else result
    result = np.inf if y >= 1024.0 else result
    return y if y != y else result


@jit(fastmath=FUSED)
def reduced(x: float) -> tuple[float, float]:
    """(r, n + ROUND) with x = n log 2 + r."""
    shifted = x * LOG2_E + ROUND
    n = shifted - ROUND
    return (x - n * LOG_2_HIGH) - n * LOG_2_LOW, shifted


@jit(fastmath=FUSED)
def tail(r: float) -> float:
    """e^r − 1 − r for |r| ≤ log(2)/2."""
    c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 = EXP_DOUBLE
    high = c5 + r * (c6 + r * (c7 + r * (c8 + r * c9)))
    return r * r * (c0 + r * (c1 + r * (c2 + r * (c3 + r * (c4 + r * high)))))


@jit(fastmath=FUSED)
def exp(x: float) -> float:
    """e^x; 0 where the result would be subnormal, +∞ beyond the range."""
    near = x if x > -709.0 else -709.0
    near = near if near < HIGHEST else HIGHEST
    r, shifted = reduced(near)
    p = np.float64(1.0 + (r + tail(r)))
    result: float = np.int64(p.view(np.int64) + (np.float64(shifted).view(np.int64) << 52)).view(np.float64)
    result = 0.0 if x < LOWEST else result
    result = np.inf if x > HIGHEST else result
    return x if x != x else result


@jit(fastmath=FUSED)
def expm1(x: float) -> float:
    """e^x − 1, with the digits of small x; +∞ beyond the range."""
    near = x if x > -60.0 else -60.0
    near = near if near < HIGHEST else HIGHEST
    r, shifted = reduced(near)
    # 2^(n−1), because 2^n itself overflows for the largest x.
    half = np.int64((np.float64(shifted).view(np.int64) + 1022) << 52).view(np.float64)
    result: float = 2.0 * (half * (r + tail(r)) + (half - 0.5))
    result = np.inf if x > HIGHEST else result
    return x if x != x else result


@jit(fastmath=FUSED)
def log_of_normal(y: float, shift: float, correction: float) -> float:
    """log y + shift · log 2 + correction for positive normal y and a correction below a unit of y."""
    bits = np.float64(y).view(np.int64)
    k = (bits - ROOT_HALF_BITS) >> 52
    f = np.int64(bits - (k << 52)).view(np.float64) - 1.0
    n = (np.int64(k + ROUND_BITS).view(np.float64) - ROUND) + shift
    s = f / (2.0 + f)
    z = s * s
    c0, c1, c2, c3, c4, c5, c6 = LOG_DOUBLE
    series = z * (c0 + z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * (c5 + z * c6))))))
    half = 0.5 * f * f
    # f − f²/2 leads; what follows is at most a sixth of it.
    return n * LOG_2_HIGH - ((half - (s * (half + series) + (n * LOG_2_LOW + correction))) - f)


@jit(fastmath=FUSED)
def log(x: float) -> float:
    """log x, also of subnormal x; −∞ at 0, NaN below."""
    positive = x if x > 0.0 else 1.0
    tiny = positive < SMALLEST_NORMAL
    result: float = log_of_normal(positive * (SUBNORMAL_SCALE if tiny else 1.0), -54.0 if tiny else 0.0, 0.0)
    result = x if x == np.inf else result
    return result if x > 0.0 else (-np.inf if x == 0.0 else math.nan)


@jit(fastmath=FUSED)
def log1p(x: float) -> float:
    """log(1 + x) with the digits of small x; −∞ at −1, NaN below."""
    inside = x if x > -1.0 else 0.0
    inside = inside if inside < np.inf else 0.0
    u = 1.0 + inside
    # What u lost of x, as a share of u: log(u + c) = log u + c/u.
    correction = (inside - (u - 1.0)) if inside < 1.0 else (1.0 - (u - inside))
    result: float = log_of_normal(u, 0.0, correction / u)
    result = x if x == np.inf else result
    return result if x > -1.0 else (-np.inf if x == -1.0 else math.nan)


@jit(fastmath=FUSED)
def inverse_root(x: float) -> float:
    """1/√x of a normal number x; +∞ at 0, NaN below."""
    inside = x if x > 0.0 else 1.0
    inside = inside if inside < np.inf else 1.0
    y = np.int64(INVERSE_ROOT_BITS - (np.float64(inside).view(np.int64) >> 1)).view(np.float64)
    # y times the series of 1/√(1 − e) for x y² = 1 − e, three times: the error goes from 0.035 to 1e-4, 1e-12 and 0.
    for _ in range(3):
        e = 1.0 - (inside * y) * y
        y = y + (y * e) * (0.5 + 0.375 * e)
    result: float = 0.0 if x == np.inf else y
    return result if x > 0.0 else (np.inf if x == 0.0 else math.nan)
