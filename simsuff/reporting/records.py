"""Rows for machines: CSV and JSON, in full precision."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from simsuff.numerics.numbers import error_of, value_of
from simsuff.reporting.row import Row, State, count, draws
from simsuff.studies.collect import StudyResult
from simsuff.studies.tasks import encode_float
from simsuff.verdicts.rules import Number, stderr_of

# Settings may be called `n` or `relation`: their CSV columns carry a prefix.
PREFIX = "setting."


def row_record(row: Row) -> dict[str, Any]:
    """A row as a JSON object; infinities are the strings ``inf`` and ``-inf``."""
    comparison = row.comparison
    return {
        "study": row.study,
        "experiment": row.experiment,
        "statement": comparison.statement,
        "setting": dict(comparison.setting),
        **side_record("lhs", comparison.lhs),
        "relation": str(comparison.relation),
        **side_record("rhs", comparison.rhs),
        "n": draws(comparison),
        "exactness": row.exactness,
        "slack": encode_float(comparison.slack),
        "remainder": encode_float(comparison.remainder),
        "power": None if row.power is None else encode_float(row.power),
        "verdict": str(row.verdict),
        "weak": row.state is State.WEAK,
        "expected": comparison.expected_violation,
        "replicates": row.replicates,
        "planned": row.planned,
        "decided_by": row.decided_by.task if row.decided_by else None,
    }


def side_record(name: str, number: Number) -> dict[str, float | str]:
    """A side of a comparison with its standard error and its stated error, each 0 where it has none."""
    parts = {"": value_of(number), "_stderr": stderr_of(number), "_error": error_of(number)}
    return {name + ending: encode_float(part) for ending, part in parts.items()}


def csv_table(rows: Sequence[Row]) -> str:
    """One line for each row; floats are written so that reading gives the same bits."""
    records = [row_record(row) for row in rows]
    settings = list(dict.fromkeys(name for record in records for name in record["setting"]))
    flat = []
    for record in records:
        line: dict[str, Any] = {}
        for name, value in record.items():
            if name == "setting":
                line |= {PREFIX + key: _cell(value.get(key)) for key in settings}
            else:
                line[name] = value if name == "relation" else _cell(value)
        flat.append(line)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(flat[0]) if flat else list(_EMPTY), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Lists and booleans as JSON; text that a spreadsheet would execute as a formula behind an apostrophe."""
    if isinstance(value, list | dict | bool):
        return json.dumps(value)
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        return str(value if math.isfinite(float(value)) or value == "-inf" else "'" + value)
    except ValueError:
        return "'" + value


_EMPTY = (
    "study",
    "experiment",
    "statement",
    "lhs",
    "relation",
    "rhs",
    "exactness",
    "slack",
    "verdict",
    "expected",
)


def study_record(result: StudyResult, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "name": result.plan.name,
        "title": result.plan.title,
        "counts": asdict(count(rows, len(result.failures))),
        "rows": [row_record(row) for row in rows],
        "failures": [asdict(failure) for failure in result.failures],
    }
