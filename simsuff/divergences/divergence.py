"""What is an f-divergence? One SymPy expression f(t), and everything that follows from it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences.symbols import s, t
from simsuff.numerics.validation import probabilities, require

Float = NDArray[np.float64]


class Divergence:
    """The divergence D_f(P‖Q) = E_Q f(dP/dQ) of a convex f on (0, ∞) with f(1) = 0 (P1–P3), in nats.

    Parameters
    ----------
    name : the key in the registry.
    f : SymPy expression in the symbol t.
    conjugate : SymPy expression in the symbol s for f*(s) = sup_{t>0} st − f(t) on (f'(0+), f'(∞)).
    """

    def __init__(self, name: str, f: sp.Expr | str, conjugate: sp.Expr | None = None) -> None:
        self.name = name
        self.expression = f
        self._given_conjugate = conjugate

    def __repr__(self) -> str:
        return f"Divergence({self.name!r}, f={str(self.expression)!r})"

    @cached_property
    def derivative_expression(self) -> sp.Expr:
        """f'(t)."""
        return sp.diff(self.expression, t)

    @cached_property
    def second_derivative_expression(self) -> sp.Expr:
        """f''(t) away from the kinks of f."""
        return sp.simplify(
            sp.diff(self.derivative_expression, t).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
        )

    @cached_property
    def at_zero(self) -> float:
        """f(0) = lim f(t) as t → 0, may be inf."""
        return float(sp.limit(self.expression, t, 0, "+"))

    @cached_property
    def derivative_at_zero(self) -> float:
        """f'(0+), may be -inf."""
        return float(sp.limit(self.derivative_expression, t, 0, "+"))

    @cached_property
    def slope_at_infinity(self) -> float:
        """f'(∞) = lim f(t)/t as t → ∞, may be inf."""
        return float(sp.limit(sp.expand(self.expression / t), t, sp.oo))

    @cached_property
    def conjugate_at_slope(self) -> float:
        """f*(f'(∞)) = lim t f'(∞) − f(t) as t → ∞ where f'(∞) is finite, else inf."""
        if np.isinf(self.slope_at_infinity):
            return np.inf
        slope = sp.limit(sp.expand(self.expression / t), t, sp.oo)
        return float(sp.limit(slope * t - self.expression, t, sp.oo))

    @cached_property
    def _f(self) -> Callable[..., Any]:
        return sp.lambdify(t, self.expression, "numpy")  # type: ignore[no-any-return]

    @cached_property
    def _derivative(self) -> Callable[..., Any]:
        return sp.lambdify(t, self.derivative_expression, "numpy")  # type: ignore[no-any-return]

    @cached_property
    def _second(self) -> Callable[..., Any]:
        return sp.lambdify(t, self.second_derivative_expression, "numpy")  # type: ignore[no-any-return]

    @cached_property
    def _conjugate(self) -> Callable[..., Any]:
        return sp.lambdify(s, self._given_conjugate, "numpy")  # type: ignore[no-any-return]

    def f(self, t: ArrayLike) -> Float:
        """f(t) elementwise: f(0) its limit, +inf for t < 0."""
        ratio = np.asarray(t, dtype=np.float64)
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._f(np.where(inside, ratio, 1.0)) + 0 * ratio.clip(0, 1)
        top = np.inf if self.slope_at_infinity > 0 else -self.conjugate_at_slope
        return np.select(
            [np.isnan(ratio), inside, ratio == 0, ratio < 0], [np.nan, value, self.at_zero, np.inf], top
        )

    def derivative(self, t: ArrayLike) -> Float:
        """f'(t) elementwise: its limits at 0 and ∞, NaN for t < 0; a subgradient where f has a kink."""
        ratio = np.asarray(t, dtype=np.float64)
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._derivative(np.where(inside, ratio, 1.0)) + 0 * ratio.clip(0, 1)
        ends = [value, self.derivative_at_zero, self.slope_at_infinity]
        return np.select([inside, ratio == 0, ratio == np.inf], ends, np.nan)

    def second_derivative(self, t: ArrayLike) -> Float:
        """f''(t) elementwise on t > 0, NaN for t < 0."""
        ratio = np.asarray(t, dtype=np.float64)
        with np.errstate(divide="ignore"):
            value = self._second(np.where(ratio >= 0, ratio, 1.0)) + 0 * ratio.clip(0, 1)
        return np.where(ratio >= 0, value, np.nan)

    def conjugate(self, s: ArrayLike) -> Float:
        """f*(s) = sup_{t>0} st − f(t): −f(0) for s ≤ f'(0+), +inf for s > f'(∞)."""
        slope = np.asarray(s, dtype=np.float64)
        inside = (slope > self.derivative_at_zero) & (slope < self.slope_at_infinity)
        with np.errstate(over="ignore"):
            value = self._conjugate(np.where(inside, slope, 0.0)) + 0 * slope.clip(0, 1)
        low, high = slope <= self.derivative_at_zero, slope == self.slope_at_infinity
        choices = [np.nan, value, -self.at_zero, self.conjugate_at_slope]
        return np.select([np.isnan(slope), inside, low, high], choices, np.inf)

    def bregman(self, a: ArrayLike, b: ArrayLike) -> Float:
        """B_f(a, b) = f(a) − f(b) − f'(b)(a − b) elementwise, by limits on the boundary; 0 for a = b."""
        x, y = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        nan, same = np.isnan(x) | np.isnan(y), x == y
        out = (x < 0) | (y < 0)
        plain = (x >= 0) & (y > 0) & np.isfinite(x) & np.isfinite(y)
        u, v = np.where(plain, x, 1.0), np.where(plain, y, 1.0)
        inner = self.f(u) - self.f(v) - self.derivative(v) * (u - v)
        with np.errstate(invalid="ignore"):
            zero = self.f(x) - self.at_zero - self.derivative_at_zero * x
            far = self.f(x) + self.conjugate_at_slope - x * self.slope_at_infinity
            top = np.where(self.derivative(y) < self.slope_at_infinity, np.inf, 0.0)
        zero = np.full_like(x, np.inf) if self.derivative_at_zero == -np.inf else zero
        far = np.full_like(x, np.inf) if np.isinf(self.conjugate_at_slope) else far
        conditions = [nan, out, same, plain, x == np.inf, y == 0]
        return np.select(conditions, [np.nan, np.inf, 0.0, inner, top, zero], far)

    def between(self, p: ArrayLike, q: ArrayLike) -> float:
        """D_f(p‖q) = Σ_{q>0} q f(p/q) + f'(∞) P(q = 0) on a finite alphabet, in nats.

        Raises
        ------
        ValueError : p or q is not a probability table, or their shapes differ.
        """
        first = probabilities("p", p, np.ndim(p))
        second = probabilities("q", q, np.ndim(q))
        allowed = f"have the shape {first.shape} of p"
        require(first.shape == second.shape, "q", f"shape = {second.shape}", allowed, "use one alphabet")
        inside = second > 0
        total = float(np.sum(second[inside] * self.f(first[inside] / second[inside])))
        outside = float(first[~inside].sum())
        return total + (self.slope_at_infinity * outside if outside > 0 else 0.0)
