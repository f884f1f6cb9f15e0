"""What a terminal shows after a run: counts, what needs a look, and the tightest bounds, on at most 40 lines."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from simsuff.reporting.row import Counts, Row, count
from simsuff.reporting.standing import State, is_bound, share_of, standings, state_of
from simsuff.studies.collect import StudyResult

# What is listed one by one: so few studies, rows that do not hold, and tightest rows.
STUDIES, LISTED, TIGHTEST = 3, 4, 5
# Names that are listed on one line.
NAMED = 12
READ = (State.HOLDS, State.WEAK, *(state for state in State if state not in (State.HOLDS, State.WEAK)))
WORRYING = (State.VIOLATED, State.UNCONFIRMED, State.UNDECIDED)


def terminal_summary(studies: Sequence[tuple[StudyResult, Sequence[Row]]], width: int) -> str:
    """Counts by study, by row and by statement, the rows that do not simply hold, weak statements, tightest bounds."""
    rows = [row for _, found in studies for row in found]
    counts = [(result.plan.name, count(found, len(result.failures))) for result, found in studies]
    standing = standings(rows)
    by_state = Counter(one.state for one in standing if one.is_statement)
    shown = ", ".join(f"{by_state[state]} {state}" for state in READ if by_state[state])
    each = [(name, found.text()) for name, found in counts] if len(counts) <= STUDIES else []
    total = (
        [(f"all {len(counts)} studies", _sum(found for _, found in counts).text())] if len(counts) > 1 else []
    )
    lines = _columns([*each, *total, ("statements", shown)])
    worrying = [line for state in WORRYING for line in _alike(rows, state)]
    lines += ["", *worrying] if worrying else []
    weak = [one.id for one in standing if one.state is State.WEAK]
    if weak:
        more = f", … and {len(weak) - NAMED} more" if len(weak) > NAMED else ""
        text = f"weak, would not notice a constant wrong by a fifth: {', '.join(weak[:NAMED])}{more}"
        lines += ["", *textwrap.wrap(text, width, subsequent_indent="  ", max_lines=3, placeholder=" …")]
    tight = _tightest(rows)
    lines += ["", "tightest bounds:", *_columns(tight, "  ")] if tight else []
    return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in lines) + "\n"


def _alike(rows: Sequence[Row], state: State) -> list[str]:
    """The first row in this state of each statement, and how many like it there are."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if state_of(row) is state:
            found.setdefault(row.comparison.statement, []).append(row)
    entries = []
    for id, (row, *others) in found.items():
        more = f", and {len(others)} more" if others else ""
        entries.append((id, f"{row.empirical} {row.theory}{more}", _place(row)))
    return _listed(f"{state}:", entries)


def _sum(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(asdict(one))
    return Counts(**total)


def _tightest(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Of each statement the row nearest to its bound, the nearest of these first."""
    best: dict[str, tuple[float, Row]] = {}
    for row in rows:
        share = share_of(row)
        if share is None or not is_bound(row) or state_of(row) not in (State.HOLDS, State.WEAK):
            continue
        id = row.comparison.statement
        best[id] = max(best.get(id, (share, row)), (share, row), key=lambda pair: pair[0])
    nearest = sorted(best.values(), key=lambda pair: -pair[0])[:TIGHTEST]
    return [(f"{share:.4g}", row.comparison.statement, _place(row)) for share, row in nearest]


def _place(row: Row) -> str:
    return f"{row.study}:{row.experiment}[{row.setting}]"


def _listed(title: str, entries: Sequence[tuple[str, ...]]) -> list[str]:
    """A heading, the first entries, and how many more there are; nothing without any."""
    if not entries:
        return []
    more = [f"  … and {len(entries) - LISTED} more"] if len(entries) > LISTED else []
    return [title, *_columns(entries[:LISTED], "  "), *more]


def _columns(lines: Sequence[tuple[str, ...]], indent: str = "") -> list[str]:
    """Cells below one another."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        indent + "  ".join(f"{c:{w}}" for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
