"""How are Gaussian pairs drawn without a matrix product where none is needed? In canonical coordinates, then mixed."""

from typing import NamedTuple

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import fill_normals
from simsuff.models.base import DRAW
from simsuff.models.gaussian.canonical import CanonicalForm
from simsuff.numerics.validation import Float, Integer

# Rows that are drawn at a time, so that they stay in the fastest cache.
BLOCK = 32


class Mixing(NamedTuple):
    """white rows ↦ white @ matrix, (d, d); where `is_simple`, column i is coordinate `origin`[i] times `scale`[i]."""

    matrix: Float
    is_simple: bool
    origin: Integer
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
    origin = np.argmax(taken, axis=0).astype(np.int64)
    return Mixing(np.ascontiguousarray(matrix), is_simple, origin, matrix[origin, np.arange(len(matrix))])


@jit
def mix(canonical: Float, start: int, mixing: Mixing, out: Float) -> None:
    """out = canonical[:, start : start + d] @ matrix."""
    size = out.shape[1]
    if not mixing.is_simple:
        np.dot(canonical[:, start : start + size].copy(), mixing.matrix, out)
        return
    for i in range(out.shape[0]):
        for j in range(size):
            out[i, j] = canonical[i, start + mixing.origin[j]] * mixing.scale[j]


@DRAW.register(GaussianDraws)
@jit
def draw_gaussian(source: GaussianDraws, rng: np.random.Generator, z1: Float, z2: Float) -> None:
    """Fill z1 (n, d1) and z2 (n, d2), row by row first the normal numbers of z1, then those of z2."""
    size, count = z1.shape[1], z1.shape[0]
    normal = np.empty((min(BLOCK, count), size + z2.shape[1]))
    for start in range(0, count, BLOCK):
        n = min(BLOCK, count - start)
        fill_normals(rng, normal[:n].reshape(-1))
        # Independent numbers become canonical coordinates: those of z2 follow those of z1.
        for i in range(n):
            for j in range(source.rho.size):
                own = source.residual[j] * normal[i, size + j]
                normal[i, size + j] = source.rho[j] * normal[i, j] + own
        mix(normal[:n], 0, source.first, z1[start : start + n])
        mix(normal[:n], size, source.second, z2[start : start + n])
