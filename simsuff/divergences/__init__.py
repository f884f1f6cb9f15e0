"""f-divergences: one symbolic expression each, and everything that follows from it."""

from simsuff.divergences.catalogue import DIVERGENCES, alpha_divergence, as_divergence, divergence
from simsuff.divergences.compiling import Family
from simsuff.divergences.divergence import Divergence
from simsuff.divergences.renyi import renyi_divergence

__all__ = [
    "DIVERGENCES",
    "Divergence",
    "Family",
    "alpha_divergence",
    "as_divergence",
    "divergence",
    "renyi_divergence",
]
