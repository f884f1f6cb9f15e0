"""Gaussian laws: canonical correlations decide everything."""

from simsuff.models.gaussian.model import GaussianModel, LinearMap, Signal

__all__ = ["GaussianModel", "LinearMap", "Signal"]
