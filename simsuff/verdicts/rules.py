"""When do two exact sides satisfy their relation up to rounding? The rules of a verdict, for numbers and arrays alike."""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.verdicts.number import ROUNDING

Float = NDArray[np.float64]


class Relation(StrEnum):
    """How the measured side should relate to theory.

    TENDS_TO allows the stated relative remainder. VERSUS claims nothing: two measurements stand side by side.
    """

    AT_MOST = "<="
    AT_LEAST = ">="
    EQUALS = "=="
    TENDS_TO = "->"
    VERSUS = "vs"


def gap(lhs: Any, rhs: Any) -> Float:
    """lhs − rhs; 0 where both are the same infinity."""
    with np.errstate(invalid="ignore"):
        return np.where(np.equal(lhs, rhs), 0.0, np.subtract(lhs, rhs))


def slack(relation: Relation, gap: Any) -> Any:
    """How far the relation is from failing; for ``vs``, which cannot fail, how much lower the left side is."""
    if relation in (Relation.AT_MOST, Relation.VERSUS):
        return -gap
    return gap if relation is Relation.AT_LEAST else -abs(gap)


def allowed(lhs: Any, rhs: Any, scale: Any, remainder: float = 0.0) -> Float:
    """The deviation that rounding, and for limits the stated remainder, explain."""
    sizes = [np.where(np.isfinite(x), np.abs(x), 0.0) for x in (lhs, rhs, scale)]
    explained = remainder * np.abs(rhs) if remainder else 0.0
    return np.asarray(ROUNDING * np.maximum(np.maximum(sizes[0], sizes[1]), sizes[2]) + explained)
