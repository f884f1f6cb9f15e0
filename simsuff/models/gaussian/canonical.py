"""Canonical correlations and directions of two Gaussian views, with a bound on the error of each correlation."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.linalg.lapack import dgejsv

from simsuff.models.gaussian.exact import Covariances, Exact
from simsuff.numerics.validation import Float, refuse, require, shaped_array

UNIT = float(np.finfo(np.float64).eps)

# Closer to 1 than this for each dimension, a covariance matrix in double precision is taken for a perfect correlation.
PERFECT_UNITS = 8

# Far below the rounding of any decomposition; far above where squares of correlations underflow.
SMALLEST_CORRELATION = 1e-120

# Bases are improved until they are white to this many units for each dimension. A round leaves of an error what its
# square and rounding make of it, so that few are needed for any condition number that Cholesky survives.
ENOUGH_UNITS, MOST_ROUNDS = 8, 6

# Directions that are off by such an angle, in units of their own 1 − ρ, lose its square: nothing that a double shows.
SMALL_ANGLE = 1e-8

# One-sided Jacobi rotations and the Cholesky decomposition before them, for each dimension.
JACOBI_UNITS = 8


@dataclass(frozen=True)
class Spectrum:
    """Canonical correlations ρ, decreasing, with their distances 1 − ρ from one; both of shape (m,).

    The distance is stored because it may be known to all digits where ρ has rounded to nearly 1. The true
    correlation differs from ρ, and its distance from 1 − ρ, by at most `error` and one rounding of either.
    """

    rho: Float
    gap: Float
    error: Float = field(default_factory=lambda: np.zeros(()))

    def __post_init__(self) -> None:
        if self.error.shape != self.rho.shape:
            object.__setattr__(self, "error", np.zeros(self.rho.shape))

    @classmethod
    def independent(cls, size: int) -> "Spectrum":
        """`size` correlations of zero."""
        return cls(np.zeros(size), np.ones(size))

    @property
    def complement(self) -> Float:
        """1 − ρ² = (1 − ρ)(1 + ρ)."""
        return self.gap * (1 + self.rho)

    @property
    def log_complement(self) -> Float:
        """log(1 − ρ²), from ρ² where ρ is small and from 1 − ρ where it is large."""
        small = self.rho < 0.7
        safe = np.where(small, self.rho, 0.0)
        return np.where(small, np.log1p(-(safe**2)), np.log(self.complement))

    def distance(self, beta: float) -> Float:
        """1 − βρ; near ρ = 1 from 1 − ρ, which keeps its digits."""
        return np.where(self.rho < 0.5, 1 - beta * self.rho, (1 - beta) + beta * self.gap)

    @property
    def largest(self) -> "Spectrum":
        """The largest correlations that the errors allow."""
        gap = np.maximum(self.gap - self.error, 0.0)
        return Spectrum(np.minimum(self.rho + self.error, 1.0), gap)

    def padded(self, size: int) -> "Spectrum":
        """The same law with zero correlations appended up to `size` entries."""
        rest = Spectrum.independent(size - len(self.rho))
        return Spectrum(*(np.append(a, b) for a, b in zip(self._columns, rest._columns, strict=True)))

    def aligned_with(self, other: "Spectrum") -> "Spectrum":
        """The same law, padded and reordered so that correlations which `other` shares stand where `other` has them.

        What two spectra share then cancels exactly in every difference of sums over them. Only correlations that
        are known exactly can be told to be the same.
        """
        if not self.rho.any() and not self.error.any():
            return Spectrum.independent(len(other.rho))
        own = [tuple(row) for row in np.transpose(self.padded(len(other.rho))._columns)]
        places: list[tuple[float, ...] | None] = []
        for row in np.transpose(other._columns):
            same = tuple(row)
            places.append(own.pop(own.index(same)) if same in own and same[2] == 0 else None)
        return Spectrum(*np.array([row if row is not None else own.pop(0) for row in places]).T)

    @property
    def _columns(self) -> tuple[Float, Float, Float]:
        return self.rho, self.gap, self.error


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


def canonical_form(covariances: Covariances) -> CanonicalForm:
    """The canonical form of a joint covariance.

    Raises
    ------
    ValueError : where it is not positive definite as far as doubles can tell.
    """
    parts = [part.rounded() for part in (covariances.first, covariances.cross, covariances.second)]
    try:
        turns = _turns(*parts)
    except np.linalg.LinAlgError as error:
        way_out = "drop redundant directions or add noise to the diagonal"
        shown = "a Cholesky decomposition = failed"
        raise refuse("covariances", shown, "be positive definite", way_out) from error
    form = refined_form(covariances, *(Exact.of(turn) for turn in turns))
    if form.spectrum.gap[0] <= PERFECT_UNITS * max(parts[1].shape) * UNIT:
        shown = f"largest canonical correlation = {float(form.spectrum.rho[0])!r}"
        allowed = "leave the joint covariance positive definite (canonical correlations < 1)"
        raise refuse("cov12", shown, allowed, "drop perfectly correlated directions or add noise")
    return form


def diagonal_form(spectrum: Spectrum, scale: Float) -> CanonicalForm:
    """The canonical form of views with independent coordinates of standard deviations `scale`, any order."""
    order = np.lexsort((spectrum.gap, -spectrum.rho))  # correlations that round to 1 differ in their distance
    basis = np.diag(1 / scale)[order]
    return CanonicalForm(Spectrum(spectrum.rho[order], spectrum.gap[order]), basis, basis)


def reduced_form(form: CanonicalForm, loadings: Float, reduced: Covariances) -> CanonicalForm:
    """E2: the canonical form of (T, z₂) for T = `loadings` u, `loadings` (k, d1) of full row rank.

    `reduced` are the covariances of (T, z₂).
    """
    used, size2 = np.flatnonzero(loadings.any(axis=0)), len(form.basis2)
    is_whole = len(used) == len(form.basis1)
    if len(used) == len(loadings) and (is_whole or not form.spectrum.error.any()):
        # T spans the canonical variables `used`: their correlations, to the last bit.
        full = form.spectrum.padded(max(len(form.basis1), size2))
        kept = Spectrum(*(column[used][: min(len(used), size2)] for column in full._columns))
        order = np.concatenate([used[used < size2], np.setdiff1d(np.arange(size2), used)])
        inverse = np.asarray(np.linalg.inv(loadings[:, used]), np.float64)
        return CanonicalForm(form.spectrum if is_whole else kept, inverse, form.basis2[order])
    columns, upper = np.linalg.qr(loadings.T)
    diagonal = np.zeros((len(form.basis1), size2))
    np.fill_diagonal(diagonal, form.spectrum.rho)
    left, _, right = np.linalg.svd(columns.T @ diagonal)
    return refined_form(reduced, Exact.of(left.T @ np.linalg.inv(upper.T)), Exact.of(right @ form.basis2))


def refined_form(covariances: Covariances, basis1: Exact, basis2: Exact) -> CanonicalForm:
    """The canonical form from nearly canonical bases: each round measures them exactly and turns them in doubles.

    Canonical correlations do not depend on the bases, so nothing that is lost in choosing these is lost in them.
    """
    enough = ENOUGH_UNITS * sum(covariances.cross.shape) * UNIT
    best, least = None, np.inf
    for _ in range(MOST_ROUNDS):
        mapped = covariances.mapped(basis1, basis2)
        spectrum, white, turned = measured(mapped)
        doubt = white + max(turned - SMALL_ANGLE, 0.0)
        if best is None or doubt < least:
            best, least = CanonicalForm(spectrum, basis1.rounded(), basis2.rounded()), doubt
        if least <= enough:
            break
        parts = mapped.first.rounded(), mapped.cross.rounded(), mapped.second.rounded()
        # Where ρ is nearly 1, the directions are in cov(u − v), of which cov(u, v) has lost the digits.
        count, is_lost = min(parts[1].shape), white < SMALL_ANGLE < turned
        difference = _differences_and_sums(mapped)[:count, :count] if is_lost else None
        try:
            turn1, turn2 = _turns(*parts, difference)
        except np.linalg.LinAlgError:
            break
        basis1, basis2 = Exact.of(turn1) @ basis1, Exact.of(turn2) @ basis2
    assert best is not None
    return best


def measured(mapped: Covariances) -> tuple[Spectrum, float, float]:
    """The canonical correlations of nearly canonical variables (u, v) from their exact covariances.

    Beside them ‖E_B‖ and ‖E_J‖ in the words of the following.

    For B = I + E_B, the covariance of (u, v) with cov(u, v) = 0, ρ is within 1/(1 ∓ ‖E_B‖) of the singular values of
    cov(u, v) (Ostrowski), which are as near to its diagonal as what is left beside that (Weyl). Near ρ = 1, 1 ± ρ and
    ones are the eigenvalues of J relative to B, J the joint covariance in the basis (u − v, u + v)/√2. There
    J = T(I + E_J)T with a diagonal T, so that one-sided Jacobi rotations find λ(J) to all digits, and the eigenvalues
    relative to B are within 1/(1 ∓ ‖E_B‖) of them.
    """
    size1, size2 = mapped.cross.shape
    count, size = min(size1, size2), size1 + size2
    off1 = (mapped.first - Exact.of(np.eye(size1))).rounded()
    off2 = (mapped.second - Exact.of(np.eye(size2))).rounded()
    off_cross = mapped.cross.rounded()
    rho = np.maximum(np.diag(off_cross), 0.0)
    off_cross[np.arange(count), np.arange(count)] -= rho
    white = max(_norm(off1), _norm(off2))
    if not white < 0.5:
        return Spectrum(rho, 1 - rho, np.full(count, np.inf)), white, np.inf
    rho = np.sort(rho)[::-1]
    gap, error = 1 - rho, (_norm(off_cross) + rho * white) / (1 - white) + UNIT * rho
    values, turned = _graded_eigenvalues(_differences_and_sums(mapped))
    if values is not None:
        near = values[:count] < 0.5
        gap[near] = values[:count][near]
        rho[near] = 1 - gap[near]
        error[near] = (white / (1 - white) + JACOBI_UNITS * size * UNIT) * gap[near]
    faint = rho < SMALLEST_CORRELATION
    spectrum = Spectrum(np.where(faint, 0.0, rho), gap, error + np.where(faint, rho, 0.0))
    return spectrum, white, turned


def _differences_and_sums(mapped: Covariances) -> Float:
    """cov of (u − v)/√2, (u + v)/√2 and the variables that are paired with none; no digit is lost where it is small."""
    size1, size2 = mapped.cross.shape
    if size1 < size2:
        mapped = mapped.swapped()
    paired, rest = slice(mapped.cross.shape[1]), slice(mapped.cross.shape[1], None)
    first, cross, second = mapped.first[paired, paired], mapped.cross[paired], mapped.second
    total, mixed = first + second, cross + cross.T
    across = first - second + cross - cross.T
    single, single_cross = mapped.first[paired, rest], mapped.cross[rest].T
    root = np.sqrt(2)
    below, above = (single - single_cross).rounded() / root, (single + single_cross).rounded() / root
    return np.block(
        [
            [(total - mixed).rounded() / 2, across.rounded() / 2, below],
            [across.T.rounded() / 2, (total + mixed).rounded() / 2, above],
            [below.T, above.T, mapped.first[rest, rest].rounded()],
        ]
    )


def _graded_eigenvalues(matrix: Float) -> tuple[Float | None, float]:
    """The eigenvalues of T(I + E)T to all digits, increasing, T diagonal, None where E is not small; and ‖E‖."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not scale.min() > 0:
        return None, np.inf
    scaled = matrix / scale / scale[:, None]
    turned = _norm(scaled - np.eye(len(scaled)))
    if turned > 0.5:
        return None, turned
    values, _, _, work, _, info = dgejsv(
        np.linalg.cholesky(scaled).T * scale, joba=0, jobu=3, jobv=3, jobr=0, jobp=0
    )
    return (np.sort((values * work[0] / work[1]) ** 2), turned) if info == 0 else (None, turned)


def row_space(weight: Any, scale: Float) -> Float:
    """`weight` itself where its rows are independent, else an orthonormal basis of its row space.

    `weight` has shape (k, d) with 1 ≤ k ≤ d, or a `weight` of that shape; `scale` (d,) are the standard
    deviations of the inputs, in whose units the rank is decided.
    """
    size = len(scale)
    way_out = f"an encoder reads {size} inputs and has at most as many outputs"
    matrix = shaped_array("statistic", getattr(weight, "weight", weight), ("k", size), way_out)
    shown, allowed = f"shape = {matrix.shape}", f"have at most {size} rows"
    require(len(matrix) <= size, "statistic", shown, allowed, way_out)
    basis = orthonormal_rows(matrix * scale)
    require(len(basis), "statistic", "rank = 0", "have rank >= 1", "pass a matrix with a non-zero row")
    return matrix if len(basis) == len(matrix) else basis / scale


def orthonormal_rows(matrix: Float) -> Float:
    """An orthonormal basis (rank, d) of the row space of a matrix (k, d), the rank possibly 0."""
    sizes = np.abs(matrix).max(axis=1)
    kept = matrix[sizes > 0] / sizes[sizes > 0, None]
    if not len(kept):
        return np.empty((0, matrix.shape[1]))
    _, values, right = np.linalg.svd(kept, full_matrices=False)
    return right[: int((values > max(kept.shape) * UNIT * values[0]).sum())]


def _turns(first: Float, cross: Float, second: Float, difference: Float | None = None) -> tuple[Float, Float]:
    """Matrices that make two views canonical: whitening, then the singular vectors of what is left of `cross`.

    `difference`, the covariance of u − v, replaces `cross` where that is diagonal as far as its doubles can tell.
    """
    white1, white2 = (np.linalg.inv(np.linalg.cholesky(covariance)) for covariance in (first, second))
    if difference is None:
        left, _, right = np.linalg.svd(white1 @ cross @ white2.T)
        return left.T @ white1, right @ white2
    vectors = np.linalg.eigh(difference)[1].T
    for white in (white1, white2):
        white[: len(vectors)] = vectors @ white[: len(vectors)]
    return white1, white2


def _norm(matrix: Float) -> float:
    """The Frobenius norm, a little more for its own rounding."""
    return float(np.sqrt((matrix * matrix).sum())) * (1 + 1e-9)
