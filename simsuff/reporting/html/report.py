"""The report of a run: how many statements stand, a map of all of them, a card for each, the studies, how it was made."""

import base64
import inspect
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.numerics.numbers import value_of
from simsuff.reporting.html.page import render
from simsuff.reporting.html.strip import Strip, strip_of
from simsuff.reporting.row import Row, State, count
from simsuff.reporting.summary import ALARMING, PARTS, Standing, standings
from simsuff.statements.paper import item
from simsuff.statements.vocabulary import meanings
from simsuff.studies.collect import StudyResult

MEANINGS = {
    State.HOLDS: "The slack decides for the claim beyond chance and rounding, and a constant of theory that is wrong by a"
    " fifth would have been noticed in one setting at least.",
    State.WEAK: "Every setting agrees, but none is near enough to theory to notice a constant that is wrong by a fifth.",
    State.EXPECTED: "Theory predicts that the relation fails here (the statement is false, or a condition was left on"
    " purpose), and it does.",
    State.UNCONFIRMED: "Theory predicts a violation that did not occur.",
    State.UNDECIDED: "Some setting cannot tell: the interval of the draws or the errors leave it open.",
    State.VIOLATED: "Some setting contradicts the statement beyond chance and rounding.",
    State.MEASURED: "Two measurements stand side by side; no theory is judged.",
    State.UNSEEN: "No setting of this run speaks about it; tests, proofs and other runs may (simsuff ledger).",
}
YOURS = "Statements of your own"
NAMED = "Measured under names of their own, without a statement"
# How the run was made, as run.json tells it.
PROVENANCE = (
    "command", "seed", "scale", "started", "wall_seconds", "status",
    "backend", "jobs", "versions", "commit", "code", "machine",
)  # fmt: skip


@dataclass(frozen=True)
class Card:
    """What the page says about one statement: its place, formula, plot, extreme rows, and what its rows say."""

    standing: Standing
    anchor: str
    formula: str
    strip: Strip | None
    cases: Sequence[tuple[str, str, Row, str]]
    counts: Sequence[tuple[State, int]]
    studies: Sequence[str]

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def title(self) -> str:
        """What it says in words; nothing for a name of a row's own."""
        return self.standing.statement.title if self.standing.statement else ""

    @property
    def unshown(self) -> int:
        """How many rows compare with theory and have no share."""
        compared = sum(row.state is not State.MEASURED for row in self.standing.rows)
        return compared - len(self.standing.shares)


def report_page(
    studies: Sequence[tuple[StudyResult, Sequence[Row]]],
    header: Mapping[str, Any],
    level: float,
    figures: Mapping[str, bytes],
    tasks: tuple[int, int] | None = None,
) -> str:
    """The page; `figures` holds SVG or PNG by the name of the study, `tasks` how many of how many have finished.

    Raises
    ------
    ImportError : where Jinja is not installed.
    """
    rows = [row for _, found in studies for row in found]
    # Rows are told apart by identity, as equal ones may stand in several studies.
    anchors = {id(row): f"row-{number}" for number, row in enumerate(rows)}
    cards = [_card(standing, number, anchors) for number, standing in enumerate(standings(rows))]
    counted = Counter(card.state for card in cards if card.standing.is_statement)
    always = (State.HOLDS, State.WEAK, State.UNDECIDED, State.VIOLATED)
    shown = [state for state in MEANINGS if state is not State.UNSEEN and (counted[state] or state in always)]
    return render(
        "report.html",
        header=header,
        level=level,
        tasks=tasks,
        states=State,
        counted=[(state, counted[state]) for state in shown],
        unseen=counted[State.UNSEEN],
        total=counted.total(),
        rows=len(rows),
        parts=_parts(cards),
        alarming=[card for card in cards if card.state in ALARMING],
        meaning_of=MEANINGS,
        links={card.standing.id: card.anchor for card in cards},
        studies=[_study(number, *study, header, figures, anchors) for number, study in enumerate(studies)],
        study_anchors={
            result.plan.name: _anchor("study", result.plan.name, n) for n, (result, _) in enumerate(studies)
        },
        provenance=[
            (name.replace("_", " ").capitalize(), _words(header[name]))
            for name in PROVENANCE
            if header.get(name) is not None
        ],
        item=item,
        meanings=meanings,
    )


def _anchor(kind: str, name: str, number: int) -> str:
    """Where links point to: the name, so that they can be kept, and a number for a name that links cannot hold."""
    return f"{kind}-{name if re.fullmatch(r'[A-Za-z0-9_.()-]+', name) else number}"


def _card(standing: Standing, number: int, anchors: Mapping[int, str]) -> Card:
    # By how near theory a row comes; beyond a bound is nearer still.
    shares = sorted(standing.shares, key=lambda pair: pair[0] if pair[1].is_bound else -abs(pair[0] - 1))
    ends = [("tightest", shares[-1]), ("loosest", shares[0])] if shares else []
    extremes = ends if len(shares) > 1 else [("only case", pair) for _, pair in ends[:1]]
    cases = []
    for name, (share, row) in extremes:
        text = f"{share:.3g} of the bound" if row.is_bound else f"off by {abs(share - 1):.1g}"
        cases.append((name, text, row, anchors[id(row)]))
    counted = Counter(row.state for row in standing.rows)
    doc = inspect.getdoc(standing.statement.function) or "" if standing.statement else ""
    studies = list(dict.fromkeys(row.study for row in standing.rows))
    counts = [(state, counted[state]) for state in State if counted[state]]
    anchor = _anchor("statement", standing.id, number)
    return Card(standing, anchor, doc, strip_of(standing), cases, counts, studies)


def _parts(cards: Sequence[Card]) -> list[tuple[str, str, list[tuple[str, list[Card]]]]]:
    """The cards by the letter of their id, then by the id before the hyphen, as (letter, title, groups)."""
    found: dict[tuple[str, str], dict[str, list[Card]]] = {}
    for card in cards:
        base, letter = card.standing.id.partition("-")[0], card.standing.letter
        title = PARTS[letter] if letter else YOURS if card.standing.statement else NAMED
        found.setdefault((letter, title), {}).setdefault(base if letter else "", []).append(card)
    return [(letter, title, list(groups.items())) for (letter, title), groups in found.items()]


def _study(
    number: int,
    result: StudyResult,
    rows: Sequence[Row],
    header: Mapping[str, Any],
    figures: Mapping[str, bytes],
    anchors: Mapping[int, str],
) -> dict[str, Any]:
    plan = result.plan
    command = ["simsuff", "run", plan.path, "--scale", header["scale"], "--seed", header["seed"]]
    for option in ("set", "only"):
        command += [word for text in header.get(option) or [] for word in (f"--{option}", text)]
    content = figures.get(plan.name)
    kind = "png" if content and content.startswith(b"\x89PNG") else "svg+xml"
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    return {
        "plan": plan,
        "anchor": _anchor("study", plan.name, number),
        "command": shlex.join(map(str, command)),
        "counts": count(rows, len(result.failures)),
        "figure": f"data:image/{kind};base64,{base64.b64encode(content).decode()}" if content else "",
        "panels": [e.axes.title or e.description or e.name for e in plan.experiments if e.axes],
        "rows": [_line(row, anchors[id(row)], notes) for row in rows],
        "states": sorted({row.state for row in rows}, key=[*State].index),
        "notes": notes,
        "failures": result.failures,
    }


def _line(row: Row, anchor: str, notes: Sequence[str]) -> dict[str, Any]:
    """A row of a table: what is shown beside its own texts, and the numbers that it is sorted by."""
    return {
        "row": row,
        "anchor": anchor,
        "state": row.state,
        "rank": [*State].index(row.state),
        "note": notes.index(row.note) + 1 if row.note else 0,
        "measured": _sortable(value_of(row.comparison.lhs)),
        "theory": _sortable(value_of(row.comparison.rhs)),
        "share": row.share,
        "power": "" if row.power is None else _sortable(row.power),
    }


def _sortable(value: float) -> str:
    """A number as JavaScript reads it."""
    return repr(value).replace("inf", "Infinity")


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {entry}" for name, entry in value.items())
    return shlex.join(map(str, value)) if isinstance(value, list) else str(value)
