"""Optimizers: how does a vector of parameters reach the minimiser of an objective, and why did it stop?"""

from simsuff.optimizers.adam import Adam
from simsuff.optimizers.lbfgs import default_tolerance, lbfgs
from simsuff.optimizers.objective import History, Objective, Outcome, Point
from simsuff.optimizers.schedules import SCHEDULES, Schedule
from simsuff.optimizers.status import Status

__all__ = [
    "SCHEDULES",
    "Adam",
    "History",
    "Objective",
    "Outcome",
    "Point",
    "Schedule",
    "Status",
    "default_tolerance",
    "lbfgs",
]
