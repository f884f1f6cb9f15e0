"""Statements: written down once with `@statement`, found by their id, evaluated on one model or on a stack."""

import builtins
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

import simsuff.statements
from simsuff.numerics.display import card, code, table
from simsuff.numerics.validation import generator, guess, is_table, one_of, plain_array, refuse, require
from simsuff.plugins import load_plugins
from simsuff.statements.paper import item
from simsuff.verdicts import Comparison, Comparisons, compare

Sides = Comparison | Comparisons
Claim = Sides | tuple[Any, str, Any] | bool

_STATEMENTS: dict[str, "Statement"] = {}


@dataclass(frozen=True)
class Statement:
    """One statement of theory.md: its id, what it says, and the callable that returns its two sides.

    The names of the parameters are a vocabulary (`model`, `labels`, `divergence`, `score`, `K`, …): property
    tests and searches draw each argument from the strategy of that name. Annotations are optional: classes are
    checked, and tell of which kind a `model` or a `task` is (without one, finite). The function returns a
    Comparison, a tuple (lhs, relation, rhs), or a bool, which counts as 0 or 1 failures against 0. One that takes
    a `FiniteLaw` and ends in `compare` or a tuple speaks about single models and about stacks of them.

    Attributes
    ----------
    holds : False for what theory.md says is false: there a counterexample must be found.
    in_expectation : whether the left side is a single random draw of which only the mean is claimed.
    paper : the keys of the items of the paper that the statement carries (`simsuff.statements.paper`).
    sharp : where the two sides meet, or come as near as one likes; empty where that is not known.

    Examples
    --------
    >>> import simsuff as ss
    >>> entry = ss.statements.get("A3-range")
    >>> entry.arguments, entry.holds, entry.takes_stacks
    (('model', 'labels', 'divergence'), True, True)
    >>> print(entry.evaluate(ss.FiniteModel([[0.4, 0.1], [0.1, 0.4]]), [0, 0], "kl").verdict)
    holds
    """

    id: str
    title: str
    function: Callable[..., Claim]
    holds: bool = True
    in_expectation: bool = False
    paper: tuple[str, ...] = ()
    sharp: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of what the statement speaks about."""
        return tuple(inspect.signature(self.function).parameters)

    @cached_property
    def kinds(self) -> dict[str, tuple[type, ...]]:
        """The classes of models, tasks and the like that the annotation of an argument names, if nothing else."""
        try:
            hints = get_type_hints(self.function)
        except NameError:  # annotations that only a type checker can read
            return {}
        found = {}
        for name in self.arguments:
            hint = hints.get(name)
            classes = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
            if builtins.all(isinstance(kind, type) and _is_checked(kind) for kind in classes):
                found[name] = classes
        return found

    @cached_property
    def takes_stacks(self) -> bool:
        """Whether `evaluate_each` can evaluate it on a stack of finite models: whether its law is a `FiniteLaw`."""
        from simsuff.models import FiniteStack  # here, so that defining a statement does not load the models

        return any(FiniteStack in classes for classes in self.kinds.values())

    def _repr_html_(self) -> str:
        from simsuff.statements.vocabulary import meanings

        means = " in expectation" if self.in_expectation else ""
        facts = {
            "says": code(inspect.getdoc(self.function) or ""),
            "status": f"holds{means}" if self.holds else "false: there are counterexamples",
            "arguments": table(meanings(self).items()),
            "of the paper": ", ".join(self.paper) or None,
            "sharp": self.sharp or None,
        }
        return card(f"{self.id}: {self.title}", facts)

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
            bound = inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            stranger = next((name for name in kwargs if name not in self.arguments), "")
            way_out = f"{guess(stranger, self.arguments)}call it with {', '.join(self.arguments)}"
            raise refuse("arguments", f"{self.id}: {error}", "fit the statement", way_out) from error
        given = bound.arguments
        given.update({name: plain_array(value) for name, value in given.items() if is_table(value)})
        if given.get("rng") is not None:
            given["rng"] = generator("rng", given["rng"])
        for name in [name for name, value in given.items() if isinstance(value, str)]:
            if name == "divergence" or "Divergence" in [kind.__name__ for kind in self.kinds.get(name, ())]:
                from simsuff.divergences import as_divergence

                given[name] = as_divergence(given[name], name)
        for name, classes in self.kinds.items():
            allowed = f"be a {' or a '.join(kind.__name__ for kind in classes)}"
            way_out = f"{self.id} speaks about these; see simsuff show {self.id}"
            require(isinstance(given.get(name), classes), name, given.get(name), allowed, way_out)
        return as_sides(self.id, self.function(*bound.args, **bound.kwargs))


def as_sides(id: str, found: Any) -> Sides:
    """What a statement returned as two sides: a comparison, a tuple (lhs, relation, rhs), or a bool."""
    if isinstance(found, Comparison | Comparisons):
        return found
    if isinstance(found, tuple) and len(found) == 3 and isinstance(found[1], str):
        return compare(*found)
    if isinstance(found, bool | np.bool_):
        # A claim that is true or false has one side, its number of failures.
        return Comparison(0.0 if found else 1.0, "<=", 0.0)
    allowed = "return a Comparison, a tuple (lhs, relation, rhs) or a bool"
    way_out = 'end it in return lhs, "<=", rhs'
    raise refuse(f"statement {id}", f"returned value = {found!r}", allowed, way_out)


def _is_checked(kind: type) -> bool:
    """Whether an argument must be an instance of its annotation: models, tasks and divergences, not their protocols."""
    foreign = kind.__module__.partition(".")[0] in ("builtins", "collections", "numpy", "typing")
    return not foreign and not getattr(kind, "_is_protocol", False)


def statement(
    id: str,
    title: str,
    holds: bool = True,
    in_expectation: bool = False,
    paper: tuple[str, ...] = (),
    sharp: str = "",
) -> Callable[[Callable[..., Claim]], Statement]:
    """Register the decorated function as the statement `id`.

    Raises
    ------
    ValueError : for an id of the library, and for an unknown item of the paper; ids of your own may be defined again.

    Examples
    --------
    >>> import simsuff as ss
    >>> from simsuff.statements import statement
    >>> @statement("my-half", "half of the information is lost at most")
    ... def half_is_kept(model, labels):
    ...     return model.sufficiency(labels, "kl"), "<=", model.information("kl") / 2
    >>> print(half_is_kept.evaluate(ss.FiniteModel([[0.4, 0.1], [0.1, 0.4]]), [0, 0]).verdict)
    violated
    """
    for key in paper:
        item(key)

    def register(function: Callable[..., Claim]) -> Statement:
        if not function.__module__.startswith("simsuff."):
            _load()
        known = _STATEMENTS.get(id)
        if known is not None and known.function.__module__.startswith("simsuff."):
            raise refuse("id", id, "be new", f"rename one; it is {known.title!r}")
        _STATEMENTS[id] = Statement(id, title, function, holds, in_expectation, paper, sharp)
        return _STATEMENTS[id]

    return register


def _load() -> None:
    """Register the statements of the library."""
    for module in pkgutil.iter_modules(simsuff.statements.__path__):
        importlib.import_module(f"simsuff.statements.{module.name}")


def all() -> tuple[Statement, ...]:
    """Every statement, ordered by id.

    Examples
    --------
    >>> import simsuff as ss
    >>> [entry.id for entry in ss.statements.all() if entry.id.startswith("A1")]
    ['A1', 'A1-variational']
    """
    _load()
    load_plugins()
    return tuple(_STATEMENTS[id] for id in sorted(_STATEMENTS))


def get(id: str) -> Statement:
    """The statement called `id`.

    Raises
    ------
    ValueError : for an unknown id, with the known ones.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.statements.get("A1").title
    'information loss = conditional Bregman divergence'
    """
    # Studies ask for each draw: what is registered is handed out without a look at the installed packages.
    if isinstance(id, str) and id in _STATEMENTS:
        return _STATEMENTS[id]
    known = {entry.id: entry for entry in all()}
    return known[one_of("id", id, known, "see simsuff list")]
