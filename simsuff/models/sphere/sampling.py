"""How are von Mises–Fisher pairs drawn? The inner product by rejection (Wood 1994), the rest uniform."""

import numpy as np

from simsuff.numerics.validation import Float


def uniform(count: int, dimension: int, rng: np.random.Generator) -> Float:
    """`count` independent uniform points of the unit sphere of R^dimension, (count, dimension)."""
    points = rng.standard_normal((count, dimension))
    size: Float = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / size)


def heights(dimension: int, concentrations: Float, rng: np.random.Generator) -> Float:
    """1 − t for one draw of t of each κ, of density ∝ e^{κt} (1 − t²)^{(p−3)/2}: all digits where t is near 1.

    At least 0.65 of the proposals are taken, whatever p and κ.
    """
    kappa = concentrations
    if dimension == 1:
        return np.where(rng.random(kappa.size) < 1 / (1 + np.exp(-2 * kappa)), 0.0, 2.0)
    free = dimension - 1
    b = free / (2 * kappa + np.hypot(2 * kappa, free))
    best = 2 * b / (1 + b)  # 1 − x₀, x₀ the t at which the envelope touches
    found, missing = np.empty(kappa.size), np.arange(kappa.size)
    while missing.size:
        beta, share, touch = rng.beta(free / 2, free / 2, missing.size), b[missing], best[missing]
        height = 2 * share * beta / (1 - (1 - share) * beta)
        envelope = touch + (1 - touch) * height  # 1 − x₀ t
        gain = kappa[missing] * (touch - height) + free * np.log(envelope / (touch * (2 - touch)))
        taken = -rng.standard_exponential(missing.size) <= gain
        found[missing[taken]] = height[taken]
        missing = missing[~taken]
    return found


def scattered(first: Float, concentration: float | Float, rng: np.random.Generator) -> Float:
    """A von Mises–Fisher point around each row of `first` (n, p), unit rows; `concentration` one for all, or (n,).

    A reflection, which keeps lengths, carries the pole e₁ to the row, and with it a draw around the pole.
    """
    count, dimension = first.shape
    height = heights(dimension, np.broadcast_to(concentration, count), rng)
    around = np.empty_like(first)
    around[:, 0] = 1 - height
    if dimension > 1:
        radius = np.sqrt(height * (2 - height))
        around[:, 1:] = radius[:, None] * uniform(count, dimension - 1, rng)
    # I − 2 w wᵀ/‖w‖² with w = z + sign(z₁) e₁ takes e₁ to −sign(z₁) z; no digits cancel in w.
    sign = np.where(first[:, 0] >= 0, 1.0, -1.0)
    axis = first.copy()
    axis[:, 0] += sign
    along = np.einsum("ij,ij->i", axis, around) / (1 + np.abs(first[:, 0]))
    return np.asarray(sign[:, None] * (along[:, None] * axis - around))
