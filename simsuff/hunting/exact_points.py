"""Typical arguments of a statement in fractions, with both sides there in floats and in exact arithmetic."""

from collections.abc import Iterator

import numpy as np

from simsuff.hunting.exact.numbers import NotExact
from simsuff.hunting.exact.world import ExactSides, exact_sides
from simsuff.hunting.shrink import exactly, floats
from simsuff.hunting.spaces import spaces_of
from simsuff.hunting.structures import SPANS, is_known, structures
from simsuff.statements import Statement
from simsuff.verdicts import Comparison

# Structures of the vocabulary that are looked through, and starts in each.
STRUCTURES, STARTS = 24, 2


def exact_points(statement: Statement, count: int, seed: int = 1) -> Iterator[tuple[Comparison, ExactSides]]:
    """Both sides at up to `count` arguments, the same for each `seed`; none where a quantity has no exact twin."""
    if not is_known(statement):
        return
    rng = np.random.default_rng(seed)
    found = 0
    for space in spaces_of(statement, list(structures(statement, STRUCTURES, rng)), SPANS):
        for point in space.starts(STARTS, rng):
            fractions = exactly(space, point)
            comparison = space.comparison({place: floats(array) for place, array in fractions.items()})
            arguments = space.exact_arguments(fractions)
            if comparison is None or arguments is None:
                continue
            try:
                sides = exact_sides(statement.function, arguments)
            except NotExact:
                continue
            yield comparison, sides
            found += 1
            if found == count:
                return
