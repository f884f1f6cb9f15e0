"""Studies: statements swept over grids, reproducibly, on many workers."""

from simsuff.studies.collect import Failure, PooledRow, StudyResult
from simsuff.studies.executors import NoWorkers
from simsuff.studies.experiment import SCALES, Axes, Experiment, Study, discover, main, study
from simsuff.studies.progress import Part, RunStatus, forecast, status_of
from simsuff.studies.rounds import Goal
from simsuff.studies.store import CannotWrite
from simsuff.studies.sweep import (
    Interrupted,
    Settings,
    Sweep,
    header_of,
    open_store,
    prepare,
    run,
    stored_results,
)
from simsuff.verdicts import Bounded, Comparison, Estimate

__all__ = [
    "SCALES",
    "Axes",
    "Bounded",
    "CannotWrite",
    "Comparison",
    "Estimate",
    "Experiment",
    "Failure",
    "Goal",
    "Interrupted",
    "NoWorkers",
    "Part",
    "PooledRow",
    "RunStatus",
    "Settings",
    "Study",
    "StudyResult",
    "Sweep",
    "discover",
    "forecast",
    "header_of",
    "main",
    "open_store",
    "prepare",
    "run",
    "status_of",
    "stored_results",
    "study",
]
