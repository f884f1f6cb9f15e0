"""Gaussian laws: canonical correlations decide everything."""

from simsuff.models.gaussian.linear_map import LinearMap
from simsuff.models.gaussian.model import GaussianModel, Signal

__all__ = ["GaussianModel", "LinearMap", "Signal"]
