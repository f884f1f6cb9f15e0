"""A task on its worker: the study is loaded, the function called in its cell, and a record comes back.

Records hold comparisons as JSON, which loses no bit.
"""

import contextlib
import copy
import math
import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from simsuff.discovery import Source
from simsuff.kernels.threads import one_thread
from simsuff.numerics.validation import refuse, require
from simsuff.studies.experiment import Study, load, with_values
from simsuff.studies.grid import plain, stream
from simsuff.studies.plan import Task
from simsuff.verdicts import Bounded, Comparison, Estimate
from simsuff.verdicts.rules import Number

Json = dict[str, Any]

# The innermost frames of a traceback that a failure keeps.
FRAMES = 4
# The fields of a comparison that may carry an error.
NUMBERS = ("lhs", "rhs", "difference")


@dataclass(frozen=True)
class Batch:
    """Tasks of one study that travel to a worker together, with all that the worker needs."""

    source: Source
    scale: str
    seed: int
    tasks: tuple[Task, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """What became of a task: its rows, or the error that ended it; `code` is that of its experiment's plan."""

    task: str
    rows: list[Json] | None
    error: str
    trace: list[str]
    seconds: float
    code: str = ""

    @property
    def experiment(self) -> str:
        """``study:experiment``."""
        return self.task.partition("[")[0]

    @classmethod
    def failure(cls, task: Task, error: str, trace: list[str] | None = None, seconds: float = 0.0) -> Self:
        return cls(task.label, None, error, trace or [], seconds)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The inverse of `to_json`.

        Raises
        ------
        ValueError : for data that `to_json` cannot have written.
        """
        try:
            record = cls(**data)
            texts = [record.task, record.error, record.code, *record.trace]
            for row in map(decode, record.rows or []):
                texts += [row.statement, row.expected_violation]
            if not all(isinstance(text, str) for text in texts) or not math.isfinite(record.seconds):
                raise TypeError("a text or a duration is none")
        except (TypeError, KeyError, AttributeError) as error:
            raise refuse("record", str(data)[:60], "be a finished task", str(error)) from error
        return record


def perform(batch: Batch) -> Iterator[Record]:
    """Run the tasks of a batch one after the other.

    Workers share the processors, and BLAS sums in an order that depends on its thread count: one thread for each.
    """
    try:
        study = with_values(load(batch.source), batch.values)
    except ValueError as error:
        for task in batch.tasks:
            yield Record.failure(task, f"the study cannot be loaded here: {error}")
        return
    for task in batch.tasks:
        with one_thread():
            record = perform_task(study, task, batch.scale, batch.seed)
        yield record


def perform_task(study: Study, task: Task, scale: str, seed: int) -> Record:
    """Run one task; whatever its function raises becomes part of the record.

    The function gets a copy of the cell, and the working directory is restored: no task may change another one.
    """
    experiment = study.experiments[task.experiment]
    cell = experiment.grids[scale][task.cell]
    process, start = os.getpid(), time.perf_counter()
    try:
        with same_directory():
            draws = {}
            if experiment.takes_rng:
                draws["rng"] = stream(seed, task.study, task.experiment, cell, task.replicate)
            rows = encode_rows(experiment.function(**copy.deepcopy(cell), **draws))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit and an author's own: one task must not end the run
        frames = traceback.extract_tb(error.__traceback__)[1:]  # outermost first, without this file's own
        trace = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-FRAMES:]]
        return Record.failure(task, error_text(error), trace, time.perf_counter() - start)
    finally:
        if os.getpid() != process:
            os._exit(1)  # a child that the task forked and let return; the parent speaks for the task
    return Record(task.label, rows, "", [], time.perf_counter() - start)


def error_text(error: BaseException) -> str:
    """``ValueError: what it says``, also where the error cannot say it."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as second:  # an author's __str__ may raise anything
        return f"{type(error).__name__} (its text raises {type(second).__name__})"


@contextlib.contextmanager
def same_directory() -> Iterator[None]:
    """Come back to the working directory, wherever the code inside goes."""
    here = os.getcwd()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # it may have been removed
            os.chdir(here)


@contextlib.contextmanager
def stdout_is_stderr() -> Iterator[None]:
    """Send what studies, and processes that they start, print to stderr: stdout is for results alone."""
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as stack:
        # Where a shell has closed the stream, its number may belong to a file.
        if sys.__stdout__ is not None and sys.__stderr__ is not None:
            kept = os.dup(1)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, 1)
            os.dup2(2, 1)
        yield


def encode_rows(result: Any) -> list[Json]:
    """What an experiment returned, as rows: one Comparison, or a list or dict of them.

    Raises
    ------
    ValueError : for anything else, an empty list included: it would pass as a study that says nothing.
    """
    if isinstance(result, Comparison):
        return [encode(result)]
    way_out = "return a Comparison, or a list or dict of Comparisons"
    several = isinstance(result, Mapping | list | tuple) and len(result) > 0
    require(several, "result", result, "be a Comparison or several", way_out)
    if isinstance(result, Mapping):
        return [{"case": plain("case", key), **encode(row)} for key, row in result.items()]
    return [encode(row) for row in result]


def encode(comparison: Any) -> Json:
    """A comparison as a JSON object."""
    if not isinstance(comparison, Comparison):
        way_out = "return a Comparison, or a list or dict of Comparisons"
        raise refuse("result", comparison, "hold Comparisons", way_out)
    row = {field.name: getattr(comparison, field.name) for field in fields(comparison)}
    row |= {name: encode_number(row[name]) for name in NUMBERS}
    setting, remainder = plain("setting", comparison.setting), encode_float(comparison.remainder)
    return row | {"relation": str(comparison.relation), "setting": setting, "remainder": remainder}


def decode(row: Mapping[str, Any]) -> Comparison:
    """The comparison of a JSON object; its case, if any, joins the setting."""
    given = {name: value for name, value in row.items() if name != "case"}
    case = {"case": row["case"]} if "case" in row else {}
    numbers = {name: decode_number(row[name]) for name in NUMBERS}
    return Comparison(
        **given | numbers | {"setting": case | row["setting"], "remainder": float(row["remainder"])}
    )


def encode_number(number: Number | None) -> Any:
    """A float, or an object with its error; None for a difference that is not known apart from its sides."""
    if isinstance(number, Estimate):
        spread = encode_float(number.stderr)
        known = {"value": encode_float(number.value), "stderr": spread, "n": int(number.n)}
        known |= {"skewness": number.skewness} if number.skewness else {}
        return known | ({"support": list(number.support)} if number.support else {})
    if isinstance(number, Bounded):
        return {"value": encode_float(number.value), "error": encode_float(number.error)}
    return None if number is None else encode_float(number)


def decode_number(data: Any) -> Number | None:
    """The inverse of `encode_number`."""
    if not isinstance(data, Mapping):
        return None if data is None else float(data)
    if "error" in data:
        return Bounded(float(data["value"]), float(data["error"]))
    low, high = data.get("support", (0.0, 0.0))
    support = (float(low), float(high)) if "support" in data else None
    skewness = float(data.get("skewness", 0.0))
    return Estimate(float(data["value"]), float(data["stderr"]), int(data["n"]), skewness, support)


def encode_float(value: float) -> float | str:
    """JSON has no infinity: ``inf``, ``-inf`` and ``nan`` are written as strings."""
    number = float(value)
    return number if math.isfinite(number) else str(number)
