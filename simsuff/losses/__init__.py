"""What do contrastive objectives cost on embeddings, and in population at finite K (`simsuff.population.finite_k`)?"""

from simsuff.losses.f_contrastive.api import f_contrastive
from simsuff.losses.infonce import infonce
from simsuff.losses.registry import LOSSES, Loss, get_loss
from simsuff.losses.spectral import spectral

__all__ = ["LOSSES", "Loss", "f_contrastive", "get_loss", "infonce", "spectral"]
