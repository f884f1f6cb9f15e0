"""Which divergences does the house know? The catalogue of theory.md §1, each from one expression."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy as sp

from simsuff.divergences.compiling import Kernels
from simsuff.divergences.divergence import Divergence
from simsuff.divergences.symbols import s, t
from simsuff.numerics.validation import refuse

half = sp.Rational(1, 2)

FUNCTIONS = ("generator", "derivative", "second", "conjugate", "bregman", "from_zero")


@lru_cache(maxsize=1)
def _power_family() -> Kernels:
    """One compilation serves every α."""
    from simsuff.divergences.kernels import power

    functions = {name: getattr(power, name) for name in FUNCTIONS}
    return Kernels(functions | {"excess": power.generator}, (1.0,))


def power_kernels(alpha: float, scale: float = 1.0) -> Kernels:
    """The kernels of `scale` times the power divergence of order `alpha`."""
    return _power_family().with_parameters((alpha,), scale)


def named_kernels(prefix: str) -> Kernels:
    """The kernels of an entry outside the power family. Its f'(1) is 0, so that the excess is f itself."""
    from simsuff.divergences.kernels import named

    functions = {name: getattr(named, f"{prefix}_{name}") for name in FUNCTIONS}
    return Kernels(functions | {"excess": functions["generator"]})


def _kl() -> Divergence:
    return Divergence("kl", t * sp.log(t) - t + 1, sp.exp(s) - 1, kernels=partial(power_kernels, 1.0))


def _reverse_kl() -> Divergence:
    f = -sp.log(t) + t - 1
    return Divergence("reverse_kl", f, -sp.log(1 - s), kernels=partial(power_kernels, 0.0))


def _chi2() -> Divergence:
    return Divergence("chi2", (t - 1) ** 2, s + s**2 / 4, kernels=partial(power_kernels, 2.0, 2.0))


def _squared_hellinger() -> Divergence:
    f = (1 - sp.sqrt(t)) ** 2
    return Divergence("squared_hellinger", f, s / (1 - s), kernels=partial(power_kernels, 0.5, 0.5))


def _js() -> Divergence:
    f = half * (t * sp.log(t) - (t + 1) * sp.log((t + 1) / 2))
    return Divergence("js", f, -half * sp.log(2 - sp.exp(2 * s)), kernels=partial(named_kernels, "js"))


def _le_cam() -> Divergence:
    f, conjugate = (1 - t) ** 2 / (2 * (1 + t)), 2 - s - 2 * sp.sqrt(1 - 2 * s)
    return Divergence("le_cam", f, conjugate, kernels=partial(named_kernels, "le_cam"))


def _total_variation() -> Divergence:
    return Divergence("total_variation", half * sp.Abs(t - 1), s, kernels=partial(named_kernels, "tv"))


_BUILDERS: dict[str, Callable[[], Divergence]] = {
    "kl": _kl,
    "reverse_kl": _reverse_kl,
    "chi2": _chi2,
    "squared_hellinger": _squared_hellinger,
    "js": _js,
    "le_cam": _le_cam,
    "total_variation": _total_variation,
}


class Catalogue(Mapping[str, Divergence]):
    """The registry name → Divergence; an entry is built when it is first asked for."""

    def __init__(self, builders: Mapping[str, Callable[[], Divergence]]) -> None:
        self._builders = builders
        self._built: dict[str, Divergence] = {}

    def __getitem__(self, name: str) -> Divergence:
        if name not in self._built:
            self._built[name] = self._builders[name]()
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._builders)

    def __len__(self) -> int:
        return len(self._builders)


DIVERGENCES: Mapping[str, Divergence] = Catalogue(_BUILDERS)


def divergence(name: str) -> Divergence:
    """The catalogue entry called `name`, or the power divergence that a name such as ``alpha(1.5)`` spells.

    Raises
    ------
    ValueError : for an unknown name, with the known ones.
    """
    if isinstance(name, str) and name in DIVERGENCES:
        return DIVERGENCES[name]
    spelled = re.fullmatch(r"alpha\(([-+.\de]+)\)", name) if isinstance(name, str) else None
    try:
        return alpha_divergence(float(spelled[1])) if spelled else DIVERGENCES[name]
    except (KeyError, ValueError) as error:
        known = f"be alpha(a) or one of {', '.join(DIVERGENCES)}"
        raise refuse("name", name, known, "or build your own with Divergence") from error


def alpha_divergence(alpha: float) -> Divergence:
    """The power divergence with f'' = t^(α−2), for any finite real `alpha`; 1 is kl, 0 is reverse_kl.

    f(t) = (t^α − 1 − α(t − 1)) / (α(α − 1)); `alpha_divergence(2)` is half of `chi2`.
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
    return Divergence(f"alpha({spelled})", f, conjugate, kernels=partial(power_kernels, alpha))
