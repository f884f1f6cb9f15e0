"""Two runs side by side: which rows moved, whether beyond their errors, and what differs in how they were made."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.numerics.numbers import Estimate, value_of
from simsuff.reporting.records import csv_table
from simsuff.reporting.row import Row
from simsuff.studies.grid import canonical
from simsuff.verdicts import rules, sequences

# What run.json says about how a run was made, apart from its plan.
PROVENANCE = (
    "seed", "scale", "only", "set", "replicates", "versions", "code", "helpers", "commit", "machine", "environment"
)  # fmt: skip

Key = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Moved:
    """A row that is not the same in both runs; `beyond` its error where a side moved further than both errors allow."""

    before: Row
    after: Row
    distance: float
    allowed: float

    @property
    def beyond(self) -> bool:
        """Whether the errors of the two runs do not explain the distance of their left or right sides."""
        return self.distance > self.allowed

    @property
    def verdicts(self) -> tuple[str, str]:
        return str(self.before.verdict), str(self.after.verdict)


@dataclass(frozen=True)
class StudyChange:
    """A study of two runs: whether the exported tables are the same bytes, which rows moved, and which one run lacks."""

    study: str
    identical: bool
    rows: int
    moved: Sequence[Moved]
    missing: Sequence[Row]
    added: Sequence[Row]

    @property
    def is_same(self) -> bool:
        """Whether both runs have the same rows and none moved beyond its error."""
        return not (self.missing or self.added or any(row.beyond for row in self.moved))


def changes(
    before: Mapping[str, Sequence[Row]], after: Mapping[str, Sequence[Row]], level: float
) -> list[StudyChange]:
    """Each study of two runs, given the rows by study; `level` is the error probability over all rows together."""
    both = [row.comparison for run in (before, after) for rows in run.values() for row in rows]
    sides = sum(
        isinstance(side, Estimate) for comparison in both for side in (comparison.lhs, comparison.rhs)
    )
    share = level / max(1, sides)
    found = []
    for study in dict.fromkeys([*before, *after]):
        old, new = (_keyed(rows.get(study, ())) for rows in (before, after))
        pairs = [(row, new[key]) for key, row in old.items() if key in new]
        moved = [_moved(*pair, share) for pair in pairs if csv_table(pair[:1]) != csv_table(pair[1:])]
        identical = csv_table([*old.values()]) == csv_table([*new.values()])
        missing = [row for key, row in old.items() if key not in new]
        added = [row for key, row in new.items() if key not in old]
        found.append(StudyChange(study, identical, len(pairs), moved, missing, added))
    return found


def _keyed(rows: Iterable[Row]) -> dict[Key, Row]:
    """Rows by what they are about; of several alike, by their order."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    keyed = {}
    for row in rows:
        about = (row.study, row.experiment, row.comparison.statement, canonical(dict(row.comparison.setting)))
        keyed[*about, seen[about]] = row
        seen[about] += 1
    return keyed


def _moved(before: Row, after: Row, level: float) -> Moved:
    """The side that moved furthest in units of what the errors of both runs allow."""
    sides = []
    for name in ("lhs", "rhs"):
        pair = [getattr(row.comparison, name) for row in (before, after)]
        # Rounds may have added draws to either run, until it looked well.
        chance = math.hypot(*(sequences.half_width(x, level) for x in pair if isinstance(x, Estimate)))
        allowed = chance + float(sum(rules.error(x) for x in pair if not isinstance(x, Estimate)))
        sides.append((abs(float(rules.gap(*map(value_of, pair)))), allowed))
    return Moved(before, after, *max(sides, key=_in_errors))


def _in_errors(side: tuple[float, float]) -> float:
    """A distance in units of what is allowed."""
    distance, allowed = side
    if math.isinf(allowed) or distance == 0:
        return 0.0
    return distance / allowed if allowed else math.inf


def provenance_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What run.json says about how two runs were made, where it differs: ``machine.processor`` and the like."""
    flat = []
    for header in (before, after):
        entries: dict[str, Any] = {}
        for name in PROVENANCE:
            value = header.get(name)
            inner = isinstance(value, Mapping)
            entries |= {f"{name}.{key}": v for key, v in value.items()} if inner else {name: value}  # type: ignore[union-attr]
        flat.append(entries)
    names = dict.fromkeys([*flat[0], *flat[1]])
    pairs = {name: (flat[0].get(name), flat[1].get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
