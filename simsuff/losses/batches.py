"""The embeddings that a loss accepts, and the answers that it may give."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.kernels.jit import REORDERED, jit, wide
from simsuff.numerics.validation import one_of, plain_array, positive, refuse, require, require_all

Embeddings = NDArray[Any]
# How scores follow from s = ⟨u_i, v_j⟩ and a temperature t: s/t, log(s)/t, e^{s/t}.
LINKS = ("identity", "log", "exp")

LossValue = tuple[float, Embeddings, Embeddings]


class Batches(NamedTuple):
    """B batches of K pairs in d dimensions, writable and C-contiguous, and the shape of the caller's arrays."""

    u: Embeddings
    v: Embeddings
    shape: tuple[int, ...]


@jit(fastmath=REORDERED)
def is_finite(values: Embeddings) -> bool:
    """Are all entries of a vector finite? Zero times anything else is NaN."""
    wide()
    total = 0.0
    for i in range(values.size):
        total += float(values[i]) * 0.0
    return total == 0.0


def batches(u: ArrayLike, v: ArrayLike, least: int = 2) -> Batches:
    """Embeddings (K, d) or (B, K, d), checked, as (B, K, d) arrays of one dtype.

    Raises
    ------
    ValueError : for entries that are not finite real numbers, other or unequal shapes, empty arrays, K < `least`.
    """
    pairs = arranged(u, v, least)
    refuse_infinite(pairs)
    return pairs


def arranged(u: ArrayLike, v: ArrayLike, least: int = 2) -> Batches:
    """What `batches` gives, for a loss that asks `refuse_infinite` itself, when its value is not finite.

    float32 if both arguments are float32, float64 otherwise. Kernels get writable contiguous arrays only,
    so that strided, Fortran-ordered and read-only inputs do not compile kernels of their own.
    """
    first, second = _real("u", u), _real("v", v)
    _check_shapes(first.shape, second.shape, least)
    single = first.dtype == np.float32 and second.dtype == np.float32
    dtype = np.float32 if single else np.float64
    return Batches(_prepared(first, dtype), _prepared(second, dtype), first.shape)


def _real(name: str, values: ArrayLike) -> NDArray[Any]:
    array = plain_array(values)
    if array.dtype.kind not in "fiub":
        raise refuse(name, f"dtype = {array.dtype}", "hold real numbers", "convert it first")
    return array


def _check_shapes(first: tuple[int, ...], second: tuple[int, ...], least: int) -> None:
    # Small batches are checked as often as they are evaluated: no message is written before it is needed.
    if first == second and len(first) in (2, 3) and min(first) > 0 and first[-2] >= least:
        return
    shown = f"shape = {first}"
    require(len(first) in (2, 3), "u", shown, "have shape (K, d) or (B, K, d)", "reshape it")
    way_out = "pair each u_i with one v_i of the same width"
    require(first == second, "v", f"shape = {second}", f"have the shape of u, {first}", way_out)
    require(min(first) > 0, "u", shown, "be non-empty", "pass at least one batch and one coordinate")
    negatives = "one negative" if least == 2 else "two negatives, as one score has no sample variance"
    allowed, way_out = (
        f"hold K >= {least} pairs in each batch",
        f"a pair needs {negatives}: enlarge the batch",
    )
    require(first[-2] >= least, "u", shown, allowed, way_out)


def _prepared(array: NDArray[Any], dtype: type) -> Embeddings:
    stack = array if array.ndim == 3 else array[None]
    if stack.dtype == dtype and stack.flags.carray:
        return stack
    # A long double beyond the double range is refused later, as infinite.
    with np.errstate(over="ignore"):
        return np.require(stack, dtype=dtype, requirements=["C", "W"])


def refuse_infinite(pairs: Batches) -> None:
    """Raise ValueError for entries that are not finite."""
    for name, stack in (("u", pairs.u), ("v", pairs.v)):
        if not is_finite(stack.reshape(-1)):
            array = stack.reshape(pairs.shape)
            require_all(np.isfinite(array), name, array, "be finite", "remove NaN and infinite entries")


def link_temperature(link: str, temperature: float) -> float:
    """The temperature, after the check of both.

    Raises
    ------
    ValueError : for a link that is none of `LINKS`, a temperature that is not positive and finite.
    """
    scale = positive("temperature", temperature, "pass a positive finite number; 1.0 leaves the scores alone")
    one_of("link", link, LINKS)
    return scale


def non_negative(pairs: Batches, link: str) -> None:
    """Refuse negative entries of checked embeddings under a `link` that forbids them."""
    way_out = 'use non-negative features (softmax, exp), or link="identity"'
    for name, stack in (("u", pairs.u), ("v", pairs.v)):
        array = stack.reshape(pairs.shape)
        require_all(array >= 0, name, array, f"be non-negative under the {link} link", way_out)


def answer(value: float, du: Embeddings, dv: Embeddings, shape: tuple[int, ...]) -> LossValue:
    """Value and gradients in the caller's shape, after the check that nothing overflowed.

    Raises
    ------
    ValueError : for a NaN value or a gradient that is not finite; a loss lets an honest infinite value pass
        by handing over zero gradients with it.
    """
    if math.isnan(value) or not (is_finite(du.reshape(-1)) and is_finite(dv.reshape(-1))):
        raise overflow(du.dtype)
    return float(value), du.reshape(shape), dv.reshape(shape)


class ScoreOverflowError(ValueError):
    """Scores, their squares or gradients left the range of numbers: training goes on elsewhere or says so."""


def overflow(dtype: Any) -> ScoreOverflowError:
    """The refusal of scores or gradients that leave the range of `dtype`."""
    allowed = f"give scores and gradients within the range of {dtype}"
    way_out = "rescale the embeddings or raise the temperature"
    return ScoreOverflowError(str(refuse("u and v", "an overflow occurred", allowed, way_out)))
