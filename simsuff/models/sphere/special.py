"""The normaliser of von Mises–Fisher laws, 𝓔_p(κ) = Γ(p/2) I_{p/2−1}(κ)/(κ/2)^{p/2−1}, and ratios of Bessel functions.

𝓔_p(κ) = E e^{κ⟨e, z⟩} for z uniform on the unit sphere of R^p; as a series it is ₀F₁(p/2; κ²/4), with positive terms.
"""

import math
from collections.abc import Callable

import mpmath
import numpy as np
from scipy.special import gammaln, ive

from simsuff.numerics.numbers import UNIT
from simsuff.numerics.validation import Float

# Digits of the exact values beyond those that cancel.
DIGITS = 40

# Enough for a dimension and a concentration in the millions.
MOST_TERMS = 10**8

# Up to here the series is summed; its sum fits into a double.
FIRST_SERIES, LAST_SERIES = 30.0, 600.0

# Below this the Bessel function of SciPy has lost digits to underflow.
SMALLEST_BESSEL = 1e-290

# Eigenvalues are computed down to this size: their squares times any multiplicity are far below rounding.
SMALLEST_EIGENVALUE = 1e-30

# How many canonical correlations are listed at most, and how small the last may be relative to the first.
LISTED, SMALLEST_LISTED = 1000, 1e-16

# The continued fraction starts so many degrees further on, where its start has no weight left.
EXTRA_DEGREES = 40


def log_normaliser(dimension: int, concentration: float, less: float = 0.0) -> float:
    """log 𝓔_p(κ) − `less`, correctly rounded but for its last bit."""
    digits = DIGITS + (2 * int(abs(math.log10(concentration))) if concentration else 0)
    with mpmath.workdps(digits):
        square = mpmath.mpf(concentration) ** 2
        series = mpmath.hyp0f1(mpmath.mpf(dimension) / 2, square / 4, maxterms=MOST_TERMS)
        return float(mpmath.log(series) - mpmath.mpf(less))


def shortfall(dimension: int, concentration: float) -> float:
    """log 𝓔_p(κ) − κ ≤ 0, correctly rounded but for its last bit: −log of the largest density ratio."""
    return log_normaliser(dimension, concentration, less=concentration)


def shortfalls(dimension: int, concentrations: Float) -> tuple[Float, Float]:
    """log 𝓔_p(κ) − κ elementwise for κ ≥ 0, and a bound on what it has been rounded by."""
    kappa = np.asarray(concentrations, dtype=np.float64)
    if dimension == 1:  # log cosh κ − κ
        values = np.log1p(np.expm1(-2 * kappa) / 2)
        return values, 4 * UNIT * (np.abs(values) + np.minimum(kappa, 1.0))
    order = dimension / 2 - 1
    is_small = kappa <= min(max(FIRST_SERIES, 2 * order), LAST_SERIES)
    values, errors = np.empty_like(kappa), np.empty_like(kappa)
    # The series Σ_{j ≥ 1} (κ²/4)^j / (j! (p/2)_j), whose terms are positive.
    small = kappa[is_small]
    term, total, count = np.ones_like(small), np.zeros_like(small), 0
    while (term > UNIT * total / 4).any() or count < 2:
        count += 1
        term = term * (small * small / 4 / (count * (dimension / 2 + count - 1)))
        total += term
    values[is_small] = np.log1p(total) - small
    # Each term carries four roundings of each factor; the sum is at least as well known as its worst term.
    relative = UNIT * (4 * count + 8) * total / (1 + total)
    errors[is_small] = relative + 4 * UNIT * (np.log1p(total) + small)
    # The Bessel function, and where that has underflowed the series in many digits.
    large = kappa[~is_small]
    scaled = ive(order, large)
    parts = np.log(np.maximum(scaled, SMALLEST_BESSEL)), -order * np.log(large / 2), gammaln(dimension / 2)
    found, lost = np.asarray(parts[0] + parts[1] + parts[2]), scaled <= SMALLEST_BESSEL
    found[lost] = [shortfall(dimension, float(x)) for x in large[lost]]
    values[~is_small] = found
    errors[~is_small] = 16 * UNIT * (1 + sum(np.abs(part) for part in parts))
    return values, errors


def eigenvalues(dimension: int, concentration: float) -> Float:
    """λ_l = I_{ν+l}(κ)/I_ν(κ), ν = p/2 − 1, for the degrees l = 1, 2, … down to λ_l of about 1e-30.

    Each is a product of ratios I_{ν+l}/I_{ν+l−1} from the backward recurrence, which is stable; the relative error of
    λ_l is at most 8 l roundings. One entry for p = 1, whose harmonics end at degree 1.
    """
    nu, kappa = dimension / 2 - 1, concentration
    count = EXTRA_DEGREES + 1 + int(16 * math.sqrt(kappa))
    degree = np.arange(1, count + 1)
    # Amos (1974): I_{μ+1}/I_μ ≤ κ/(μ + ½ + √((μ + ½)² + κ²)), μ = ν + l − 1.
    half = nu + degree - 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = np.where(kappa > 0, kappa / (half + np.hypot(half, kappa)), 0.0)
        used = int(np.argmax(np.cumsum(np.log(bounds)) < math.log(SMALLEST_EIGENVALUE))) + 1
    ratio, ratios = float(bounds[-1]), []
    for half_way in (nu + degree[:0:-1]).tolist():
        ratio = kappa / (2 * half_way - 2 + kappa * ratio) if kappa else 0.0
        ratios.append(ratio)
    products: Float = np.cumprod(np.array(ratios[::-1]))
    return products[:1] if dimension == 1 else products[:used]


def multiplicity(dimension: int, degree: int) -> int:
    """The number of independent spherical harmonics of this degree on the unit sphere of R^dimension."""
    above = math.comb(degree + dimension - 1, degree)
    return above - (math.comb(degree + dimension - 3, degree - 2) if degree >= 2 else 0)


def projected_multiplicity(dimension: int, rank: int, degree: int) -> int:
    """How many of the harmonics of this degree are functions of `rank` coordinates.

    Below full rank as many as monomials of this degree in `rank` variables: each is the start of one such harmonic.
    """
    if rank == dimension:
        return multiplicity(dimension, degree)
    return math.comb(degree + rank - 1, rank - 1) if rank else 0


def listed(values: Float, times: Callable[[int], int]) -> Float:
    """The λ_l of degrees l = 1, 2, …, each `times`(l) times, above 1e-16 λ₁, and not more than 1000."""
    large = values[values >= SMALLEST_LISTED * values[0]]
    return np.repeat(large, [min(times(degree), LISTED) for degree in range(1, len(large) + 1)])[:LISTED]
