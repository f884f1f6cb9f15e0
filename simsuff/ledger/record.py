"""The record file of the ledger: one line of JSON for each piece of evidence, appended by whatever ran."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from simsuff.ledger.evidence import Evidence, State
from simsuff.numerics.validation import refuse


def append(path: Path, evidence: Iterable[Evidence]) -> None:
    """Add lines to the record file at `path`, in one write so that processes may share it; folders are made."""
    text = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in evidence)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def read(path: Path) -> list[Evidence]:
    """The evidence in a record file, of each thing that ran the last.

    Raises
    ------
    ValueError : for a line that is no evidence, with its number.
    """
    found: dict[tuple[str, str, str], Evidence] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            fields = json.loads(line)
            entry = Evidence(**fields | {"state": State(fields["state"])})
        except (ValueError, TypeError, KeyError) as error:
            way_out = "delete the line, or record anew"
            raise refuse(f"line {number} of {path.name}", line[:80], "be evidence", way_out) from error
        found[entry.statement, entry.kind, entry.what.partition(",")[0]] = entry
    return [*found.values()]
