"""What is one workload, and what must a contender offer to take part in it?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Ours, then the peers in the order of the table.
OURS = "simsuff"
PEERS = ("jax", "torch.compile", "torch eager", "numpy")


@dataclass(frozen=True)
class Problem:
    """Inputs that every contender of a row shares: `arrays` and plain `options`, and the `kind` that builders know.

    `tolerance` is the agreement that is asked of every result, relative to its largest entry.
    """

    kind: str
    arrays: dict[str, Array]
    options: dict[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-6


class Call(NamedTuple):
    """`run()` does the timed work and waits for its end; `read(result)` gives the numbers to compare.

    `check`, where the timed work draws numbers of its own, gives the numbers to compare instead.
    """

    run: Callable[[], Any]
    read: Callable[[Any], tuple[Array, ...]]
    check: Callable[[], tuple[Array, ...]] | None = None

    def result(self) -> tuple[Array, ...]:
        """The numbers to compare."""
        return self.read(self.run()) if self.check is None else self.check()


Builder = Callable[[Problem], Call]
# kind -> variant -> builder; the first variant is the one that was fastest where it was tried.
Builders = dict[str, dict[str, Builder]]


def as_arrays(result: Any) -> tuple[Array, ...]:
    """A tuple of numbers and arrays as NumPy arrays."""
    return tuple(np.asarray(part) for part in result)
