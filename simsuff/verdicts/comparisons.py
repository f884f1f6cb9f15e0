"""What do many exact comparisons of one statement say, each by itself? Arrays of sides, slacks and verdicts."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.numerics.validation import refuse, require
from simsuff.verdicts import rules
from simsuff.verdicts.comparison import Comparison, Verdict
from simsuff.verdicts.number import Number
from simsuff.verdicts.rules import Float, Relation

RELATIONS = (Relation.AT_MOST, Relation.AT_LEAST, Relation.EQUALS)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """m exact comparisons with one relation, as `compare` makes them of arrays; `comparisons[i]` is one of them.

    Attributes
    ----------
    lhs, rhs, scale : as for `Comparison`, shape (m,), NaN where not defined.
    relation : one of ``<=  >=  ==``.
    defined : (m,), False where the single evaluation is refused: A1 says nothing (`FiniteStack.sufficiency`), or
        a side is no number.
    statement, pathwise : as for `Comparison`.
    """

    lhs: Float
    relation: Relation
    rhs: Float
    scale: Float
    defined: NDArray[np.bool_]
    statement: str = ""
    pathwise: bool = False

    def __len__(self) -> int:
        return len(self.lhs)

    def __getitem__(self, index: int) -> Comparison:
        """The comparison number `index`.

        Raises
        ------
        ValueError : where it is not defined.
        """
        if not self.defined[index]:
            way_out = "look at `defined`; evaluate that model alone to see why"
            raise refuse(f"sides[{index}]", (self.lhs[index], self.rhs[index]), "be defined", way_out)
        lhs, rhs, scale = (float(side[index]) for side in (self.lhs, self.rhs, self.scale))
        name = self.statement
        return Comparison(lhs, self.relation, rhs, statement=name, scale=scale, pathwise=self.pathwise)

    @property
    def gap(self) -> Float:
        """lhs − rhs, shape (m,); 0 where both are the same infinity, NaN where not defined."""
        return rules.gap(self.lhs, self.rhs)

    @property
    def slack(self) -> Float:
        """How far each relation is from failing, shape (m,), negative where broken; NaN where not defined."""
        return np.asarray(rules.slack(self.relation, self.gap))

    @cached_property
    def violated(self) -> NDArray[np.bool_]:
        """Where the relation fails by more than rounding explains, shape (m,); False where not defined."""
        return np.asarray(self.slack < -rules.allowed(self.lhs, self.rhs, self.scale))

    @property
    def verdicts(self) -> NDArray[np.str_]:
        """The `Verdict` of each, shape (m,): holds or violated; masked where not defined."""
        words = np.where(self.violated, str(Verdict.VIOLATED), str(Verdict.HOLDS))
        return words if self.defined.all() else np.ma.masked_array(words, mask=~self.defined)

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def compare(
    lhs: Number | Float, relation: str, rhs: Number | Float, scale: float | Float = 0.0
) -> Comparison | Comparisons:
    """One comparison of numbers; of arrays (m,), masked where a side is not defined, `Comparisons`.

    Raises
    ------
    ValueError : as `Comparison`; for arrays, for other relations than ``<=  >=  ==`` and shapes that do not fit.
    """
    sides: tuple[Any, ...] = (lhs, rhs, scale)
    shapes = {np.shape(side) for side in sides if not isinstance(side, Bounded | Estimate)} - {()}
    if not shapes:
        left, right = (x if isinstance(x, Bounded | Estimate) else float(x) for x in (lhs, rhs))
        return Comparison(left, relation, right, scale=float(scale))
    known = [str(relation) for relation in RELATIONS]
    require(relation in known, "relation", relation, f"be one of {known}", "compare these one by one")
    exact = not any(isinstance(side, Bounded | Estimate) for side in sides)
    fits = exact and len(shapes) == 1 and all(len(shape) == 1 for shape in shapes)
    shown = f"shapes of lhs, rhs, scale = {[np.shape(side) for side in sides]}"
    require(fits, "sides", shown, "be exact, of one shape (m,)", "give each model one number")
    return _compared(sides, Relation(relation))


def _compared(sides: tuple[Any, ...], relation: Relation) -> Comparisons:
    lhs, rhs, scale = np.broadcast_arrays(*(np.ma.getdata(side) for side in sides))
    masked = np.zeros(lhs.shape, dtype=bool)
    for side in sides:
        masked = masked | np.ma.getmaskarray(side)
    defined = ~(masked | np.isnan(lhs) | np.isnan(rhs))
    left, right, size = (np.where(defined, side, np.nan) for side in (lhs, rhs, scale))
    return Comparisons(left, relation, right, size, defined)
