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
        """The number of coordinates."""
        return int(self.place.max()) + 1 if self.place.size else 0

    @property
    def is_law(self) -> bool:
        """Whether the entries are probabilities."""
        return self.kind in ("law", "rows")

    @property
    def bounds(self) -> tuple[float, float]:
        """The range of each coordinate."""
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
        recipes = LAWS if self.is_law else REALS
        chosen = rng.integers(len(recipes), size=count)
        found = np.empty((count, self.size))
        for i, recipe in enumerate(recipes):
            rows = np.flatnonzero(chosen == i)
            if rows.size:
                found[rows] = recipe(self, rng, (rows.size, *self.shape))
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


Recipe = Callable[[Part, Generator, tuple[int, ...]], Float]


def _encoded(part: Part, weights: Float) -> Float:
    """Coordinates (m, size) of the laws with these weights (m, *shape)."""
    weights = np.maximum(weights, 0.0)
    if part.symmetric:
        weights = weights + weights.swapaxes(-1, -2)
    empty = weights.sum(axis=_law_axes(part.kind, weights.ndim - 1), keepdims=True) == 0
    return part.encode(np.where(empty, 1.0, weights))


def _typical(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    return _encoded(part, rng.standard_exponential(shape))


def _sparse(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Near-deterministic: few cells hold nearly all mass."""
    return _encoded(part, rng.gamma(0.25, size=shape))


def _scales(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Cells of all orders of magnitude, exact zeros included."""
    return _encoded(part, np.exp(rng.uniform(-FLOOR, 0.0, shape)) * (rng.random(shape) > 0.1))


def _near_ties(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Equal cells up to a small relative deviation."""
    size = 10.0 ** rng.uniform(-3.0, 0.0, _one_each(shape))
    return _encoded(part, 1.0 + size * rng.uniform(-1, 1, shape))


def _counted(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Small whole numbers, zeros among them: the counterexamples that one can write down."""
    return _encoded(part, rng.integers(0, 4, shape).astype(np.float64))


def _two_points(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """All mass on two cells, of each row where rows are laws."""
    cells = shape[-1] if part.kind == "rows" else int(np.prod(shape[1:]))
    weights = np.zeros((int(np.prod(shape)) // cells, cells))
    for _ in range(2):
        weights[np.arange(len(weights)), rng.integers(cells, size=len(weights))] += rng.random(len(weights))
    return _encoded(part, weights.reshape(shape))


def _diagonal(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Symbols that mostly agree."""
    agree = np.eye(shape[-2], shape[-1]) if len(shape) > 2 else np.arange(shape[-1]) == 0
    other = 10.0 ** rng.uniform(-12.0, 0.0, _one_each(shape))
    return _encoded(part, np.where(agree, 1.0, other) * rng.uniform(0.5, 1.0, shape))


def _bumped(part: Part, rng: Generator, shape: tuple[int, ...]) -> Float:
    """Independent symbols and a small bump: information close to zero."""
    first = rng.standard_exponential((*shape[:-1], 1)) + 0.1
    second = rng.standard_exponential((*shape[:-2], 1, shape[-1])) + 0.1 if len(shape) > 2 else 1.0
    bump = 1.0 + 10.0 ** rng.uniform(-3.0, 0.0, _one_each(shape)) * rng.uniform(-1, 1, shape)
    return _encoded(part, first * second * bump)


def _one_each(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], *[1] * (len(shape) - 1))


LAWS: tuple[Recipe, ...] = (
    _typical,
    _sparse,
    _scales,
    _near_ties,
    _counted,
    _two_points,
    _diagonal,
    _bumped,
)


def _within(part: Part, values: Float) -> Float:
    """Coordinates from numbers in [−1, 1]."""
    low, high = part.bounds
    flat = np.zeros((len(values), part.size))
    flat[:, part.place.ravel()] = (low + (values + 1) / 2 * (high - low)).reshape(len(values), -1)
    return flat


REALS: tuple[Recipe, ...] = (
    lambda part, rng, shape: _within(part, rng.uniform(-1, 1, shape)),
    lambda part, rng, shape: _within(part, 0.2 * rng.uniform(-1, 1, shape)),
    lambda part, rng, shape: _within(part, rng.choice([-1.0, 1.0], shape)),
    lambda part, rng, shape: _within(part, rng.choice([-0.25, 0.0, 0.25], shape)),
    lambda part, rng, shape: _within(part, rng.choice([-1.0, -0.5, 0.0, 0.5, 1.0], shape)),
)
