"""Does the inequality hold? Best-first branch and bound over the charts, until proof, counterexample or budget."""

import heapq
import time
from typing import NamedTuple

from simsuff.certificates.bounds import ChartProver, Proof
from simsuff.certificates.charts import BERNOULLI, MIRRORED, POINTWISE, Box, Chart
from simsuff.certificates.claims import Claim
from simsuff.certificates.forms import LagrangeBuilder
from simsuff.certificates.intervals import Interval
from simsuff.certificates.programs import Program
from simsuff.certificates.refute import Counterexample, violation_near
from simsuff.certificates.results import Answer, Certified, Refuted, Region, Tree, Undecided
from simsuff.numerics.validation import integer

# A corner (0, 0) whose box resists this many halvings is blown up; twice at most, the logarithms need no more.
_PATIENCE = 5
_BLOW_UPS = 2
# Symbolic preparation waits until a chart has been halved so often: many claims fall or stand before.
_HASTE = 2


class _Node:
    """A box that waits: its prover, its place in the proof tree, its depth since the chart began."""

    def __init__(self, prover: ChartProver, box: Box, tree: Tree, depth: int, blow_ups: int) -> None:
        self.prover, self.box, self.tree, self.depth, self.blow_ups = prover, box, tree, depth, blow_ups
        trial = prover.try_box(box, patient=depth >= _HASTE or blow_ups > 0)
        self.proof, self.lower, self.axis = trial


class _Outcome(NamedTuple):
    counterexample: Counterexample | None
    remaining: tuple[Region, ...]
    trees: dict[str, Tree]
    expressions: dict[str, dict[str, str]]
    leaves: int
    boxes: int


def certify(claim: Claim | str, max_boxes: int = 5_000) -> Answer:
    """Decide a claim between two f-divergences for all pairs of laws (P4, P5).

    Parameters
    ----------
    claim : a Claim, or its text.
    max_boxes : the budget of boxes for each route; the answer depends on nothing else, so it is deterministic.

    Returns
    -------
    Certified, Refuted or Undecided. A linear claim is first tried pointwise, on the generators; what that leaves
    open, and every other claim, is decided on Bernoulli pairs.

    Raises
    ------
    ImportError without python-flint; ValueError for a claim outside the language.
    """
    claim = Claim(claim) if isinstance(claim, str) else claim
    integer("max_boxes", max_boxes, 1, "give the search at least one box")
    start = time.perf_counter()
    spent = 0
    if claim.is_linear:
        found = _search(claim, POINTWISE, max_boxes)
        if found.counterexample is not None or not found.remaining:
            return _answer(claim, "pointwise", found, start, 0)
        spent = found.boxes
    return _answer(claim, "bernoulli", _search(claim, BERNOULLI, max_boxes), start, spent)


def _answer(claim: Claim, route: str, found: _Outcome, start: float, spent: int) -> Answer:
    seconds, boxes = time.perf_counter() - start, found.boxes + spent
    if found.counterexample is not None:
        return Refuted(claim, *found.counterexample, boxes, seconds)
    if found.remaining:
        reason = "the budget of boxes is spent"
        return Undecided(claim, route, found.remaining, reason, boxes, seconds)
    if route == "bernoulli" and not claim.joint_range_applies:
        reason = "proved for Bernoulli pairs only: A is not known convex and B concave, so P4 does not apply"
        return Undecided(claim, route, (), reason, boxes, seconds)
    return Certified(claim, route, found.trees, found.expressions, found.leaves, seconds)


def _search(claim: Claim, charts: dict[str, Chart], max_boxes: int) -> _Outcome:
    builder = LagrangeBuilder(claim)
    charts = {name: chart for name, chart in charts.items() if not (claim.is_symmetric and name in MIRRORED)}
    trees: dict[str, Tree] = {name: {} for name in charts}
    provers = {name: ChartProver(chart, claim, builder) for name, chart in charts.items()}
    queue: list[tuple[float, int, _Node]] = []
    boxes = leaves = 0
    fresh = [_Node(prover, prover.chart.box, trees[name], 0, 0) for name, prover in provers.items()]
    while True:
        for node in fresh:
            boxes += 1
            provers.setdefault(node.prover.chart.name, node.prover)
            if node.proof is not None:
                node.tree.update(_leaf(node.proof))
                leaves += 1
                continue
            found = _counterexample(claim, node)
            if found is not None:
                return _Outcome(found, (), trees, {}, leaves, boxes)
            heapq.heappush(queue, (node.lower, boxes, node))
        if not queue or boxes >= max_boxes:
            break
        fresh = _expanded(heapq.heappop(queue)[2], claim, builder)
    remaining = tuple(_region(entry[2]) for entry in sorted(queue))
    expressions = {name: prover.expressions for name, prover in provers.items()}
    return _Outcome(None, remaining, trees, expressions, leaves, boxes)


def _region(node: _Node) -> Region:
    box = [Interval(lo, hi) for lo, hi in node.box]
    chart = node.prover.chart
    p, q = (Program(mass, chart.symbols).value(box) for mass in chart.outcomes[0][:2])
    return Region(chart.name, node.box, node.lower, (p.lo, p.hi), (q.lo, q.hi))


def _leaf(proof: Proof) -> Tree:
    return {"leaf": [proof.form, proof.rule, *proof.detail]}


def _counterexample(claim: Claim, node: _Node) -> Counterexample | None:
    centre = [Interval((lo + hi) / 2, (lo + hi) / 2) for lo, hi in node.box]
    negative = any(form.program.value(centre).hi < 0 for form in node.prover.forms.values())
    return violation_near(claim, node.prover.chart, node.box) if negative else None


def _expanded(node: _Node, claim: Claim, builder: LagrangeBuilder) -> list[_Node]:
    at_corner = len(node.box) == 2 and all(lo == 0 for lo, _ in node.box)
    if at_corner and node.depth >= _PATIENCE and node.blow_ups < _BLOW_UPS:
        return _blown_up(node, claim, builder)
    axis = node.axis
    lo, hi = node.box[axis]
    middle = (lo + hi) / 2
    parts: list[Tree] = [{}, {}]
    node.tree.update({"split": axis, "parts": parts})
    halves = ((lo, middle), (middle, hi))
    boxes = [tuple(half if i == axis else side for i, side in enumerate(node.box)) for half in halves]
    return [
        _Node(node.prover, box, part, node.depth + 1, node.blow_ups)
        for box, part in zip(boxes, parts, strict=True)
    ]


def _blown_up(node: _Node, claim: Claim, builder: LagrangeBuilder) -> list[_Node]:
    parts: list[Tree] = [{}, {}]
    node.tree.update({"blow_up": parts})
    charts = node.prover.chart.blown_up(node.box)
    return [
        _Node(ChartProver(chart, claim, builder), chart.box, part, 0, node.blow_ups + 1)
        for chart, part in zip(charts, parts, strict=True)
    ]
