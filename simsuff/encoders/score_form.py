"""Which score is quadratic in (z₁, z₂), and what are its matrices?"""

from typing import NamedTuple

from simsuff.numerics.validation import Float


class ScoreForm(NamedTuple):
    """S(z₁, z₂) = z₁ᵀ `cross` z₂ + ½ z₁ᵀ `first` z₁ + ½ z₂ᵀ `second` z₂, `first` and `second` symmetric.

    Shapes (d₁, d₂), (d₁, d₁), (d₂, d₂). A constant is left out: no contrastive excess depends on it.
    """

    cross: Float
    first: Float
    second: Float

    def swapped(self) -> "ScoreForm":
        """The score of the exchanged views, S(z₂, z₁)."""
        return ScoreForm(self.cross.T, self.second, self.first)

    def scaled(self, factor: float) -> "ScoreForm":
        """The score times `factor`, for instance 1/temperature."""
        return ScoreForm(factor * self.cross, factor * self.first, factor * self.second)

    def table(self, z1: Float, z2: Float) -> Float:
        """S of each pair (z1_i, z2_j): (..., m, d₁) and (..., n, d₂) give (..., m, n)."""
        rows = ((z1 @ self.first) * z1).sum(axis=-1)[..., :, None]
        columns = ((z2 @ self.second) * z2).sum(axis=-1)[..., None, :]
        values: Float = (z1 @ self.cross) @ z2.swapaxes(-1, -2) + (rows + columns) / 2
        return values
