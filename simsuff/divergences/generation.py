"""How does any convex f become kernels that keep their digits? Its source is generated, measured and stored."""

from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from simsuff.divergences import kinks, measuring, storage, template
from simsuff.divergences.compiling import Kernels
from simsuff.divergences.kernels.quadrature import LEGENDRE_12_NODES, LEGENDRE_12_WEIGHTS
from simsuff.divergences.printing import source
from simsuff.divergences.symbols import s, t
from simsuff.divergences.tidying import forms, simplify

Values = dict[sp.Symbol, sp.Expr]

# A formula at most this wrong away from 1 is preferred to the integral, which is slower and never far from it.
GOOD_ULP = 4.0
# Quadrature is exact to double precision where its error is no more than what summation contributes anyway.
EXACT_ULP = 6.0
RATIOS: list[float] = [2.0 ** (2.0**-k) for k in range(8)]
# The width of the panels is measured in each of these parts of a decade, from 1e-6 to 1e6.
PER_DECADE, DECADES = 4, 6
PROBES = (0.0, 0.25, 0.5, 0.75, 0.95)
EXTREME_DIGITS = 720
LOW_END = [10.0**-k for k in range(1, 301, 13)] + [0.49, 0.3, 0.2]
HIGH_END = [10.0**k for k in range(1, 301, 13)] + [2.01, 3.0, 5.0]


class Generated:
    """The kernels of one f, and how they were chosen."""

    def __init__(self, f: sp.Expr, values: Values, conjugate: sp.Expr | None) -> None:
        renamed = {symbol: sp.Symbol(f"p{i}", real=True) for i, symbol in enumerate(values)}
        if not kinks.is_smooth(f):
            f, renamed = f.subs(values), {}
        self.values = {renamed[symbol]: value for symbol, value in values.items() if renamed}
        self.f = measuring.best(forms(f.subs(renamed)), t, self.values)
        self.derivative = self._best(sp.diff(self.f, t))
        self.second = self._best(_without_deltas(sp.diff(self.derivative, t)))
        self.curvature = self._best(sp.expand_power_base(t**2 * self.second))
        self.conjugate = None if conjugate is None else conjugate.subs(values)
        self.names = "".join(f", {symbol}" for symbol in self.values)
        self.truth = self.f.subs(self.values)

    def _best(self, expression: sp.Expr) -> sp.Expr:
        return measuring.best(forms(expression), t, self.values)

    def kernels(self) -> Kernels:
        """The kernels, compiled when first called."""
        module = storage.load(self.text())
        names = ("generator", "excess", "derivative", "second", "conjugate", "bregman", "maximiser")
        functions = {name: getattr(module, f"_{name}") for name in names}
        return Kernels(functions, tuple(float(v) for v in self.values.values()))

    def text(self) -> str:
        """The source of the module."""
        fill = partial(self._fill, direct=self._direct(), steps=self._steps())
        head = fill(template.HEAD) + fill(template.INTEGRAL) + fill(template.SEARCH)
        return head + fill(template.CLOSED if self._is_closed_form_good() else template.NUMERICAL)

    def _fill(self, text: str, direct: str, steps: list[float]) -> str:
        slope = simplify(self.derivative.subs(t, 1))
        return text.format(
            version=template.VERSION,
            title=str(self.f).replace("\\", ""),
            steps=steps,
            per_decade=float(PER_DECADE),
            offset=float(PER_DECADE * DECADES),
            last=float(len(steps) - 1),
            p=self.names,
            f=source(self.f),
            derivative=source(self.derivative),
            second=source(self.second),
            curvature=source(self.curvature),
            conjugate=source(self.conjugate if self.conjugate is not None else s),
            direct=direct,
            slope="" if slope == 0 else f"{source(slope)} * d + ",
            breaks="".join(template.BREAK.format(place=float(place)) for place in self._places()),
            jumps="".join(_jump(kink) for kink in self._kinks()),
        )

    def _places(self) -> list[sp.Expr]:
        return [] if self.values else kinks.places(self.f)

    def _kinks(self) -> list[kinks.Kink]:
        return [] if self.values else kinks.kinks(self.f)

    def _function(self, expression: sp.Expr, symbol: sp.Symbol = t) -> Callable[[Any], Any]:
        function = measuring.scalar(expression, [str(symbol), *map(str, self.values)])
        numbers = [np.float64(float(value)) for value in self.values.values()]
        return lambda point: function(point, *numbers)

    def _direct(self) -> str:
        """On which side of [1/2, 2] f itself loses no digits, as a condition in d."""
        direct, truth = self._function(self.f), sp.lambdify(t, self.truth, "mpmath")
        low, high = (
            measuring.worst(direct, truth, end, EXTREME_DIGITS) <= GOOD_ULP for end in (LOW_END, HIGH_END)
        )
        return " or ".join([*["d < -0.5"] * low, *["d > 1.0"] * high]) or "False"

    def _steps(self) -> list[float]:
        """For each part of a decade the widest panels on which twelve nodes are exact, measured against the truth."""
        curvature = self._function(self.curvature)
        edges = [float(place) for place in self._places()]
        truths = [sp.lambdify(t, e.subs(self.values), "mpmath") for e in (self.truth, self.derivative)]
        probe = partial(_panel_error, curvature, truths[0], truths[1], edges)
        with mpmath.workdps(measuring.DIGITS), np.errstate(all="ignore"):
            widest = [_widest(probe, k) for k in range(-PER_DECADE * DECADES, PER_DECADE * DECADES + 1)]
        # A singularity close to the axis may lie just beyond the last probe of a part.
        return [min(widest[max(k - 1, 0) : k + 2]) for k in range(len(widest))]

    def _is_closed_form_good(self) -> bool:
        """Whether the closed conjugate keeps its digits at least as well as Fenchel–Young at the maximiser does."""
        if self.conjugate is None or not kinks.is_smooth(self.f):
            return False
        closed, slope = self._function(self.conjugate, s), self._function(self.derivative)
        truth = sp.lambdify(s, self.conjugate.subs(self.values), "mpmath")
        with np.errstate(all="ignore"):
            at = [float(slope(np.float64(point))) for point in measuring.MIDDLE if 1e-4 < point < 1e4]
        inside = [point for point in at if point != 0 and _is_defined(truth, point)]
        return measuring.worst(closed, truth, inside) <= 4 * GOOD_ULP


def _is_defined(function: Callable[[Any], Any], point: float) -> bool:
    """Whether a slope that was rounded to double precision is still inside of the domain of f*."""
    try:
        return bool(mpmath.isfinite(function(mpmath.mpf(point))))
    except (ZeroDivisionError, ValueError):
        return False


def _without_deltas(expression: sp.Expr) -> sp.Expr:
    """The density part of f'': the jumps of f' are counted apart."""
    return expression.replace(sp.DiracDelta, lambda *_: sp.S.Zero)


def _widest(probe: Callable[[float, float], float], part: int) -> float:
    """The widest ratio whose panels, begun anywhere in this part of a decade, are exact."""
    starts = [float(10.0 ** ((part + shift) / PER_DECADE)) for shift in PROBES]
    for ratio in RATIOS:
        if all(probe(start, ratio) <= EXACT_ULP for start in starts):
            return ratio
    return RATIOS[-1]


def _panel_error(
    curvature: Callable[[Any], Any],
    f: Callable[[Any], Any],
    slope: Callable[[Any], Any],
    edges: list[float],
    start: float,
    ratio: float,
) -> float:
    """The worse error, in ulp, of the panels that go up and down from `start`, unless a kink cuts them."""
    errors = [0.0]
    for a in (start * ratio, start / ratio):
        if not any(min(a, start) <= edge <= max(a, start) for edge in edges):
            x, y = mpmath.mpf(a), mpmath.mpf(start)
            truth = mpmath.mpf(f(x) - f(y) - slope(y) * (x - y))
            errors.append(measuring.error_in_ulp(_panel(curvature, start, a - start), truth))
    return max(errors)


def _panel(curvature: Callable[[Any], Any], b: float, h: float) -> float:
    y = b + LEGENDRE_12_NODES * h
    values = np.array([float(curvature(np.float64(point))) for point in y])
    return float(np.sum(LEGENDRE_12_WEIGHTS * (1 - LEGENDRE_12_NODES) * (h / y) * (h / y) * values))


def _jump(kink: kinks.Kink) -> str:
    left, right = float(kink.subgradient - kink.left), float(kink.right - kink.subgradient)
    return template.JUMP.format(place=float(kink.place), left=left, right=right, jump=left + right)
