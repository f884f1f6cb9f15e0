"""Training an encoder to the minimiser of a loss, with a result that says how far it got."""

from simsuff.training.fit import fit
from simsuff.training.result import FitInterrupted, FitResult

__all__ = ["FitInterrupted", "FitResult", "fit"]
