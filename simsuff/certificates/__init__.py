"""Is an inequality between f-divergences a theorem? Rigorous answers by interval branch and bound (P4, P5)."""

from simsuff.certificates.claims import Claim
from simsuff.certificates.classical import BEYOND_P5, P5
from simsuff.certificates.results import Answer, Certified, Refuted, Region, Undecided
from simsuff.certificates.search import certify

__all__ = ["BEYOND_P5", "P5", "Answer", "Certified", "Claim", "Refuted", "Region", "Undecided", "certify"]
