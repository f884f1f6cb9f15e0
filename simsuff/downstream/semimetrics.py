"""Losses ℓ(x, y) = φ(|x − y|), convex, with a relaxed triangle inequality: absolute, powers, Huber, square."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float, positive, require


@dataclass(frozen=True)
class Semimetric:
    """ℓ(x, y) = φ(|x − y|), φ convex and increasing with φ(0) = 0, and ℓ(x, z) ≤ c (ℓ(x, y) + ℓ(y, z)).

    Attributes
    ----------
    name : for tables.
    shape : φ, on arrays of non-negative numbers.
    triangle : c; sup φ(2t)/(2φ(t)) is the least, since φ(a + b) ≤ ½φ(2a) + ½φ(2b).

    Examples
    --------
    >>> float(ABSOLUTE(1.0, -2.0)), float(SQUARE(1.0, -2.0)), float(huber(1.0)(1.0, -2.0))
    (3.0, 9.0, 2.5)
    """

    name: str
    shape: Callable[[Float], Float]
    triangle: float

    def __call__(self, x: float | Float, y: float | Float) -> Float:
        """ℓ(x, y), elementwise."""
        return self.shape(np.abs(np.asarray(x, np.float64) - np.asarray(y, np.float64)))

    def mean(self, weight: Float, gap: Float, averaged: Float | None = None) -> Bounded:
        """Σ weight · φ(|gap|) of a law that is known to rounding, and of gaps that hold means of `averaged` values."""
        size, terms = np.abs(gap), self.shape(np.abs(gap))
        units = (4 * weight.size + 64) * UNIT
        blur = units * float(np.abs(averaged).max()) if averaged is not None else 0.0
        value = float(np.sum(weight * terms))
        # φ is increasing and convex: a gap that is off by `blur` moves it most upwards.
        moved = float(np.sum(weight * (self.shape(size * (1 + units) + blur) - terms)))
        return Bounded(value, 2 * moved + 2 * units * value)


def power(exponent: float) -> Semimetric:
    """|x − y|^p with c = 2^(p−1), 1 ≤ p ≤ 2.

    Raises
    ------
    ValueError : for other exponents.
    """
    way_out = "1 is the absolute, 2 the squared loss"
    require(1 <= exponent <= 2, "exponent", exponent, "lie in [1, 2]", way_out)
    return Semimetric(f"power({exponent})", lambda gap: gap**exponent, 2.0 ** (exponent - 1))


def huber(delta: float) -> Semimetric:
    """½(x − y)² up to a distance δ, δ|x − y| − ½δ² beyond; c = 2, as near 0 it is a square.

    Raises
    ------
    ValueError : unless δ is positive and finite.
    """
    level = positive("delta", delta, "pass the distance from which the loss is linear")
    return Semimetric(
        f"huber({delta})", lambda gap: np.where(gap <= level, gap**2 / 2, level * (gap - level / 2)), 2.0
    )


ABSOLUTE = power(1.0)
SQUARE = power(2.0)
