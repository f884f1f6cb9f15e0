"""Contrastive losses on embeddings: InfoNCE, spectral, χ² and f-contrastive, each with value and gradients."""

from simsuff.losses.chi2 import chi2
from simsuff.losses.f_contrastive.api import f_contrastive
from simsuff.losses.infonce import infonce
from simsuff.losses.registry import LOSSES, Loss, get_loss, register
from simsuff.losses.spectral import spectral

__all__ = ["LOSSES", "Loss", "chi2", "f_contrastive", "get_loss", "infonce", "register", "spectral"]
