"""The rules of a verdict, for numbers and arrays alike: relations, gaps, and what rounding and chance allow.

The allowance comes from the sides: a `Bounded` brings its error, a plain float counts as known up to `ROUNDING` of
its own size, an `Estimate` adds the half-width of its confidence sequence (`verdicts.sequences`).
"""

import math
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simsuff.numerics.numbers import ROUNDING, Bounded, BoundedArray, Estimate, value_of

Float = NDArray[np.float64]
Number = float | Bounded | Estimate

# An error is rounding, which no statement is about, below this share of the larger side, or below this many nats.
ROUNDING_SHARE, ROUNDING_NATS = 2.0**-30, 2.0**-36

# Numbers below the normal range have lost digits, whatever their error says.
UNDERFLOW = float(np.finfo(np.float64).tiny)

# An equality or limit of uncertain numbers holds only where the truth is shown to lie so near, relatively.
RESOLUTION = 0.1

# A row that would not have noticed a constant wrong by so much, relatively, is weak.
WEAK = 0.2


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


def error(number: Any) -> Any:
    """How far a number, or each of an array, may be from what it stands for, chance apart."""
    if isinstance(number, Bounded | BoundedArray):
        return np.maximum(number.error, UNDERFLOW)
    value = value_of(number)
    return np.maximum(np.where(np.isfinite(value), ROUNDING * np.abs(value), 0.0), UNDERFLOW)


def is_rounding(errors: Any, lhs: Any, rhs: Any) -> Any:
    """Whether errors are so small against the sides, or at all, that a relation they leave open counts as held."""
    sizes = [np.where(np.isfinite(side), np.abs(side), 0.0) for side in (lhs, rhs)]
    return errors <= np.maximum(ROUNDING_SHARE * np.maximum(*sizes), ROUNDING_NATS)


def both_infinite(lhs: Any, rhs: Any) -> Any:
    """Where both sides are the same infinity, so that no relation between them says anything."""
    return np.isinf(lhs) & np.equal(lhs, rhs)


def half_width(number: Number, level: float) -> float:
    """Half of Student's interval at two-sided error `level` for the number alone, as figures draw it; or its error.

    Verdicts, which look at many rows and may look again, use `sequences.half_width`.
    """
    if isinstance(number, Estimate):
        return float(stdtrit(number.n - 1, 1 - level / 2)) * number.stderr if number.n > 1 else math.inf
    return float(number.error) if isinstance(number, Bounded) else 0.0


def stderr_of(number: Number) -> float:
    """The standard error; 0 for numbers that are not estimates."""
    return float(number.stderr) if isinstance(number, Estimate) else 0.0


def exactness(number: Number) -> str:
    """What a number is, for tables: ``exact`` (nine digits or more), ``within`` an error, ``±`` a standard error."""
    if isinstance(number, Estimate):
        return f"± {number.stderr:.2g} (n = {number.n})"
    if not isinstance(number, Bounded) or number.error <= ROUNDING_SHARE * abs(value_of(number)):
        return "exact"
    return f"within {number.error:.1g}"
