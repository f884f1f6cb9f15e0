"""Which options and exit statuses do several commands share?"""

import argparse

# What shells report for a process that SIGINT ended: 128 + 2.
INTERRUPTED = 130


def level(text: str) -> float:
    """An error probability between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1: {text}; 0.01 is a usual choice")
    return value
