"""A time budget for steps that may never end, such as symbolic simplification: interrupt the thread, raise OutOfTime."""

import _thread
import ctypes
import functools
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# An interruption may be swallowed by a handler of the interrupted code; it comes again after this many seconds.
_AGAIN = 0.05


class OutOfTime(Exception):
    """A step took longer than its budget."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not done within {seconds:g} s")


class _Alarm(BaseException):
    """Raised inside the step; no handler of Exception stops it."""


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """The value of ``function()``; OutOfTime where it takes longer. Budgets may be nested, and run in any thread.

    Seconds are those of the processor where the system counts them by thread (elsewhere of the clock), so that the
    answer does not depend on what else the machine does; a function that waits is not interrupted.
    The function is interrupted between two instructions of the interpreter: one call of compiled code, such as a power
    of large integers, is not cut short.
    """
    # Its own, so that a nested budget lets the outer one's pass.
    alarm: type[_Alarm] = type("_Alarm", (_Alarm,), {})
    thread = ctypes.c_ulong(threading.get_ident())
    # Only locks of the interpreter: an alarm inside threading.Event would leave its lock held for ever.
    lock, running = threading.Lock(), threading.Lock()
    finished: list[bool] = []
    running.acquire()

    def send(what: ctypes.py_object | None) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, what)

    # The processor time of this thread, readable from any other; the time of day where the system cannot tell.
    clock: Callable[[], float] = time.monotonic
    if hasattr(time, "pthread_getcpuclockid"):
        clock = functools.partial(time.clock_gettime, time.pthread_getcpuclockid(threading.get_ident()))
    start = clock()

    def watch() -> None:
        pause = seconds
        while not running.acquire(timeout=pause):
            left = seconds - (clock() - start)
            with lock:
                if left <= 0 and not finished:
                    send(ctypes.py_object(alarm))
            pause = max(left, _AGAIN)

    def stop() -> None:
        with lock:
            finished.append(True)
            if running.locked():
                running.release()
            send(None)

    # An alarm inside a destructor or a callback of the garbage collector ends there; it comes again, so nobody need know.
    report = sys.unraisablehook
    sys.unraisablehook = lambda what: None if issubclass(what.exc_type, _Alarm) else report(what)
    try:
        try:
            _thread.start_new_thread(watch, ())
            return function()
        finally:
            stop()
            sys.unraisablehook = report
    except alarm:
        stop()  # again: the alarm may have come on the way into the first, and it never comes twice within _AGAIN
        raise OutOfTime(seconds) from None
