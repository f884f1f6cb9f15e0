"""Proofs: an identity is refuted at a point, proved by an exact method or left open; an inequality gets a certificate."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from simsuff.proofs.difference import Difference
from simsuff.proofs.identity import Identity, Inequality, Provable
from simsuff.proofs.methods import (
    Step,
    nonnegative_by_derivative,
    normal_form_vanishes,
    vanishes,
    zero_by_derivative,
    zero_on_grid,
)
from simsuff.proofs.refute import counterexample
from simsuff.proofs.signs import is_nonnegative

Method = Callable[[Difference], Step | None]
Outcome = tuple[str, str, str]


@dataclass(frozen=True)
class Proof:
    """What became of an identity or an inequality.

    `status` is ``proved``, ``refuted`` (`detail` says where) or ``unproved``; `method` is what closed it.
    """

    identity: Provable
    status: str
    method: str
    detail: str
    seconds: float


def prove(identity: Provable) -> Proof:
    """Decide an identity by exact symbolic steps, an inequality between divergences by a certificate."""
    start = time.perf_counter()
    outcome = _certificate(identity) if isinstance(identity, Inequality) else _symbolic(identity)
    return Proof(identity, *outcome, time.perf_counter() - start)


def claims_of(identity: Identity) -> tuple[str, list[Difference]]:
    """The claim of each entry, with its sides in the order of the relation, which is ``==`` or ``<=``."""
    relation = "==" if identity.relation == "==" else "<="
    pairs = [entry if identity.relation != ">=" else entry[::-1] for entry in identity.entries]
    return relation, [Difference(left, right, identity.ranges) for left, right in pairs]


def _symbolic(identity: Identity) -> Outcome:
    """Look for a counterexample at a few points, then try each exact method on each entry."""
    relation, claims = claims_of(identity)
    for claim in claims:
        where = counterexample(claim, relation)
        if where is None:
            # A normal form can cancel what is undefined everywhere, such as 1/0.
            shown = f"{claim.left} {relation} {claim.right}"
            return "unproved", "", f"no point could be evaluated: {shown}"
        if where:
            return "refuted", "evaluation", where
    steps: list[Step] = []
    for claim in claims:
        step = _step(claim, relation)
        if step is None:
            return "unproved", "", f"left open: {claim.left} {relation} {claim.right}"
        steps.append(step)
    details = dict.fromkeys(step.detail for step in steps if step.detail)
    return "proved", " + ".join(dict.fromkeys(step.method for step in steps)), "; ".join(details)


def _step(claim: Difference, relation: str) -> Step | None:
    """The first method that closes a claim; a maximum is below what all its arguments are below, and one attains it."""
    if not isinstance(claim.left, sp.Max):
        return _first(EQUALITY if relation == "==" else INEQUALITY, claim)
    parts = [Difference(value, claim.right, claim.ranges) for value in claim.left.args]
    below = all(_first(INEQUALITY, part) for part in parts)
    attained = relation == "<=" or any(_in_own_letters(part) for part in parts)
    return Step("maximum", f"each of {len(parts)} values compared") if below and attained else None


def _first(methods: tuple[Method, ...], claim: Difference) -> Step | None:
    return next((step for step in (method(claim) for method in methods) if step), None)


def _in_own_letters(claim: Difference) -> Step | None:
    return Step("normal form") if normal_form_vanishes(claim.original) else None


def _in_positive_letters(claim: Difference) -> Step | None:
    step = vanishes(claim.expression)
    if step and claim.original.has(sp.Integral):
        return Step(f"integration + {step.method}", step.detail)
    return step


def _by_signs(claim: Difference) -> Step | None:
    return Step("signs", "of factors and coefficients") if is_nonnegative(claim.expression) else None


EQUALITY: tuple[Method, ...] = (_in_own_letters, _in_positive_letters, zero_by_derivative, zero_on_grid)
INEQUALITY: tuple[Method, ...] = (_by_signs, nonnegative_by_derivative)


def missing() -> str:
    """What certificates need and lack, and how to get it; empty where they work."""
    from simsuff.certificates.intervals import load_flint

    try:
        load_flint()
    except ImportError as error:
        return str(error)
    return ""


def _certificate(inequality: Inequality) -> Outcome:
    """A certificate counts once the checker that shares no code with the search accepts it."""
    from simsuff.certificates import Certified, Claim, Refuted, as_dictionary, certify, check

    if missing():
        return "unproved", "", "needs python-flint, which is not installed"
    answer = certify(Claim(inequality.text, inequality.divergences))
    if isinstance(answer, Certified):
        check(as_dictionary(answer), inequality.divergences)
        detail = f"{answer.boxes} boxes, {answer.route}, checked independently"
        return "proved", "interval certificate", detail
    if isinstance(answer, Refuted):
        return "refuted", "exact counterexample", f"Ber({answer.p}) against Ber({answer.q})"
    return "unproved", "", f"left open: {answer.reason}"
