"""Losses inside a compiled training loop."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.losses.batches import LINKS
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
from simsuff.numerics.validation import Float

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


def _spectral() -> SpectralOptions:
    return SpectralOptions()


OPTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    infonce: _infonce,
    spectral: _spectral,
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
