"""A task on its worker: the study is loaded, the function called in its cell, and a record comes back."""

import contextlib
import copy
import math
import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from simsuff.discovery import Source
from simsuff.kernels.threads import one_thread
from simsuff.numerics.validation import refuse
from simsuff.studies.encoding import Json, decode, encode_rows
from simsuff.studies.experiment import Study, load, with_values
from simsuff.studies.grid import stream
from simsuff.studies.plan import Task

# The innermost frames of a traceback that a failure keeps.
FRAMES = 4


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
        """A task without rows."""
        return cls(task.label, None, error, trace or [], seconds)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
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


def perform_all(batch: Batch) -> list[Record]:
    """`perform` as a list, for backends that carry whole results."""
    return list(perform(batch))


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
        return Record.failure(task, error_text(error), _frames(error), time.perf_counter() - start)
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


def _frames(error: BaseException) -> list[str]:
    """``file:line in function``, outermost first, without the frame of this file."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-FRAMES:]]


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
