"""`fit`: train an encoder to the minimiser of a contrastive loss, on pairs or on a model."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from simsuff.encoders.protocol import Encoder, parameter_units
from simsuff.encoders.tempered import TemperedEncoder
from simsuff.kernels.threads import one_blas_thread
from simsuff.losses import get_loss
from simsuff.models.base import Pairs
from simsuff.numerics.validation import Float, RNGLike, generator, integer, one_of, positive, refuse, require
from simsuff.optimizers.adam import Adam, schedule_named
from simsuff.optimizers.lbfgs import lbfgs
from simsuff.optimizers.objective import (
    Callback,
    History,
    NotFiniteError,
    Objective,
    Outcome,
    Point,
    Status,
    evaluate,
    fall_ahead,
    has_converged,
)
from simsuff.training.adam_loop import adam_loop, compiled_adam_loop, planned
from simsuff.training.objective import Loss, loss_on
from simsuff.training.result import FitInterrupted, FitResult
from simsuff.training.sources import ModelSource, PairSource, Sampler, as_source

E = TypeVar("E", bound=Encoder)

# Steps allowed where the caller names no limit.
STEPS = {"lbfgs": 10_000, "adam": 2_000}

# Fewer steps are done before a compiled loop is even loaded from disk.
WORTH_COMPILING = 100


@one_blas_thread()
def fit(
    source: Pairs | tuple[Any, Any] | Sampler,
    encoder: E,
    loss: str | Loss = "infonce",
    batch: int = 256,
    optimizer: str | None = None,
    rng: RNGLike | None = None,
    *,
    steps: int | None = None,
    learning_rate: float = 0.01,
    schedule: str = "constant",
    tolerance: float | None = None,
    callback: Callback | None = None,
    **options: Any,
) -> FitResult[E]:
    """Train `encoder` on pairs, or on fresh draws from a model.

    Parameters
    ----------
    source
        Pairs (z1, z2) of n rows each, or a model with ``sample(n, rng)``.
    encoder
        The starting point; it is not changed.
    loss
        A name in `simsuff.losses.LOSSES`, or a callable ``(u, v, **options) -> (value, du, dv)``.
    batch
        K ≥ 2, the number of pairs that serve as each other's negatives.
    optimizer
        "lbfgs" (default for pairs) minimises L̂ of theory.md G, the mean over ⌊n/K⌋ batches of K consecutive
        pairs; a remainder is dropped and `n_used` says so. No randomness, so `rng` may be None.
        "adam" (default for a model) takes one batch for each step: drawn from the pairs without replacement
        within an epoch, or fresh from the model. Needs `rng`.
    rng
        A NumPy Generator, or a seed as SPEC 7 of Scientific Python lists them (docs/notebooks.md).
    steps
        Limit on the number of steps; None means 10,000 for L-BFGS and 2,000 for Adam.
    learning_rate
        Step size of Adam.
    schedule
        "constant", or "cosine": the learning rate of Adam falls to 0 over `steps`.
    tolerance
        Max-norm of the gradient of L̂ that counts as converged; None means that no step along the gradient could
        lower L̂ visibly, whatever the units of the data. Adam on a model has no L̂ and never claims convergence.
    callback
        Called with the `Point` of each step, for progress.
    **options
        Passed to the loss: ``symmetric=False``, ``temperature=0.5``, … With ``temperature="trainable"`` log t is a
        parameter as those of the encoder are, from t = 1 on, and `FitResult.temperature` is what was found; start
        elsewhere with ``TemperedEncoder(encoder, t)``. For the links "identity" and "exp".

    Raises
    ------
    ValueError
        Bad batch, unknown loss or optimizer, inputs that the encoder does not take, a missing `rng`.
    FitInterrupted
        On Ctrl-C: a KeyboardInterrupt whose `result` holds the encoder reached so far.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> rng = np.random.default_rng(0)
    >>> model = ss.GaussianModel.from_correlations([0.9, 0.6, 0.1])
    >>> start = ss.LinearEncoder.random(2, 3, rng)
    >>> result = ss.fit(model.sample(2048, rng), start, loss="infonce", batch=64)
    >>> result.status
    <Status.CONVERGED: 'converged'>
    >>> best = model.sufficiency(model.optimal_encoder(2), "kl")
    >>> bool(best <= model.sufficiency(result.encoder, "kl") < best + 0.01)
    True
    """
    _check_encoder(encoder)
    trained, options = _with_temperature(encoder, options)
    data = as_source(source, batch)
    name = _optimizer(optimizer, data)
    limit = integer("steps", STEPS[name] if steps is None else steps, 1, "allow at least one step")
    if tolerance is not None:
        positive("tolerance", tolerance)
    pace = schedule_named(schedule)
    function = loss if callable(loss) else get_loss(loss)
    _check_options(function, options)
    objective_on = partial(loss_on, trained, function, options, batch=batch)
    if isinstance(data, PairSource) and name == "lbfgs":
        units = _units(trained, data.whole())
        outcome = lbfgs(objective_on(data.whole()), trained.parameters, limit, tolerance, callback, units)
    else:
        position = Adam(trained.parameters, learning_rate)
        draws = generator("rng", rng)
        stream = data.stream(draws)
        plan = planned(data, trained, function, options) if limit >= WORTH_COMPILING else None
        if plan is None:
            run = adam_loop(objective_on, stream, position, limit, callback, pace)
        else:
            run = compiled_adam_loop(plan, draws, objective_on, position, limit, callback, pace)
        outcome = _adam_outcome(data, objective_on, stream, position, run, tolerance)
    return _result(encoder, trained, outcome, data.n_used(outcome.n_steps))


def _with_temperature(encoder: Encoder, options: dict[str, Any]) -> tuple[Encoder, dict[str, Any]]:
    """The encoder with a trainable temperature where the options ask for one, and what is left of them."""
    if not isinstance(options.get("temperature"), str) or options["temperature"] != "trainable":
        return encoder, options
    link = options.get("link", "identity")
    way_out = "there the temperature is a power of ⟨u, v⟩ and no scale: pass a number"
    require(link in ("identity", "exp"), "link", link, "be identity or exp where it is trainable", way_out)
    return TemperedEncoder(encoder), {name: value for name, value in options.items() if name != "temperature"}


def _check_options(loss: Loss, options: dict[str, Any]) -> None:
    """Refuse an option that the loss does not have; a callable that cannot be inspected speaks for itself."""
    try:
        parameters = inspect.signature(loss).parameters
    except (TypeError, ValueError):
        return
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        known = [*parameters][2:]
        for name in options:
            one_of("option", name, known, "fit and the loss have no other")


def _check_encoder(encoder: Any) -> None:
    """Refuse what is no encoder, with a word to those who hold its class or a result."""
    if isinstance(encoder, type):
        way_out = f"pass {encoder.__name__}.random(dim, inputs, rng), or an encoder that was built"
        raise refuse("encoder", f"class = {encoder.__name__}", "be an encoder, not a class", way_out)
    if isinstance(encoder, FitResult):
        raise refuse("encoder", f"type = {type(encoder).__name__}", "be an encoder", "pass result.encoder")
    way_out = (
        "pass for instance LinearEncoder(weight), or an object with the methods of simsuff.encoders.Encoder"
    )
    require(
        isinstance(encoder, Encoder), "encoder", f"type = {type(encoder).__name__}", "be an encoder", way_out
    )


def _optimizer(name: str | None, data: PairSource | ModelSource) -> str:
    """The optimizer's name, by default the one that suits the data."""
    if name is None:
        return "lbfgs" if isinstance(data, PairSource) else "adam"
    one_of("optimizer", name, STEPS, "or leave it out")
    if name == "lbfgs" and isinstance(data, ModelSource):
        raise refuse("optimizer", name, "be adam for a model", "or fit pairs: fit(model.sample(n, rng), ...)")
    return name


def _units(encoder: Encoder, pairs: Pairs) -> Float:
    """Powers of two near the natural sizes of the parameters on these pairs; counts and symbols are of size 1."""
    if any(sparse.issparse(z) or z.dtype.kind != "f" for z in pairs):
        return np.ones(encoder.parameters.size)
    # Columns that do not fit are refused by the encoder in its own words.
    encoder.embed(*(z[:1] for z in pairs))
    sizes = [np.abs(z).mean(axis=tuple(range(z.ndim - 1))) for z in pairs]
    units = parameter_units(encoder, *(np.where(size > 0, size, 1.0) for size in sizes))
    return np.asarray(2.0 ** np.round(np.log2(units)))


def _adam_outcome(
    data: PairSource | ModelSource,
    objective_on: Callable[[Pairs], Objective],
    stream: Iterator[Pairs],
    position: Adam,
    run: tuple[Status, History],
    tolerance: float | None,
) -> Outcome:
    """Look once at the loss where the run of Adam ended."""
    status, history = run
    final = data.whole() if isinstance(data, PairSource) else next(stream)
    try:
        point = evaluate(objective_on(final), position.parameters)
        finished = status is Status.MAX_STEPS and isinstance(data, PairSource)
        if finished:
            fall = fall_ahead(objective_on(final), point, np.zeros_like(point.gradient))[1]
            status = Status.CONVERGED if has_converged(point, fall, tolerance) else status
    except NotFiniteError:
        return Outcome(Point.undefined(position.parameters), Status.NOT_FINITE, history)
    return Outcome(point, status, history)


def _result(encoder: E, trained: Encoder, outcome: Outcome, n_used: int) -> FitResult[E]:
    """The outcome in terms of the encoder; raises FitInterrupted where it was interrupted."""
    point = outcome.point
    found: Any = trained.with_parameters(point.parameters)
    has_own = trained is not encoder
    result: FitResult[E] = FitResult(
        encoder=found.encoder if has_own else found,
        history=outcome.history,
        status=outcome.status,
        n_steps=outcome.n_steps,
        gradient_norm=point.gradient_norm,
        value=point.value,
        n_used=n_used,
        temperature=found.temperature if has_own else None,
    )
    if outcome.status is Status.INTERRUPTED:
        raise FitInterrupted(result)
    return result
