"""The catalogue of theory.md §1, each from one expression, and the power divergences; looked up by name."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from simsuff.divergences.compiling import JS, LE_CAM, POWER, TOTAL_VARIATION, Family
from simsuff.divergences.divergence import Divergence
from simsuff.divergences.symbols import s, t
from simsuff.numerics.validation import refuse, unknown
from simsuff.plugins import load_plugins

half = sp.Rational(1, 2)


# name -> f, its conjugate, its family.
_ENTRIES: dict[str, tuple[sp.Expr, sp.Expr, Family]] = {
    "kl": (t * sp.log(t) - t + 1, sp.exp(s) - 1, Family(POWER, 1.0)),
    "reverse_kl": (-sp.log(t) + t - 1, -sp.log(1 - s), Family(POWER, 0.0)),
    "chi2": ((t - 1) ** 2, s + s**2 / 4, Family(POWER, 2.0, 2.0)),
    "squared_hellinger": ((1 - sp.sqrt(t)) ** 2, s / (1 - s), Family(POWER, 0.5, 0.5)),
    "js": (
        half * (t * sp.log(t) - (t + 1) * sp.log((t + 1) / 2)),
        -half * sp.log(2 - sp.exp(2 * s)),
        Family(JS),
    ),
    "le_cam": ((1 - t) ** 2 / (2 * (1 + t)), 2 - s - 2 * sp.sqrt(1 - 2 * s), Family(LE_CAM)),
    "total_variation": (half * sp.Abs(t - 1), s, Family(TOTAL_VARIATION)),
}


class Catalogue(Mapping[str, Divergence]):
    """The registry name → Divergence; an entry is built when it is first asked for."""

    def __init__(self) -> None:
        self._built: dict[str, Divergence] = {}

    def __getitem__(self, name: str) -> Divergence:
        if name not in self._built:
            f, conjugate, family = _ENTRIES[name]
            self._built[name] = Divergence(name, f, conjugate, family=family)
        return self._built[name]

    def add(self, entry: Divergence, name: str) -> None:
        """Take in an entry from outside the library (`simsuff.plugins.register`)."""
        self._built[name] = entry

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*_ENTRIES, *self._built]))

    def __len__(self) -> int:
        return len(_ENTRIES.keys() | self._built.keys())


DIVERGENCES: Mapping[str, Divergence] = Catalogue()


def divergence(name: str) -> Divergence:
    """The catalogue entry called `name`, or the power divergence that a name such as ``alpha(1.5)`` spells.

    Raises
    ------
    ValueError : for an unknown name, with the known ones.

    Examples
    --------
    >>> import simsuff as ss
    >>> kl = ss.divergence("kl")
    >>> round(float(kl.between([0.5, 0.5], [0.9, 0.1])), 6)
    0.510826
    >>> ss.divergence("alpha(1.5)").name
    'alpha(1.5)'
    """
    if isinstance(name, str) and name not in DIVERGENCES and not name.startswith("alpha("):
        load_plugins()
    if isinstance(name, str) and name in DIVERGENCES:
        return DIVERGENCES[name]
    spelled = re.fullmatch(r"alpha\(([-+.\de]+)\)", name) if isinstance(name, str) else None
    try:
        return alpha_divergence(float(spelled[1])) if spelled else DIVERGENCES[name]
    except (KeyError, ValueError) as error:
        raise unknown(
            "name", name, DIVERGENCES, "or build your own with Divergence", "alpha(a) or "
        ) from error


def as_divergence(value: Any, argument: str = "div") -> Divergence:
    """`value` itself, or the divergence that it names: what every function that takes a divergence accepts.

    Parameters
    ----------
    value : a `Divergence`, or a name such as "kl" or "alpha(1.5)".
    argument : what errors call it.

    Raises
    ------
    ValueError : for an unknown name, or for anything else.

    Examples
    --------
    >>> as_divergence("alpha(1.5)").name
    'alpha(1.5)'
    """
    if isinstance(value, str):
        return divergence(value)
    if not isinstance(value, Divergence):
        raise refuse(
            argument, value, "be a Divergence or the name of one", f"try one of {', '.join(DIVERGENCES)}"
        )
    return value


def alpha_divergence(alpha: float) -> Divergence:
    """The power divergence with f'' = t^(α−2), for any finite real `alpha`; 1 is kl, 0 is reverse_kl.

    f(t) = (t^α − 1 − α(t − 1)) / (α(α − 1)); `alpha_divergence(2)` is half of `chi2`.

    Examples
    --------
    >>> import simsuff as ss
    >>> p, q = [0.5, 0.5], [0.9, 0.1]
    >>> half = ss.alpha_divergence(2).between(p, q) / ss.divergence("chi2").between(p, q)
    >>> round(float(half), 12)
    0.5
    """
    return _alpha(_finite("alpha", alpha))


def _finite(argument: str, value: Any) -> float:
    is_real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not is_real or not np.isfinite(value):
        raise refuse(argument, value, "be a finite real number", "pass a float such as 1.5")
    return float(value)


@lru_cache(maxsize=256)
def _alpha(alpha: float) -> Divergence:
    if alpha in (0.0, 1.0):
        return divergence("reverse_kl" if alpha == 0 else "kl")
    a = sp.Rational(alpha)
    f = (t**a - 1 - a * (t - 1)) / (a * (a - 1))
    conjugate = ((1 + (a - 1) * s) ** (a / (a - 1)) - 1) / a
    short = f"{alpha:g}"
    spelled = short if float(short) == alpha else repr(alpha)
    return Divergence(f"alpha({spelled})", f, conjugate, family=Family(POWER, alpha))
