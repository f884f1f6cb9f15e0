"""Exact covariance algebra in integers: products without rounding, determinants, Wilks' lambda."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import ZZ
from sympy.polys.matrices import DM

from simsuff.numerics.validation import Float

Whole = NDArray[Any]  # dtype object, Python integers

MANTISSA = 53


@dataclass(frozen=True, eq=False)
class Exact:
    """A matrix of dyadic rationals `whole` / 2^`shift`, closed under sums and products.

    Every double is one. Covariances in doubles thus define a Gaussian law exactly, and a congruence with any
    matrices of doubles loses nothing, however large the condition number.
    """

    whole: Whole
    shift: int

    @classmethod
    def of(cls, values: Float) -> "Exact":
        """The matrix `values` itself, no digit lost."""
        mantissa, exponent = np.frexp(np.asarray(values, np.float64))
        digits = np.ldexp(mantissa, MANTISSA).astype(np.int64).astype(object)
        lowest = int(exponent[mantissa != 0].min(initial=MANTISSA)) if mantissa.any() else MANTISSA
        left = np.where(mantissa != 0, exponent - lowest, 0).astype(object)
        return cls(digits << left, MANTISSA - lowest)

    def __matmul__(self, other: "Exact") -> "Exact":
        return Exact(np.dot(self.whole, other.whole), self.shift + other.shift)

    def __add__(self, other: "Exact") -> "Exact":
        shift = max(self.shift, other.shift)
        return Exact(self._at(shift) + other._at(shift), shift)

    def __mul__(self, other: "Exact") -> "Exact":
        """Entry by entry."""
        return Exact(self.whole * other.whole, self.shift + other.shift)

    def __sub__(self, other: "Exact") -> "Exact":
        return self + Exact(-other.whole, other.shift)

    def __getitem__(self, place: Any) -> "Exact":
        return Exact(self.whole[place], self.shift)

    def _at(self, shift: int) -> Whole:
        return self.whole << (shift - self.shift)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.whole.shape
        return rows, columns

    @property
    def T(self) -> "Exact":
        """The transpose."""
        return Exact(self.whole.T, self.shift)

    def diagonal(self) -> "Exact":
        """The square matrix with this vector on its diagonal."""
        return Exact(np.diag(self.whole), self.shift)

    def rounded(self) -> Float:
        """The nearest doubles."""
        top, bottom = (1, 1 << self.shift) if self.shift >= 0 else (1 << -self.shift, 1)
        flat = [number * top / bottom for number in self.whole.ravel().tolist()]
        return np.array(flat, np.float64).reshape(self.whole.shape)

    def over(self, other: "Exact") -> Float:
        """The quotients of the entries, rounded once."""
        shift = max(self.shift, other.shift)
        pairs = zip(self._at(shift).ravel().tolist(), other._at(shift).ravel().tolist(), strict=True)
        return np.array([top / bottom for top, bottom in pairs], np.float64).reshape(self.whole.shape)


def determinant(whole: Whole) -> int:
    """The determinant of a matrix of integers, without rounding."""
    return int(DM(whole.tolist(), ZZ).det())


@dataclass(frozen=True, eq=False)
class Covariances:
    """cov(z₁, z₁), cov(z₁, z₂) and cov(z₂, z₂) without rounding."""

    first: Exact
    cross: Exact
    second: Exact

    def mapped(self, basis1: Exact, basis2: Exact | None = None) -> "Covariances":
        """The covariances of (basis1 z₁, basis2 z₂); z₂ itself where no basis is given."""
        first, cross = basis1 @ self.first @ basis1.T, basis1 @ self.cross
        if basis2 is None:
            return Covariances(first, cross, self.second)
        return Covariances(first, cross @ basis2.T, basis2 @ self.second @ basis2.T)

    def swapped(self) -> "Covariances":
        """The covariances of (z₂, z₁)."""
        return Covariances(self.second, self.cross.T, self.first)

    def wilks_lambda(self, shrink: Fraction = Fraction(1)) -> Fraction:
        """det(I − c²A), A = Σ₁₁⁻¹Σ₁₂Σ₂₂⁻¹Σ₂₁ and c = `shrink`: Π (1 − c²ρ_i²), exactly."""
        shift = max(self.first.shift, self.cross.shift, self.second.shift)
        inner, outer, other = (part._at(shift) for part in (self.first, self.cross, self.second))
        scale = shrink.denominator
        joint = np.block(
            [[inner * scale, outer * shrink.numerator], [outer.T * shrink.numerator, other * scale]]
        )
        return Fraction(determinant(joint), scale ** len(joint) * determinant(inner) * determinant(other))
