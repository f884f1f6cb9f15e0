"""Comparisons as JSON and back, without losing a bit."""

import math
from collections.abc import Mapping
from typing import Any

from simsuff.numerics.validation import refuse, require
from simsuff.studies.grid import plain
from simsuff.verdicts import Bounded, Comparison, Estimate
from simsuff.verdicts.rules import Number

Json = dict[str, Any]


def encode_rows(result: Any) -> list[Json]:
    """What an experiment returned, as rows: one Comparison, or a list or dict of them.

    Raises
    ------
    ValueError : for anything else, an empty list included: it would pass as a study that says nothing.
    """
    if isinstance(result, Comparison):
        return [encode(result)]
    way_out = "return a Comparison, or a list or dict of Comparisons"
    several = isinstance(result, Mapping | list | tuple) and len(result) > 0
    require(several, "result", result, "be a Comparison or several", way_out)
    if isinstance(result, Mapping):
        return [{"case": plain("case", key), **encode(row)} for key, row in result.items()]
    return [encode(row) for row in result]


def encode(comparison: Any) -> Json:
    """A comparison as a JSON object."""
    if not isinstance(comparison, Comparison):
        way_out = "return a Comparison, or a list or dict of Comparisons"
        raise refuse("result", comparison, "hold Comparisons", way_out)
    difference = comparison.difference
    return {
        "lhs": encode_number(comparison.lhs),
        "relation": str(comparison.relation),
        "rhs": encode_number(comparison.rhs),
        "statement": comparison.statement,
        "setting": plain("setting", comparison.setting),
        "difference": None if difference is None else encode_number(difference),
        "pathwise": comparison.pathwise,
        "remainder": encode_float(comparison.remainder),
        "expected_violation": comparison.expected_violation,
    }


def decode(row: Mapping[str, Any]) -> Comparison:
    """The comparison of a JSON object; its case, if any, joins the setting."""
    difference = row["difference"]
    case = {"case": row["case"]} if "case" in row else {}
    return Comparison(
        decode_number(row["lhs"]),
        row["relation"],
        decode_number(row["rhs"]),
        statement=row["statement"],
        setting=case | row["setting"],
        difference=None if difference is None else _uncertain(difference),
        pathwise=row["pathwise"],
        remainder=float(row["remainder"]),
        expected_violation=row["expected_violation"],
    )


def encode_number(number: Number) -> Any:
    """A float, or an object with its error."""
    if isinstance(number, Estimate):
        spread = encode_float(number.stderr)
        return {"value": encode_float(number.value), "stderr": spread, "n": int(number.n)}
    if isinstance(number, Bounded):
        return {"value": encode_float(number.value), "error": encode_float(number.error)}
    return encode_float(number)


def decode_number(data: Any) -> Number:
    """The inverse of `encode_number`."""
    if not isinstance(data, Mapping):
        return float(data)
    return Bounded(float(data["value"]), float(data["error"])) if "error" in data else _estimate(data)


def _estimate(data: Mapping[str, Any]) -> Estimate:
    return Estimate(float(data["value"]), float(data["stderr"]), int(data["n"]))


def _uncertain(data: Mapping[str, Any]) -> Estimate | Bounded:
    number = decode_number(data)
    assert isinstance(number, Estimate | Bounded)
    return number


def encode_float(value: float) -> float | str:
    """JSON has no infinity: ``inf``, ``-inf`` and ``nan`` are written as strings."""
    number = float(value)
    return number if math.isfinite(number) else str(number)
