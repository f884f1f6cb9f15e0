"""Does this identity hold? Refuted at a point, proved by an exact method, or said to be unproved."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from simsuff.proofs.derivative import nonnegative_by_derivative, zero_by_derivative
from simsuff.proofs.difference import Difference
from simsuff.proofs.grid import zero_on_grid
from simsuff.proofs.identity import Identity
from simsuff.proofs.inequality import Inequality, Provable, decide
from simsuff.proofs.normal_form import normal_form_vanishes
from simsuff.proofs.refute import counterexample
from simsuff.proofs.signs import is_nonnegative
from simsuff.proofs.zero import Step, vanishes

Method = Callable[[Difference], Step | None]
Claim = tuple[Difference, str]


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
    status, method, detail = decide(identity) if isinstance(identity, Inequality) else _symbolic(identity)
    return Proof(identity, status, method, detail, time.perf_counter() - start)


def _symbolic(identity: Identity) -> tuple[str, str, str]:
    """Look for a counterexample at a few points, then try each exact method on each entry."""
    claims = [_claim(entry, identity) for entry in identity.entries]
    return _refuted(claims) or _proved(claims)


def _claim(entry: tuple[sp.Expr, sp.Expr], identity: Identity) -> Claim:
    """One entry as a claim ``==`` or ``<=``."""
    left, right = entry if identity.relation != ">=" else entry[::-1]
    return Difference(left, right, identity.ranges), "==" if identity.relation == "==" else "<="


def _refuted(claims: list[Claim]) -> tuple[str, str, str] | None:
    for difference, relation in claims:
        where = counterexample(difference, relation)
        if where is None:
            # A normal form can cancel what is undefined everywhere, such as 1/0.
            return "unproved", "", f"no point could be evaluated: {_shown(difference, relation)}"
        if where:
            return "refuted", "evaluation", where
    return None


def _proved(claims: list[Claim]) -> tuple[str, str, str]:
    steps: list[Step] = []
    for difference, relation in claims:
        step = _step(difference, relation)
        if step is None:
            return "unproved", "", f"left open: {_shown(difference, relation)}"
        steps += [step]
    details = dict.fromkeys(step.detail for step in steps if step.detail)
    return "proved", " + ".join(dict.fromkeys(step.method for step in steps)), "; ".join(details)


def _shown(difference: Difference, relation: str) -> str:
    return f"{difference.left} {relation} {difference.right}"


def _step(difference: Difference, relation: str) -> Step | None:
    if isinstance(difference.left, sp.Max):
        return _maximum(difference, relation)
    return _first(EQUALITY if relation == "==" else INEQUALITY, difference)


def _maximum(difference: Difference, relation: str) -> Step | None:
    """A maximum is below what all its arguments are below, and equal to it if one of them is."""
    parts = [Difference(value, difference.right, difference.ranges) for value in difference.left.args]
    below = all(_first(INEQUALITY, part) for part in parts)
    attained = relation == "<=" or any(_in_own_letters(part) for part in parts)
    return Step("maximum", f"each of {len(parts)} values compared") if below and attained else None


def _first(methods: tuple[Method, ...], difference: Difference) -> Step | None:
    return next((step for step in (method(difference) for method in methods) if step), None)


def _in_own_letters(difference: Difference) -> Step | None:
    return Step("normal form") if normal_form_vanishes(difference.original) else None


def _in_positive_letters(difference: Difference) -> Step | None:
    step = vanishes(difference.expression)
    if step and difference.original.has(sp.Integral):
        return Step(f"integration + {step.method}", step.detail)
    return step


def _by_signs(difference: Difference) -> Step | None:
    return Step("signs", "of factors and coefficients") if is_nonnegative(difference.expression) else None


EQUALITY: tuple[Method, ...] = (_in_own_letters, _in_positive_letters, zero_by_derivative, zero_on_grid)
INEQUALITY: tuple[Method, ...] = (_by_signs, nonnegative_by_derivative)
