"""Is a saved certificate a proof? A checker that shares no code with the search."""

from simsuff.certificates.checker.check import Checked, check

__all__ = ["Checked", "check"]
