"""Is an inequality between f-divergences a theorem? Rigorous answers by interval branch and bound (P4, P5)."""

from simsuff.certificates.checker import Checked, check
from simsuff.certificates.claims import Claim
from simsuff.certificates.classical import BEYOND_P5, P5
from simsuff.certificates.results import Answer, Certified, Refuted, Region, Undecided
from simsuff.certificates.search import certify
from simsuff.certificates.storage import as_dictionary, load, save

__all__ = [
    "BEYOND_P5",
    "P5",
    "Answer",
    "Certified",
    "Checked",
    "Claim",
    "Refuted",
    "Region",
    "Undecided",
    "as_dictionary",
    "certify",
    "check",
    "load",
    "save",
]
