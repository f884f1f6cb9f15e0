"""Forged certificates: none may be accepted.

`python benchmarks/forgeries.py --count 2000` certifies inequalities that are sharp, moves their constants
past the sharp value so that they are false, and changes the certificates at random in many ways: the claim
alone, with honest expressions of the false claim, with other rules at the leaves, boxes dropped, swapped,
stretched or blown up, expressions and generators that look alike. Where the claim stays true, a part of the
boxes is missing. A forgery that the checker accepts is printed, and the exit status is 1.
"""

import argparse
import copy
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates import Claim, as_dictionary, certify, check
from simsuff.certificates.canonical import collect, divide_by_monomial
from simsuff.certificates.coordinates import BERNOULLI, POINTWISE
from simsuff.certificates.margins import plain

# Sharp inequalities with the place of a constant, and whether it fails for larger (1) or smaller (−1) ones than 1.
SHARP: tuple[tuple[str, int], ...] = (
    ("{c}*2*total_variation**2 <= kl", 1),
    ("total_variation <= sqrt(1 - exp(-{c}*kl))", -1),
    ("kl <= {c}*log(1 + chi2)", -1),
    ("{c}*squared_hellinger/2 <= total_variation", 1),
    ("total_variation <= {c}*sqrt(squared_hellinger*(1 - squared_hellinger/4))", -1),
    ("{c}*squared_hellinger <= kl", 1),
    ("total_variation <= {c}*sqrt(chi2)/2", -1),
    ("js <= {c}*log(2)*total_variation", -1),
    ("{c}*total_variation**2 <= le_cam", 1),
    ("le_cam <= {c}*total_variation", -1),
    ("{c}*le_cam/2 <= js", 1),
    ("js <= {c}*(kl + reverse_kl)/8", -1),
    ("{c}*squared_hellinger <= kl/4 + reverse_kl/4", 1),
    ("{c}*2*le_cam <= squared_hellinger + 2*js", 1),
    ("js/2 + log(2)/2*le_cam <= {c}*log(2)*total_variation", -1),
    ("total_variation <= sqrt(1 - exp(-{c}*(kl + reverse_kl)/2))", -1),
    ("le_cam + squared_hellinger <= {c}*3*total_variation", -1),
)
EXCESSES = (Fraction(1, 1000), Fraction(1, 50), Fraction(1, 4))
RULES = ("value", "mean", "edge", "slope", "corner")
FORMS = ("plain0", "lagrange0")
# What looks like E, or like a multiple of it by something positive.
DISGUISES = (
    "sqrt(({e})**2)",
    "sqrt(({e})**3)/sqrt({e})",
    "(({e})**3)**(1/3)",
    "Abs({e})",
    "exp(log({e}))",
    "({e})*exp(u)",
    "({e})*(1 + u)",
    "({e})/u**2",
    "({e})*sqrt(u)",
    "-({e})",
    "({e})**2",
    "({e}) + 1/1000",
    "({e})*log(u)/log(u)",
    "({e})*(u + u**2)/(u + u**3)*(1 + u**2)/(1 + u)",
    "({e}) + 0*log(0*u)",
    "1",
    "0",
    "u",
    "",
)
GENERATORS = (
    "2*({f})",
    "({f})/2",
    "({f}) + (t - 1)",
    "({f}) - (t - 1)**2/100",
    "({f}) + Abs(t - 3) - 2",
    "sqrt(({f})**2)",
    "-({f})",
    "({f}) + 1",
    "0",
    "t - 1",
    "(t - 1)**2",
    "log(t)",
)

Content = dict[str, Any]
Change = Callable[[Content, random.Random], None]


class Forgery(NamedTuple):
    """How it was made, and the certificate."""

    kind: str
    content: Content


@cache
def _honest(text: str) -> Content:
    return as_dictionary(certify(Claim(text)))  # type: ignore[arg-type]


@cache
def _expressions(text: str, route: str) -> dict[str, dict[str, str]]:
    """The plain forms of a claim that need not hold, with their derivatives at the edges."""
    claim, found = Claim(text), {}
    for name, patch in (BERNOULLI if route == "bernoulli" else POINTWISE).items():
        expression = plain(patch, claim)
        texts = {"plain0": sp.sstr(expression)}
        for axis, symbol in enumerate(patch.symbols):
            for side, sign in ((0, 1), (1, -1)):
                slope = expression
                for order in (1, 2) if route == "pointwise" else (1,):
                    slope = divide_by_monomial(
                        collect(sign * sp.diff(slope, symbol), patch.sample), patch.symbols
                    )
                    texts[f"plain0 {axis} {side} {order}"] = sp.sstr(slope)
        found[name] = texts
    return found


def _nodes(content: Content) -> list[dict[str, Any]]:
    waiting, found = list(content["trees"].values()), []
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.append(node)
            waiting += [*node.get("parts", ()), *node.get("blow_up", ())]
    return found


def _pick(content: Content, draw: random.Random, key: str) -> dict[str, Any]:
    found = [node for node in _nodes(content) if key in node]
    return draw.choice(found) if found else {key: ["plain0", "value"], "parts": [{}, {}]}


def _leaf(draw: random.Random) -> list[Any]:
    rule = draw.choice(RULES)
    detail = {"edge": 3, "slope": 3, "corner": draw.choice((1, 2))}.get(rule, 0)
    return [draw.choice(FORMS), rule, *(draw.choice((0, 1, 1, 2)) for _ in range(detail))]


def other_rule(content: Content, draw: random.Random) -> None:
    """One leaf, or all of one kind, get another rule."""
    old, new = _pick(content, draw, "leaf")["leaf"], _leaf(draw)
    for node in _nodes(content) if draw.random() < 0.5 else [_pick(content, draw, "leaf")]:
        if node.get("leaf") == old or draw.random() < 0.1:
            node.pop("split", None), node.pop("parts", None), node.pop("blow_up", None)
            node["leaf"] = list(new)


def swapped(content: Content, draw: random.Random) -> None:
    """Two leaves change places."""
    first, second = _pick(content, draw, "leaf"), _pick(content, draw, "leaf")
    first["leaf"], second["leaf"] = second["leaf"], first["leaf"]


def stretched(content: Content, draw: random.Random) -> None:
    """A leaf takes the place of the split that it is part of."""
    node = _pick(content, draw, "parts")
    parts = [part for part in node["parts"] if isinstance(part, dict)]
    leaf = next((part["leaf"] for part in parts if "leaf" in part), _leaf(draw))
    node.clear()
    node["leaf"] = leaf


def copied(content: Content, draw: random.Random) -> None:
    """One half of a box is said to be proved like the other."""
    parts = _pick(content, draw, "parts")["parts"]
    parts[:1] = [copy.deepcopy(part) for part in parts[-1:]]


def turned(content: Content, draw: random.Random) -> None:
    """A box is split along another axis, or none."""
    _pick(content, draw, "split")["split"] = draw.choice((0, 1, 2, -1, "0", True, None, 0.0))


def blown(content: Content, draw: random.Random) -> None:
    """A leaf becomes a blow-up, or a split of two equal leaves."""
    node = _pick(content, draw, "leaf")
    leaf = node.pop("leaf")
    parts = [{"leaf": leaf}, {"leaf": _leaf(draw) if draw.random() < 0.5 else copy.deepcopy(leaf)}]
    node.update({"blow_up": parts} if draw.random() < 0.5 else {"split": draw.choice((0, 1)), "parts": parts})


def disguised(content: Content, draw: random.Random) -> None:
    """Expressions are replaced by others that look alike."""
    form = draw.choice(DISGUISES)
    everywhere = draw.random() < 0.5
    for texts in content["expressions"].values():
        for name, text in texts.items():
            if everywhere or draw.random() < 0.3:
                texts[name] = form.format(e=text)


def regenerated(content: Content, draw: random.Random) -> None:
    """A generator is replaced."""
    name = draw.choice(sorted(content["generators"]))
    content["generators"][name] = draw.choice(GENERATORS).format(f=content["generators"][name])


def rerouted(content: Content, draw: random.Random) -> None:
    """The other route, its patches each one leaf."""
    content["route"] = "pointwise" if content["route"] == "bernoulli" else "bernoulli"
    patches = POINTWISE if content["route"] == "pointwise" else BERNOULLI
    content["trees"] = {name: {"leaf": _leaf(draw)} for name in patches if draw.random() < 0.9}


def flattened(content: Content, draw: random.Random) -> None:
    """A patch is one leaf."""
    content["trees"][draw.choice(sorted(content["trees"]))] = {"leaf": _leaf(draw)}


def broken(content: Content, draw: random.Random) -> None:
    """A leaf or a node of another type."""
    node = _pick(content, draw, "leaf")
    node["leaf"] = draw.choice(
        ([], "plain0", ["plain0", "value", True], ["plain0", "edge", 0.0, 0, 1], None, ["plain0"])
    )


def dropped(content: Content, draw: random.Random) -> None:
    """A patch, or a half of a box, is missing."""
    split = [node for node in _nodes(content) if "parts" in node]
    if split and draw.random() < 0.7:
        parts = draw.choice(split)["parts"]
        parts[draw.choice((0, 1))] = draw.choice(({}, None, [], {"split": 0, "parts": []}))
        if draw.random() < 0.3:
            parts.pop()
    else:
        del content["trees"][draw.choice(sorted(content["trees"]))]


CHANGES: tuple[Change, ...] = (
    other_rule,
    swapped,
    stretched,
    copied,
    turned,
    blown,
    disguised,
    regenerated,
    rerouted,
    flattened,
    broken,
    dropped,
)


def forgery(draw: random.Random, sharp: tuple[tuple[str, int], ...] = SHARP) -> Forgery:
    """A random certificate that proves nothing, or proves something false."""
    form, way = draw.choice(sharp)
    content = copy.deepcopy(_honest(form.format(c=1)))
    if draw.random() < 0.1:
        dropped(content, draw)
        return Forgery("true claim, boxes missing", content)
    has_honest = draw.random() < 0.6
    excess = EXCESSES[1] if has_honest else draw.choice(EXCESSES)
    false = form.format(c=f"({1 + way * excess})")
    names = ["false claim"]
    if draw.random() < 0.15:
        # At P = Q every divergence is 0; and −D bounds nothing.
        small, large = form.format(c=1).split("<=")
        false = draw.choice(
            (f"{small} + {excess} <= {large}", f"{small} + 3 <= {large}", f"{small} <= -({large})")
        )
        names, has_honest = ["shifted or negated claim"], False
    content["claim"] = false
    if has_honest:
        own = copy.deepcopy(_expressions(false, content["route"]))
        content["expressions"] = {**content["expressions"], **own}
        names.append("honest expressions")
    for change in draw.sample(CHANGES, draw.choice((0, 1, 1, 2, 3))):
        change(content, draw)
        names.append(change.__name__)
    return Forgery(", ".join(names), content)


def outcome(content: Content) -> str:
    """What becomes of a forgery: refused (ValueError), accepted, or the name of another error."""
    try:
        check(json.loads(json.dumps(content)), max_seconds=30.0)
    except ValueError:
        return "refused"
    except Exception as error:
        return type(error).__name__
    return "accepted"


def main() -> int:
    """Forge, check, count; exit status 1 where one was accepted or ended in an error that is no refusal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    found: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    start = time.process_time()
    for i in range(arguments.count):
        made = forgery(draw)
        ends = outcome(made.content)
        found[ends] += 1
        kinds.update(made.kind.split(", "))
        if ends != "refused":
            print(f"{i}: {ends}: {made.kind}: {json.dumps(made.content)}", flush=True)
        if i % 100 == 99:
            print(f"{i + 1:,} forgeries: {dict(found)}", flush=True)
    print(f"{sum(found.values()):,} forgeries in {time.process_time() - start:.0f} s: {dict(found)}")
    for kind, count in kinds.most_common():
        print(f"    {kind}: {count:,}")
    return int(set(found) != {"refused"})


if __name__ == "__main__":
    sys.exit(main())
