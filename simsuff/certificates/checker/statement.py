"""What a certificate claims, and whether the route it takes is allowed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.checker.margins import FRAMES, HALF_OF_THEM, Frame, a, b, mass_form, x
from simsuff.certificates.claims import Claim
from simsuff.certificates.parsing import read_expression, read_inequality
from simsuff.divergences import DIVERGENCES, Divergence
from simsuff.divergences.symbols import t
from simsuff.numerics.validation import refuse


class Statement(NamedTuple):
    """A(D_f) ≤ B(D_g): text, the names and generators of f and g, the sides A and B as proved, the frames to cover."""

    text: str
    names: tuple[str, str]
    generators: tuple[sp.Expr, sp.Expr]
    sides: tuple[sp.Expr, sp.Expr]
    route: str
    frames: dict[str, Frame]


def reject(why: str, shown: object) -> ValueError:
    """The error for a certificate that is no proof."""
    return refuse(
        "certificate", f"certificate holds {shown!s:.200}", why, "do not trust it; certify the claim again"
    )


def read_statement(content: Mapping[str, Any], divergences: Mapping[str, Divergence]) -> Statement:
    """The statement of a certificate, its generators compared with the known ones."""
    known = {**{name: DIVERGENCES[name] for name in DIVERGENCES}, **divergences}
    symbols = {name: sp.Symbol(name, nonnegative=True) for name in known}
    Claim(content["claim"], divergences)  # refuses sides that are not defined on the range of the divergence
    raw = read_inequality(content["claim"], symbols)
    names = tuple(_only(side, content["claim"]) for side in raw)
    generators = tuple(_generator(name, content["generators"], known[name]) for name in names)
    stated = tuple(side.subs(symbols[name], x) for side, name in zip(raw, names, strict=True))
    route = content["route"]
    if route not in FRAMES:
        raise reject("take a known route", route)
    if route == "pointwise" and any(sp.simplify(side / x).free_symbols for side in stated):
        raise reject("compare generators pointwise only for linear claims", content["claim"])
    sides = _tame(*stated)
    if route == "bernoulli" and not any(_is_convex_set(*pair) for pair in (stated, _squared(*stated), sides)):
        raise reject("have A convex and B concave (P4)", content["claim"])
    frames = dict(FRAMES[route])
    if all(_symmetric(f) for f in generators):
        frames = {name: frame for name, frame in frames.items() if name in HALF_OF_THEM[route]}
    return Statement(content["claim"], names, generators, sides, route, frames)  # type: ignore[arg-type]


def _only(side: sp.Expr, text: str) -> str:
    names = [symbol.name for symbol in side.free_symbols]
    if len(names) != 1:
        raise reject("name one divergence on each side", text)
    return str(names[0])


def _generator(name: str, texts: Mapping[str, Any], known: Divergence) -> sp.Expr:
    f = read_expression(texts.get(name, ""), {"t": t})
    for sign in (1, -1):
        if sp.simplify(sp.expand(mass_form(f, sign) - mass_form(sp.sympify(known.expression), sign))) != 0:
            raise reject(f"hold the generator of {name}, {known.expression}", f)
    return f


def _symmetric(f: sp.Expr) -> bool:
    swapped = mass_form(f, -1).subs({a: b, b: a}, simultaneous=True)
    return bool(sp.simplify(sp.expand(mass_form(f, 1) - swapped)) == 0)


def _squared(small: sp.Expr, large: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    square = sp.expand(large**2)
    if small.is_nonnegative and _has_root(large) and not _has_root(square):
        return small**2, square
    return small, large


def _has_root(node: sp.Expr) -> bool:
    return any(power.exp == sp.Rational(1, 2) for power in node.atoms(sp.Pow))


def _tame(small: sp.Expr, large: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The claim with the root squared away and an exponential on the larger side solved for D_g."""
    small, large = _squared(small, large)
    if not large.has(sp.exp):
        return small, large
    if not sp.diff(large, x).is_nonnegative:
        raise reject("have a larger side that increases", large)
    return _undone(small, large), x


def _undone(value: sp.Expr, node: sp.Expr) -> sp.Expr:
    """The x at which an invertible chain of operations has the given value."""
    if node == x:
        return value
    if isinstance(node, sp.exp | sp.log):
        inverse = sp.log if isinstance(node, sp.exp) else sp.exp
        return _undone(inverse(value), node.args[0])
    constant, rest = node.as_independent(x, as_Add=node.is_Add)
    if rest in (node, 0, 1) or not isinstance(node, sp.Add | sp.Mul):
        raise reject("have a larger side that can be solved", node)
    return _undone(value - constant if node.is_Add else value / constant, rest)


def _is_convex_set(small: sp.Expr, large: sp.Expr) -> bool:
    bends = (sp.diff(small, x, 2), -sp.diff(large, x, 2))
    return all(bool(sp.factor(sp.simplify(bend)).is_nonnegative) for bend in bends)
