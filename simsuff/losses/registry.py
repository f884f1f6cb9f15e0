"""The losses that are known by name."""

from typing import Protocol

from numpy.typing import ArrayLike

from simsuff.losses.batches import LossValue
from simsuff.losses.f_contrastive.api import f_contrastive
from simsuff.losses.infonce import infonce
from simsuff.losses.spectral import spectral
from simsuff.numerics.validation import refuse


class Loss(Protocol):
    """(u, v, **options) -> (value, du, dv), for u, v of shape (K, d) or (B, K, d)."""

    def __call__(self, u: ArrayLike, v: ArrayLike) -> LossValue: ...


LOSSES: dict[str, Loss] = {"infonce": infonce, "spectral": spectral, "f_contrastive": f_contrastive}


def get_loss(name: str) -> Loss:
    """The loss registered as `name`; ValueError with the known names otherwise."""
    if name not in LOSSES:
        known = ", ".join(sorted(LOSSES))
        raise refuse("loss", name, f"be one of {known}", "pass a registered name, or a callable of your own")
    return LOSSES[name]
