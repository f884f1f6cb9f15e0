"""Laws on finite alphabets: joint tables, and views that are iid given a latent symbol."""

from simsuff.models.finite.model import FiniteModel
from simsuff.models.finite.stack import FiniteLaw, FiniteStack

__all__ = ["FiniteLaw", "FiniteModel", "FiniteStack"]
