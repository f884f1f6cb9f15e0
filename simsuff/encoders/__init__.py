"""Encoders: which maps z ↦ T(z) can be trained?"""

from simsuff.encoders.augmented_linear import AugmentedLinearEncoder
from simsuff.encoders.hidden_layer import HiddenLayerEncoder
from simsuff.encoders.linear import LinearEncoder
from simsuff.encoders.lookup import LookupEncoder
from simsuff.encoders.protocol import Encoder, Linearised, QuadraticScorer, ScoreForm, linearise
from simsuff.encoders.quadratic import QuadraticOffsetEncoder
from simsuff.encoders.softmax import SoftmaxEncoder
from simsuff.encoders.spectral_start import spectral_start
from simsuff.encoders.tempered import TemperedEncoder
from simsuff.encoders.two import TwoEncoders

# Contract tests run over every entry.
ENCODERS = {
    "linear": LinearEncoder,
    "quadratic_offset": QuadraticOffsetEncoder,
    "lookup": LookupEncoder,
    "softmax": SoftmaxEncoder,
    "hidden_layer": HiddenLayerEncoder,
    "two": TwoEncoders,
    "augmented_linear": AugmentedLinearEncoder,
    "tempered": TemperedEncoder,
}

__all__ = [
    "ENCODERS",
    "AugmentedLinearEncoder",
    "Encoder",
    "HiddenLayerEncoder",
    "LinearEncoder",
    "Linearised",
    "LookupEncoder",
    "QuadraticOffsetEncoder",
    "QuadraticScorer",
    "ScoreForm",
    "SoftmaxEncoder",
    "TemperedEncoder",
    "TwoEncoders",
    "linearise",
    "spectral_start",
]
