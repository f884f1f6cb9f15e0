"""How many finite laws a second does one core put a statement through, in stacks?

As `simsuff hunt` does, and as `evaluate_each` does with its careful bounds on the rounding. Times are those of
the process, not of the wall, so that a busy machine tells the same; the best of several turns counts.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from simsuff import FiniteStack, statements
from simsuff.hunting.spaces import BATCH, Space, spaces_of
from simsuff.hunting.structures import SPANS, structures

STATEMENTS = ("A3-range", "A4-chi2", "A5-kl", "A5-js", "A6-kl", "D2-no_floor", "I7", "I8")
SIZES = (2, 3, 4)


def space_of(id: str, n: int) -> Space | None:
    """The arguments of a statement on n × n laws; None where its laws do not come in stacks."""
    entry, rng = statements.get(id), np.random.default_rng(0)
    spaces = spaces_of(entry, list(structures(entry, 240, rng)), SPANS)
    square = (s for s in spaces if any(part.shape == (n, n) for _, part in s.places))
    return next((s for s in square if s.stacked), None)


def rate(call: Callable[..., object], turns: int, *arguments: object) -> float:
    """Laws a second of one core, by a call for a batch."""
    call(*arguments)
    times = []
    for _ in range(turns):
        begin = time.process_time()
        call(*arguments)
        times.append(time.process_time() - begin)
    return BATCH / min(times)


def main() -> None:
    """Print one line for each statement and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20, help="batches of which the fastest counts")
    parser.add_argument("--statements", nargs="+", default=STATEMENTS, metavar="ID", help="that take stacks")
    options = parser.parse_args()
    print("| statement | n | hunt: thousand laws/s | evaluate_each: thousand laws/s |\n|---|---|---|---|")
    for id in options.statements:
        for n in SIZES:
            space = space_of(id, n)
            if space is None:
                continue
            values = space.decode(space.starts(BATCH, np.random.default_rng(0)))
            quick = rate(space.judged, options.turns, values, BATCH)
            careful = rate(space._by_stack, options.turns, values, BATCH, FiniteStack)
            print(f"| {id} | {n} | {quick / 1e3:.0f} | {careful / 1e3:.0f} |")


if __name__ == "__main__":
    main()
