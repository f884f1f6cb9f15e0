"""``simsuff compare``: which rows of two runs differ, whether beyond their errors, and what differs in their making."""

import argparse
from typing import TYPE_CHECKING, Any

from simsuff.cli.common import LEVEL, level, usable

if TYPE_CHECKING:
    from simsuff.reporting.moved import Moved, StudyChange

HELP = "compare the tables of two run directories, row by row"
EPILOG = "exit status: 0 the same rows, none beyond its error, 1 rows moved beyond, or one run lacks some, 2 unusable"
# Rows beyond their errors are all listed, others up to this number.
SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("before", metavar="RUN", help="a directory that `simsuff run --out DIR` wrote")
    parser.add_argument("after", metavar="RUN", help="another one")
    about = f"error probability of finding any row beyond its error by chance (default: {LEVEL:g})"
    parser.add_argument("--level", type=level, default=LEVEL, help=about)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from simsuff.cli.common import print_json, print_text
    from simsuff.reporting import rows_of
    from simsuff.reporting.moved import changes, provenance_changes
    from simsuff.studies import stored_results

    rows, headers, notes = [], [], []
    with usable():
        for name in (arguments.before, arguments.after):
            results, header, (done, planned) = stored_results(Path(name))
            judged = rows_of(results, arguments.level)
            rows.append({r.plan.name: own for r, own in zip(results, judged, strict=True)})
            headers.append(header)
            notes += [f"{name} is incomplete, {done} of {planned} tasks"] if done < planned else []
    found = changes(rows[0], rows[1], arguments.level)
    made = provenance_changes(headers[0], headers[1])
    if arguments.json:
        print_json({"studies": [_record(change) for change in found], "provenance": made, "notes": notes})
    else:
        lines = [*_lines(found), *notes, f"the runs were made {'differently:' if made else 'alike'}"]
        lines += [f"    {name}: {_brief(then)} | {_brief(now)}" for name, (then, now) in made.items()]
        print_text("\n".join(lines) + "\n")
    return int(not all(change.is_same for change in found))


def _record(change: "StudyChange") -> dict[str, Any]:
    from simsuff.reporting.records import row_record
    from simsuff.studies.tasks import encode_float

    moved = [
        {
            "before": row_record(row.before),
            "after": row_record(row.after),
            "distance": encode_float(row.distance),
            "allowed": encode_float(row.allowed),
            "beyond": row.beyond,
        }
        for row in change.moved
    ]
    return {
        "study": change.study,
        "identical": change.identical,
        "rows": change.rows,
        "moved": moved,
        "missing": [*map(row_record, change.missing)],
        "added": [*map(row_record, change.added)],
    }


def _lines(found: list["StudyChange"]) -> list[str]:
    from simsuff.reporting.table import aligned

    same = sum(change.identical for change in found)
    table = [["study", "rows", "moved", "beyond error", "other verdict", "missing", "added", "table"]]
    for change in found:
        counts = [
            change.rows,
            len(change.moved),
            sum(row.beyond for row in change.moved),
            sum(row.verdicts[0] != row.verdicts[1] for row in change.moved),
            len(change.missing),
            len(change.added),
        ]
        table.append([change.study, *map(str, counts), "identical" if change.identical else "differs"])
    lines = aligned(table, ">")
    moved = [row for change in found for row in change.moved]
    beyond = [row for row in moved if row.beyond]
    others = [row for row in moved if not row.beyond]
    lines += [_row_line("beyond its error:", row) for row in beyond]
    lines += [_row_line("within its error:", row) for row in others[:SHOWN]]
    if len(others) > SHOWN:
        lines.append(f"… and {len(others) - SHOWN} more within their errors; --json lists them all")
    return [*lines, f"{same} of {len(found)} tables are the same bytes"]


def _row_line(kind: str, row: "Moved") -> str:
    from simsuff.reporting.row import number_text

    before, after = row.before, row.after
    about = f"{before.experiment} {before.comparison.statement} {before.setting}".strip()
    verdict = str(after.verdict) if after.verdict is before.verdict else " → ".join(row.verdicts)
    distance = f"{number_text(row.distance)}, allowed {number_text(row.allowed)}"
    sides = f"{before.empirical} {before.theory} → {after.empirical} {after.theory}"
    return f"{kind} {before.study}:{about}: {sides}, distance {distance}; {verdict}"


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
