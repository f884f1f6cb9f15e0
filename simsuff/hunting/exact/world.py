"""A statement evaluated in exact arithmetic: its own function, with exact twins in place of what it calls.

The function is run with other globals: `divergence`, `compare`, `math`, the models and the risks are those of this room.
Whatever else of the library it calls raises `NotExact`, so that no float slips in unnoticed.
"""

import builtins
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from types import CellType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import xlogy

from simsuff import divergences, downstream, models, verdicts
from simsuff.divergences import Divergence
from simsuff.hunting.exact import laws, tasks
from simsuff.hunting.exact.numbers import BALLS, NotExact, Number
from simsuff.numerics import numbers as floats
from simsuff.population import finite_k, sharpness

# The relative error of a constant such as √2 in the code of a statement, and of a few of them.
CONSTANTS = Fraction(1, 2**50)


@dataclass(frozen=True)
class ExactSides:
    """Both sides of a claim, and its relation; a claim that is a bool counts its failures against 0."""

    lhs: Number
    relation: str
    rhs: Number

    @property
    def refuted(self) -> bool:
        """Whether the relation certainly fails.

        Raises
        ------
        NotExact : where the balls leave it open.
        """
        sign = self.lhs.sign(self.rhs)
        return {"<=": sign > 0, ">=": sign < 0, "==": sign != 0}[self.relation]

    @property
    def fails(self) -> bool:
        """Whether the relation certainly fails, by more than constants that a statement holds as doubles explain."""
        with BALLS.working():
            larger = {"<=": self.lhs - self.rhs, ">=": self.rhs - self.lhs, "==": abs(self.lhs - self.rhs)}
            try:
                return bool(larger[self.relation] > CONSTANTS * (abs(self.lhs) + abs(self.rhs)))
            except NotExact:  # the balls overlap, as they do where both sides are equal
                return False

    def shifted(self, share: Fraction) -> "ExactSides":
        """The sides with b + share·|b| in place of the right side b."""
        with BALLS.working():
            return ExactSides(self.lhs, self.relation, self.rhs + share * abs(self.rhs))


def exact_sides(function: Callable[..., Any], arguments: Mapping[str, Any]) -> ExactSides:
    """The two sides that the function of a statement returns for exact twins of its arguments.

    Raises
    ------
    NotExact : where it needs more than this room has.
    """
    with BALLS.working(), np.errstate(all="ignore"):
        try:
            found = _World().twin(function)(**arguments)
        except NotExact:
            raise
        except Exception as error:  # the code of a user, run on numbers of a kind that it was not written for
            raise NotExact(f"{type(error).__name__}: {error}") from error
        if isinstance(found, bool | np.bool_):
            found = (0 if found else 1, "<=", 0)
        if isinstance(found, tuple):
            found = _sides(*found)
        if not isinstance(found, ExactSides) or found.relation not in ("<=", ">=", "=="):
            raise NotExact("a claim without two exact sides")
        return found


def _sides(lhs: Any, relation: Any, rhs: Any, **_: Any) -> ExactSides:
    left, right = (side.item() if isinstance(side, np.ndarray) else side for side in (lhs, rhs))
    return ExactSides(Number(left), str(relation), Number(right))


def _first(value: Any, *_: Any) -> Any:
    """What a float is said to be known up to is no matter here."""
    return value


class _Kind(type):
    """A class that statements make numbers of, or ask whether a number is one of: exact numbers stay what they are."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Number | float)

    def __call__(cls, value: Any, *_: Any) -> Any:
        return value if isinstance(value, Number) else float(value)


class _Float(metaclass=_Kind):
    """`float`, and `Bounded`, whose error is no matter here."""


def _function(name: str) -> Callable[[Any], Any]:
    def of(value: Any) -> Any:
        return getattr(Number(value), name)()

    return of


class _Numpy:
    """NumPy, whose questions about floats have an answer for exact numbers too."""

    def __getattr__(self, name: str) -> Any:
        return (
            partial(_each, getattr(MATH, name))
            if name in ("isfinite", "isinf", "isnan")
            else getattr(np, name)
        )


def _each(question: Callable[[Any], bool], values: Any) -> Any:
    array = np.asarray(values, dtype=object)
    found = np.array([question(value) for value in array.ravel()], dtype=bool).reshape(array.shape)
    return found if array.ndim else bool(found)


MATH = SimpleNamespace(
    inf=math.inf,
    isinf=lambda x: not isinstance(x, Number) and math.isinf(x),
    isfinite=lambda x: isinstance(x, Number) or math.isfinite(x),
    isnan=lambda x: not isinstance(x, Number) and math.isnan(x),
    **{name: _function(name) for name in ("log", "log1p", "exp", "expm1", "sqrt")},
)


# What statements call, and what stands for it here.
TWINS: tuple[tuple[Any, Any], ...] = (
    (math, MATH),
    (np, _Numpy()),
    (xlogy, np.frompyfunc(lambda x, y: Number(0) if Number(x) == 0 else Number(x) * Number(y).log(), 2, 1)),
    (verdicts.compare, _sides),
    (verdicts.Comparison, _sides),
    (floats.rounded, _first),
    (floats.Bounded, _Float),
    (floats.bounded, _first),
    (floats.value_of, _first),
    (divergences.divergence, laws.as_exact),
    (divergences.as_divergence, laws.as_exact),
    (models.FiniteModel, laws.ExactFinite),
    (downstream.conditional_variation, laws.conditional_variation),
    (downstream.FiniteRegression, tasks.ExactRegression),
    (downstream.PairRegression, tasks.ExactPairs),
    (downstream.FiniteClassification, tasks.ExactClassification),
    (finite_k.excess_risk, laws.excess_risk),
    (finite_k.infonce_risk, laws.infonce_risk),
    (finite_k.optimal_score, laws.optimal_score),
    (finite_k.rounding_bound, lambda *_: 0),
    (sharpness.normalised_score, laws.normalised_score),
    (sharpness.density_bound, laws.density_bound),
    (sharpness.efficiency, laws.efficiency),
    (sharpness.multinomial, laws.multinomial),
)
_TWINS = {id(known): twin for known, twin in TWINS}
# Functions of these modules are run with twins in their globals; other functions of the library raise.
OPEN = (
    "simsuff.statements.",
    "simsuff.models.finite.tables",
    "simsuff.numerics.validation",
    "simsuff.downstream.finite_classification",
    "simsuff.population.sharpness",
)


class _World:
    """The twins of functions, each made once: they may call each other."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def twin(self, value: Any) -> Any:
        """What stands for a global of a statement."""
        if id(value) in _TWINS:
            return _TWINS[id(value)]
        if isinstance(value, Divergence):
            return laws.ExactDivergence(value)
        if isinstance(value, ModuleType) and value.__name__ == "simsuff":
            return SimpleNamespace(divergence=laws.as_exact, FiniteModel=laws.ExactFinite)
        module = getattr(value, "__module__", None) or ""
        if isinstance(value, FunctionType) and (not module.startswith("simsuff.") or module.startswith(OPEN)):
            return self._made.get(id(value)) or self._function(value)
        if not (callable(value) and module.startswith("simsuff.")) or isinstance(value, type):
            return value

        def closed(*_: Any, **__: Any) -> Any:
            raise NotExact(f"{module}.{getattr(value, '__name__', value)}")

        return closed

    def _function(self, source: FunctionType) -> Any:
        world: dict[str, Any] = {"__builtins__": builtins, "float": _Float, "__name__": source.__module__}
        cells = tuple(CellType(self.twin(cell.cell_contents)) for cell in source.__closure__ or ())
        made = FunctionType(source.__code__, world, source.__name__, source.__defaults__, cells)
        made.__kwdefaults__ = source.__kwdefaults__
        self._made[id(source)] = made
        for name in _names(source.__code__):
            if name in source.__globals__ and name not in world:
                world[name] = self.twin(source.__globals__[name])
        return made


def _names(code: Any) -> set[str]:
    """The globals that a function and those within it may read."""
    inner = [const for const in code.co_consts if hasattr(const, "co_names")]
    return set(code.co_names).union(*map(_names, inner))
