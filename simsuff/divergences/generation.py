"""Kernels of any convex f that keep their digits: source is generated, measured, checked against f and stored."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from simsuff.divergences import compiling, source, template
from simsuff.divergences.compiling import Kernels
from simsuff.divergences.direct import Direct
from simsuff.divergences.kernels.quadrature import LEGENDRE_12_NODES, LEGENDRE_12_WEIGHTS
from simsuff.divergences.kinks import Kink, evaluator, is_smooth, kinks, pieces
from simsuff.divergences.symbols import attempt, forms, s, simplify, t

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

# Seconds of processor time for choosing the formulas, and for checking what came out.
CHOICE, CHECK = 3.0, 1.5
# Where the generated functions are compared with f, beside 1 and every kink at these relative distances, and how
# closely: singular curvature makes quadrature wrong by 1e-5 and more, rounding stays below 1e-12.
CHECKED = (1e-6, 1e-3, 0.03, 0.4, 0.7, 1.5, 2.6, 9.0, 300.0, 1e5)
BESIDE = (-1e-2, -1e-5, -1e-9, 1e-9, 1e-5, 1e-2)
AGREEMENT = 1e-11
# Digits of the truth: beside e^300, what a softplus adds to its slope is 1e-131.
TRUE_DIGITS = 400


def kernels_of(f: sp.Expr, values: Values, conjugate: sp.Expr | None) -> Kernels | Direct:
    """The kernels of f, whose parameters have these values: compiled from generated source, else f itself.

    f itself, with high precision where that loses digits, also where f'' is singular inside of (0, ∞), since
    quadrature of it would be wrong, and where the generated functions differ from f.
    """
    fixed = f.xreplace(values)
    if any(piece.singular for piece in pieces(fixed)):
        return Direct(fixed)
    generated: Generated | None = attempt(Generated, f, values, conjugate, seconds=CHOICE)
    text = attempt(generated.text, seconds=CHOICE) if generated is not None else None
    if (
        generated is None
        or text is None
        or not attempt(agrees, compiling.plain_module(text), fixed, generated.numbers, seconds=CHECK)
    ):
        return Direct(fixed)
    return generated.kernels(text)


def agrees(module: Any, f: sp.Expr, numbers: tuple[float, ...]) -> bool:
    """Whether the functions of a generated module are those of f, at points near 1 and kinks, and far from them.

    What overflows is left to the exact repair of non-finite values.
    """
    value, slope = evaluator(f, 0), evaluator(f, 1)
    places = [1.0, *(float(piece.low) for piece in pieces(f)[1:])]
    points = [np.float64(x) for x in (*CHECKED, *(c * (1 + h) for c in places for h in BESIDE))]
    pairs = [
        *pairwise(sorted(points)),
        *((b, a) for a, b in pairwise(points)),
        *((x, x * 1.01) for x in points),
    ]

    # A kink lies where its double says, up to some spacings.
    corners = 64 * np.finfo(np.float64).eps * sum(float((k.right - k.left) * k.place) for k in kinks(f))

    def close(found: Any, truth: Any, size: Any = 0) -> bool:
        return not np.isfinite(found) or abs(found - truth) <= AGREEMENT * (abs(truth) + size) + corners

    with mpmath.workdps(TRUE_DIGITS), np.errstate(all="ignore"):
        tilt = slope(mpmath.mpf(1))
        for point in points:
            x, d = mpmath.mpf(point), point - 1
            f_x, slope_x = value(x), slope(x)
            low, high = slope(x / 2), slope(2 * x)
            good = (
                close(module.generator(point, d, *numbers), f_x, abs(tilt * x))
                and close(module.excess(point, d, *numbers), f_x - tilt * (x - 1))
                and close(module.derivative(point, *numbers), slope_x, high - low)
            )
            if good and float(low) < float(slope_x) < float(high):  # else f' as a double does not tell t
                dual, size = x * slope_x - f_x, abs(x * slope_x) + abs(f_x) + AGREEMENT
                good = close(module.conjugate(np.float64(slope_x), *numbers), dual, size)
            if not good:
                return False
        for a, b in pairs:
            truth = value(mpmath.mpf(a)) - value(mpmath.mpf(b)) - slope(mpmath.mpf(b)) * (mpmath.mpf(a) - b)
            if not close(module.bregman(a, b, *numbers), truth):
                return False
    return True


class Generated:
    """The kernels of one f, and how they were chosen."""

    def __init__(self, f: sp.Expr, values: Values, conjugate: sp.Expr | None) -> None:
        renamed = {symbol: sp.Symbol(f"p{i}", real=True) for i, symbol in enumerate(values)}
        if not is_smooth(f):
            f, renamed = f.xreplace(values), {}
        self.values = {renamed[symbol]: value for symbol, value in values.items() if renamed}
        self.numbers = tuple(float(value) for value in self.values.values())
        self.f = self._best(f.xreplace(renamed))
        self.derivative = self._best(sp.diff(self.f, t))
        # The density part of f'': the jumps of f' are counted apart.
        self.second = self._best(sp.diff(self.derivative, t).replace(sp.DiracDelta, lambda *_: sp.S.Zero))
        curvature = t**2 * self.second
        self.curvature = self._best(attempt(sp.expand_power_base, curvature) or curvature)
        self.conjugate = None if conjugate is None else conjugate.xreplace(values)
        self.names = "".join(f", {symbol}" for symbol in self.values)
        self.truth = self.f.xreplace(self.values)

    def _best(self, expression: sp.Expr) -> sp.Expr:
        return source.best(forms(expression), t, self.values)

    def kernels(self, text: str) -> Kernels:
        """The kernels with the source `text`, compiled when first called."""
        module = compiling.load(text)
        names = ("generator", "excess", "derivative", "second", "conjugate", "bregman", "maximiser")
        return Kernels({name: getattr(module, name) for name in names}, self.numbers)

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
            f=source.source(self.f),
            derivative=source.source(self.derivative),
            second=source.source(self.second),
            curvature=source.source(self.curvature),
            conjugate=source.source(self.conjugate if self.conjugate is not None else s),
            direct=direct,
            slope="" if slope == 0 else f"{source.source(slope)} * d + ",
            corners="".join(
                template.CORNER.format(place=float(kink.place), slope=float(kink.subgradient))
                for kink in self._kinks()
            ),
            breaks="".join(template.BREAK.format(place=float(place)) for place in self._places()),
            jumps="".join(_jump(kink) for kink in self._kinks()),
        )

    def _places(self) -> list[sp.Expr]:
        return [] if self.values else [piece.low for piece in pieces(self.f)[1:]]

    def _kinks(self) -> list[Kink]:
        return [] if self.values else kinks(self.f)

    def _function(self, expression: sp.Expr, symbol: sp.Symbol = t) -> Callable[[Any], Any]:
        function = source.scalar(expression, [str(symbol), *map(str, self.values)])
        numbers = [np.float64(number) for number in self.numbers]
        return lambda point: function(point, *numbers)

    def _direct(self) -> str:
        """On which side of [1/2, 2] f itself loses no digits, as a condition in d."""
        direct, truth = self._function(self.f), sp.lambdify(t, self.truth, "mpmath")
        low, high = (
            source.worst(direct, truth, end, EXTREME_DIGITS) <= GOOD_ULP for end in (LOW_END, HIGH_END)
        )
        return " or ".join([*["d < -0.5"] * low, *["d > 1.0"] * high]) or "False"

    def _steps(self) -> list[float]:
        """For each part of a decade the widest panels on which twelve nodes are exact, measured against the truth."""
        curvature = self._function(self.curvature)
        edges = [float(place) for place in self._places()]
        truths = [sp.lambdify(t, e.xreplace(self.values), "mpmath") for e in (self.truth, self.derivative)]
        probe = partial(_panel_error, curvature, truths[0], truths[1], edges)
        with mpmath.workdps(source.DIGITS), np.errstate(all="ignore"):
            widest = [_widest(probe, k) for k in range(-PER_DECADE * DECADES, PER_DECADE * DECADES + 1)]
        # A singularity close to the axis may lie just beyond the last probe of a part.
        return [min(widest[max(k - 1, 0) : k + 2]) for k in range(len(widest))]

    def _is_closed_form_good(self) -> bool:
        """Whether the closed conjugate keeps its digits at least as well as Fenchel–Young at the maximiser does."""
        if self.conjugate is None or not is_smooth(self.f):
            return False
        closed, slope = self._function(self.conjugate, s), self._function(self.derivative)
        truth = sp.lambdify(s, self.conjugate.xreplace(self.values), "mpmath")
        with np.errstate(all="ignore"):
            at = [float(slope(np.float64(point))) for point in source.MIDDLE if 1e-4 < point < 1e4]
        inside = [point for point in at if point != 0 and _is_defined(truth, point)]
        return source.worst(closed, truth, inside) <= 4 * GOOD_ULP


def _is_defined(function: Callable[[Any], Any], point: float) -> bool:
    """Whether a slope that was rounded to double precision is still inside of the domain of f*."""
    try:
        return bool(mpmath.isfinite(mpmath.mpf(function(mpmath.mpf(point)))))
    except (ZeroDivisionError, ValueError, TypeError):  # TypeError: a complex number
        return False


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
            errors.append(source.error_in_ulp(_panel(curvature, start, a - start), truth))
    return max(errors)


def _panel(curvature: Callable[[Any], Any], b: float, h: float) -> float:
    y = b + LEGENDRE_12_NODES * h
    values = np.array([float(curvature(np.float64(point))) for point in y])
    return float(np.sum(LEGENDRE_12_WEIGHTS * (1 - LEGENDRE_12_NODES) * (h / y) * (h / y) * values))


def _jump(kink: Kink) -> str:
    left, right = float(kink.subgradient - kink.left), float(kink.right - kink.subgradient)
    return template.JUMP.format(place=float(kink.place), left=left, right=right, jump=left + right)
