"""Why did an optimizer stop?"""

from enum import Enum


class Status(Enum):
    """The reason why training stopped; only `CONVERGED` claims a stationary point."""

    CONVERGED = "converged"
    MAX_STEPS = "max_steps"
    LINE_SEARCH_FAILED = "line_search_failed"
    NOT_FINITE = "not_finite"
    INTERRUPTED = "interrupted"
