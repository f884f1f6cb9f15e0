"""Does the inequality hold? Best-first branch and bound over the charts, until proof, counterexample or budget."""

import heapq
import math
import time
from functools import partial

from simsuff.certificates.bounds import ChartProver, NoForm
from simsuff.certificates.charts import BERNOULLI, MIRRORED, POINTWISE, Box, Chart
from simsuff.certificates.claims import Claim
from simsuff.certificates.forms import LagrangeBuilder
from simsuff.certificates.intervals import Interval
from simsuff.certificates.programs import Program
from simsuff.certificates.refute import Counterexample, extreme_violation, violation_near
from simsuff.certificates.results import Answer, Certified, Refuted, Region, Tree, Undecided
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import integer, refuse, require

# A corner (0, 0) whose box resists this many halvings is blown up; twice at most, the logarithms need no more.
_PATIENCE = 5
_BLOW_UPS = 2
# Symbolic preparation waits until a chart has been halved so often: many claims fall or stand before.
_HASTE = 2
# A box is halved at most so often: the checker wants ends that are exact doubles.
_DEEPEST = 50
# So many boxes in, or at the first that resists all halving, pairs beyond the reach of boxes are tried.
_LATE = 500
# For what the claim says about itself: linear, symmetric, equivalent forms.
_READING_SECONDS = 20.0
_OUTSIDE_P4 = "proved for Bernoulli pairs only: A is not known convex and B concave, so P4 does not apply"


class _Node:
    """A box that waits: its prover, its place in the proof tree, its depth since the chart began."""

    def __init__(self, prover: ChartProver, box: Box, tree: Tree, depth: int = 0, blow_ups: int = 0) -> None:
        self.prover, self.box, self.tree, self.depth, self.blow_ups = prover, box, tree, depth, blow_ups
        trial = prover.try_box(box, patient=depth >= _HASTE or blow_ups > 0)
        self.proof, self.lower, self.axis = trial


class _Search:
    """Branch and bound on the charts of one route; interrupted, it still knows the boxes that are left."""

    def __init__(self, claim: Claim, charts: dict[str, Chart], route: str) -> None:
        self.claim, self.route, self.builder = claim, route, LagrangeBuilder(claim)
        kept = [chart for chart in charts.values() if not (claim.is_symmetric and chart.name in MIRRORED)]
        self.provers = {chart.name: ChartProver(chart, claim, self.builder) for chart in kept}
        self.trees: dict[str, Tree] = {name: {} for name in self.provers}
        self.open: list[tuple[float, int, _Node]] = []
        self.stuck: list[tuple[float, int, _Node]] = []
        self.boxes = self.leaves = 0
        self.counterexample: Counterexample | None = None
        self.reason = ""

    def run(self, max_boxes: int) -> None:
        """Decide boxes, the least certain first, until none is left, a counterexample is found or the budget is spent."""
        fresh = [_Node(prover, prover.chart.box, self.trees[name]) for name, prover in self.provers.items()]
        while True:
            for node in fresh:
                self._judge(node)
                if self.counterexample is not None:
                    return
            if not self.open:
                if self.stuck:
                    self.reason = f"{len(self.stuck)} boxes resist {_DEEPEST} halvings"
                elif self.route == "bernoulli" and not self.claim.joint_range_applies:
                    self.reason = _OUTSIDE_P4
                return
            if self.boxes >= max_boxes:
                self.reason = "the budget of boxes is spent"
                return
            fresh = self._expanded(heapq.heappop(self.open)[2])

    def _judge(self, node: _Node) -> None:
        """Close a box that is proved; look for a counterexample in one that is not."""
        self.boxes += 1
        self.provers.setdefault(node.prover.chart.name, node.prover)
        if node.proof is not None:
            node.tree.update({"leaf": [node.proof.form, node.proof.rule, *node.proof.detail]})
            self.leaves += 1
            return
        entry = (node.lower, self.boxes, node)
        if node.depth < _DEEPEST:
            heapq.heappush(self.open, entry)
        else:
            self.stuck.append(entry)
        centre = [Interval((lo + hi) / 2, (lo + hi) / 2) for lo, hi in node.box]
        if any(form.program.value(centre).hi < 0 for form in node.prover.forms.values()):
            self.counterexample = violation_near(self.claim, node.prover.chart, node.box)
        elif self.boxes == _LATE or self.stuck == [entry]:
            self.counterexample = extreme_violation(self.claim)

    def _expanded(self, node: _Node) -> list[_Node]:
        """The two halves of a box, or of a corner (0, 0) that resists halving, its two sectors."""
        parts: list[Tree] = [{}, {}]
        at_corner = len(node.box) == 2 and all(lo == 0 for lo, _ in node.box)
        if at_corner and node.depth >= _PATIENCE and node.blow_ups < _BLOW_UPS:
            node.tree.update({"blow_up": parts})
            return [
                _Node(ChartProver(chart, self.claim, self.builder), chart.box, part, 0, node.blow_ups + 1)
                for chart, part in zip(node.prover.chart.blown_up(node.box), parts, strict=True)
            ]
        node.tree.update({"split": node.axis, "parts": parts})
        lo, hi = node.box[node.axis]
        middle = (lo + hi) / 2
        return [
            _Node(
                node.prover,
                tuple(half if i == node.axis else side for i, side in enumerate(node.box)),
                part,
                node.depth + 1,
                node.blow_ups,
            )
            for half, part in zip(((lo, middle), (middle, hi)), parts, strict=True)
        ]

    @property
    def remaining(self) -> tuple[Region, ...]:
        """The boxes that are not decided, the least certain first."""
        return tuple(_region(node) for _, _, node in sorted([*self.open, *self.stuck], key=lambda e: e[:2]))


def _region(node: _Node) -> Region:
    box = [Interval(lo, hi) for lo, hi in node.box]
    chart = node.prover.chart
    p, q = (Program(mass, chart.symbols).value(box) for mass in chart.outcomes[0][:2])
    return Region(chart.name, node.box, node.lower, (p.lo, p.hi), (q.lo, q.hi))


def certify(claim: Claim | str, max_boxes: int = 5_000, max_seconds: float = 120.0) -> Answer:
    """Decide a claim between two f-divergences for all pairs of laws (P4, P5).

    Parameters
    ----------
    claim : a Claim, or its text.
    max_boxes : the budget of boxes for each route.
    max_seconds : the budget of time. An answer within it depends on nothing but the claim and `max_boxes`.

    Returns
    -------
    Certified, Refuted or Undecided. A linear claim is first tried pointwise, on the generators; what that leaves
    open, and every other claim, is decided on Bernoulli pairs. A spent budget is Undecided and says so.

    Raises
    ------
    ImportError : without python-flint.
    ValueError : for a claim outside the language or too large to be analysed, or a budget that is not positive.

    Examples
    --------
    >>> certify("le_cam <= total_variation").route
    'pointwise'
    >>> certify("1.01*squared_hellinger <= kl").p
    4/7
    """
    claim = Claim(claim) if isinstance(claim, str) else claim
    integer("max_boxes", max_boxes, 1, "give the search at least one box")
    good = isinstance(max_seconds, int | float) and 0 < max_seconds < math.inf
    require(good, "max_seconds", max_seconds, "be a positive number", "give the search at least one second")
    start, spent = time.perf_counter(), 0
    try:
        within(_READING_SECONDS, lambda: (claim.is_linear, claim.is_symmetric, claim.tame))
    except OutOfTime as error:
        allowed = f"be simple enough to be analysed within {_READING_SECONDS:g} s"
        raise refuse("claim", claim.text, allowed, "use smaller powers and fewer terms") from error

    for route, charts in [("pointwise", POINTWISE)] * claim.is_linear + [("bernoulli", BERNOULLI)]:
        search = _Search(claim, charts, route)
        try:
            within(max(max_seconds + start - time.perf_counter(), 0.001), partial(search.run, max_boxes))
            late = False
        except OutOfTime:
            search.reason, late = f"the budget of {max_seconds:g} s is spent", True
        except NoForm as error:
            search.reason, late = str(error), False
        spent, seconds = spent + search.boxes, time.perf_counter() - start
        if search.counterexample is not None:
            return Refuted(claim, *search.counterexample, spent, seconds)
        if not search.reason:
            expressions = {name: prover.expressions for name, prover in search.provers.items()}
            return Certified(claim, route, search.trees, expressions, search.leaves, seconds)
        if late:
            break
    return Undecided(claim, route, search.remaining, search.reason, spent, seconds)
