"""Verdicts: given two sides and their uncertainty, does the relation hold?"""

from simsuff.numerics.bounded import Bounded
from simsuff.numerics.estimate import Estimate
from simsuff.verdicts.comparison import Comparison, Relation, Verdict
from simsuff.verdicts.family import judge, pooled, worst

__all__ = ["Bounded", "Comparison", "Estimate", "Relation", "Verdict", "judge", "pooled", "worst"]
