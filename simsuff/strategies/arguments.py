"""Strategies for the arguments of a statement: each name of the vocabulary, and each class, has one."""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import hypothesis
import numpy as np
from hypothesis import strategies as st

from simsuff.divergences import divergence
from simsuff.downstream import GaussianRegression
from simsuff.models import FiniteModel, GaussianModel, SphereModel
from simsuff.models.registry import registered
from simsuff.numerics.validation import guess, refuse, require
from simsuff.statements import Statement
from simsuff.statements.vocabulary import DIVERGENCES, law_among
from simsuff.strategies.models import (
    additive_noise_models,
    channels,
    dropout_models,
    exchangeable_models,
    full_models,
    gaussian_models,
    joint_tables,
    label_vectors,
    noisy_sphere_models,
    probability_vectors,
    score_tables,
    small_models,
    sphere_models,
    topic_models,
    uniform_word_models,
    unit_rows,
    view_models,
    weights,
)
from simsuff.strategies.tasks import (
    classifications,
    document_tasks,
    finite_tasks,
    gaussian_tasks,
    halves_tasks,
    reversible_tasks,
    semimetrics,
    skewed_classifications,
    sphere_tasks,
    stationary_tasks,
)

Drawn = dict[str, Any]
Draw = Callable[[Drawn, Any], st.SearchStrategy[Any]]


@st.composite
def arguments_of(draw: st.DrawFn, statement: Statement) -> Drawn:
    """Keyword arguments for `statement`, drawn in the order of its parameters so that later ones fit earlier ones.

    Raises
    ------
    ValueError : for a parameter outside the vocabulary, with the names that it holds; `register` adds one.
    """
    drawn: Drawn = {}
    for name in statement.arguments:
        drawn[name] = draw(_strategy(name, statement)(drawn, (statement.kinds.get(name) or (None,))[0]))
    return drawn


def drawn_arguments(statement: Statement, count: int, seed: int) -> list[Drawn]:
    """Up to `count` dicts of keyword arguments, the same ones for each `seed`.

    Raises
    ------
    ValueError : as `arguments_of`.
    """
    for name in statement.arguments:
        _strategy(name, statement)  # raises for one outside the vocabulary
    found: list[Drawn] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
    )
    @hypothesis.given(arguments_of(statement))
    def collect(arguments: Drawn) -> None:
        found.append(arguments)

    with _no_constants_of_modules():
        collect()
    return found


@contextlib.contextmanager
def _no_constants_of_modules() -> Iterator[None]:
    """Let draws depend on the seed alone: Hypothesis 6.131 and later also draw numbers that stand in loaded modules."""
    cache, pool = "CONSTANTS_CACHE", "_get_local_constants"
    try:
        providers = importlib.import_module("hypothesis.internal.conjecture.providers")
        none = type(providers.GLOBAL_CONSTANTS)()
    except (ImportError, AttributeError):
        yield
        return
    with patch.object(providers, pool, lambda: none), patch.object(providers, cache, {}):
        yield


def register(key: str | type, strategy: st.SearchStrategy[Any] | Draw) -> None:
    """Draw arguments called `key`, or annotated with the class `key`, from `strategy`.

    Parameters
    ----------
    key : the name of a parameter of statements, new to the vocabulary, or a class of models or tasks.
    strategy : a Hypothesis strategy, or a function of the arguments drawn so far (a dict by name) and the class of the
        annotation (None without one) that returns one.

    Raises
    ------
    ValueError : for a name of the library's own vocabulary.

    Examples
    --------
    >>> from hypothesis import strategies as st
    >>> register("my_threshold", st.floats(0, 1))
    """
    require(key not in _VOCABULARY, "key", key, "be new", "take another name for the parameter")
    _REGISTERED[key] = (lambda *_: strategy) if isinstance(strategy, st.SearchStrategy) else strategy


def _strategy(name: str, statement: Statement) -> Draw:
    """What was registered for the name or its class, else the library's own."""
    for key in (name, *statement.kinds.get(name, ())):
        if key in _REGISTERED:
            return _REGISTERED[key]
    known = [*_VOCABULARY, *(key for key in _REGISTERED if isinstance(key, str))]
    way_out = "rename the parameter, or simsuff.strategies.register(name, strategy)"
    allowed, way_out = f"be one of {', '.join(known)}", guess(name, known) + way_out
    require(name in _VOCABULARY, f"argument of {statement.id}", f"name = {name}", allowed, way_out)
    return _VOCABULARY[name]


def _model(_: Drawn, kind: Any) -> st.SearchStrategy[Any]:
    examples = registered(kind)
    if examples:
        seeds = st.integers(0, 2**32 - 1)
        return st.builds(
            lambda make, seed: make(np.random.default_rng(seed)), st.sampled_from(examples), seeds
        )
    return gaussian_models() if kind is GaussianModel else joint_tables(zeros=True).map(FiniteModel)


def _task(_: Drawn, kind: Any) -> st.SearchStrategy[Any]:
    if kind is GaussianRegression:
        return additive_noise_models().flatmap(gaussian_tasks)
    return view_models(zeros=True).flatmap(finite_tasks)


def _alphabet(drawn: Drawn) -> tuple[int, int]:
    """The sizes of the alphabets of the two views."""
    rows, columns = _law(drawn).shape
    return rows, columns


def _law(drawn: Drawn) -> Any:
    """The law of (z₁, z₂) that the arguments so far speak about."""
    law = law_among(drawn)
    if law is not None:
        return law
    way_out = "put model (or views, task, …) before the arguments that depend on it"
    raise refuse("arguments", f"names so far = {list(drawn)}", "name a law first", way_out)


def _word_weight(drawn: Drawn, _: Any) -> st.SearchStrategy[Any]:
    """Any weights, or those near the gold representation."""
    gold = drawn["uniform_words"].gold / np.sqrt(2)
    near = st.floats(0.0, 1e-3).flatmap(lambda size: score_tables(gold.shape).map(lambda x: gold + size * x))
    return st.one_of(score_tables(gold.shape, bound=2.0), near)


def _inputs(drawn: Drawn, side: int = 1) -> int:
    """The number of inputs of a Gaussian view."""
    law = _law(drawn)
    return len(law.cov11 if side == 1 else law.cov22)


def _points(drawn: Drawn, side: int) -> st.SearchStrategy[Any]:
    return score_tables((3, 1 if law_among(drawn) is None else _inputs(drawn, side)), bound=3.0)


def _rank(drawn: Drawn, _: Any) -> st.SearchStrategy[int]:
    if "coefficients" in drawn:
        return st.integers(1, len(drawn["coefficients"]))
    law = _law(drawn)
    size = min(law.shape) if isinstance(law, FiniteModel) else min(_inputs(drawn, 1), _inputs(drawn, 2))
    return st.integers(1, size)


def _sphere(drawn: Drawn) -> SphereModel:
    model: SphereModel = drawn["sphere_model"] if "sphere_model" in drawn else drawn["sphere_task"].model
    return model


_REGISTERED: dict[str | type, Draw] = {}

_VOCABULARY: dict[str, Draw] = {
    "model": _model,
    "views": lambda _, kind: additive_noise_models() if kind is GaussianModel else view_models(),
    "task": _task,
    "full_model": lambda *_: full_models(),
    "small_model": lambda *_: small_models(),
    "exchangeable": lambda *_: exchangeable_models(),
    "topic_model": lambda *_: topic_models(),
    "dropout_model": lambda *_: dropout_models(),
    "uniform_words": lambda *_: uniform_word_models(),
    "classification": lambda *_: classifications(),
    "skewed_classification": lambda *_: skewed_classifications(),
    "stationary_task": lambda *_: stationary_tasks(),
    "reversible_task": lambda *_: reversible_tasks(),
    "semimetric": lambda *_: semimetrics(),
    "document_task": lambda *_: document_tasks(),
    "halves_task": lambda *_: halves_tasks(),
    "sphere_model": lambda *_: sphere_models(),
    "noisy_model": lambda *_: noisy_sphere_models(),
    "cosine": lambda *_: st.floats(-1.0, 1.0),
    "sphere_task": lambda *_: sphere_models().flatmap(sphere_tasks),
    "sphere_rank": lambda drawn, _: st.integers(1, _sphere(drawn).dimension),
    "directions": lambda drawn, _: unit_rows(_sphere(drawn).dimension),
    "labels": lambda drawn, _: label_vectors(_alphabet(drawn)[0]),
    "statistic": lambda drawn, _: label_vectors(_alphabet(drawn)[0]),
    "coarser": lambda drawn, _: label_vectors(int(drawn["labels"].max()) + 1),
    "columns": lambda drawn, _: label_vectors(_alphabet(drawn)[1]),
    "noise": lambda drawn, _: channels(_alphabet(drawn)[1], 3),
    "label_function": lambda drawn, _: channels(*drawn["classification"].joint_yz.shape[::-1]),
    "predictor": lambda drawn, _: channels(
        int(drawn["statistic"].max()) + 1, len(drawn["classification"].joint_yz)
    ),
    "label_channel": lambda *_: channels(3, 2),
    "divergence": lambda *_: st.sampled_from(DIVERGENCES).map(divergence),
    "score": lambda drawn, _: score_tables(_alphabet(drawn)),
    "scores": lambda drawn, _: st.integers(2, 4).flatmap(
        lambda k: score_tables((k, *_alphabet(drawn)), bound=3.0)
    ),
    "bound": lambda *_: st.floats(0.01, 2.5),
    "score_bound": lambda *_: st.floats(1.1, 100.0),
    "batch": lambda *_: st.integers(2, 3),
    "triple_batch": lambda *_: st.integers(3, 4),
    "batches": lambda *_: st.integers(1, 2),
    "deviation": lambda *_: st.floats(0.01, 3.0),
    "shift": lambda drawn, _: score_tables(_alphabet(drawn)[:1]),
    "conditional": lambda drawn, _: channels(*_alphabet(drawn)),
    "features": lambda drawn, _: st.integers(1, 3).flatmap(
        lambda p: score_tables((_alphabet(drawn)[0], p), bound=2.0)
    ),
    "vectors": lambda *_: st.integers(1, 3).flatmap(lambda p: score_tables((3, p), bound=3.0)),
    "other_vectors": lambda drawn, _: score_tables(drawn["vectors"].shape, bound=3.0),
    "temperature": lambda *_: st.floats(0.05, 5.0),
    "parameters": lambda *_: st.integers(1, 200),
    "radius": lambda *_: st.floats(0.01, 100.0),
    "reference": lambda *_: probability_vectors(3),
    "constant": lambda *_: st.floats(1.0, 4.0),
    "K": lambda *_: st.integers(2, 6),
    "M": lambda *_: st.floats(1.01, 1e4),
    "delta": lambda *_: st.floats(1e-4, 1e-2),
    "kappa": lambda *_: st.floats(1e-6, 2.0),
    "c1": lambda *_: st.floats(1.001, 100.0),
    "prior": lambda *_: probability_vectors(3),
    "masses": lambda *_: st.builds(np.multiply, st.floats(0.1, 3.0), probability_vectors(3)),
    "channel": lambda *_: channels(3, 3),
    "split": lambda *_: channels(3, 2),
    "weight": lambda drawn, _: weights(_inputs(drawn)),
    "word_weight": _word_weight,
    "word_scale": lambda *_: st.one_of(st.just(0.0), st.floats(-3.0, 3.0)),
    "k": _rank,
    "z1": lambda drawn, _: _points(drawn, 1),
    "z2": lambda drawn, _: _points(drawn, 2),
    "correlation": lambda *_: st.floats(0.05, 0.95),
    "spread": lambda *_: st.floats(0.5, 3.0),
    "terms": lambda *_: st.integers(1, 60),
    "signal_variances": lambda *_: st.lists(st.floats(0.2, 5.0), min_size=3, max_size=3).map(np.array),
    "noise_std": lambda *_: st.floats(0.3, 3.0),
    "coefficients": lambda *_: score_tables((3,)),
    "labelled": lambda drawn, _: st.integers(
        (drawn["sphere_rank"] if "sphere_rank" in drawn else len(drawn["weight"])) + 2, 20
    ),
    "first": lambda *_: probability_vectors(3),
    "middle": lambda *_: probability_vectors(3),
    "last": lambda *_: probability_vectors(3),
    "order": lambda *_: st.one_of(st.just(1.0), st.floats(1.001, 8.0)),
    "factor": lambda *_: st.floats(1.05, 8.0),
    "rng": lambda *_: st.integers(0, 2**32 - 1).map(np.random.default_rng),
}
