"""How is a statement written down once, and found by its id?"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args, get_type_hints

import numpy as np

import simsuff.statements
from simsuff.numerics.validation import refuse
from simsuff.verdicts import Comparison, Comparisons

Sides = Comparison | Comparisons

_STATEMENTS: dict[str, "Statement"] = {}


@dataclass(frozen=True)
class Statement:
    """One statement of theory.md: its id, what it says, and the callable that returns its two sides.

    The names of the parameters are a vocabulary (`model`, `labels`, `divergence`, `score`, `K`, …): property
    tests and searches draw each argument from the strategy of that name. `holds` is False for what theory.md
    says is false: there a counterexample must be found. `in_expectation` marks the one whose left side is a
    single random draw of which only the mean is claimed. A function that takes a `FiniteLaw` and ends in `compare`
    speaks about single models and about stacks of them.
    """

    id: str
    title: str
    function: Callable[..., Sides]
    holds: bool = True
    in_expectation: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of what the statement speaks about."""
        return tuple(inspect.signature(self.function).parameters)

    @cached_property
    def takes_stacks(self) -> bool:
        """Whether `evaluate_each` can evaluate it on a stack of finite models: whether its law is a `FiniteLaw`."""
        from simsuff.models import FiniteStack  # here, so that defining a statement does not load the models

        return any(FiniteStack in get_args(hint) for hint in get_type_hints(self.function).values())

    def evaluate(self, *args: Any, **kwargs: Any) -> Comparison:
        """Both sides for the given arguments, labelled with the id.

        Raises
        ------
        ValueError : when an argument is missing or unknown, or a condition of the statement is not met.
        """
        found = self._sides(*args, **kwargs)
        if isinstance(found, Comparisons):
            way_out = "call evaluate_each, or stack[i] for one of them"
            raise refuse("arguments", f"{self.id}: {len(found)} models = a stack", "be one model", way_out)
        return found.with_(statement=self.id, pathwise=not self.in_expectation)

    __call__ = evaluate

    def evaluate_each(self, *args: Any, **kwargs: Any) -> Comparisons:
        """The sides for each model of a `FiniteStack` at once, as `evaluate` gives them for each alone.

        The law is the stack. Labels, scores and other arrays hold for all models, or have a leading axis for the
        models; a divergence holds for all. Where `evaluate` refuses a model, its comparison is not `defined`.

        Raises
        ------
        ValueError : when an argument is missing or unknown, or the statement needs more than a stack offers.
        """
        if not self.takes_stacks:
            way_out = "evaluate each model alone"
            raise refuse("statement", f"id = {self.id}", "speak about a FiniteLaw to take a stack", way_out)
        with np.errstate(invalid="ignore"):  # a side that is no number leaves its comparison undefined
            found = self._sides(*args, **kwargs)
        if isinstance(found, Comparison):
            way_out = "put the tables into a FiniteStack, or call evaluate"
            raise refuse("arguments", f"{self.id}: one model = {found}", "hold a stack", way_out)
        return found.with_(statement=self.id, pathwise=not self.in_expectation)

    def _sides(self, *args: Any, **kwargs: Any) -> Sides:
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            way_out = f"call it with {', '.join(self.arguments)}"
            raise refuse("arguments", f"{self.id}: {error}", "fit the statement", way_out) from error
        return self.function(*args, **kwargs)


def statement(
    id: str, title: str, holds: bool = True, in_expectation: bool = False
) -> Callable[[Callable[..., Sides]], Statement]:
    """Register the decorated function as the statement `id`.

    Raises
    ------
    ValueError : for an id of the library; ids of your own may be defined again.
    """

    def register(function: Callable[..., Sides]) -> Statement:
        known = _STATEMENTS.get(id)
        if known is not None and known.function.__module__.startswith("simsuff."):
            raise refuse("id", id, "be new", f"rename one; it is {known.title!r}")
        _STATEMENTS[id] = Statement(id, title, function, holds, in_expectation)
        return _STATEMENTS[id]

    return register


def all() -> tuple[Statement, ...]:
    """Every statement, ordered by id."""
    for module in pkgutil.iter_modules(simsuff.statements.__path__):
        importlib.import_module(f"simsuff.statements.{module.name}")
    return tuple(_STATEMENTS[id] for id in sorted(_STATEMENTS))


def get(id: str) -> Statement:
    """The statement called `id`.

    Raises
    ------
    ValueError : for an unknown id, with the known ones.
    """
    known = {entry.id: entry for entry in all()}
    if id not in known:
        raise refuse("id", id, f"be one of {', '.join(known)}", "see simsuff list")
    return known[id]
