"""Inequalities between f-divergences proved or refuted rigorously, by interval branch and bound (P4, P5)."""

from simsuff.certificates.answers import Answer, Certified, Refuted, Region, Undecided, derivation
from simsuff.certificates.claims import BEYOND_P5, P5, Claim
from simsuff.certificates.constants import Bracket, sharpest_constant
from simsuff.certificates.files import as_dictionary, check, export, load, save, standalone
from simsuff.certificates.search import certify

__all__ = [
    "BEYOND_P5",
    "P5",
    "Answer",
    "Bracket",
    "Certified",
    "Claim",
    "Refuted",
    "Region",
    "Undecided",
    "as_dictionary",
    "certify",
    "check",
    "derivation",
    "export",
    "load",
    "save",
    "sharpest_constant",
    "standalone",
]
