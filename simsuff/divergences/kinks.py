"""Where does f change its formula, which smooth pieces lie between, and by how much does f' jump there?"""

from dataclasses import dataclass
from itertools import combinations, pairwise

import sympy as sp

from simsuff.divergences.symbols import t
from simsuff.divergences.tidying import simplify
from simsuff.numerics.validation import refuse


@dataclass(frozen=True)
class Piece:
    """f equals the smooth `expression` on (low, high)."""

    low: sp.Expr
    high: sp.Expr
    expression: sp.Expr


@dataclass(frozen=True)
class Kink:
    """At `place`, f' rises from `left` to `right`; `subgradient` between them is what f' is there."""

    place: sp.Expr
    left: sp.Expr
    right: sp.Expr
    subgradient: sp.Expr


def is_smooth(f: sp.Expr) -> bool:
    """Whether f is written without abs, max and min."""
    return not f.has(sp.Abs, sp.Max, sp.Min)


def places(f: sp.Expr) -> list[sp.Expr]:
    """The t > 0 at which an argument of abs vanishes or two arguments of max or min meet, increasing."""
    arguments = [atom.args[0] for atom in f.atoms(sp.Abs)]
    for atom in f.atoms(sp.Max, sp.Min):
        arguments += [a - b for a, b in combinations(atom.args, 2)]
    found: set[sp.Expr] = set()
    for argument in arguments:
        if argument.has(t):
            found |= set(_roots(argument))
    return sorted(found, key=float)


def _roots(argument: sp.Expr) -> list[sp.Expr]:
    x = sp.Symbol("x", real=True)
    try:
        solutions = sp.solve(argument.subs(t, x), x)
    except NotImplementedError as error:
        raise refuse(
            "f", f"f has a kink where {argument} = 0", "have kinks that can be solved for", ""
        ) from error
    return [root for root in solutions if root.is_real and root > 0]


def pieces(f: sp.Expr) -> list[Piece]:
    """The smooth pieces of f, from left to right."""
    edges = [sp.S.Zero, *places(f), sp.oo]
    return [Piece(a, b, _branch(f, _inside(a, b))) for a, b in pairwise(edges)]


def _inside(low: sp.Expr, high: sp.Expr) -> sp.Rational:
    """A rational point strictly between the ends."""
    middle = low + 1 if high == sp.oo else (low + high) / 2
    return sp.Rational(float(middle))


def _branch(f: sp.Expr, at: sp.Rational) -> sp.Expr:
    """f with each abs, max and min, innermost first, replaced by the argument that it takes at t = `at`."""

    def absolute(argument: sp.Expr) -> sp.Expr:
        return argument if argument.subs(t, at) >= 0 else -argument

    def extreme(pick: type) -> sp.Expr:
        def choose(*arguments: sp.Expr) -> sp.Expr:
            best = pick(*[a.subs(t, at) for a in arguments])
            return next(a for a in arguments if a.subs(t, at) == best)

        return choose

    smooth = f.replace(sp.Abs, absolute).replace(sp.Max, extreme(sp.Max))
    return smooth.replace(sp.Min, extreme(sp.Min))


def kinks(f: sp.Expr) -> list[Kink]:
    """The points at which f' jumps."""
    found = []
    slope = sp.diff(f, t)
    for before, after in pairwise(pieces(f)):
        place = after.low
        left, right = (sp.diff(piece.expression, t).subs(t, place) for piece in (before, after))
        if simplify(right - left) != 0:
            found.append(Kink(place, left, right, slope.subs(t, place)))
    return found
