"""How many laws can a search for counterexamples try in a second?"""

import time
from typing import Any, ClassVar

import numpy as np

from simsuff import statements
from simsuff.hunting.spaces import BATCH, Space, spaces_of
from simsuff.hunting.structures import SPANS, structures


class Search:
    """A batch of typical 3 × 3 laws, with the two sides of a statement at each."""

    params: ClassVar[Any] = ["A3-range", "A5-js", "A6-kl", "D2-no_floor"]
    param_names: ClassVar[Any] = ["statement"]

    def setup(self, statement: str) -> None:
        """Compile, and draw the laws."""
        entry, rng = statements.get(statement), np.random.default_rng(0)
        spaces = spaces_of(entry, list(structures(entry, 60, rng)), SPANS)
        self.space: Space = next(s for s in spaces if any(part.shape == (3, 3) for _, part in s.places))
        self.points = self.space.starts(BATCH, rng)
        self.time_batch()

    def time_batch(self, *_: Any) -> None:
        """Coordinates to merits."""
        self.space.judged(self.space.decode(self.points), len(self.points))

    def track_evaluations_per_second(self, *_: Any) -> float:
        """On one core, in seconds of that core."""
        begin, count = time.process_time(), 0
        while time.process_time() - begin < 0.3:
            self.time_batch()
            count += len(self.points)
        return count / (time.process_time() - begin)
