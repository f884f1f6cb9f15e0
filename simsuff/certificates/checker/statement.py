"""What a certificate claims: A(D_f) ≤ B(D_g) for combinations f, g of up to three generators, and by which route."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from simsuff.certificates.checker.algebra import Algebra, number_sign, sign_on
from simsuff.certificates.checker.expressions import (
    ONE,
    ZERO,
    Node,
    Rejected,
    add,
    derivative,
    exp,
    is_root,
    log,
    multiply,
    names_in,
    number,
    parse,
    parse_inequality,
    reject,
    substitute,
    symbol,
    walk,
)
from simsuff.certificates.checker.margins import FRAMES, HALF_OF_THEM, Frame, Generator, Side, T, X
from simsuff.certificates.checker.ranges import INF

MOST_DIVERGENCES = 3
Pair = tuple[Node, Node]


class Statement(NamedTuple):
    """Text, route, the sides as proved (f with A, g with B), and the frames to cover."""

    text: str
    route: str
    tame: tuple[Side, Side]
    frames: dict[str, Frame]


def read_statement(text: str, generators: Mapping[str, Any], route: str) -> Statement:
    """The statement of a certificate, and whether its route may be taken."""
    names = sorted(names_in(text))
    if not 1 <= len(names) <= MOST_DIVERGENCES or set(names) != set(generators):
        raise reject(f"name at most {MOST_DIVERGENCES} divergences, each with its generator", text)
    letters = {name: symbol(f"d{i}") for i, name in enumerate(names)}
    texts = {f"d{i}": parse(generators[name], {"t": T}) for i, name in enumerate(names)}
    for f in texts.values():
        Generator(f)  # each is convex with f(1) = 0
    small, large = parse_inequality(text, letters)
    weights = _linear(large - small, list(texts))
    sides = _linear_sides(weights, texts) if weights else (_side(small, texts), _side(large, texts))
    if route not in FRAMES:
        raise reject("take a known route", route)
    if route == "pointwise" and weights is None:
        raise reject("compare generators pointwise only for linear claims", text)
    tops = (sides[0].generator.largest, sides[1].generator.largest)
    stated = (sides[0].function, sides[1].function)
    for function, top in zip(stated, tops, strict=True):
        # Arguments of logarithms, bases of roots and denominators must be ≥ 0 for all values of x = D_f.
        for node in walk(function):
            restricted = node.kind == "power" and (node.parts[1] < 0 or node.parts[1].denominator != 1)
            if not (restricted or node.kind == "log") or not node.parts[0].symbols:
                continue
            if not _has_sign(node.parts[0], top, 1):
                allowed = "be defined, and of one curvature, on the whole range of the divergences"
                raise reject(allowed, node.parts[0])
    squared = _squared(stated, tops)
    tame = _solved(squared, tops)
    if not any(_is_convex_set(pair, tops) for pair in (stated, squared, tame)):
        raise reject("have A convex and B concave (P4)", text)
    frames = dict(FRAMES[route])
    if all(side.generator.is_symmetric for side in sides):
        frames = {name: frame for name, frame in frames.items() if name in HALF_OF_THEM[route]}
    proved = Side(tame[0], sides[0].generator), Side(tame[1], sides[1].generator)
    return Statement(text, route, proved, frames)


def _linear(node: Node, names: list[str]) -> dict[str, Node] | None:
    """The coefficients of a combination of divergences, None where it is none."""
    algebra = Algebra(dict.fromkeys(names, (0.0, INF)))
    ones, zeros = dict.fromkeys(names, ONE), dict.fromkeys(names, ZERO)
    slopes = {name: derivative(node, name) for name in names}
    try:
        weights = {name: substitute(slope, ones) for name, slope in slopes.items()}
        if number_sign(substitute(node, zeros)) != 0:
            return None
        flat = all(algebra.vanishes(slopes[name] - weight) for name, weight in weights.items())
    except Rejected:
        return None
    return weights if flat else None


def _linear_sides(weights: Mapping[str, Node], texts: Mapping[str, Node]) -> tuple[Side, Side]:
    """Σ a D_f ≤ Σ b D_g with positive coefficients: each side is one divergence again."""
    signs = {name: number_sign(weight) for name, weight in weights.items()}

    def side(sign: int) -> Side:
        kept = {name: weight for name, weight in weights.items() if signs[name] == sign}
        if not kept:
            raise reject("have a divergence on each side", "one side only")
        if len(kept) == 1:
            ((name, weight),) = kept.items()
            return Side(number(sign) * weight * X, Generator(texts[name]))
        parts = (number(sign) * weight * texts[name] for name, weight in kept.items())
        return Side(X, Generator(add(*parts)))

    return side(-1), side(1)


def _side(node: Node, texts: Mapping[str, Node]) -> Side:
    """A side as a function of one combination x = Σ w D with w > 0, whose generator is Σ w f."""
    names = sorted(node.symbols)
    if not names:
        raise reject("have a divergence on each side", node)
    first, ones = names[0], dict.fromkeys(names, ONE)
    slopes = {name: derivative(node, name) for name in names}
    algebra = Algebra(dict.fromkeys(names, (0.0, INF)))
    generator = texts[first]
    for name in names[1:]:
        weight = substitute(slopes[name], ones) / substitute(slopes[first], ones)
        if number_sign(weight) <= 0 or not algebra.vanishes(slopes[name] - weight * slopes[first]):
            raise reject("have sides that are functions of one positive combination of divergences", node)
        generator = generator + weight * texts[name]
    function = substitute(node, {**dict.fromkeys(names, ZERO), first: X})
    return Side(function, Generator(generator))


def _has_sign(node: Node, top: float, sign: int) -> bool:
    """Whether ± node ≥ 0 on [0, top] is shown."""
    # Factors hide a sign that a sum shows, and the other way round.
    for simplify in (False, True):
        try:
            signed = number(sign) * node
            form = Algebra({"x": (0.0, INF)}).canonical(signed) if simplify else signed
            if form == ZERO or sign_on(form, {"x": (0.0, top)}) > 0:
                return True
        except Rejected:
            continue
    return False


def _squared(pair: Pair, tops: tuple[float, float]) -> Pair:
    """(A², B²) where B is a root and both are ≥ 0, else (A, B)."""
    small, large = pair
    if not any(map(is_root, walk(large))):
        return pair
    square = Algebra({"x": (0.0, tops[1])}).canonical(large**2)
    if any(map(is_root, walk(square))) or not (_has_sign(small, tops[0], 1) and _has_sign(large, tops[1], 1)):
        return pair
    return small**2, square


def _solved(pair: Pair, tops: tuple[float, float]) -> Pair:
    """An increasing larger side with an exponential solved for its divergence, else the pair as it is.

    A logarithm is taken of what is ≥ 0 only, so that A does not leave the range of B.
    """
    small, large = pair
    exponentials = any(node.kind == "exp" and node.symbols for node in walk(large))
    if not exponentials or not _has_sign(derivative(large, "x"), tops[1], 1):
        return pair
    while large != X:
        inner = [part for part in large.parts if isinstance(part, Node) and part.symbols]
        if len(inner) != 1 or large.kind == "power":
            return pair
        if large.kind == "exp" and not _has_sign(small, tops[0], 1):
            return pair
        rest = [part for part in large.parts if part is not inner[0]]
        if large.kind == "sum":
            small = small - add(*rest)
        elif large.kind == "product":
            small = small / multiply(*rest)
        else:
            small = log(small) if large.kind == "exp" else exp(small)
        large = inner[0]
    return small, large


def _is_convex_set(pair: Pair, tops: tuple[float, float]) -> bool:
    """Whether A is convex and B concave, so that pairs of laws on two points decide (P4)."""
    bends = (derivative(derivative(side, "x"), "x") for side in pair)
    return all(_has_sign(bend, top, sign) for bend, top, sign in zip(bends, tops, (1, -1), strict=True))
