"""The sharpest constant c of an inequality between divergences, between one that is certified and one that is refuted."""

import math
import re
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from simsuff.certificates.answers import Answer, Certified, Refuted
from simsuff.certificates.claims import Claim
from simsuff.certificates.search import certify
from simsuff.divergences import Divergence
from simsuff.numerics.display import card
from simsuff.numerics.validation import refuse, require

# The letter for which a constant is asked.
LETTER = re.compile(r"\bc\b")
# Constants from 2⁻²⁰ to 2²⁰ are tried before none or all are said to do.
_DOUBLINGS = 20


class Bracket(NamedTuple):
    """Where the sharpest constant of a claim lies.

    Attributes
    ----------
    claim : the text, with the letter c.
    certified, refuted : a constant with which it holds for all pairs of laws, and one with which it fails.
    proof, counterexample : the answers of `certify` for the two.
    is_largest : whether the largest c is asked for, because c stands on the smaller side.
    note : why the bracket is wider than what was asked for; empty otherwise.
    """

    claim: str
    certified: Fraction
    refuted: Fraction
    proof: Certified
    counterexample: Refuted
    is_largest: bool
    note: str = ""

    def __str__(self) -> str:
        word = "largest" if self.is_largest else "smallest"
        low, high = sorted((self.certified, self.refuted))
        note = f" ({self.note})" if self.note else ""
        return (
            f"{word} c of {self.claim}: from {low} to {high}, {float(low):.6g} to {float(high):.6g}; certified with"
            f" {self.certified}, refuted with {self.refuted} on Ber({self.counterexample.p}) against"
            f" Ber({self.counterexample.q}){note}"
        )

    def _repr_html_(self) -> str:
        word = "largest" if self.is_largest else "smallest"
        ends = {"certified": self.certified, "refuted": self.refuted}
        facts = {name: f"{c} = {float(c):.6g}" for name, c in ends.items()}
        pair = f"Ber({self.counterexample.p}) against Ber({self.counterexample.q})"
        return card(f"The {word} c of {self.claim}", {**facts, "on": pair, "note": self.note or None})


def sharpest_constant(
    claim: str,
    resolution: float = 1e-3,
    max_seconds: float = 120.0,
    divergences: Mapping[str, Divergence | str] | None = None,
) -> Bracket:
    """Enclose the largest c with which "c*js <= kl" holds, or the smallest one of "js <= c*kl".

    Parameters
    ----------
    claim : an inequality as for `Claim` with the letter c on one side, which grows with c; c is positive.
    resolution : how narrow the bracket should be, relative to its ends.
    max_seconds : the budget of processor time; each of some twenty steps gets at most a quarter of it.
    divergences : divergences by the names that the claim uses, beside the catalogue.

    Returns
    -------
    A `Bracket` whose ends are simple fractions. Both are decided: one carries a certificate, the other an exact
    counterexample. The bracket stays wider where a constant in between is undecided within the budget.

    Raises
    ------
    ValueError : where c stands on no side or on both, and where no constant between 2⁻²⁰ and 2²⁰ is certified, or
        none refuted.

    Examples
    --------
    >>> found = sharpest_constant("c*squared_hellinger <= kl", resolution=0.1)
    >>> found.certified
    Fraction(1, 1)
    """
    sides = re.split(r"<=|>=", claim) if isinstance(claim, str) else []
    with_letter = [bool(LETTER.search(side)) for side in sides]
    one = len(sides) == 2 and sum(with_letter) == 1
    require(one, "claim", claim, "hold <= and the letter c on one side", "write it like 'c*js <= kl'")
    require(0 < resolution < 1, "resolution", resolution, "lie in (0, 1)", "0.001 is the default")
    good = isinstance(max_seconds, int | float) and max_seconds > 0
    require(good, "max_seconds", max_seconds, "be a positive number", "120 is the default")
    is_largest = with_letter[0] == ("<=" in claim)
    start = time.process_time()

    def left() -> float:
        return max_seconds + start - time.process_time()

    def decided(constant: Fraction) -> Answer:
        text = LETTER.sub(f"({constant})", claim)
        return certify(Claim(text, divergences), max_seconds=max(min(left(), max_seconds / 4), 0.1))

    good_end, bad_end = _ends(claim, is_largest, decided)
    note = ""
    while abs(bad_end[0] - good_end[0]) > resolution * max(bad_end[0], good_end[0]):
        if left() <= 0:
            note = f"the budget of {max_seconds:g} s is spent"
            break
        # The simplest fraction in the middle half, where sharp constants often are; outside, little would be gained.
        low, high = sorted((good_end[0], bad_end[0]))
        between = _simplest((3 * low + high) / 4, (low + 3 * high) / 4)
        answer = decided(between)
        if isinstance(answer, Certified):
            good_end = between, answer
        elif isinstance(answer, Refuted):
            bad_end = between, answer
        else:
            note = f"undecided with {between}: {answer.reason}"
            break
    return Bracket(claim, good_end[0], bad_end[0], good_end[1], bad_end[1], is_largest, note)


def _ends(
    claim: str, is_largest: bool, decided: Callable[[Fraction], Answer]
) -> tuple[tuple[Fraction, Certified], tuple[Fraction, Refuted]]:
    """A power of two that is certified and its neighbour that is refuted, searched from 1."""
    harder = Fraction(2) if is_largest else Fraction(1, 2)
    known: dict[str, tuple[Fraction, Any]] = {}
    constant = Fraction(1)
    for _ in range(_DOUBLINGS + 1):
        answer = decided(constant)
        known[type(answer).__name__] = constant, answer
        if "Certified" in known and "Refuted" in known:
            return known["Certified"], known["Refuted"]
        if not isinstance(answer, Certified | Refuted):
            break
        constant = constant * harder if isinstance(answer, Certified) else constant / harder
    shown = f"{claim} with c = {constant}: {sorted(known)}"
    allowed = "be certified with one c and refuted with another"
    raise refuse("claim", shown, allowed, "scale the claim, or certify one constant alone")


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator from `low` to `high`."""
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    below = math.floor(low)
    return below + 1 / _simplest(1 / (high - below), 1 / (low - below))
