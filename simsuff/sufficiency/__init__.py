"""Excess risks of encoders and scores, exact and estimated, and the rate at which training loses them."""

from simsuff.sufficiency.excess import encoder_excess, encoder_excess_estimate, finite_k_excess
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
