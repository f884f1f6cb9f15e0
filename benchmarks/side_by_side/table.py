"""How is the comparison shown? As Markdown with everything that is needed to make it again, or as JSON."""

from dataclasses import dataclass, field
from typing import Any

from side_by_side.peaks import Peaks
from side_by_side.problem import OURS, PEERS
from side_by_side.row import Outcome, Target
from side_by_side.startup import Wait

ANSWER = {True: "yes", False: "**no**", None: "not judged"}
MEASURES = ("best peer / ours", "target", "met", "memory", "share of limit")
HEADER: tuple[str, ...] = ("workload", f"{OURS} (ms)", *PEERS, *MEASURES)

LEGEND = (
    "Milliseconds are medians of calls that alternate between the contenders within one run; a peer that disagrees, "
    "fails or is missing is named as such and does not count. `—` means that a contender has no such workload. "
    "A target is not judged unless every peer that it names took part. Memory is the growth of the resident set beyond "
    "inputs and outputs, in a fresh process, as a share of one K × K table. The limit of a row is the time of "
    "6 K² d flops and K² exponentials at the peaks below."
)


@dataclass
class Comparison:
    """Everything that a run found."""

    outcomes: list[Outcome] = field(default_factory=list)
    shares: dict[str, float | None] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, Peaks] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def markdown(found: Comparison) -> str:
    """The whole report."""
    lines = ["# simsuff beside its peers", ""]
    lines += [f"* {name}: {value}" for name, value in found.facts.items()]
    lines += [f"* peak, {dtype}: {shown_peaks(peaks)}" for dtype, peaks in found.peaks.items()]
    lines += ["", LEGEND, "", *table([HEADER, *(cells(found, outcome) for outcome in found.outcomes)])]
    if found.waits:
        waits: list[tuple[str, ...]] = [("waiting for", "seconds", "target", "met")]
        waits += [(w.name, f"{w.seconds:.3f}", *shown_wait(w)) for w in found.waits]
        lines += ["", *table(waits)]
    notes = [f"* {outcome.row.name}: {note}" for outcome in found.outcomes for note in outcome.notes]
    lines += ["", "Notes", "", *notes] if notes else []
    return "\n".join(lines) + "\n"


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """A Markdown table, the first row as its head."""
    width = len(rows[0])
    rule = ("---",) * width
    return ["| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:])]


def cells(found: Comparison, outcome: Outcome) -> tuple[str, ...]:
    """One row of the table."""
    row, name = outcome.row, outcome.row.name
    memory, share = found.memory.get(name), found.shares.get(name)
    return (
        name,
        *(shown_time(outcome, contender) for contender in (OURS, *PEERS)),
        ", ".join(ratios(outcome)) or "—",
        "; ".join(shown_target(target) for target in row.targets) or "—",
        "; ".join(ANSWER[outcome.verdict(target)] for target in row.targets) or "—",
        "—" if memory is None else judged(f"{memory:.1%}", memory, row.memory_target, at_most=True),
        "—" if share is None else judged(f"{share:.0%}", share, row.share_target, at_most=False),
    )


def shown_time(outcome: Outcome, contender: str) -> str:
    """Milliseconds and the variant, or why there are none."""
    if contender not in outcome.timings:
        return outcome.excused.get(contender, "—")
    shown = f"{1e3 * outcome.timings[contender].median:.3g}"
    return shown if contender == OURS else f"{shown} ({outcome.variants[contender]})"


def ratios(outcome: Outcome) -> list[str]:
    """The ratio that each target is about, or that to the best of all."""
    targets = outcome.row.targets or (Target(0.0),)
    found = [(target, outcome.ratio(target.peers)) for target in targets]
    return ["—" if ratio is None else f"{ratio:.2g}" for _, ratio in found]


def shown_wait(wait: Wait) -> tuple[str, str]:
    """What is asked of a wait, and whether it is met."""
    return ("—", "—") if wait.target is None else (f"≤ {wait.target:g}", ANSWER[wait.met])


def shown_target(target: Target) -> str:
    """The factor, and whom it is about where that is not everybody."""
    return f"≥ {target.factor:g}" + ("" if target.peers == PEERS else f" ({' or '.join(target.peers)})")


def judged(shown: str, value: float, target: float | None, at_most: bool) -> str:
    """A number with its target and verdict, where there is one."""
    if target is None:
        return shown
    met = value <= target if at_most else value >= target
    return f"{shown} ({'≤' if at_most else '≥'} {target:.0%}: {ANSWER[met]})"


def shown_peaks(peaks: Peaks) -> str:
    """Both rates."""
    rate = f"{peaks.exponentials / 1e9:.3g}·10⁹ exponentials/s ({peaks.exponential})"
    return f"{peaks.flops / 1e9:.3g} Gflop/s, {rate}"


def record(found: Comparison) -> dict[str, Any]:
    """The same for machines."""
    rows = [row_record(found, outcome) for outcome in found.outcomes]
    peaks = {dtype: peaks._asdict() for dtype, peaks in found.peaks.items()}
    waits = [wait._asdict() | {"met": wait.met} for wait in found.waits]
    return {"facts": found.facts, "peaks": peaks, "rows": rows, "waits": waits}


def row_record(found: Comparison, outcome: Outcome) -> dict[str, Any]:
    """One row; times in seconds."""
    name, targets = outcome.row.name, outcome.row.targets
    judgements = [
        {**target._asdict(), "ratio": outcome.ratio(target.peers), "met": outcome.verdict(target)}
        for target in targets
    ]
    return {
        "workload": name,
        "seconds": {contender: timing._asdict() for contender, timing in outcome.timings.items()},
        "variants": outcome.variants,
        "excused": outcome.excused,
        "notes": outcome.notes,
        "ratio": outcome.ratio(),
        "targets": judgements,
        "memory_share": found.memory.get(name),
        "share_of_limit": found.shares.get(name),
    }
