"""A time budget for steps that may never end, such as symbolic simplification: interrupt the thread, raise OutOfTime."""

import ctypes
import threading
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

    The function is interrupted between two instructions of the interpreter: one call of compiled code, such as a power
    of large integers, is not cut short.
    """
    alarm: type[_Alarm] = type(
        "_Alarm", (_Alarm,), {}
    )  # its own, so that a nested budget lets the outer one's pass
    thread, lock, done = ctypes.c_ulong(threading.get_ident()), threading.Lock(), threading.Event()

    def send(what: ctypes.py_object | None) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, what)

    def watch() -> None:
        pause = seconds
        while not done.wait(pause):
            with lock:
                if not done.is_set():
                    send(ctypes.py_object(alarm))
            pause = _AGAIN

    def stop() -> None:
        with lock:
            done.set()
            send(None)

    try:
        try:
            threading.Thread(target=watch, daemon=True, name="simsuff-budget").start()
            return function()
        finally:
            stop()
    except alarm:
        stop()  # again: the alarm may have come on the way into the first, and it never comes twice within _AGAIN
        raise OutOfTime(seconds) from None
