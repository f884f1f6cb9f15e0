"""What proof files claim: identities between expressions, and inequalities between divergences for all laws."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from simsuff.divergences import Divergence
from simsuff.numerics.validation import one_of, refuse, require

RELATIONS = ("==", "<=", ">=")
REALS = sp.Interval(-sp.oo, sp.oo)


@dataclass(frozen=True, eq=False)
class Identity:
    """A claim `left relation right` for all values of its letters in their ranges.

    Parameters
    ----------
    id : the statement's id in theory.md, plus a suffix.
    left, right : SymPy expressions, or matrices of one shape that are compared entry by entry. A side may hold
        ``Integral``, ``Max``, and applications and derivatives of undefined functions (then it is claimed for
        every smooth function).
    where : the range of a letter, where its SymPy assumptions (``positive=True`` …) do not give it.
    given : in words, what the claim takes for granted beyond the ranges.
    relation : one of ``== <= >=``.

    An equality is claimed wherever both sides are defined.

    Raises
    ------
    ValueError : for an empty id, an unknown relation, sides of different shapes, or an unusable range.
    """

    id: str
    left: sp.Expr | sp.MatrixBase
    right: sp.Expr | sp.MatrixBase
    where: Mapping[sp.Symbol, sp.Interval] = field(default_factory=dict)
    given: str = ""
    relation: str = "=="

    def __post_init__(self) -> None:
        require(isinstance(self.id, str) and self.id, "id", self.id, "be a non-empty string", "name it")
        one_of("relation", self.relation, RELATIONS)
        for side in ("left", "right"):
            object.__setattr__(self, side, _side(f"{side} of {self.id}", getattr(self, side)))
        shapes = [getattr(side, "shape", ()) for side in (self.left, self.right)]
        require(shapes[0] == shapes[1], f"the sides of {self.id}", shapes, "have one shape", "reshape one")
        for letter, interval in self.where.items():
            usable = isinstance(letter, sp.Symbol) and isinstance(interval, sp.Interval)
            require(usable, f"where of {self.id}", {letter: interval}, "map symbols to Intervals", "fix it")

    @property
    def entries(self) -> list[tuple[sp.Expr, sp.Expr]]:
        """The pairs of scalar sides."""
        if isinstance(self.left, sp.MatrixBase):
            return list(zip(self.left, self.right, strict=True))
        return [(self.left, self.right)]

    @property
    def letters(self) -> list[sp.Symbol]:
        """The free symbols, by name."""
        return sorted(self.left.free_symbols | self.right.free_symbols, key=lambda letter: str(letter.name))

    @property
    def ranges(self) -> dict[sp.Symbol, sp.Interval]:
        """The range of each letter."""

        def assumed(letter: sp.Symbol) -> sp.Interval:
            if letter.is_positive:
                return sp.Interval.open(0, sp.oo)
            return sp.Interval(0, sp.oo) if letter.is_nonnegative else REALS

        return {letter: self.where.get(letter, assumed(letter)) for letter in self.letters}

    @property
    def assumptions(self) -> list[str]:
        """The ranges and what is given, in words."""
        shown: dict[str, list[str]] = {}
        for letter, interval in self.ranges.items():
            shown.setdefault(_range_text(letter, interval), []).append(str(letter))
        ranges = [f"{', '.join(names)} {text}" for text, names in shown.items()]
        return ranges + [self.given] * bool(self.given)


def _side(place: str, value: object) -> sp.Expr | sp.MatrixBase:
    try:
        given = value if isinstance(value, sp.MatrixBase) else sp.sympify(value, strict=True)
    except sp.SympifyError as error:
        raise refuse(place, value, "be a SymPy expression", "build it from symbols") from error
    good = isinstance(given, sp.Expr | sp.MatrixBase) and not given.has(sp.nan, sp.zoo)
    require(good, place, given, "be a defined expression", "look for 0/0")
    exact = not given.has(sp.Float)
    require(exact, place, given, "hold no floating-point number", "use Rational, S.Half")
    return given


def _range_text(letter: sp.Symbol, interval: sp.Interval) -> str:
    kind = "integer" if letter.is_integer else "real"
    low, high = interval.start, interval.end
    if interval == REALS:
        return kind
    if high == sp.oo:
        return f"{'>' if interval.left_open else '>='} {low}" + " integer" * (kind == "integer")
    left, right = "(" if interval.left_open else "[", ")" if interval.right_open else "]"
    return f"in {left}{low}, {high}{right}"


@dataclass(frozen=True, eq=False)
class Inequality:
    """An inequality between two f-divergences for all pairs of laws, such as ``2*total_variation**2 <= kl`` (P4, P5).

    Parameters
    ----------
    id : the statement's id in theory.md, plus a suffix.
    text : each side names one divergence; see `simsuff.certificates.Claim`.
    divergences : user-made divergences by name, beside the catalogue.
    given : in words, what the claim takes for granted.
    """

    id: str
    text: str
    divergences: Mapping[str, Divergence] = field(default_factory=dict)
    given: str = ""

    def __post_init__(self) -> None:
        require(isinstance(self.id, str) and self.id, "id", self.id, "be a non-empty string", "name it")
        sides = self.text.split("<=") if isinstance(self.text, str) else []
        require(len(sides) == 2, "text", self.text, "hold one <=", "write A(D_f) <= B(D_g)")

    @property
    def left(self) -> str:
        """The smaller side."""
        return self.text.split("<=")[0].strip()

    @property
    def right(self) -> str:
        """The larger side."""
        return self.text.split("<=")[1].strip()

    @property
    def relation(self) -> str:
        """Always ``<=``."""
        return "<="

    @property
    def assumptions(self) -> list[str]:
        """For which laws it is claimed."""
        return ["all pairs of probability laws"] + [self.given] * bool(self.given)


# What a proof file yields.
Provable = Identity | Inequality
