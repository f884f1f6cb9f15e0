"""The losses that are known by name, and how compiled training loops run them."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.losses.batches import LINKS, LossValue
from simsuff.losses.centred import centred_batch
from simsuff.losses.chi2 import chi2
from simsuff.losses.f_contrastive.api import f_contrastive, known_options
from simsuff.losses.f_contrastive.compiled import contrast
from simsuff.losses.f_contrastive.formulas import DERIVATIVE, FORMS, LOG, ContrastOptions
from simsuff.losses.infonce import infonce, linked_options
from simsuff.losses.linear import add_sides
from simsuff.losses.spectral import one_batch as spectral_batch
from simsuff.losses.spectral import spectral
from simsuff.losses.tiled import tiled_infonce
from simsuff.numerics.validation import Float, one_of
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


# loss_gradients(loss, u, v, du, dv) -> value: fills the gradients (K, d). A value that is not finite says that the
# loss itself must be asked, in the interpreter, for its error or its infinity; the gradients mean nothing then.
LOSS_GRADIENTS = Specialised("loss_gradients")
loss_gradients = LOSS_GRADIENTS.function


class TiledInfonce(NamedTuple):
    """`infonce` with the identity link."""

    symmetric: bool
    temperature: float


class LinearInfonce(NamedTuple):
    """`infonce` with the log link at temperature 1."""

    symmetric: bool


class SpectralOptions(NamedTuple):
    """`spectral` has no options; an empty tuple has no type, so it names the power of its divergence."""

    power: int = 2


class CentredChi2(NamedTuple):
    """`chi2` with the identity link."""

    symmetric: bool
    temperature: float


def compiled_loss(loss: Callable[..., Any], options: dict[str, Any]) -> Any:
    """The loss with its options as a NamedTuple; None where only the interpreter can run it or refuse it."""
    find = OPTIONS.get(loss)
    try:
        return None if find is None else find(**options)
    except (TypeError, ValueError):
        return None


def _infonce(link: str = "identity", symmetric: bool = True, temperature: float = 1.0) -> Any:
    """One class for each kernel, so that a loop compiles the one that it needs."""
    if link not in LINKS or not 0 < temperature < np.inf:
        raise ValueError
    if link == "identity":
        return TiledInfonce(bool(symmetric), float(temperature))
    if link == "log" and temperature == 1:
        return LinearInfonce(bool(symmetric))
    return linked_options(link, symmetric, temperature)


def _chi2(link: str = "identity", symmetric: bool = True, temperature: float = 1.0) -> CentredChi2 | None:
    """Scores under a link are NumPy's work."""
    if not 0 < temperature < np.inf:
        raise ValueError
    return CentredChi2(bool(symmetric), float(temperature)) if link == "identity" else None


OPTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    infonce: _infonce,
    spectral: lambda: SpectralOptions(),
    chi2: _chi2,
    f_contrastive: known_options,
}


@jit
def any_negative(values: Float) -> bool:
    return bool((values < 0).any())


@LOSS_GRADIENTS.register(TiledInfonce)
def _tiled_gradients(loss: TiledInfonce, u: Float, v: Float, du: Float, dv: Float) -> float:
    return tiled_infonce(u, v, loss.symmetric, loss.temperature, 1.0, du, dv)


@LOSS_GRADIENTS.register(LinearInfonce)
def _linear_gradients(loss: LinearInfonce, u: Float, v: Float, du: Float, dv: Float) -> float:
    if any_negative(u) or any_negative(v):
        return np.nan
    sides = 2 if loss.symmetric else 1
    return add_sides(u, v, sides, 1 / (len(u) * sides), du, dv)


def _contrast_gradients(loss: ContrastOptions, u: Float, v: Float, du: Float, dv: Float) -> float:
    if (loss.link == LOG or loss.link == DERIVATIVE) and (any_negative(u) or any_negative(v)):
        return np.nan
    return contrast(loss, u, v, du, dv)


for _form in FORMS:
    LOSS_GRADIENTS.register(_form)(_contrast_gradients)


@LOSS_GRADIENTS.register(SpectralOptions)
def _spectral_gradients(loss: SpectralOptions, u: Float, v: Float, du: Float, dv: Float) -> float:  # noqa: ARG001
    return spectral_batch(u, v, 1.0, du, dv)


@LOSS_GRADIENTS.register(CentredChi2)
def _centred_gradients(loss: CentredChi2, u: Float, v: Float, du: Float, dv: Float) -> float:
    return centred_batch(u, v, loss.symmetric, loss.temperature, 1.0, du, dv)
