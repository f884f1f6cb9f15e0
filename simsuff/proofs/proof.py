"""Proofs: an identity is refuted at a point, proved by an exact method or left open; an inequality gets a certificate.

A proof is shown as text or as a JSON record: what was proved, from which assumptions, by which method, in what time.
"""

import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from simsuff.proofs.difference import Difference, is_nonnegative
from simsuff.proofs.identity import Identity, Inequality, Provable
from simsuff.proofs.methods import (
    Step,
    nonnegative_by_derivative,
    normal_form_vanishes,
    vanishes,
    zero_by_derivative,
)

# A refutation looks at so many points in the ranges of the letters, with 50 digits.
POINTS = 4
PRECISE_BITS = 100
DIGITS = 50
# Both sides carry 50 digits, so half of them are beyond doubt; quadrature by tanh–sinh promises far fewer.
BEYOND_ROUNDING = sp.Rational(1, 10**25)
BEYOND_QUADRATURE = sp.Rational(1, 10**6)

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


def counterexample(difference: Difference, relation: str) -> str | None:
    """A point of the ranges where `left relation right` fails (== or <=), with both values; '' where all tried hold.

    None where no point could be evaluated: then nothing was claimed, or nothing that can be tested.
    """
    letters = sorted(set().union(*(side.free_symbols for side in difference.sides)), key=str)
    quadrature = any(side.has(sp.Integral) for side in difference.sides)
    evaluated = False
    for point in islice(_points(letters), POINTS):
        left, right = (_value(side, point) for side in difference.sides)
        if left is None or right is None:
            continue
        evaluated = True
        slack = (BEYOND_QUADRATURE if quadrature else BEYOND_ROUNDING) * (1 + abs(left) + abs(right))
        if (abs(left - right) if relation == "==" else left - right) > slack:
            at = {x: difference.coordinates.get(x, x).subs(point) for x in difference.ranges}
            place = ", ".join(f"{x} = {value}" for x, value in at.items() if not value.free_symbols)
            return f"{place}: {sp.N(left, 10)} against {sp.N(right, 10)}".lstrip(": ")
    return "" if evaluated else None


def _value(expression: sp.Expr, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr | None:
    """The number at a point with 50 digits, or None where it is undefined or not real."""
    if isinstance(expression, sp.Max):
        values = [_value(part, point) for part in expression.args]
        return None if None in values else sp.Max(*values)
    # Undefined functions are replaced by particular ones: what fails for these fails.
    functions = sorted({application.func for application in expression.atoms(AppliedUndef)}, key=str)
    for shift, function in enumerate(functions, start=2):
        expression = expression.replace(function, lambda *x, n=shift: sum(x) ** n + sp.exp(sum(x) / n))
    concrete = expression.doit(integrals=False)
    # The fast way would also replace bound variables.
    at_point = concrete.subs(point) if concrete.has(ExprWithLimits) else concrete.xreplace(point)
    value = sp.N(at_point.doit(integrals=False), DIGITS)
    if not (value.is_Number and value.is_finite):
        return None
    # Cancellation must leave enough digits: SymPy's floats carry no more bits than they vouch for.
    precise = value.is_Rational or value._prec >= PRECISE_BITS or abs(value) < BEYOND_ROUNDING
    return value if precise else None


def _points(letters: list[sp.Symbol]) -> Iterator[dict[sp.Symbol, sp.Expr]]:
    """Halton's sequence, stretched to the half-line or line of each letter."""

    def coordinate(letter: sp.Symbol, index: int, base: int) -> sp.Expr:
        unit, weight = sp.S.Zero, sp.Rational(1, base)
        while index:
            index, digit = divmod(index, base)
            unit, weight = unit + digit * weight, weight / base
        if letter.is_integer:
            return sp.floor(unit * 5) + (1 if letter.is_positive else 0)
        return unit / (1 - unit) if letter.is_nonnegative else (2 * unit - 1) / (unit * (1 - unit))

    for index in count(3):
        yield {x: coordinate(x, index, sp.prime(i + 1)) for i, x in enumerate(letters)}


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


EQUALITY: tuple[Method, ...] = (_in_own_letters, _in_positive_letters, zero_by_derivative)
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


STATUSES = ("proved", "refuted", "unproved")
# A side longer than this is shown by its two ends; the JSON record holds all of it.
SHOWN = 300


def proof_text(proof: Proof, width: int) -> str:
    """The proof in a few lines of at most `width` characters, where words allow it."""
    head = f"{proof.identity.id}  {proof.status}" + f" by {proof.method}" * bool(proof.method)
    detail = f" ({_short(proof.detail)})" if proof.detail else ""
    paragraphs = [f"{head}{detail}  [{proof.seconds:.2f} s]", f"    {statement(proof.identity)}"]
    assumptions = "; ".join(proof.identity.assumptions)
    paragraphs += [f"    for {assumptions}"] if assumptions else []
    return "\n".join(textwrap.fill(p, width, subsequent_indent=" " * 8) for p in paragraphs) + "\n"


def heading(text: str, width: int) -> str:
    """A title on lines of at most `width` characters."""
    return textwrap.fill(text, width) + "\n"


def statement(identity: Provable) -> str:
    """Both sides and their relation, shortened in the middle."""
    return f"{_short(_flat(identity.left))} {identity.relation} {_short(_flat(identity.right))}"


def proof_record(proof: Proof) -> dict[str, Any]:
    """The proof as plain data for JSON."""
    identity = proof.identity
    return {
        "id": identity.id,
        "left": _flat(identity.left),
        "relation": identity.relation,
        "right": _flat(identity.right),
        "assumptions": identity.assumptions,
        "status": proof.status,
        "method": proof.method,
        "detail": proof.detail,
        "seconds": proof.seconds,
    }


def summary(proofs: Sequence[Proof]) -> str:
    """How many identities came out how, and how long they took together."""
    counts = Counter(proof.status for proof in proofs)
    parts = [f"{counts[status]} {status}" for status in STATUSES if counts[status] or status == "proved"]
    slowest = max(proofs, key=lambda proof: proof.seconds)
    total = sum(proof.seconds for proof in proofs)
    return f"{', '.join(parts)} in {total:.1f} s, slowest {slowest.identity.id} ({slowest.seconds:.1f} s)\n"


def _flat(side: Any) -> str:
    return " ".join(str(side).split())


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 2 :]}"
