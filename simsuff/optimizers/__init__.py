"""Optimizers: L-BFGS to the minimiser of an objective, Adam on a stream of mini-batches, and why they stopped."""

from simsuff.optimizers.adam import SCHEDULES, Adam, Schedule
from simsuff.optimizers.lbfgs import lbfgs
from simsuff.optimizers.objective import History, Objective, Outcome, Point, Status

__all__ = [
    "SCHEDULES",
    "Adam",
    "History",
    "Objective",
    "Outcome",
    "Point",
    "Schedule",
    "Status",
    "lbfgs",
]
