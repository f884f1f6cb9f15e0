"""How are Gaussian pairs drawn without a matrix product where none is needed? In canonical coordinates, then mixed."""

from typing import NamedTuple

import numpy as np

from simsuff.models.drawing import DRAW
from simsuff.models.gaussian.canonical import CanonicalForm
from simsuff.numerics.jit import jit
from simsuff.numerics.random_numbers import fill_normals
from simsuff.numerics.validation import Float, Integer

# Rows that are drawn at a time, so that they stay in the fastest cache.
BLOCK = 32


class Mixing(NamedTuple):
    """white rows ↦ white @ matrix, (d, d); where `is_simple`, column `column`[i] is coordinate i times `scale`[i]."""

    matrix: Float
    is_simple: bool
    column: Integer
    scale: Float


class GaussianDraws(NamedTuple):
    """Canonical coordinates: `rho` and √(1 − ρ²) of the first of them, then the mixing of each view."""

    rho: Float
    residual: Float
    first: Mixing
    second: Mixing


def gaussian_draws(form: CanonicalForm, cov11: Float, cov22: Float) -> GaussianDraws:
    """The law of a Gaussian model, ready to be drawn from."""
    spectrum = form.spectrum
    first, second = _mixing(form.basis1 @ cov11), _mixing(form.basis2 @ cov22)
    return GaussianDraws(np.ascontiguousarray(spectrum.rho), np.sqrt(spectrum.complement), first, second)


def _mixing(matrix: Float) -> Mixing:
    """Simple where each coordinate goes into one column of its own, as for independent coordinates."""
    taken = matrix != 0
    is_simple = bool((taken.sum(axis=0) == 1).all() and (taken.sum(axis=1) == 1).all())
    column = np.argmax(taken, axis=1).astype(np.int64)
    return Mixing(np.ascontiguousarray(matrix), is_simple, column, matrix[np.arange(len(matrix)), column])


def _mix(white: Float, mixing: Mixing, out: Float) -> None:
    """out = white @ matrix."""
    if not mixing.is_simple:
        np.dot(white, mixing.matrix, out)
        return
    for i in range(white.shape[0]):
        for j in range(white.shape[1]):
            out[i, mixing.column[j]] = white[i, j] * mixing.scale[j]


mix = jit(_mix)


def _split(normal: Float, source: GaussianDraws, white: Float, other: Float) -> None:
    """Independent numbers (n, d1 + d2) to correlated canonical coordinates (n, d1) and (n, d2)."""
    size1, common = white.shape[1], source.rho.size
    for i in range(white.shape[0]):
        for j in range(size1):
            white[i, j] = normal[i, j]
        for j in range(common):
            other[i, j] = source.rho[j] * white[i, j] + source.residual[j] * normal[i, size1 + j]
        for j in range(common, other.shape[1]):
            other[i, j] = normal[i, size1 + j]


split = jit(_split)


@DRAW.register(GaussianDraws)
def _draw_gaussian(source: GaussianDraws, rng: np.random.Generator, z1: Float, z2: Float) -> None:
    """Fill z1 (n, d1) and z2 (n, d2), row by row first the normal numbers of z1, then those of z2."""
    size1, size2, count = z1.shape[1], z2.shape[1], z1.shape[0]
    rows = min(BLOCK, count)
    normal, white, other = np.empty((rows, size1 + size2)), np.empty((rows, size1)), np.empty((rows, size2))
    for start in range(0, count, BLOCK):
        n = min(BLOCK, count - start)
        fill_normals(rng, normal[:n].reshape(-1))
        split(normal[:n], source, white[:n], other[:n])
        mix(white[:n], source.first, z1[start : start + n])
        mix(other[:n], source.second, z2[start : start + n])


draw_gaussian = jit(_draw_gaussian)
