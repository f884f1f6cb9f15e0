"""Where does a statement come nearest to failing? Structured starts, then SciPy's optimisers from the best."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution, minimize

from simsuff.hunting.spaces import BATCH, Space

Float = NDArray[np.float64]

# Structured starts of each space, where laws are evaluated one by one and where in stacks.
STARTS, STACKED_STARTS = 48, BATCH // 2
# Failing spaces after which no further ones are looked at.
ENOUGH = 3
# Individuals of a differential evolution, by the same distinction.
POPULATION, STACKED_POPULATION = 24, 256
# Spaces that go into the first round of local search; each later round takes half as many, and as many at least.
FINALISTS, FEWEST = 12, 2
# Generations of the first round; each later round takes twice as many.
GENERATIONS = 12
# Beyond so many coordinates a simplex gets nowhere.
SIMPLEX_LIMIT = 14


class Effort:
    """What a search may spend: a planned number of evaluations, and a time that ends it early on a slow machine."""

    def __init__(self, planned: int, seconds: float) -> None:
        self.planned, self._seconds, self._begin = planned, seconds, time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begin

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return self.spent > self._seconds


def scatter(spaces: Sequence[Space], effort: Effort, rng: np.random.Generator) -> None:
    """Evaluate what was drawn and the structured starts of each space, the simplest space first.

    A few spaces in which the statement fails are enough: the simplest were looked at before.
    """
    for space in spaces:
        space.merits(np.array(space.seen))
        if space.dimension:
            count = STACKED_STARTS if space.stacked else STARTS
            space.merits(space.starts(count, rng))
        if effort.late or sum(other.best > 0 for other in spaces) >= ENOUGH:
            return


def encore(failing: Sequence[Space], effort: Effort, rng: np.random.Generator) -> None:
    """A local search in the space where the statement fails most, for a more dramatic failure."""
    space = max(failing, key=lambda space: space.best)
    if space.dimension and not effort.late:
        evolve(space, GENERATIONS, effort, rng)
        ascend(space, effort)


def climb(spaces: Sequence[Space], effort: Effort, rng: np.random.Generator) -> bool:
    """Local searches in the most promising spaces, in rounds, until the statement fails in one or the plan is done.

    Returns
    -------
    Whether it ended before the time did.
    """
    begun = sum(space.evaluations for space in spaces)
    movable = [space for space in spaces if space.dimension and space.champion is not None]
    finalists, generations = FINALISTS, GENERATIONS
    while movable:
        ranked = sorted(movable, key=lambda space: -space.best)
        for space in ranked[:finalists]:
            evolve(space, generations, effort, rng)
            ascend(space, effort)
            refine(space, effort)
            if space.best > 0:
                return True
            if effort.late:
                return False
            if sum(space.evaluations for space in spaces) - begun >= effort.planned:
                return True
        finalists, generations = max(FEWEST, finalists // 2), min(2 * generations, 200)
    return True


def evolve(space: Space, generations: int, effort: Effort, rng: np.random.Generator) -> None:
    """Differential evolution from the champion, the violators and fresh starts."""
    size = STACKED_POPULATION if space.stacked else POPULATION
    low, high = np.array(space.bounds).T
    begin = space.starts(size, rng)
    known = [
        point for point in (space.champion, *space.violators[-3:], *space.seen[-4:]) if point is not None
    ]
    begin[: len(known)] = np.array(known)[:size]
    # Around the champion, near and far: the ascents that matter start there.
    around = min(size // 2, size - len(known))
    if space.champion is not None and around:
        scale = 10.0 ** rng.uniform(-4.0, -0.5, (around, 1)) * (high - low)
        mask = rng.random((around, space.dimension)) < 0.5
        begin[-around:] = space.champion + mask * scale * rng.standard_normal((around, space.dimension))
    differential_evolution(
        lambda points: -space.merits(np.ascontiguousarray(points.T)),
        list(zip(low, high, strict=True)),
        init=np.clip(begin, low, high),
        maxiter=generations,
        mutation=(0.3, 1.0),
        recombination=0.8,
        tol=0.0,
        polish=False,
        vectorized=True,
        updating="deferred",
        seed=rng,
        callback=lambda *_, **__: effort.late,
    )


def ascend(space: Space, effort: Effort) -> None:
    """L-BFGS from the champion, with differences for a gradient."""
    if space.champion is None or effort.late:
        return
    low, high = np.array(space.bounds).T

    def value_and_slope(point: Float) -> tuple[float, Float]:
        step = 1e-6 * (high - low)
        forward = np.where(point + step <= high, step, -step)
        found = -space.merits(np.vstack([point, point + np.diag(forward)]))
        return float(found[0]), (found[1:] - found[0]) / forward

    limits = {"maxiter": 30 if space.stacked else 8}
    minimize(
        value_and_slope, space.champion, jac=True, method="L-BFGS-B", bounds=space.bounds, options=limits
    )


def refine(space: Space, effort: Effort) -> None:
    """Nelder and Mead's simplex from the champion, where there are few coordinates."""
    if space.champion is not None and space.dimension <= SIMPLEX_LIMIT and not effort.late:
        minimize(
            lambda point: float(-space.merits(point[None])[0]),
            space.champion,
            method="Nelder-Mead",
            bounds=space.bounds,
            options={"maxfev": 15 * space.dimension, "adaptive": True},
        )
