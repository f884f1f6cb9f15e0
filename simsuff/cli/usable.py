"""How does a command refuse what it cannot use? With one line on stderr and exit status 2."""

import contextlib
import sys
from collections.abc import Iterator

UNUSABLE = 2


@contextlib.contextmanager
def usable() -> Iterator[None]:
    """Turn the house's errors about input into exit status 2; other errors keep their traceback."""
    try:
        yield
    except ValueError as error:
        print(f"simsuff: error: {error}", file=sys.stderr)
        sys.exit(UNUSABLE)
