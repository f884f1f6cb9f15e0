"""f-divergences: one symbolic expression each, and everything that follows from it."""

from simsuff.divergences.catalogue import DIVERGENCES, alpha_divergence, as_divergence, divergence
from simsuff.divergences.compiling import Family
from simsuff.divergences.divergence import Divergence

__all__ = ["DIVERGENCES", "Divergence", "Family", "alpha_divergence", "as_divergence", "divergence"]
