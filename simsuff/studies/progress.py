"""How far is the run? One line on stderr, and none where stderr is not a terminal."""

import sys
import time
from typing import TextIO

# A terminal needs no more than this many updates a second.
PERIOD_SECONDS = 0.1


class Progress:
    """Counts finished tasks."""

    def __init__(self, total: int, done: int = 0, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._visible = self._stream.isatty()
        self._total, self._done = total, done
        self._start = time.monotonic()
        self._shown = -PERIOD_SECONDS

    def step(self, label: str) -> None:
        """One more task is finished; `label` is its name."""
        self._done += 1
        now = time.monotonic() - self._start
        if self._visible and (now - self._shown >= PERIOD_SECONDS or self._done == self._total):
            self._shown = now
            study = label.partition("[")[0]
            self._write(f"\r\x1b[K{self._done}/{self._total} tasks  {now:.0f} s  {study}")

    def close(self) -> None:
        """Clear the line."""
        if self._visible:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
