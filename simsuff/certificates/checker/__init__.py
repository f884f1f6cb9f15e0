"""Independent checker of saved certificates; it shares no code with the search."""

from simsuff.certificates.checker.check import Checked, check

__all__ = ["Checked", "check"]
