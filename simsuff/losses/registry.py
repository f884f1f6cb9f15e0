"""The losses that are known by name."""

from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import ArrayLike

from simsuff.losses.batches import LossValue
from simsuff.losses.chi2 import chi2
from simsuff.losses.compiled import LOSS_GRADIENTS, OPTIONS
from simsuff.losses.f_contrastive.api import f_contrastive
from simsuff.losses.infonce import infonce
from simsuff.losses.spectral import spectral
from simsuff.numerics.validation import one_of
from simsuff.plugins import load_plugins


class Loss(Protocol):
    """(u, v, **options) -> (value, du, dv), for u, v of shape (K, d) or (B, K, d)."""

    def __call__(self, u: ArrayLike, v: ArrayLike) -> LossValue: ...


LOSSES: dict[str, Loss] = {
    "infonce": infonce,
    "spectral": spectral,
    "chi2": chi2,
    "f_contrastive": f_contrastive,
}


def get_loss(name: str) -> Loss:
    """The loss registered as `name`; ValueError with the known names otherwise.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.losses.get_loss("infonce") is ss.losses.infonce
    True
    """
    if name not in LOSSES:
        load_plugins()
    return LOSSES[one_of("loss", name, sorted(LOSSES), "pass a registered name, or a callable of your own")]


def register(
    name: str,
    loss: Loss,
    *,
    options: Callable[..., Any] | None = None,
    gradients: Callable[..., float] | None = None,
) -> None:
    """Make a loss known by name; with `options` and `gradients` it also takes part in compiled training.

    Parameters
    ----------
    name : how `fit` and `get_loss` find it.
    loss : (u, v, **options) -> (value, du, dv).
    options : a NamedTuple class of the options of `loss`, at the top level of a module.
    gradients : (options, u, v, du, dv) -> value for one batch of doubles (K, d): fills the gradients, in code that
        Numba compiles. A value that is not finite hands the batch to `loss` itself, for its error.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> def doubled(u, v):
    ...     value, du, dv = ss.losses.infonce(2 * np.asarray(u), v)
    ...     return value, 2 * du, dv
    >>> ss.losses.register("doubled", doubled)
    >>> ss.losses.get_loss("doubled") is doubled  # and `fit(…, loss="doubled")` trains with it
    True
    """
    LOSSES[name] = loss
    if options is not None and gradients is not None:
        OPTIONS[loss] = options
        LOSS_GRADIENTS.register(options)(gradients)  # type: ignore[arg-type]
