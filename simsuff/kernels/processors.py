"""On which processor does a thread run, and how does it leave one that another thread needs?

A thread that is woken may be put on the processor of the thread that woke it, and both then share it for milliseconds,
beside an idle one, until the system looks at its load again.
"""

import ctypes
import os
from functools import cache
from typing import Any

UNKNOWN = -1


@cache
def _asks() -> Any:
    """The system's call, without a release of the interpreter's lock; None where there is none."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    return getattr(ctypes.PyDLL(None), "sched_getcpu", None)


def current_processor() -> int:
    """The number of the processor that runs the calling thread, `UNKNOWN` where the system does not tell."""
    ask = _asks()
    return UNKNOWN if ask is None else int(ask())


def leave(processor: int) -> None:
    """Move the calling thread to another processor if it is on this one and may use others; it may return later."""
    if processor == UNKNOWN or current_processor() != processor:
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        os.sched_setaffinity(0, allowed - {processor})
        os.sched_setaffinity(0, allowed)
