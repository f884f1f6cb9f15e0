"""Entropy integrals ∫ √log N(u) du of classes of encoders and scores (G3): exact, or upper bounds from volumes."""

import itertools
import math

import numpy as np

from simsuff.numerics.numbers import ROUNDING, Bounded
from simsuff.numerics.validation import Float, integer, positive

# Cells of the quadrature; the bracket of a concave function is then about its value over the square of their number.
CELLS = 2048

# Terms of the series of the lookup class before its tail is bracketed.
TERMS = 20_000

# Centres are chosen by trying all 2^k subsets of the class.
LARGEST_CLASS = 10


def ball_entropy_integral(parameters: int, radius: float, upper: float) -> Bounded:
    """∫₀^upper √(q log(1 + 2ρ/u)) du: what a class with q parameters has at most.

    Where ‖f_θ − f_θ'‖ ≤ Λ‖θ − θ'‖ in any norm of θ ∈ ℝ^q and ‖θ‖ ≤ R, comparing volumes gives
    N(u) ≤ (1 + 2ΛR/u)^q, so ρ = ΛR. An upper bound of the entropy integral of such a class, itself computed
    within its error.

    Parameters
    ----------
    parameters : q ≥ 1.
    radius : ρ > 0.
    upper : where the integral ends, positive.

    Raises
    ------
    ValueError : q < 1, or a radius or an end that is not positive and finite.
    """
    count = integer("parameters", parameters, 1, "count the parameters of the class")
    ratio = 2 * positive("radius", radius) / positive("upper", upper)
    # With u = upper·s² the integrand is 2h(s), h(s) = s √log(1 + ratio/s²), the perspective of the concave
    # y ↦ √log(1 + y²): concave, so that midpoints are above the integral and trapezia below.
    midpoints = (np.arange(CELLS) + 0.5) / CELLS
    ends = np.arange(1, CELLS + 1) / CELLS
    high = 2 * float(np.mean(_perspective(midpoints, ratio)))
    values = _perspective(ends, ratio)
    low = 2 * float(np.mean(values) - values[-1] / (2 * CELLS))
    scale = upper * math.sqrt(count)
    return Bounded(scale * (high + low) / 2, scale * ((high - low) / 2 + ROUNDING * high))


def _perspective(s: Float, ratio: float) -> Float:
    return s * np.sqrt(np.log1p(ratio / s**2))


def linear_entropy_integral(
    inputs: int, dim: int, input_norm: float, weight_norm: float, upper: float
) -> Bounded:
    """An upper bound for f(z) = Wz, W (dim, inputs) with ‖W‖ ≤ `weight_norm` in operator norm and ‖z‖ ≤ `input_norm`.

    In the norm sup_z ‖f(z)‖₂; `upper` is where the integral ends.
    """
    return ball_entropy_integral(inputs * dim, input_norm * weight_norm, upper)


def lookup_entropy_integral(symbols: int, dim: int, norm: float, upper: float) -> Bounded:
    """An upper bound for all tables z ↦ f(z) ∈ ℝ^dim with ‖f(z)‖₂ ≤ `norm` on so many symbols."""
    return ball_entropy_integral(symbols * dim, norm, upper)


def softmax_entropy_integral(
    inputs: int, dim: int, input_norm: float, weight_norm: float, scale: float, upper: float
) -> Bounded:
    """An upper bound for f(z) = scale · softmax(Wz + b), ‖z‖ ≤ `input_norm`, ‖(W, b)‖ ≤ `weight_norm` in operator norm.

    The softmax is ½-Lipschitz: its derivative diag(p) − ppᵀ has norm at most ½.
    """
    return ball_entropy_integral(
        (inputs + 1) * dim, scale * math.hypot(input_norm, 1.0) * weight_norm / 2, upper
    )


def exact_lookup_entropy_integral(symbols: int, norm: float) -> Bounded:
    """∫₀^∞ √log N(u) du for tables z ↦ f(z) ∈ [−R, R], exactly: N(u) = ⌈R/u⌉^symbols.

    R √symbols Σ_{k≥2} √log k / (k(k − 1)); the tail lies between √log m/m and that plus (1 + 2/m)/(2m √log m).
    """
    count = integer("symbols", symbols, 1, "count the symbols")
    size = positive("norm", norm) * math.sqrt(count)
    k = np.arange(2.0, TERMS + 1)
    total = float(np.sum(np.sqrt(np.log(k)) / (k * (k - 1))))
    root = math.sqrt(math.log(TERMS))
    spread = (1 + 2 / TERMS) / (2 * TERMS * root)
    return Bounded(size * (total + root / TERMS + spread / 2), size * (spread / 2 + ROUNDING * total))


def covering_number(distances: Float, radius: float) -> int:
    """The least number of members whose closed balls of that radius cover a class with these distances (k, k)."""
    size = integer(
        "members", len(distances), 1, "trying all sets of centres takes 2^k steps", high=LARGEST_CLASS
    )
    covered = distances <= radius
    for count in range(1, size):
        for centres in itertools.combinations(range(size), count):
            if covered[list(centres)].any(axis=0).all():
                return count
    return size


def finite_entropy_integral(distances: Float, upper: float) -> Bounded:
    """∫₀^upper √log N(u) du of a finite class with these distances (k, k), exactly; centres are members."""
    steps = np.unique(np.append(distances[(distances > 0) & (distances < upper)], [0.0, upper]))
    heights = [math.sqrt(math.log(covering_number(distances, low))) for low in steps[:-1]]
    total = float(np.diff(steps) @ heights) if len(heights) else 0.0
    return Bounded(total, ROUNDING * (total + upper))
