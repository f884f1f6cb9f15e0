"""Training: how does an encoder reach the minimiser of a loss, and why did it stop?"""

from simsuff.training.fit import fit
from simsuff.training.result import FitInterrupted, FitResult

__all__ = ["FitInterrupted", "FitResult", "fit"]
