"""What does the certifier answer? Certified, refuted or undecided."""

from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.claims import Claim

# A tree of proofs: {"leaf": …}, {"split": axis, "parts": […]} or {"blow_up": […]}.
Tree = dict[str, Any]


class Certified(NamedTuple):
    """A proof: `trees` covers each chart by boxes with the rule that proves each.

    `expressions` holds the plain forms of each chart and their derivatives at edges, as text.
    `route` is "pointwise" (the generators themselves compare) or "bernoulli" (P4); `boxes` counts the leaves;
    `seconds` is the wall time of the search.
    """

    claim: Claim
    route: str
    trees: dict[str, Tree]
    expressions: dict[str, dict[str, str]]
    boxes: int
    seconds: float


class Refuted(NamedTuple):
    """A counterexample: on Ber(p) against Ber(q), exact rationals, B(D_g) − A(D_f) lies in `margin`, below 0."""

    claim: Claim
    p: sp.Rational
    q: sp.Rational
    margin: tuple[float, float]
    boxes: int
    seconds: float


class Region(NamedTuple):
    """A box of a chart on which nothing was decided: its pairs lie in `p` × `q` (P4 lets p > q)."""

    chart: str
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


Answer = Certified | Refuted | Undecided
