"""What a run says in short: where each statement stands, and the summary that a terminal shows on at most 40 lines."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from simsuff import statements
from simsuff.reporting.row import Counts, Row, State, count
from simsuff.reporting.table import aligned
from simsuff.statements import Statement
from simsuff.studies.collect import StudyResult

# What is listed one by one: so few studies, rows that do not hold, and tightest rows.
STUDIES, LISTED, TIGHTEST = 3, 4, 5
# Names that are listed on one line.
NAMED = 12
READ = (State.HOLDS, State.WEAK, *(state for state in State if state not in (State.HOLDS, State.WEAK)))
# What a reader should look at first.
ALARMING = (State.VIOLATED, State.UNCONFIRMED, State.UNDECIDED)
# The parts of docs/theory.md that have statements.
PARTS = {
    "P": "f-divergences",
    "A": "Three forms, chain rule, data processing",
    "B": "KL and finite-K InfoNCE",
    "C": "Downstream regression",
    "D": "Downstream classification (log loss)",
    "E": "Gaussian model",
    "F": "Topic model",
    "G": "Finite samples",
    "H": "Open territory (measured, not claimed)",
    "I": "Approximate sufficiency: the forms that the paper prints",
    "J": "From the loss to sufficiency: finite samples, the paper's constants beside ours",
    "Q": "Downstream tasks: the paper's bounds beside ours",
    "S": "The sphere: von Mises–Fisher pairs and the linear regression example",
    "W": "Words: topic classification from views that drop words",
}


@dataclass(frozen=True)
class Standing:
    """A registered statement, or what rows call by a name of their own, with its rows in this run."""

    id: str
    statement: Statement | None = None
    rows: Sequence[Row] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The state that decides: weak only where no row would notice a wrong constant."""
        return min((row.state for row in self.rows), key=[*State].index, default=State.UNSEEN)

    @property
    def letter(self) -> str:
        """The part of docs/theory.md that it belongs to; empty for names that are no id of it."""
        base = self.id.partition("-")[0]
        return base[0] if base[:1] in PARTS and base[1:].isdigit() else ""

    @property
    def is_statement(self) -> bool:
        """Whether it is registered, or at least stands in docs/theory.md."""
        return self.statement is not None or self.letter != ""

    @property
    def shares(self) -> list[tuple[float, Row]]:
        """The rows with the share of theory that was measured, the least first."""
        found = [(share, row) for row in self.rows if (share := row.share) is not None]
        return sorted(found, key=lambda pair: pair[0])


def standings(rows: Iterable[Row]) -> list[Standing]:
    """One standing for each registered statement, ordered by id, then one for each other name that rows carry."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.comparison.statement, []).append(row)
    known = [Standing(entry.id, entry, found.pop(entry.id, [])) for entry in statements.all()]
    return known + [Standing(name, None, found[name]) for name in sorted(found) if name]


def terminal_summary(studies: Sequence[tuple[StudyResult, Sequence[Row]]], width: int) -> str:
    """Counts by study, by row and by statement, the rows that do not simply hold, weak statements, tightest bounds."""
    rows = [row for _, found in studies for row in found]
    counts = [(result.plan.name, count(found, len(result.failures))) for result, found in studies]
    table = [(name, found.text()) for name, found in counts] if len(counts) <= STUDIES else []
    if len(counts) > 1:
        total: Counter[str] = Counter()
        for _, found in counts:
            total.update(asdict(found))
        table.append((f"all {len(counts)} studies", Counts(**total).text()))
    standing = standings(rows)
    by_state = Counter(one.state for one in standing if one.is_statement)
    table.append(("statements", ", ".join(f"{by_state[state]} {state}" for state in READ if by_state[state])))
    lines = aligned(table)
    alarming = [line for state in ALARMING for line in _alike(rows, state)]
    lines += ["", *alarming] if alarming else []
    weak = [one.id for one in standing if one.state is State.WEAK]
    if weak:
        more = f", … and {len(weak) - NAMED} more" if len(weak) > NAMED else ""
        text = f"weak, would not notice a constant wrong by a fifth: {', '.join(weak[:NAMED])}{more}"
        lines += ["", *textwrap.wrap(text, width, subsequent_indent="  ", max_lines=3, placeholder=" …")]
    tight = _tightest(rows)
    lines += ["", "tightest bounds:", *(f"  {line}" for line in aligned(tight))] if tight else []
    return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in lines) + "\n"


def _alike(rows: Sequence[Row], state: State) -> list[str]:
    """Below a heading the first row in this state of each statement, and how many like it there are."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.state is state:
            found.setdefault(row.comparison.statement, []).append(row)
    entries = []
    for id, (row, *others) in found.items():
        more = f", and {len(others)} more" if others else ""
        entries.append((id, f"{row.empirical} {row.theory}{more}", _place(row)))
    if not entries:
        return []
    hidden = [f"  … and {len(entries) - LISTED} more"] if len(entries) > LISTED else []
    return [f"{state}:", *(f"  {line}" for line in aligned(entries[:LISTED])), *hidden]


def _tightest(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Of each statement the row nearest to its bound, the nearest of these first."""
    best: dict[str, tuple[float, Row]] = {}
    for row in rows:
        share, id = row.share, row.comparison.statement
        if share is not None and row.is_bound and row.state in (State.HOLDS, State.WEAK):
            best[id] = max(best.get(id, (share, row)), (share, row), key=lambda pair: pair[0])
    nearest = sorted(best.values(), key=lambda pair: -pair[0])[:TIGHTEST]
    return [(f"{share:.4g}", row.comparison.statement, _place(row)) for share, row in nearest]


def _place(row: Row) -> str:
    return f"{row.study}:{row.experiment}[{row.setting}]"
