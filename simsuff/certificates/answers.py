"""What the certifier answers: certified, refuted or undecided; and certificates as JSON files."""

import json
import os
import tempfile
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.claims import Claim
from simsuff.numerics.display import card
from simsuff.numerics.validation import refuse

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


FORMAT = "simsuff-certificate-1"


def as_dictionary(proof: Certified) -> dict[str, Any]:
    """The certificate as a JSON object."""
    if not isinstance(proof, Certified):
        raise refuse("proof", type(proof).__name__, "be Certified", "only a proof has a certificate")
    return {
        "format": FORMAT,
        "claim": proof.claim.text,
        "generators": proof.claim.generators,
        "route": proof.route,
        "boxes": proof.boxes,
        "seconds": proof.seconds,
        "expressions": proof.expressions,
        "trees": proof.trees,
    }


def save(proof: Certified, path: str | PathLike[str]) -> None:
    """Write a certificate; the file appears whole or not at all."""
    write_whole(Path(fspath(path)), json.dumps(as_dictionary(proof), indent=1, ensure_ascii=False) + "\n")


def write_whole(target: Path, text: str) -> None:
    """Write a text file that appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a certificate for `check`; it is trusted only after that."""
    content = json.loads(Path(fspath(path)).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise refuse("certificate", str(path), f"have the format {FORMAT}", "save it with certificates.save")
    return content
