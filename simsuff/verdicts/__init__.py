"""Verdicts: given two sides and their uncertainty, does the relation hold?"""

from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.verdicts.comparison import Comparison, Verdict, limit
from simsuff.verdicts.comparisons import Comparisons, compare
from simsuff.verdicts.family import deciding, judge, level_against, pooled, worst
from simsuff.verdicts.rules import Relation

__all__ = [
    "Bounded",
    "Comparison",
    "Comparisons",
    "Estimate",
    "Relation",
    "Verdict",
    "compare",
    "deciding",
    "judge",
    "level_against",
    "limit",
    "pooled",
    "worst",
]
