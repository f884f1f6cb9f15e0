"""Encoders: which maps z ↦ T(z) can be trained?"""

from simsuff.encoders.linear import LinearEncoder
from simsuff.encoders.lookup import LookupEncoder
from simsuff.encoders.protocol import Encoder, QuadraticScorer
from simsuff.encoders.quadratic import QuadraticOffsetEncoder
from simsuff.encoders.score_form import ScoreForm

# Contract tests run over every entry.
ENCODERS = {"linear": LinearEncoder, "quadratic_offset": QuadraticOffsetEncoder, "lookup": LookupEncoder}

__all__ = [
    "ENCODERS",
    "Encoder",
    "LinearEncoder",
    "LookupEncoder",
    "QuadraticOffsetEncoder",
    "QuadraticScorer",
    "ScoreForm",
]
