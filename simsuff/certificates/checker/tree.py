"""Do the boxes of a certificate cover the charts? The tree is walked from each whole chart: nothing is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from simsuff.certificates.checker.forms import Frame, sectors
from simsuff.certificates.checker.leaves import Leaf
from simsuff.certificates.checker.statement import Statement, reject

# The ends of boxes are dyadic: with fewer halvings than this they are exact doubles.
_DEEPEST = 50
# Parts that share their nodes would make 2⁵⁰ leaves of 50 splits.
_MOST_LEAVES = 500_000

Ends = tuple[tuple[float, float], ...]


def leaves_of(statement: Statement, trees: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every leaf of every chart that the statement needs."""
    if set(trees) != set(statement.frames):
        raise reject(f"cover exactly the charts {sorted(statement.frames)}", sorted(trees))
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
