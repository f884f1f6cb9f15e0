"""Do all contenders compute the same numbers? A time counts only if they do."""

from dataclasses import replace

import numpy as np

from side_by_side import numpy_losses, numpy_others
from side_by_side.problem import Array, Problem

# Two samplers agree where no word's frequency is further from its law; they draw 10,000 words at most, and the
# rarest of them some ten times: 7 standard deviations of a Poisson law of mean 10 have probability 1e-8.
SAMPLING_DEVIATIONS = 7.0

Numbers = tuple[Array, ...]


def reference(problem: Problem) -> Numbers:
    """NumPy's numbers in double precision."""
    arrays = {
        name: x.astype(np.float64) if x.dtype == np.float32 else x for name, x in problem.arrays.items()
    }
    builders = numpy_losses.BUILDERS | numpy_others.BUILDERS
    first = next(iter(builders[problem.kind].values()))
    return first(replace(problem, arrays=arrays)).result()


def disagreement(problem: Problem, found: Numbers, expected: Numbers) -> str | None:
    """What is wrong with the numbers `found`, or None."""
    if [part.shape for part in found] != [part.shape for part in expected]:
        return "other shapes"
    if problem.kind.startswith("documents"):
        furthest = max(float(np.abs(part).max()) for part in found)
        return None if furthest <= SAMPLING_DEVIATIONS else f"{furthest:.1f} standard deviations off"
    errors = [relative_error(part, truth) for part, truth in zip(found, expected, strict=True)]
    worst = max(errors, key=lambda error: np.inf if np.isnan(error) else error)
    return None if worst <= problem.tolerance else f"relative error {worst:.0e}"


def relative_error(found: Array, expected: Array) -> float:
    """The largest error, relative to the largest number."""
    size = float(np.abs(expected).max())
    return float(np.abs(found.astype(np.float64) - expected).max()) / (size or 1.0)
