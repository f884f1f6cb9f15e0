"""Studies: statements swept over grids, reproducibly, on many workers."""

from simsuff.studies.collect import Failure, PooledRow, StudyResult
from simsuff.studies.executors.processes import NoWorkers
from simsuff.studies.experiment import SCALES, Axes, Experiment, Study, discover, main, study
from simsuff.studies.store import CannotWrite
from simsuff.studies.sweep import Interrupted, Settings, open_store, prepare, run, stored_results
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
    "Interrupted",
    "NoWorkers",
    "PooledRow",
    "Settings",
    "Study",
    "StudyResult",
    "discover",
    "main",
    "open_store",
    "prepare",
    "run",
    "stored_results",
    "study",
]
