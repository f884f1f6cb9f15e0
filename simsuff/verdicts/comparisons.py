"""Many exact comparisons of one statement, each by itself: arrays of sides, slacks and verdicts."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.display import comparisons_frame, comparisons_html
from simsuff.numerics.numbers import BoundedArray, Estimate, value_of
from simsuff.numerics.validation import refuse, require
from simsuff.verdicts import rules
from simsuff.verdicts.comparison import Comparison, Verdict
from simsuff.verdicts.rules import Float, Number, Relation

RELATIONS = (Relation.AT_MOST, Relation.AT_LEAST, Relation.EQUALS)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """m exact comparisons with one relation, as `compare` makes them of arrays; `comparisons[i]` is one of them.

    Attributes
    ----------
    lhs, rhs : `BoundedArray`, shape (m,), NaN where not defined.
    relation : one of ``<=  >=  ==``.
    defined : (m,), False where the single evaluation is refused: A1 says nothing (`FiniteStack.sufficiency`), or
        a side is no number.
    statement, pathwise : as for `Comparison`.
    """

    lhs: BoundedArray
    relation: Relation
    rhs: BoundedArray
    defined: NDArray[np.bool_]
    statement: str = ""
    pathwise: bool | None = None

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
        sides = self.lhs[index], self.rhs[index]
        return Comparison(sides[0], self.relation, sides[1], statement=self.statement, pathwise=self.pathwise)

    @property
    def gap(self) -> Float:
        """lhs − rhs, shape (m,); 0 where both are the same infinity, NaN where not defined."""
        return rules.gap(self.lhs.value, self.rhs.value)

    @property
    def slack(self) -> Float:
        """How far each relation is from failing, shape (m,), negative where broken; NaN where not defined."""
        return np.asarray(rules.slack(self.relation, self.gap))

    @property
    def _error(self) -> Float:
        return self.lhs.error + self.rhs.error

    @cached_property
    def violated(self) -> NDArray[np.bool_]:
        """Where the relation fails by more than the errors explain, shape (m,); False where not defined."""
        return np.asarray(self.slack < -self._error)

    @property
    def verdicts(self) -> NDArray[np.str_]:
        """The `Verdict` of each, shape (m,), as `Comparison` gives it; masked where not defined."""
        lhs, rhs, error = self.lhs.value, self.rhs.value, self._error
        held = rules.is_rounding(error, lhs, rhs)
        if self.relation is Relation.EQUALS:
            held |= error <= rules.RESOLUTION * np.abs(rhs)
        else:
            held |= self.slack >= error
        held &= ~rules.both_infinite(lhs, rhs)
        words = np.where(held, str(Verdict.HOLDS), str(Verdict.UNDECIDED))
        words[self.violated] = str(Verdict.VIOLATED)
        return words if self.defined.all() else np.ma.masked_array(words, mask=~self.defined)

    def to_frame(self) -> Any:
        """A pandas DataFrame with a row for each: sides with their errors, slack and verdict, empty if not defined."""
        return comparisons_frame(self)

    def _repr_html_(self) -> str:
        return comparisons_html(self)

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def compare(lhs: Number | Float, relation: str, rhs: Number | Float) -> Comparison | Comparisons:
    """One comparison of numbers; of arrays (m,), NaN where a side is not defined, `Comparisons`.

    Raises
    ------
    ValueError : as `Comparison`; for arrays, for other relations than ``<=  >=  ==`` and shapes that do not fit.
    """
    shapes = {np.shape(value_of(side)) for side in (lhs, rhs) if not isinstance(side, Estimate)} - {()}
    if not shapes:
        left, right = (side if isinstance(side, float | Estimate) else float(side) for side in (lhs, rhs))
        return Comparison(left, relation, right)
    known = [str(relation) for relation in RELATIONS]
    require(relation in known, "relation", relation, f"be one of {known}", "compare these one by one")
    exact = not (isinstance(lhs, Estimate) or isinstance(rhs, Estimate))
    fits = exact and len(shapes) == 1 and all(len(shape) == 1 for shape in shapes)
    shown = f"shapes of lhs, rhs = {[np.shape(value_of(side)) for side in (lhs, rhs)]}"
    require(fits, "sides", shown, "be exact, of one shape (m,)", "give each model one number")
    values = np.broadcast_arrays(value_of(lhs), value_of(rhs))
    defined = ~(np.isnan(values[0]) | np.isnan(values[1]))
    sides = (
        BoundedArray(np.where(defined, value, np.nan), rules.error(side))
        for value, side in zip(values, (lhs, rhs), strict=True)
    )
    return Comparisons(next(sides), Relation(relation), next(sides), defined)
