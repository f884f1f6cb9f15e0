"""How do threads join a kernel that runs already, without waiting for the interpreter or for each other's start?

A kernel of several phases, each of which is cut into pieces, takes the pieces in turns with other threads that run the
same kernel on the same arguments. The thread that called it leads: it does what no one else has taken, waits for the
others at the end of a phase, and opens the next. Nothing depends on whether or when a helper comes. Afterwards a helper
watches a little for the next call: waking it from sleep takes as long as the loss of 200 pairs.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numba import config

from simsuff.kernels.atomics import Counters, add, give_way, pause, read, write
from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.kernels.processors import UNKNOWN, current_processor, leave
from simsuff.kernels.threads import thread_count

# How many pauses a thread waits for another before it gives way, and how many a helper watches for more to do. A pause
# takes 10 to 50 nanoseconds.
PATIENCE, WATCH = 1_000, 10_000

# Places in the counters of a call: the phase that is open (1, 2, …; none yet: 0), then for each phase the number of
# pieces that are done and, for each piece, how many threads wanted it.
OPEN, MOST_PHASES, MOST_PIECES = 0, 5, 16
COUNTERS = 1 + MOST_PHASES * (1 + MOST_PIECES)

# The phase that is open when a call is over: who comes late, or waits for a leader that was interrupted, leaves.
OVER = 1 << 30


class Turns(NamedTuple):
    """Who does what in call `number`: its `counters`, the latest call announced, and the `place` of this thread.

    The thread in place 0 of all `threads` leads.
    """

    counters: Counters
    latest: Counters
    number: int
    place: int
    threads: int


def _alone() -> Turns:
    """The turns of a kernel that nobody else runs."""
    return Turns(np.zeros(COUNTERS, np.int64), np.zeros(1, np.int64), 0, 0, 1)


alone = jit(_alone)


@jit(**WRITTEN_OUT)
def begin(turns: Turns) -> None:
    """Let those who watch come: the leader has left the interpreter to them."""
    if turns.place == 0:
        write(turns.latest, 0, turns.number)


@jit(**WRITTEN_OUT)
def claim(turns: Turns, phase: int, n: int, count: int) -> int:
    """The n-th of `count` pieces that this thread asks for, −1 if another one has it.

    Each thread begins at another piece, the same in every phase: what belongs to it is in its cache.
    """
    index = (n + turns.place * count // turns.threads) % count
    wanted = 2 + (phase - 1) * (1 + MOST_PIECES) + index
    return index if add(turns.counters, wanted, 1) == 0 else -1


@jit(**WRITTEN_OUT)
def done(turns: Turns, phase: int) -> None:
    """A piece that was claimed is complete."""
    add(turns.counters, 1 + (phase - 1) * (1 + MOST_PIECES), 1)


@jit
def wait_for(counters: Counters, place: int, number: int) -> None:
    """Return as soon as the number at `place` is that large."""
    waited = 0
    while read(counters, place) < number:
        waited += 1
        if waited < PATIENCE:
            pause()
        else:
            give_way()


@jit(**WRITTEN_OUT)
def all_done(turns: Turns, phase: int, count: int) -> bool:
    """For the leader: wait until all `count` pieces are complete, True. For others: False."""
    if turns.place == 0:
        wait_for(turns.counters, 1 + (phase - 1) * (1 + MOST_PIECES), count)
    return turns.place == 0


@jit(**WRITTEN_OUT)
def proceed(turns: Turns, phase: int) -> bool:
    """The leader opens `phase`, since all that it builds on is complete; others wait for that. False if all is over."""
    if turns.place == 0:
        write(turns.counters, OPEN, phase)
        return True
    wait_for(turns.counters, OPEN, phase)
    return read(turns.counters, OPEN) < OVER


@jit(**WRITTEN_OUT)
def watch(turns: Turns) -> None:
    """For a helper: stay out of the interpreter until the next call is announced, for a while."""
    for _ in range(WATCH):
        if read(turns.latest, 0) != turns.number:
            break
        pause()


class Team:
    """The calling thread and up to `size` helpers."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="simsuff-team")
        self._here = [False] * size
        self._latest = np.zeros(1, np.int64)
        self._number, self._call = 0, _NOTHING
        self._busy = Lock()

    def run(self, kernel: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """kernel(*arguments, turns), with helpers unless they are busy with a call of another thread."""
        if not self._busy.acquire(blocking=False):
            return by_itself(kernel, *arguments)
        self._number += 1
        own = Turns(np.zeros(COUNTERS, np.int64), self._latest, self._number, 0, 1 + len(self._here))
        try:
            self._call = (kernel, arguments, own, current_processor())
            self._wake()
            return kernel(*arguments, own)
        finally:
            own.counters[OPEN] = OVER
            self._call = _NOTHING
            self._busy.release()

    def _wake(self) -> None:
        for index, here in enumerate(self._here):
            if not here:
                self._here[index] = True
                self._pool.submit(self._help, index)

    def _help(self, index: int) -> None:
        last = 0
        try:
            while (call := self._call)[2].number not in (0, last):
                kernel, arguments, turns, leader = call
                last = turns.number
                del call
                leave(leader)
                kernel(*arguments, turns._replace(place=1 + index))
                del kernel, arguments
        finally:
            self._here[index] = False


_NOTHING: tuple[Callable[..., Any], tuple[Any, ...], Turns, int] = (print, (), _alone(), UNKNOWN)


@cache
def _team(size: int) -> Team:
    return Team(size)


def by_itself(kernel: Callable[..., Any], *arguments: Any) -> Any:
    """kernel(*arguments, turns) on the calling thread."""
    return kernel(*arguments, alone())


def together(kernel: Callable[..., Any], *arguments: Any) -> Any:
    """kernel(*arguments, turns) on as many threads as are allowed; what it returns to the calling thread."""
    helpers = thread_count() - 1
    if helpers == 0 or getattr(config, "DISABLE_JIT", False):
        return by_itself(kernel, *arguments)
    return _team(helpers).run(kernel, arguments)


# Threads do not survive a fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_team.cache_clear)
