"""Gaussian laws: canonical correlations decide everything."""

from simsuff.models.gaussian.model import GaussianModel, Signal

__all__ = ["GaussianModel", "Signal"]
