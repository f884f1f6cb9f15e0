"""Branch and bound: an inequality between divergences is certified, refuted or left undecided."""

import heapq
import itertools
import math
import time
from functools import partial
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.answers import Answer, Certified, Refuted, Region, Tree, Undecided
from simsuff.certificates.claims import Claim, Side, x
from simsuff.certificates.coordinates import BERNOULLI, MIRRORED, POINTWISE, Box, Patch, branch
from simsuff.certificates.intervals import PRECISION, Ball, Interval, ball, enclose
from simsuff.certificates.margins import LagrangeBuilder
from simsuff.certificates.programs import Program
from simsuff.certificates.rules import NoMargin, PatchProver
from simsuff.divergences.symbols import t
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import integer, refuse, require

# A pointwise violation at z becomes one of pairs when the outcome that shows it is rare: shares 2⁻¹ … 2⁻⁴⁰.
_SHARES = 40
# Masses 2⁻ᵏ and 1 − 2⁻ᵏ that are tried where no box decides: the margin of KL grows like k.
_EXTREMES = (1, 4, 16, 64, 256, 1024, 4096, 16_384)


class Counterexample(NamedTuple):
    """An exact pair and the enclosure of its margin, below 0."""

    p: sp.Rational
    q: sp.Rational
    margin: tuple[float, float]


def violation(claim: Claim, p: sp.Rational, q: sp.Rational) -> Counterexample | None:
    """The counterexample at (p, q), or None where the balls do not show one."""
    if not (0 < p < 1 and 0 < q < 1):
        return None
    left, right = sp.symbols("left right")
    bits = PRECISION + 2 * max(int(mass.q).bit_length() for mass in (p, q))  # 1 − 2⁻ᵏ must not look like 1
    sides = {left: _side(claim.smaller, p, q, bits), right: _side(claim.larger, p, q, bits)}
    margin = enclose(ball(right - left, sides, bits))
    return Counterexample(p, q, (margin.lo, margin.hi)) if margin.hi < 0 else None


def _side(side: Side, p: sp.Rational, q: sp.Rational, bits: int) -> Ball:
    """A(D_f); numbers of thousands of digits stay out of SymPy's expressions, which would factor them."""
    first, last = sp.symbols("first last")

    def term(a: sp.Rational, b: sp.Rational) -> Ball:
        value = ball(branch(side.generator, 1 if a >= b else -1), {t: a / b}, bits)
        return ball(first * last, {first: b, last: value}, bits)

    total = ball(first + last, {first: term(p, q), last: term(1 - p, 1 - q)}, bits)
    return ball(side.function, {x: total}, bits)


def extreme_violation(claim: Claim) -> Counterexample | None:
    """A counterexample with masses near 0 or 1, beyond what boxes with ends in double precision can reach, or None."""
    small = [sp.Rational(1, 2**k) for k in _EXTREMES]
    pairs = itertools.product(*[[m for mass in small for m in (mass, 1 - mass)]] * 2)
    ordered = sorted((pair for pair in pairs if pair[0] > pair[1]), key=lambda pair: max(m.q for m in pair))
    return next(filter(None, (violation(claim, p, q) for p, q in ordered)), None)


def violation_near(claim: Claim, patch: Patch, box: Box) -> Counterexample | None:
    """A counterexample from the centre of a box, or None."""
    centre = [(sp.Rational(lo) + sp.Rational(hi)) / 2 for lo, hi in box]
    at = dict(zip(patch.symbols, centre, strict=True))
    p, q = (sp.Rational(mass.subs(at)) for mass in patch.outcomes[0][:2])
    if not patch.is_pointwise:
        return violation(claim, p, q)
    for power in range(1, _SHARES + 1):
        share = sp.Rational(1, 2**power)
        found = violation(claim, share * p, share * q)
        if found is not None:
            return found
    return None


# A corner (0, 0) whose box resists this many halvings is blown up; twice at most, the logarithms need no more.
_PATIENCE = 5
_BLOW_UPS = 2
# Symbolic preparation waits until a patch has been halved so often: many claims fall or stand before.
_HASTE = 2
# A box is halved at most so often: the checker wants ends that are exact doubles.
_DEEPEST = 50
# One box that resists them rules out a proof, a few more that a counterexample is near.
_HOPELESS = 8
# So many boxes in, or at the first that resists all halving, pairs beyond the reach of boxes are tried.
_LATE = 500
# For what the claim says about itself: linear, symmetric, equivalent forms.
_READING_SECONDS = 20.0
_OUTSIDE_P4 = "proved for Bernoulli pairs only: A is not known convex and B concave, so P4 does not apply"


class _Node:
    """A box that waits: its prover, its place in the proof tree, its depth since the patch began."""

    def __init__(self, prover: PatchProver, box: Box, tree: Tree, depth: int = 0, blow_ups: int = 0) -> None:
        self.prover, self.box, self.tree, self.depth, self.blow_ups = prover, box, tree, depth, blow_ups
        self.proof, self.lower, self.axis = prover.try_box(box, patient=depth >= _HASTE or blow_ups > 0)


class _Search:
    """Branch and bound on the patches of one route; interrupted, it still knows the boxes that are left."""

    def __init__(self, claim: Claim, patches: dict[str, Patch], route: str) -> None:
        self.claim, self.route, self.builder = claim, route, LagrangeBuilder(claim)
        kept = [patch for patch in patches.values() if not (claim.is_symmetric and patch.name in MIRRORED)]
        self.provers = {patch.name: PatchProver(patch, claim, self.builder) for patch in kept}
        self.trees: dict[str, Tree] = {name: {} for name in self.provers}
        self.open: list[tuple[float, int, _Node]] = []
        self.stuck: list[tuple[float, int, _Node]] = []
        self.boxes = self.leaves = 0
        self.counterexample: Counterexample | None = None
        self.reason = ""

    def run(self, max_boxes: int) -> None:
        """Decide boxes, the least certain first, until none is left, a counterexample is found or the budget is spent."""
        fresh = [_Node(prover, prover.patch.box, self.trees[name]) for name, prover in self.provers.items()]
        while True:
            for node in fresh:
                self._judge(node)
                if self.counterexample is not None:
                    return
            if not self.open or len(self.stuck) == _HOPELESS:
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
        self.provers.setdefault(node.prover.patch.name, node.prover)
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
        if any(form.value(centre).hi < 0 for form in node.prover.margins.values()):
            self.counterexample = violation_near(self.claim, node.prover.patch, node.box)
        elif self.boxes == _LATE or self.stuck == [entry]:
            self.counterexample = extreme_violation(self.claim)

    def _expanded(self, node: _Node) -> list[_Node]:
        """The two halves of a box, or of a corner (0, 0) that resists halving, its two sectors."""
        parts: list[Tree] = [{}, {}]
        at_corner = len(node.box) == 2 and all(lo == 0 for lo, _ in node.box)
        if at_corner and node.depth >= _PATIENCE and node.blow_ups < _BLOW_UPS:
            node.tree.update({"blow_up": parts})
            return [
                _Node(PatchProver(patch, self.claim, self.builder), patch.box, part, 0, node.blow_ups + 1)
                for patch, part in zip(node.prover.patch.blown_up(node.box), parts, strict=True)
            ]
        node.tree.update({"split": node.axis, "parts": parts})
        lo, hi = node.box[node.axis]
        middle = (lo + hi) / 2
        found = []
        for half, part in zip(((lo, middle), (middle, hi)), parts, strict=True):
            box = tuple(half if i == node.axis else side for i, side in enumerate(node.box))
            found.append(_Node(node.prover, box, part, node.depth + 1, node.blow_ups))
        return found

    @property
    def remaining(self) -> tuple[Region, ...]:
        """The boxes that are not decided, the least certain first."""
        found = []
        for _, _, node in sorted([*self.open, *self.stuck], key=lambda entry: entry[:2]):
            box, patch = [Interval(lo, hi) for lo, hi in node.box], node.prover.patch
            p, q = (Program(mass, patch.symbols).value(box) for mass in patch.outcomes[0][:2])
            found.append(Region(patch.name, node.box, node.lower, (p.lo, p.hi), (q.lo, q.hi)))
        return tuple(found)


def certify(claim: Claim | str, max_boxes: int = 5_000, max_seconds: float = 120.0) -> Answer:
    """Decide a claim between up to three f-divergences for all pairs of laws (P4, P5).

    Parameters
    ----------
    claim : a Claim, or its text.
    max_boxes : the budget of boxes for each route.
    max_seconds : the budget of processor time. An answer within it depends on nothing but the claim and `max_boxes`.

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
    >>> import simsuff as ss
    >>> ss.certify("le_cam <= total_variation").route
    'pointwise'
    >>> ss.certify("2*le_cam <= squared_hellinger + 2*js").route
    'pointwise'
    >>> type(ss.certify("1.01*squared_hellinger <= kl")).__name__
    'Refuted'
    """
    claim = Claim(claim) if isinstance(claim, str) else claim
    integer("max_boxes", max_boxes, 1, "give the search at least one box")
    good = isinstance(max_seconds, int | float) and 0 < max_seconds < math.inf
    require(good, "max_seconds", max_seconds, "be a positive number", "give the search at least one second")
    start, first, spent = time.perf_counter(), time.thread_time(), 0
    try:
        within(_READING_SECONDS, lambda: (claim.is_linear, claim.is_symmetric, claim.tame))
    except OutOfTime as error:
        allowed = f"be simple enough to be analysed within {_READING_SECONDS:g} s"
        raise refuse("claim", claim.text, allowed, "use smaller powers and fewer terms") from error

    for route, patches in [("pointwise", POINTWISE)] * claim.is_linear + [("bernoulli", BERNOULLI)]:
        search = _Search(claim, patches, route)
        try:
            within(max(max_seconds + first - time.thread_time(), 0.001), partial(search.run, max_boxes))
            late = False
        except OutOfTime:
            search.reason, late = f"the budget of {max_seconds:g} s is spent", True
        except NoMargin as error:
            search.reason, late = str(error), False
            search.counterexample = extreme_violation(claim)
        spent, seconds = spent + search.boxes, time.perf_counter() - start
        if search.counterexample is not None:
            return Refuted(claim, *search.counterexample, spent, seconds)
        if not search.reason:
            expressions = {name: prover.expressions for name, prover in search.provers.items()}
            return Certified(claim, route, search.trees, expressions, search.leaves, seconds)
        if late:
            break
    return Undecided(claim, route, search.remaining, search.reason, spent, seconds)
