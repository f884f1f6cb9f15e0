"""Check of a saved certificate: its boxes cover every patch, and every leaf is re-proved from the claim alone."""

import json
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.checker.margins import Frame, sectors
from simsuff.certificates.checker.rules import Leaf, Prover
from simsuff.certificates.checker.statement import Statement, read_statement, reject
from simsuff.divergences import Divergence, as_divergence
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import refuse

# The ends of boxes are dyadic: with fewer halvings than this they are exact doubles.
_DEEPEST = 50
# Parts that share their nodes would make 2⁵⁰ leaves of 50 splits.
_MOST_LEAVES = 500_000

Ends = tuple[tuple[float, float], ...]


def leaves_of(statement: Statement, trees: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every leaf of every patch that the statement needs."""
    if set(trees) != set(statement.frames):
        raise reject(f"cover exactly the patches {sorted(statement.frames)}", sorted(trees))
    count = 0
    for name, frame in statement.frames.items():
        for leaf in _walk(trees[name], name, frame, _whole(frame)):
            count += 1
            if count > _MOST_LEAVES:
                raise reject(f"have at most {_MOST_LEAVES:,} leaves", name)
            yield leaf


def _whole(frame: Frame) -> Ends:
    return tuple((0.0, float(end)) for end in frame.far)


def _walk(root: Any, name: str, frame: Frame, box: Ends) -> Iterator[Leaf]:
    waiting = [(root, name, frame, box, 0)]
    while waiting:
        node, name, frame, box, depth = waiting.pop()
        if depth > _DEEPEST:
            raise reject(f"halve at most {_DEEPEST} times", name)
        if not isinstance(node, Mapping):
            raise reject("hold nodes only", node)
        if set(node) == {"leaf"}:
            yield _leaf(node["leaf"], name, frame, box)
        elif set(node) == {"split", "parts"}:
            halves = _halves(box, node["split"])
            pairs = zip(_two(node["parts"]), halves, strict=True)
            waiting += [(part, name, frame, half, depth + 1) for part, half in pairs]
        elif set(node) == {"blow_up"}:
            if len(box) != 2 or any(lo != 0 for lo, _ in box):
                raise reject("blow up the corner (0, 0) only", box)
            corner = tuple(sp.Rational(hi) for _, hi in box)
            parts = zip(_two(node["blow_up"]), sectors(frame, corner).items(), strict=True)
            waiting += [(part, name + key, child, _whole(child), 0) for part, (key, child) in parts]
        else:
            raise reject("hold leaves, splits and blow-ups only", sorted(map(str, node)))


def _two(parts: Any) -> list[Any]:
    if not isinstance(parts, list) or len(parts) != 2:
        raise reject("have two parts in each split", parts)
    return parts


def _halves(box: Ends, axis: Any) -> list[Ends]:
    if not isinstance(axis, int) or not 0 <= axis < len(box):
        raise reject("split along an axis of the box", axis)
    lo, hi = box[axis]
    middle = (lo + hi) / 2
    return [
        tuple(part if i == axis else side for i, side in enumerate(box))
        for part in ((lo, middle), (middle, hi))
    ]


def _leaf(content: Any, name: str, frame: Frame, box: Ends) -> Leaf:
    valid = (
        isinstance(content, list) and len(content) >= 2 and all(isinstance(part, str) for part in content[:2])
    )
    if not valid or not all(isinstance(part, int) for part in content[2:]):
        raise reject("name a form and a rule at each leaf", content)
    return Leaf(name, frame, box, content[0], content[1], tuple(content[2:]))


class Checked(NamedTuple):
    """What a certificate proves: the claim, its generators by name, the route, the number of leaves."""

    claim: str
    generators: dict[str, str]
    route: str
    boxes: int


def check(
    certificate: Mapping[str, Any] | str | PathLike[str],
    divergences: Mapping[str, Divergence | str] | None = None,
    max_seconds: float = 60.0,
) -> Checked:
    """Re-check a certificate, given as a mapping or as the path of its JSON file.

    Parameters
    ----------
    divergences : the user-made divergences that the claim names; a generator that differs from the one of that name
        here or in the catalogue is refused.
    max_seconds : the budget of processor time.

    Raises
    ------
    ValueError : where the certificate proves less than it claims, or is not checked within the budget.
    """
    content = _content(certificate)
    known = {name: as_divergence(given) for name, given in (divergences or {}).items()}
    try:
        return within(max_seconds, lambda: _checked(content, known))
    except OutOfTime as error:
        allowed = f"be checked within {max_seconds:g} s"
        raise refuse(
            "certificate", f"claim = {content['claim']}", allowed, "allow more by max_seconds"
        ) from error


def _checked(content: Mapping[str, Any], divergences: Mapping[str, Divergence]) -> Checked:
    statement = read_statement(content, divergences)
    groups: dict[tuple[str, str, str, tuple[int, ...]], list[Leaf]] = {}
    for leaf in leaves_of(statement, content["trees"]):
        groups.setdefault((leaf.patch, leaf.form, leaf.rule, leaf.detail), []).append(leaf)
    provers: dict[str, Prover] = {}
    for (patch, *_), leaves in groups.items():
        if patch not in provers:
            provers[patch] = Prover(statement, leaves[0].frame, _expressions(content, patch))
        provers[patch].prove(leaves)
    generators = {name: sp.sstr(f) for name, f in zip(statement.names, statement.generators, strict=True)}
    return Checked(statement.text, generators, statement.route, sum(map(len, groups.values())))


def _content(certificate: Any) -> dict[str, Any]:
    if not isinstance(certificate, Mapping):
        path = Path(fspath(certificate))
        try:
            certificate = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise refuse(
                "certificate", str(path), "be a readable JSON file", "save it with certificates.save"
            ) from error
    if not isinstance(certificate, Mapping):
        raise refuse(
            "certificate", type(certificate).__name__, "be a JSON object", "save it with certificates.save"
        )
    for key, kind in (
        ("claim", str),
        ("route", str),
        ("generators", dict),
        ("trees", dict),
        ("expressions", dict),
    ):
        if not isinstance(certificate.get(key), kind):
            raise refuse(
                "certificate", f"{key} = {certificate.get(key)!r:.60}", f"hold {key}", "save it again"
            )
    return dict(certificate)


def _expressions(content: Mapping[str, Any], patch: str) -> dict[str, str]:
    found = content["expressions"].get(patch, {})
    return dict(found) if isinstance(found, Mapping) else {}
