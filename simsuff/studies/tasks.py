"""What happens to one task, on whatever worker it lands?"""

import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from simsuff.discovery import Source
from simsuff.kernels.threads import one_thread
from simsuff.studies.discovery import Study, load
from simsuff.studies.encoding import Json, encode_rows
from simsuff.studies.plan import Task
from simsuff.studies.seeds import stream

# The innermost frames of a traceback that a failure keeps.
FRAMES = 4


@dataclass(frozen=True)
class Batch:
    """Tasks of one study that travel to a worker together, with all that the worker needs."""

    source: Source
    scale: str
    seed: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Record:
    """What became of a task: its rows, or the error that ended it."""

    task: str
    rows: list[Json] | None
    error: str
    trace: list[str]
    seconds: float

    @classmethod
    def failure(
        cls, task: Task, error: str, trace: list[str] | None = None, seconds: float = 0.0
    ) -> "Record":
        """A task without rows."""
        return cls(task.label, None, error, trace or [], seconds)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return asdict(self)


def perform(batch: Batch) -> Iterator[Record]:
    """Run the tasks of a batch one after the other.

    Workers share the processors, and BLAS sums in an order that depends on its thread count: one thread for each.
    """
    study = load(batch.source)
    with one_thread():
        for task in batch.tasks:
            yield perform_task(study, task, batch.scale, batch.seed)


def perform_all(batch: Batch) -> list[Record]:
    """`perform` as a list, for backends that carry whole results."""
    return list(perform(batch))


def perform_task(study: Study, task: Task, scale: str, seed: int) -> Record:
    """Run one task; whatever its function raises becomes part of the record."""
    experiment = study.experiments[task.experiment]
    cell = experiment.grids[scale][task.cell]
    start = time.perf_counter()
    try:
        draws = {}
        if experiment.takes_rng:
            draws["rng"] = stream(seed, task.study, task.experiment, cell, task.replicate)
        rows = encode_rows(experiment.function(**cell, **draws))
    except (Exception, SystemExit) as error:
        message = f"{type(error).__name__}: {error}"
        return Record.failure(task, message, _frames(error), time.perf_counter() - start)
    return Record(task.label, rows, "", [], time.perf_counter() - start)


def _frames(error: BaseException) -> list[str]:
    """``file:line in function``, outermost first, without the frame of this file."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-FRAMES:]]
