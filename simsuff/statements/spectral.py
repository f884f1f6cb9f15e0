"""E8: what does the χ² (spectral) loss learn?"""

import numpy as np

from simsuff.models import FiniteModel
from simsuff.numerics.numbers import rounded
from simsuff.numerics.validation import Float
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("E8", "no features do better than the leading singular functions")
def spectral_risk_bound(views: FiniteModel, features: Float) -> Comparison:
    """E_⊗⟨f, f⟩² − 2E₁₂⟨f, f⟩ ≥ −Σ_{i≤p} λ_i², for a positive semi-definite kernel; features (n, p)."""
    risk, magnitude = spectral_risk(views, features)
    return Comparison(rounded(risk, magnitude), ">=", -_captured(views, features.shape[1]))


@statement("E8-attained", "the leading singular functions attain the minimum of the spectral risk")
def spectral_risk_attained(views: FiniteModel, k: int) -> Comparison:
    """f = (√λ_i φ_i)_{i≤k} has risk −Σ_{i≤k} λ_i²."""
    risk, magnitude = spectral_risk(views, views.optimal_encoder(k).table)
    return Comparison(rounded(risk, magnitude), "==", -_captured(views, k))


def spectral_risk(model: FiniteModel, features: Float) -> tuple[float, float]:
    """E_⊗⟨f, f⟩² − 2E₁₂⟨f, f⟩ of features (n, p), and the magnitude of its terms."""
    score = features @ features.T
    quadratic = float(model.marginal1 @ score**2 @ model.marginal2)
    linear = float(np.sum(model.joint * score))
    return quadratic - 2 * linear, quadratic + 2 * float(np.sum(model.joint * np.abs(score)))


def _captured(model: FiniteModel, p: int) -> float:
    """Σ_{i≤p} λ_i², λ₁ = 1 included."""
    values = np.concatenate([[1.0], model.canonical_correlations])[:p]
    return float(values @ values)
