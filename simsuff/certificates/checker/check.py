"""Check of a certificate: its boxes cover every patch, and every leaf is re-proved from the claim alone."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flint import ctx, fmpq

from simsuff.certificates.checker.expressions import reject
from simsuff.certificates.checker.margins import Frame, sectors
from simsuff.certificates.checker.ranges import BITS
from simsuff.certificates.checker.rules import Ends, Leaf, Prover, halves
from simsuff.certificates.checker.statement import read_statement

# The ends of boxes are dyadic: with fewer halvings than this they are exact doubles.
_DEEPEST = 50
# Parts that share their nodes would make 2⁵⁰ leaves of 50 splits.
_MOST_LEAVES = 500_000
_MOST_BLOW_UPS = 8
PARTS = {"claim": str, "route": str, "generators": dict, "trees": dict, "expressions": dict}


class Checked(NamedTuple):
    """What a certificate proves: the claim, its generators by name, the route, the number of leaves."""

    claim: str
    generators: dict[str, str]
    route: str
    boxes: int


def check_certificate(content: Mapping[str, Any]) -> Checked:
    """Re-prove a certificate; ValueError where it proves less than it claims.

    Its generators are those that it states: each is shown to be convex with f(1) = 0.
    """
    for key, kind in PARTS.items():
        if not isinstance(content.get(key), kind):
            raise reject(f"hold {key}", content.get(key))
    before, ctx.prec = ctx.prec, BITS
    try:
        statement = read_statement(content["claim"], content["generators"], content["route"])
        trees, leaves = content["trees"], list[Leaf]()
        if set(trees) != set(statement.frames):
            raise reject(f"cover exactly the patches {sorted(statement.frames)}", sorted(trees))
        for name, frame in statement.frames.items():
            for leaf in _leaves(trees[name], name, frame):
                leaves.append(leaf)
                if len(leaves) > _MOST_LEAVES:
                    raise reject(f"have at most {_MOST_LEAVES:,} leaves", name)
        provers: dict[str, Prover] = {}
        for leaf in leaves:
            if leaf.patch not in provers:
                texts = content["expressions"].get(leaf.patch)
                own = texts if isinstance(texts, Mapping) else {}
                provers[leaf.patch] = Prover(statement, leaf.frame, own)
            provers[leaf.patch].prove(leaf)
    finally:
        ctx.prec = before
    return Checked(statement.text, dict(content["generators"]), statement.route, len(leaves))


def _whole(frame: Frame) -> Ends:
    return tuple((0.0, float(end)) for end in frame.far)


def _leaves(root: Any, root_name: str, root_frame: Frame) -> Iterator[Leaf]:
    waiting = [(root, root_name, root_frame, _whole(root_frame), 0, 0)]
    while waiting:
        node, name, frame, box, depth, blown = waiting.pop()
        if depth > _DEEPEST:
            raise reject(f"halve at most {_DEEPEST} times", name)
        if not isinstance(node, Mapping):
            raise reject("hold nodes only", node)
        if set(node) == {"leaf"}:
            yield _leaf(node["leaf"], name, frame, box)
        elif set(node) == {"split", "parts"}:
            axis = node["split"]
            if type(axis) is not int or not 0 <= axis < len(box):
                raise reject("split along an axis of the box", axis)
            pairs = zip(_two(node["parts"]), halves(box, axis), strict=True)
            waiting += [(part, name, frame, half, depth + 1, blown) for part, half in pairs]
        elif set(node) == {"blow_up"}:
            if len(box) != 2 or any(lo != 0 for lo, _ in box) or blown == _MOST_BLOW_UPS:
                raise reject(f"blow up the corner (0, 0) only, at most {_MOST_BLOW_UPS} times", box)
            corner = fmpq(*box[0][1].as_integer_ratio()), fmpq(*box[1][1].as_integer_ratio())
            parts = zip(_two(node["blow_up"]), sectors(frame, corner).items(), strict=True)
            waiting += [
                (part, name + key, child, _whole(child), 0, blown + 1) for part, (key, child) in parts
            ]
        else:
            raise reject("hold leaves, splits and blow-ups only", sorted(map(str, node)))


def _two(parts: Any) -> list[Any]:
    if not isinstance(parts, list) or len(parts) != 2:
        raise reject("have two parts in each split", parts)
    return parts


def _leaf(content: Any, name: str, frame: Frame, box: Ends) -> Leaf:
    valid = isinstance(content, list) and len(content) >= 2 and all(isinstance(p, str) for p in content[:2])
    if not valid or not all(type(part) is int for part in content[2:]):
        raise reject("name a form and a rule at each leaf", content)
    return Leaf(name, frame, box, content[0], content[1], tuple(content[2:]))


def report(certificate: Mapping[str, Any]) -> int:
    """Check and print what is proved; the exit status of a file that carries a certificate: 0 where it holds, else 1."""
    try:
        found = check_certificate(certificate)
    except (ValueError, ArithmeticError, RecursionError, TypeError, KeyError, IndexError) as error:
        print(f"NOT proved: {error}", file=sys.stderr)
        return 1
    print(f"proved: {found.claim}, for all pairs of probability laws P, Q")
    print("where D(P, Q) = E_Q f(dP/dQ), with f(0) and f'(∞) on what only one of the two charges, and")
    for name, text in found.generators.items():
        print(f"    {name}: f(t) = {text}")
    print(f"{found.boxes} boxes checked, all of them hold; route {found.route}")
    return 0
