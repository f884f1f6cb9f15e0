"""How much does the resident set grow during one call, results included? Measured in a fresh process."""

import sys

from side_by_side.allocator import release_free_blocks
from side_by_side.memory import in_fresh_process, resident_now, resident_peak

from growth.sweeps import Sweep, sweeps


def peak_bytes(sweep: Sweep, value: int) -> int:
    """Bytes at the peak of a call, in a process of its own."""
    return int(in_fresh_process("growth.memory", sweep.name, str(value)))


def growth(sweep: Sweep, value: int) -> int:
    """The same in this process, after a warm-up at the smallest value."""
    sweep.build(sweep.values[0])()
    call = sweep.build(value)
    release_free_blocks()
    before = resident_now()
    kept = call()
    grown = resident_peak() - before
    del kept
    return max(grown, 0)


if __name__ == "__main__":
    (chosen,) = (sweep for sweep in sweeps() if sweep.name == sys.argv[1])
    print(growth(chosen, int(sys.argv[2])))
