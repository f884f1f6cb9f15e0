"""What the certifier answers: certified, refuted or undecided; and a proof in words."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.claims import Claim
from simsuff.certificates.coordinates import BERNOULLI, POINTWISE, Box, Patch
from simsuff.numerics.display import card

# A tree of proofs: {"leaf": …}, {"split": axis, "parts": […]} or {"blow_up": […]}.
Tree = dict[str, Any]


class Certified(NamedTuple):
    """A proof: `trees` covers each patch by boxes with the rule that proves each.

    `expressions` holds the plain forms of each patch and their derivatives at edges, as text.
    `route` is "pointwise" (the generators themselves compare) or "bernoulli" (P4); `boxes` counts the leaves;
    `seconds` is the wall time of the search.
    """

    claim: Claim
    route: str
    trees: dict[str, Tree]
    expressions: dict[str, dict[str, str]]
    boxes: int
    seconds: float

    def _repr_html_(self) -> str:
        facts = {"proved for": "all pairs of laws", "route": self.route, "boxes": self.boxes}
        return card(f"Certified: {self.claim.text}", facts | {"seconds": self.seconds})


class Refuted(NamedTuple):
    """A counterexample: on Ber(p) against Ber(q), exact rationals, B(D_g) − A(D_f) lies in `margin`, below 0."""

    claim: Claim
    p: sp.Rational
    q: sp.Rational
    margin: tuple[float, float]
    boxes: int
    seconds: float

    def _repr_html_(self) -> str:
        facts = {"fails on": f"Ber({self.p}) against Ber({self.q})", "margin": str(self.margin)}
        return card(f"Refuted: {self.claim.text}", facts | {"boxes": self.boxes, "seconds": self.seconds})


class Region(NamedTuple):
    """A box of a patch on which nothing was decided: its pairs lie in `p` × `q` (P4 lets p > q)."""

    patch: str
    box: tuple[tuple[float, float], ...]
    lower: float
    p: tuple[float, float]
    q: tuple[float, float]


class Undecided(NamedTuple):
    """Neither: `remaining` are the boxes left when the budget was spent, `reason` says why it ended."""

    claim: Claim
    route: str
    remaining: tuple[Region, ...]
    reason: str
    boxes: int
    seconds: float

    def _repr_html_(self) -> str:
        facts = {"reason": self.reason, "boxes left": len(self.remaining), "route": self.route}
        return card(f"Undecided: {self.claim.text}", facts | {"boxes": self.boxes, "seconds": self.seconds})


Answer = Certified | Refuted | Undecided


RULES = {
    "value": "the margin is evaluated in intervals, and its lower end is not negative",
    "mean": "the mean-value form at the centre, or at the edge towards which the margin falls, is positive",
    "edge": "the margin vanishes on an edge of the patch, and its derivative away from the edge points up",
    "slope": "the same from the expansion of the margin at the edge",
    "corner": "the margin vanishes at a corner, where neither its gradient nor its curvature points down",
}
ROUTES = {
    "pointwise": "The generators compare for every ratio: with p = 1 + z, q = 1 − z the margin"
    " b·q g(p/q) − a·q f(p/q) is not negative on −1 < z < 1, so the divergences compare for all laws.",
    "bernoulli": "The claim speaks about a convex set of pairs (D_f, D_g), so that it holds for all laws if it does for"
    " pairs on two points (P4); with p > q, patches of the triangle 0 < q < p < 1 cover them.",
}
_COMBINED = (
    "Terms are moved to where their weights are positive; a combination of divergences is the divergence of the same\n"
    "combination f of their generators:"
)


def derivation(proof: Certified) -> str:
    """The proof as text: the claim, the route, and on each patch the boxes with the rule that proves them.

    Examples
    --------
    >>> from simsuff.certificates import certify
    >>> print(derivation(certify("le_cam <= total_variation")).splitlines()[0])
    le_cam <= total_variation, for all pairs of probability laws
    """
    lines = [f"{proof.claim.text}, for all pairs of probability laws", ""]
    lines += [f"D_f of {name} has f(t) = {text}" for name, text in proof.claim.generators.items()]
    named = {side.name for side in proof.claim.sides} <= set(proof.claim.generators)
    if len(proof.claim.generators) > 2 or not named:
        lines += ["", _COMBINED]
        lines += [f"    {side.name}: {sp.sstr(side.generator)}" for side in proof.claim.sides]
    lines += ["", ROUTES[proof.route]]
    patches = POINTWISE if proof.route == "pointwise" else BERNOULLI
    used: Counter[str] = Counter()
    for name, tree in proof.trees.items():
        first = patches[name].outcomes[0]
        lines += ["", f"patch {name}: p = {first.p}, q = {first.q}"]
        for patch, box, form, rule in _leaves(tree, patches[name], patches[name].box):
            used[rule] += 1
            ends = zip(patch.symbols, box, strict=True)
            sides = ", ".join(f"{symbol} in [{low:g}, {high:g}]" for symbol, (low, high) in ends)
            where = "" if patch.name in patches else f" in sector {patch.name}"
            lines.append(f"    {sides}{where}  {rule} on {form}")
    lines += ["", *(f"{rule} ({count}): {RULES[rule]}" for rule, count in used.most_common())]
    if proof.claim.is_symmetric:
        lines.append("Both sides are symmetric, so that exchanging P and Q gives the other patches.")
    return "\n".join(lines) + "\n"


def _leaves(tree: dict[str, Any], patch: Patch, box: Box) -> Iterator[tuple[Patch, Box, str, str]]:
    """Every box of a tree of proofs, with its form and its rule."""
    if "leaf" in tree:
        form, rule, *_ = tree["leaf"]
        yield patch, box, form, rule
    elif "blow_up" in tree:
        for sector, part in zip(patch.blown_up(box), tree["blow_up"], strict=True):
            yield from _leaves(part, sector, sector.box)
    else:
        axis = tree["split"]
        low, high = box[axis]
        middle = (low + high) / 2
        for half, part in zip(((low, middle), (middle, high)), tree["parts"], strict=True):
            yield from _leaves(part, patch, (*box[:axis], half, *box[axis + 1 :]))
