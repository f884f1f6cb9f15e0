"""What is an f-divergence? One SymPy expression f(t), and everything that follows from it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import probabilities, refuse

Float = NDArray[np.float64]

t = sp.Symbol("t", positive=True)
s = sp.Symbol("s", real=True)


class Divergence:
    """The divergence D_f(P‖Q) = E_Q f(dP/dQ) of a convex f on (0, ∞) with f(1) = 0 (P1–P3), in nats.

    Parameters
    ----------
    name : the key in the registry.
    f : SymPy expression in the symbol t.
    conjugate : SymPy expression in the symbol s for f*(s) = sup_{t>0} st − f(t), with its branches.
    """

    def __init__(self, name: str, f: sp.Expr, conjugate: sp.Expr | None = None) -> None:
        self.name = name
        self.expression = sp.sympify(f)
        self.conjugate_expression = conjugate

    def __repr__(self) -> str:
        return f"Divergence({self.name!r}, f={self.expression})"

    @cached_property
    def derivative_expression(self) -> sp.Expr:
        """f'(t)."""
        return sp.simplify(sp.diff(self.expression, t))

    @cached_property
    def second_derivative_expression(self) -> sp.Expr:
        """f''(t)."""
        return sp.simplify(sp.diff(self.derivative_expression, t))

    @cached_property
    def at_zero(self) -> float:
        """f(0) = lim f(t) as t → 0, may be inf."""
        return float(sp.limit(self.expression, t, 0, "+"))

    @cached_property
    def slope_at_infinity(self) -> float:
        """f'(∞) = lim f(t)/t as t → ∞, may be inf."""
        return float(sp.limit(self.expression / t, t, sp.oo))

    @cached_property
    def _f(self) -> Callable[..., Any]:
        return sp.lambdify(t, self.expression, "numpy")  # type: ignore[no-any-return]

    def f(self, values: ArrayLike) -> Float:
        """f at `values` ≥ 0, with f(0) its limit."""
        ratio = np.asarray(values, dtype=np.float64)
        inside = np.where(ratio > 0, ratio, 1.0)
        return np.where(ratio > 0, self._f(inside), self.at_zero)

    def between(self, p: ArrayLike, q: ArrayLike) -> float:
        """D_f(p‖q) on a finite alphabet: Σ_{q>0} q f(p/q) + f'(∞) P(q = 0)."""
        first = probabilities("p", p, np.ndim(p))
        second = probabilities("q", q, np.ndim(q))
        if first.shape != second.shape:
            raise refuse("q", f"shape = {second.shape}", f"have the shape {first.shape} of p", "use one alphabet")
        inside = second > 0
        total = float(np.sum(second[inside] * self.f(first[inside] / second[inside])))
        outside = float(first[~inside].sum())
        return total + (self.slope_at_infinity * outside if outside > 0 else 0.0)
