"""simsuff: a laboratory for the theory of contrastive learning by approximate sufficient statistics.

The public names are imported on first use, so that start-up imports neither SymPy nor Numba nor Matplotlib.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from simsuff import losses, statements
    from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, divergence
    from simsuff.encoders import (
        HiddenLayerEncoder,
        LinearEncoder,
        LookupEncoder,
        QuadraticOffsetEncoder,
        SoftmaxEncoder,
        TwoEncoders,
    )
    from simsuff.models import (
        MODELS,
        FiniteModel,
        FiniteStack,
        GaussianModel,
        Pairs,
        SubsampledTopicModel,
        TopicModel,
        TwoModalityTopicModel,
    )
    from simsuff.optimizers import Status
    from simsuff.studies import study
    from simsuff.sufficiency import encoder_excess, finite_k_excess, rate_constant, score_excess
    from simsuff.training import FitInterrupted, FitResult, fit
    from simsuff.verdicts import Bounded, Comparison, Estimate, Verdict

_HOMES = {
    "HiddenLayerEncoder": "encoders",
    "SoftmaxEncoder": "encoders",
    "TwoEncoders": "encoders",
    "FitInterrupted": "training",
    "Status": "optimizers",
    "encoder_excess": "sufficiency",
    "score_excess": "sufficiency",
    "finite_k_excess": "sufficiency",
    "rate_constant": "sufficiency",
    "DIVERGENCES": "divergences",
    "Divergence": "divergences",
    "alpha_divergence": "divergences",
    "divergence": "divergences",
    "LinearEncoder": "encoders",
    "LookupEncoder": "encoders",
    "QuadraticOffsetEncoder": "encoders",
    "FiniteModel": "models",
    "FiniteStack": "models",
    "GaussianModel": "models",
    "MODELS": "models",
    "Pairs": "models",
    "SubsampledTopicModel": "models",
    "TopicModel": "models",
    "TwoModalityTopicModel": "models",
    "study": "studies",
    "FitResult": "training",
    "fit": "training",
    "Bounded": "verdicts",
    "Comparison": "verdicts",
    "Estimate": "verdicts",
    "Verdict": "verdicts",
}
_MODULES = ("losses", "statements")

__all__ = [
    "DIVERGENCES",
    "MODELS",
    "Bounded",
    "Comparison",
    "Divergence",
    "Estimate",
    "FiniteModel",
    "FiniteStack",
    "FitInterrupted",
    "FitResult",
    "GaussianModel",
    "HiddenLayerEncoder",
    "LinearEncoder",
    "LookupEncoder",
    "Pairs",
    "QuadraticOffsetEncoder",
    "SoftmaxEncoder",
    "Status",
    "SubsampledTopicModel",
    "TopicModel",
    "TwoEncoders",
    "TwoModalityTopicModel",
    "Verdict",
    "__version__",
    "alpha_divergence",
    "divergence",
    "encoder_excess",
    "finite_k_excess",
    "fit",
    "losses",
    "rate_constant",
    "score_excess",
    "statements",
    "study",
]


def __getattr__(name: str) -> Any:
    """Import a public name from the room where it lives."""
    if name in _MODULES:
        return importlib.import_module(f"simsuff.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'simsuff' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"simsuff.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
