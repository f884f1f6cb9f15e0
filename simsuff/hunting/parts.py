"""The numbers inside an argument: laws, rows of laws, reals; their coordinates, where searches start, fractions nearby.

A law has the coordinates log p up to a constant, cut at −FLOOR, where a probability is exactly zero: near-zero cells and
zero cells are as far from the middle as each other, and an ascent reaches both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Generator = np.random.Generator

# e^−30 is 1e-13: a ratio of 1e13 is beyond what a double resolves beside 1.
FLOOR = 30.0
ZERO_BELOW = -28.0


@dataclass(frozen=True)
class Part:
    """An array of numbers in one argument.

    Parameters
    ----------
    kind : "law" (sums to 1), "rows" (each row sums to 1), "reals" in [low, high], or "positive", searched on a log scale.
    shape : of the array.
    axes : the alphabet of each axis, by name; symbols of one name are removed together.
    symmetric : whether the last two axes may be exchanged.
    """

    kind: str
    shape: tuple[int, ...]
    axes: tuple[str, ...] = ()
    symmetric: bool = False
    low: float = -8.0
    high: float = 8.0

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """The coordinate of each entry, shape `shape`: entries that an exchange maps to each other share one."""
        numbers = np.arange(int(np.prod(self.shape))).reshape(self.shape)
        if self.symmetric:
            numbers = np.minimum(numbers, numbers.swapaxes(-1, -2))
        return np.asarray(np.unique(numbers, return_inverse=True)[1]).reshape(self.shape)

    @property
    def size(self) -> int:
        return int(self.place.max()) + 1 if self.place.size else 0

    @property
    def is_law(self) -> bool:
        return self.kind in ("law", "rows")

    @property
    def bounds(self) -> tuple[float, float]:
        if self.is_law:
            return -FLOOR, 0.0
        return (np.log(self.low), np.log(self.high)) if self.kind == "positive" else (self.low, self.high)

    def decode(self, coordinates: Float) -> Float:
        """The arrays, shape (m, *shape), of coordinates (m, size)."""
        entries = coordinates[:, self.place.ravel()].reshape(-1, *self.shape)
        if self.kind == "reals":
            return entries
        if self.kind == "positive":
            return np.clip(np.exp(entries), self.low, self.high)
        return normalised(
            np.where(entries > self._top(entries) + ZERO_BELOW, np.exp(entries), 0.0), self.kind
        )

    def encode(self, values: Float) -> Float:
        """The coordinates (m, size) of arrays (m, *shape)."""
        entries = np.asarray(values, dtype=np.float64)
        if self.kind == "positive":
            entries = np.log(entries)
        elif self.is_law:
            with np.errstate(divide="ignore"):
                entries = np.log(entries)
            entries = entries - self._top(entries)
        flat = np.zeros((len(entries), self.size))
        flat[:, self.place.ravel()] = np.clip(entries, *self.bounds).reshape(len(entries), -1)
        return flat

    def _top(self, entries: Float) -> Float:
        return np.asarray(entries.max(axis=_law_axes(self.kind, entries.ndim - 1), keepdims=True))

    def starts(self, count: int, rng: Generator) -> Float:
        """Structured starts, coordinates (count, size): each row after one of the recipes below."""
        recipes = len(LAWS if self.is_law else REALS)
        chosen = rng.integers(recipes, size=count)
        found = np.zeros((count, self.size))
        for i in range(recipes):
            rows = np.flatnonzero(chosen == i)
            shape = (rows.size, *self.shape)
            if rows.size and self.is_law:
                weights = np.maximum(_law_weights(LAWS[i], self.kind, rng, shape), 0.0)
                if self.symmetric:
                    weights = weights + weights.swapaxes(-1, -2)
                empty = weights.sum(axis=_law_axes(self.kind, len(self.shape)), keepdims=True) == 0
                found[rows] = self.encode(np.where(empty, 1.0, weights))
            elif rows.size:
                low, high = self.bounds
                values = (low + (REALS[i](rng, shape) + 1) / 2 * (high - low)).reshape(rows.size, -1)
                found[rows[:, None], self.place.ravel()] = values
        return np.clip(found, *self.bounds)

    def fractions(self, value: Float, denominator: int) -> NDArray[np.object_] | None:
        """The nearest array of fractions with this denominator; None where there is none of this kind."""
        entries = np.asarray(value, dtype=np.float64)
        nearest = np.rint(entries * denominator).astype(np.int64)
        counts = self._counts(entries, denominator) if self.is_law else nearest
        whole = np.array([Fraction(int(n), denominator) for n in counts.ravel()], dtype=object)
        if not self.is_law and not all(self.low <= number <= self.high for number in whole):
            return None
        return whole.reshape(self.shape)

    def _counts(self, entries: Float, denominator: int) -> NDArray[np.int64]:
        if self.kind == "rows":
            return np.array([_apportioned(row, denominator) for row in entries]).reshape(self.shape)
        if not self.symmetric:
            return _apportioned(entries.ravel(), denominator).reshape(self.shape)
        # Off-diagonal cells come in pairs; what pairs leave of the denominator goes to the largest diagonal cell.
        counts = np.rint(entries * denominator).astype(np.int64)
        rest = denominator - int(counts.sum())
        diagonal = np.arange(self.shape[-1])
        cells = counts[..., diagonal, diagonal]
        best = np.unravel_index(int(entries[..., diagonal, diagonal].argmax()), cells.shape)
        cells[best] = max(0, cells[best] + rest)
        counts[..., diagonal, diagonal] = cells
        return counts if int(counts.sum()) == denominator else np.zeros_like(counts)


def _law_axes(kind: str, dimensions: int) -> tuple[int, ...]:
    """The axes over which a law of so many, or each row of one, sums to 1: counted from the last one."""
    return (-1,) if kind == "rows" else tuple(range(-dimensions, 0))


def law_sums(array: NDArray[Any], kind: str) -> NDArray[Any]:
    """The sum of each law in an array of one kind, with its axes kept."""
    return np.asarray(array.sum(axis=_law_axes(kind, array.ndim), keepdims=True))


def normalised(entries: Float, kind: str) -> Float:
    """Laws from non-negative weights with a leading axis."""
    found: Float = entries / entries.sum(axis=_law_axes(kind, entries.ndim - 1), keepdims=True)
    return found


def _apportioned(law: Float, denominator: int) -> NDArray[np.int64]:
    """Whole counts that sum to the denominator, by largest remainders."""
    exact = law * denominator
    counts = np.floor(exact).astype(np.int64)
    missing = denominator - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[: max(0, missing)]] += 1
    return counts


def _law_weights(recipe: str, kind: str, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Weights of laws, or of rows that are laws, with a leading axis."""
    one_each = (shape[0], *[1] * (len(shape) - 1))
    match recipe:
        case "typical":
            return rng.standard_exponential(shape)
        case "sparse":  # few cells hold nearly all mass
            return rng.gamma(0.25, size=shape)
        case "scales":  # all orders of magnitude, and exact zeros
            return np.exp(rng.uniform(-FLOOR, 0.0, shape)) * (rng.random(shape) > 0.1)
        case "near ties":  # equal up to a small relative deviation
            size = 10.0 ** rng.uniform(-3.0, 0.0, one_each)
            return np.asarray(1.0 + size * rng.uniform(-1, 1, shape))
        case "counted":  # small whole numbers: the counterexamples that one can write down
            return rng.integers(0, 4, shape).astype(np.float64)
        case "two points":  # of each row where rows are laws
            cells = shape[-1] if kind == "rows" else int(np.prod(shape[1:]))
            flat = np.zeros((int(np.prod(shape)) // cells, cells))
            for _ in range(2):
                flat[np.arange(len(flat)), rng.integers(cells, size=len(flat))] += rng.random(len(flat))
            return flat.reshape(shape)
        case "diagonal":  # symbols that mostly agree
            agree = np.eye(shape[-2], shape[-1]) if len(shape) > 2 else np.arange(shape[-1]) == 0
            other = 10.0 ** rng.uniform(-12.0, 0.0, one_each)
            return np.where(agree, 1.0, other) * rng.uniform(0.5, 1.0, shape)
    # Bumped: independent symbols but for a little, so that information is close to zero.
    first = rng.standard_exponential((*shape[:-1], 1)) + 0.1
    second = rng.standard_exponential((*shape[:-2], 1, shape[-1])) + 0.1 if len(shape) > 2 else 1.0
    bump = 1.0 + 10.0 ** rng.uniform(-3.0, 0.0, one_each) * rng.uniform(-1, 1, shape)
    return np.asarray(first * second * bump)


LAWS = ("typical", "sparse", "scales", "near ties", "counted", "two points", "diagonal", "bumped")
# Numbers in [−1, 1], which stand for the range of the part.
REALS: tuple[Callable[[Generator, tuple[int, ...]], Float], ...] = (
    lambda rng, shape: rng.uniform(-1, 1, shape),
    lambda rng, shape: 0.2 * rng.uniform(-1, 1, shape),
    lambda rng, shape: rng.choice([-1.0, 1.0], shape),
    lambda rng, shape: rng.choice([-0.25, 0.0, 0.25], shape),
    lambda rng, shape: rng.choice([-1.0, -0.5, 0.0, 0.5, 1.0], shape),
)
