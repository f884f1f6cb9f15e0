"""A certificate in words: which boxes cover the pairs of laws, and which rule proves each of them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sympy as sp

from simsuff.certificates.answers import Certified
from simsuff.certificates.coordinates import BERNOULLI, POINTWISE, Box, Patch

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
    if len(proof.claim.generators) > 2 or not {s.name for s in proof.claim.sides} <= set(
        proof.claim.generators
    ):
        lines += [
            "",
            _COMBINED,
            *(f"    {side.name}: {sp.sstr(side.generator)}" for side in proof.claim.sides),
        ]
    lines += ["", ROUTES[proof.route]]
    patches = POINTWISE if proof.route == "pointwise" else BERNOULLI
    used: Counter[str] = Counter()
    for name, tree in proof.trees.items():
        first = patches[name].outcomes[0]
        lines += ["", f"patch {name}: p = {first.p}, q = {first.q}"]
        for patch, box, form, rule in _leaves(tree, patches[name], patches[name].box):
            used[rule] += 1
            lines.append(f"    {_box(patch, box)}  {rule} on {form}")
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


def _box(patch: Patch, box: Box) -> str:
    sides = [
        f"{symbol} in [{low:g}, {high:g}]" for symbol, (low, high) in zip(patch.symbols, box, strict=True)
    ]
    where = "" if patch.name in (*BERNOULLI, *POINTWISE) else f" in sector {patch.name}"
    return ", ".join(sides) + where
