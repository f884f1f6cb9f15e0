"""Sufficiency: how far from sufficient is this encoder, and how far from optimal is its score?"""

from simsuff.sufficiency.encoder_excess import encoder_excess, encoder_excess_estimate
from simsuff.sufficiency.finite_k import finite_k_excess
from simsuff.sufficiency.rate import RateConstant, rate_constant
from simsuff.sufficiency.score_excess import BestBilinear, best_bilinear_score, pmi_form, score_excess

__all__ = [
    "BestBilinear",
    "RateConstant",
    "best_bilinear_score",
    "encoder_excess",
    "encoder_excess_estimate",
    "finite_k_excess",
    "pmi_form",
    "rate_constant",
    "score_excess",
]
