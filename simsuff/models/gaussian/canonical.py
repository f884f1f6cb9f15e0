"""In which coordinates are two Gaussian views a list of correlated pairs? Canonical correlations and directions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from numpy.typing import NDArray

from simsuff.numerics.validation import real_array, refuse, require

Float = NDArray[np.float64]
UNIT = float(np.finfo(np.float64).eps)

# Whitening and the singular value decomposition blur a correlation by a few units for each dimension; closer to 1
# than this, a covariance matrix in double precision cannot tell a nearly perfect from a perfect correlation.
PERFECT_UNITS = 8

# Far below the rounding of any decomposition; far above where squares of correlations underflow.
SMALLEST_CORRELATION = 1e-120


@dataclass(frozen=True)
class Spectrum:
    """Canonical correlations ρ, decreasing, with their distances 1 − ρ from one; both of shape (m,).

    The distance is stored because it may be known to all digits where ρ has rounded to nearly 1.
    """

    rho: Float
    gap: Float

    @property
    def complement(self) -> Float:
        """1 − ρ² = (1 − ρ)(1 + ρ)."""
        return self.gap * (1 + self.rho)

    def padded(self, size: int) -> "Spectrum":
        """The same law with zero correlations appended up to `size` entries."""
        missing = size - len(self.rho)
        return Spectrum(np.append(self.rho, np.zeros(missing)), np.append(self.gap, np.ones(missing)))

    def aligned_with(self, other: "Spectrum") -> "Spectrum":
        """The same law, padded and reordered so that correlations which `other` shares stand where `other` has them.

        What two spectra share then cancels exactly in every difference of sums over them.
        """
        own = list(zip(*self.padded(len(other.rho)).pairs, strict=True))
        places: list[tuple[float, float] | None] = []
        for pair in zip(*other.pairs, strict=True):
            places.append(own.pop(own.index(pair)) if pair in own else None)
        filled = np.array([pair if pair is not None else own.pop(0) for pair in places])
        return Spectrum(filled[:, 0], filled[:, 1])

    @property
    def pairs(self) -> tuple[list[float], list[float]]:
        """(ρ, 1 − ρ) as two lists."""
        return self.rho.tolist(), self.gap.tolist()


@dataclass(frozen=True)
class CanonicalForm:
    """u = basis1 z₁, v = basis2 z₂ are white, and cov(u_i, v_j) = ρ_i where i = j and 0 elsewhere.

    `basis1` (d1, d1), `basis2` (d2, d2): complete bases, rows beyond min(d1, d2) uncorrelated with the other view.
    """

    spectrum: Spectrum
    basis1: Float
    basis2: Float

    def swapped(self) -> "CanonicalForm":
        """The form with the views exchanged."""
        return CanonicalForm(self.spectrum, self.basis2, self.basis1)


def canonical_form(cov11: Float, cov12: Float, cov22: Float) -> CanonicalForm:
    """The canonical form of a joint covariance, by the singular values of the whitened cross covariance."""
    whitener1, whitener2 = _whitener(cov11), _whitener(cov22)
    left, values, right = np.linalg.svd(whitener1 @ cov12 @ whitener2.T)
    slack = PERFECT_UNITS * max(cov12.shape) * UNIT
    if values[0] >= 1 - slack:
        shown = f"largest canonical correlation = {float(values[0])!r}"
        allowed = "leave the joint covariance positive definite (canonical correlations < 1)"
        way_out = "drop perfectly correlated directions or add noise"
        raise refuse("cov12", shown, allowed, way_out)
    rho = _cleared(np.asarray(values, np.float64))
    return CanonicalForm(Spectrum(rho, 1 - rho), left.T @ whitener1, right @ whitener2)


def diagonal_form(spectrum: Spectrum, scale: Float) -> CanonicalForm:
    """The canonical form of views with independent coordinates of standard deviations `scale`, any order."""
    order = np.argsort(-spectrum.rho, kind="stable")
    basis = np.diag(1 / scale)[order]
    return CanonicalForm(Spectrum(spectrum.rho[order], spectrum.gap[order]), basis, basis)


def reduced_form(form: CanonicalForm, loadings: Float) -> CanonicalForm:
    """E2: the canonical form of (T, z₂) for T = `loadings` u, `loadings` (k, d1) of full row rank.

    ρ_T are the singular values of W̃D, and √(1 − ρ_T²) those of W̃√(I − D²): each where it is well conditioned.
    """
    used = np.flatnonzero(loadings.any(axis=0))
    if len(used) == len(loadings):
        return _selected_form(form, loadings, used)
    triangle, rows = _orthonormal_rows(loadings)
    size1, size2 = len(form.basis1), len(form.basis2)
    diagonal = np.zeros((size1, size2))
    np.fill_diagonal(diagonal, form.spectrum.rho)
    left, values, right = np.linalg.svd(rows @ diagonal)
    whitener: Float = sl.solve_triangular(triangle, np.eye(len(triangle)), lower=True)
    sine_rows = rows * np.sqrt(form.spectrum.padded(size1).complement)
    sines = np.asarray(np.linalg.svd(sine_rows, compute_uv=False), np.float64)
    return CanonicalForm(_blended(values, sines), left.T @ whitener, right @ form.basis2)


def _selected_form(form: CanonicalForm, loadings: Float, used: NDArray[np.intp]) -> CanonicalForm:
    """The form where T spans the canonical variables `used`: their correlations, to the last bit."""
    size2 = len(form.basis2)
    full = form.spectrum.padded(max(len(form.basis1), size2))
    count = min(len(used), size2)
    spectrum = Spectrum(full.rho[used][:count], full.gap[used][:count])
    rest = np.setdiff1d(np.arange(size2), used)
    order = np.concatenate([used[used < size2], rest])
    inverse: Float = sl.inv(loadings[:, used])
    return CanonicalForm(spectrum, inverse, form.basis2[order])


def row_space(weight: Any, scale: Float) -> Float:
    """`weight` itself where its rows are independent, else an orthonormal basis of its row space.

    `weight` has shape (k, d) with 1 ≤ k ≤ d, or a `weight` of that shape; `scale` (d,) are the standard
    deviations of the inputs, in whose units the rank is decided.
    """
    matrix = real_array("statistic", getattr(weight, "weight", weight), ndim=2)
    size = len(scale)
    shown = f"shape = {matrix.shape}"
    way_out = f"an encoder reads {size} inputs and has at most as many outputs"
    require(matrix.shape[1] == size, "statistic", shown, f"have shape (k, {size})", way_out)
    require(matrix.shape[0] <= size, "statistic", shown, f"have at most {size} rows", way_out)
    standard = matrix * scale
    sizes = np.abs(standard).max(axis=1)
    require(sizes.any(), "statistic", "rank = 0", "have rank >= 1", "pass a matrix with a non-zero row")
    kept = standard[sizes > 0] / sizes[sizes > 0, None]
    _, values, right = np.linalg.svd(kept, full_matrices=False)
    rank = int((values > max(kept.shape) * UNIT * values[0]).sum())
    independent: Float = matrix if rank == len(matrix) else right[:rank] / scale
    return independent


def _whitener(covariance: Float) -> Float:
    size = len(covariance)
    inverse: Float = sl.solve_triangular(np.linalg.cholesky(covariance), np.eye(size), lower=True)
    return inverse


def _orthonormal_rows(loadings: Float) -> tuple[Float, Float]:
    """Lower triangular L and Q with orthonormal rows such that `loadings` = LQ."""
    columns, upper = np.linalg.qr(loadings.T)
    return upper.T, columns.T


def _blended(values: Float, sines: Float) -> Spectrum:
    """ρ from its own singular value below √½, from √(1 − ρ²) above; `values` decreasing, `sines` any order."""
    sine = np.sort(sines)[: len(values)]
    small = values < np.sqrt(0.5)
    cosine = np.where(small, _cleared(values), np.sqrt((1 - np.minimum(sine, 1)) * (1 + sine)))
    gap = np.where(small, 1 - cosine, sine**2 / (1 + cosine))
    return Spectrum(cosine, gap)


def _cleared(values: Float) -> Float:
    return np.where(values < SMALLEST_CORRELATION, 0.0, values)
