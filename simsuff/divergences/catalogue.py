"""Which divergences does the house know? The catalogue of theory.md §1, each from one expression."""

import sympy as sp

from simsuff.divergences.divergence import Divergence, s, t

half = sp.Rational(1, 2)

_ENTRIES = (
    Divergence("kl", t * sp.log(t) - t + 1, conjugate=sp.exp(s) - 1),
)

DIVERGENCES: dict[str, Divergence] = {entry.name: entry for entry in _ENTRIES}


def divergence(name: str) -> Divergence:
    """The catalogue entry called `name`."""
    return DIVERGENCES[name]


def alpha_divergence(alpha: float) -> Divergence:
    """The power divergence of order `alpha`; 1 gives kl, 0 gives reverse_kl."""
    raise NotImplementedError
