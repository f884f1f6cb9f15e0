"""Which inequalities between divergences does `simsuff prove` decide? Those of a proof file, by interval certificates."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simsuff.divergences import Divergence
from simsuff.numerics.validation import require
from simsuff.proofs.identity import Identity


@dataclass(frozen=True, eq=False)
class Inequality:
    """An inequality between two f-divergences for all pairs of laws, such as ``2*total_variation**2 <= kl`` (P4, P5).

    Parameters
    ----------
    id : the statement's id in theory.md, plus a suffix.
    text : each side names one divergence; see `simsuff.certificates.Claim`.
    divergences : user-made divergences by name, beside the catalogue.
    given : in words, what the claim takes for granted.
    """

    id: str
    text: str
    divergences: Mapping[str, Divergence] = field(default_factory=dict)
    given: str = ""

    def __post_init__(self) -> None:
        require(isinstance(self.id, str) and self.id, "id", self.id, "be a non-empty string", "name it")
        sides = self.text.split("<=") if isinstance(self.text, str) else []
        require(len(sides) == 2, "text", self.text, "hold one <=", "write A(D_f) <= B(D_g)")

    @property
    def left(self) -> str:
        """The smaller side."""
        return self.text.split("<=")[0].strip()

    @property
    def right(self) -> str:
        """The larger side."""
        return self.text.split("<=")[1].strip()

    @property
    def relation(self) -> str:
        """Always ``<=``."""
        return "<="

    @property
    def assumptions(self) -> list[str]:
        """For which laws it is claimed."""
        return ["all pairs of probability laws"] + [self.given] * bool(self.given)


def missing() -> str:
    """What certificates need and lack, and how to get it; empty where they work."""
    from simsuff.certificates.balls import load_flint

    try:
        load_flint()
    except ImportError as error:
        return str(error)
    return ""


# What a proof file yields.
Provable = Identity | Inequality


def decide(inequality: Inequality) -> tuple[str, str, str]:
    """Status, method and detail: a certificate counts once the checker that shares no code with the search accepts it."""
    from simsuff.certificates import Certified, Claim, Refuted, as_dictionary, certify, check

    if missing():
        return "unproved", "", "needs python-flint, which is not installed"
    answer = certify(Claim(inequality.text, inequality.divergences))
    if isinstance(answer, Certified):
        check(as_dictionary(answer), inequality.divergences)
        return (
            "proved",
            "interval certificate",
            f"{answer.boxes} boxes, {answer.route}, checked independently",
        )
    if isinstance(answer, Refuted):
        return "refuted", "exact counterexample", f"Ber({answer.p}) against Ber({answer.q})"
    return "unproved", "", f"left open: {answer.reason}"
