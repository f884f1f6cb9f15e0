"""What does one row of the table say: who agrees, who is fastest, and is the target met?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from side_by_side.agreement import Numbers, disagreement, reference
from side_by_side.contenders import builders_of
from side_by_side.problem import OURS, PEERS, Builder, Call, Problem
from side_by_side.timing import Plan, Timing, interleaved, warmed

MISSING, NOT_WRITTEN = "missing", "—"


class Target(NamedTuple):
    """Ours is to be `factor` times as fast as the best of `peers`."""

    factor: float
    peers: tuple[str, ...] = PEERS


@dataclass(frozen=True)
class Row:
    """A named workload and its targets; `share_target` is that of the physical limit, `memory` of a K × K table.

    `style` is how the variants of a peer begin that take part; all may where it is empty or a peer has none such.
    """

    name: str
    problem: Callable[[], Problem]
    targets: tuple[Target, ...] = ()
    share_target: float | None = None
    memory: bool = False
    memory_target: float | None = None
    style: str = ""


@dataclass
class Outcome:
    """Times of those who took part, by contender; why the others did not; and which variant of each was timed."""

    row: Row
    timings: dict[str, Timing] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def ratio(self, peers: tuple[str, ...] = PEERS) -> float | None:
        """The time of the best of `peers` in units of ours; None where nobody else, or not even we, took part."""
        others = [self.timings[peer].median for peer in peers if peer in self.timings]
        return min(others) / self.timings[OURS].median if others and OURS in self.timings else None

    def verdict(self, target: Target) -> bool | None:
        """Whether the target is met; None where a peer that it names is missing or failed."""
        ratio = self.ratio(target.peers)
        judged = all(self.excused.get(peer, NOT_WRITTEN) == NOT_WRITTEN for peer in target.peers)
        return ratio >= target.factor if judged and ratio is not None else None


def measure(row: Row, plan: Plan, every_variant: bool = False) -> Outcome:
    """Check everybody's numbers, choose the best variant of each, and time them in turns."""
    problem = row.problem()
    expected, outcome = reference(problem), Outcome(row)
    chosen = {}
    for contender in (OURS, *PEERS):
        builders = builders_of(contender)
        if builders is None or problem.kind not in builders:
            outcome.excused[contender] = MISSING if builders is None else NOT_WRITTEN
            continue
        variants = in_style(builders[problem.kind], row.style)
        known = variants if every_variant else dict(list(variants.items())[:1])
        call = best_variant(contender, known, problem, expected, outcome)
        if call is not None:
            chosen[contender] = call.run
    outcome.timings = interleaved(chosen, plan) if chosen else {}
    return outcome


def in_style(variants: dict[str, Builder], style: str) -> dict[str, Builder]:
    """The variants whose name begins with `style`, or all where there are none."""
    return {name: builder for name, builder in variants.items() if name.startswith(style)} or variants


def best_variant(
    contender: str, variants: dict[str, Builder], problem: Problem, expected: Numbers, outcome: Outcome
) -> Call | None:
    """The fastest of the variants that agree, by the best of a few calls; notes what the others did."""
    found = []
    for name, builder in variants.items():
        call, wrong = attempt(builder, problem, expected)
        if call is None:
            outcome.notes.append(f"{contender} ({name}): {wrong}")
            outcome.excused.setdefault(contender, wrong or "")
        else:
            rough = warmed(call.run) if len(variants) > 1 else 0.0
            found.append((rough, name, call))
    if not found:
        return None
    outcome.excused.pop(contender, None)
    _, outcome.variants[contender], best = min(found, key=lambda entry: entry[:2])
    if len(found) > 1:
        times = ", ".join(f"{name} {1e3 * rough:.3g} ms" for rough, name, _ in found)
        outcome.notes.append(f"{contender}: {times}")
    return best


def attempt(builder: Builder, problem: Problem, expected: Numbers) -> tuple[Call | None, str | None]:
    """The call where its numbers are right, or what is wrong; whatever a peer raises is its own failure."""
    try:
        call = builder(problem)
        wrong = disagreement(problem, call.result(), expected)
        if wrong is None and call.check is not None:
            call.run()
    except Exception as error:
        return None, f"failed: {type(error).__name__}"
    return (call, None) if wrong is None else (None, f"disagrees: {wrong}")
