"""What has to vanish (or be ≥ 0)? The difference of two sides, in its own letters and in positive ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from simsuff.proofs.coordinates import positive_coordinates
from simsuff.proofs.integrals import without_integrals


@dataclass(frozen=True)
class Difference:
    """right − left of one entry, with the ranges of its letters."""

    left: sp.Expr
    right: sp.Expr
    ranges: Mapping[sp.Symbol, sp.Interval]

    @cached_property
    def coordinates(self) -> dict[sp.Symbol, sp.Expr]:
        """The letters as functions of positive ones."""
        return positive_coordinates(self.ranges)

    def positive(self, expression: sp.Expr) -> sp.Expr:
        """An expression in the letters, written in positive ones, with its integrals done."""
        if isinstance(expression, sp.Max):  # SymPy would compare its arguments in pairs
            return sp.Max(*map(self.positive, expression.args), evaluate=False)
        return without_integrals(expression.subs(self.coordinates).doit(integrals=False))

    @cached_property
    def sides(self) -> tuple[sp.Expr, sp.Expr]:
        """Both sides in positive letters, with their integrals done."""
        return self.positive(self.left), self.positive(self.right)

    @property
    def original(self) -> sp.Expr:
        """The difference in the letters of the identity."""
        return self.right - self.left

    @cached_property
    def expression(self) -> sp.Expr:
        """The difference in positive letters, with its integrals done."""
        return self.sides[1] - self.sides[0]
