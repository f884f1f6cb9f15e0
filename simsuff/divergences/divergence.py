"""The class `Divergence`: one SymPy expression f(t), and everything that follows from it, on arrays of doubles."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import supremum
from simsuff.divergences.analysis import Analysis
from simsuff.divergences.compiling import Family, Kernels
from simsuff.divergences.direct import Direct
from simsuff.divergences.exact import Exact
from simsuff.divergences.reading import at_values, check_exponents, read, read_conjugate
from simsuff.numerics.display import Html, card
from simsuff.numerics.validation import guess, plain_array, probabilities, require

Float = NDArray[np.float64]

# A difference that keeps this share of its terms has lost a bit at most.
KEPT_SHARE = 0.5


def _choose(conditions: Sequence[NDArray[np.bool_]], choices: Sequence[Any], default: Any) -> Float:
    """The choice of the first condition that holds, elementwise; choices may be single numbers."""
    chosen: Float = np.select(
        conditions, [np.asarray(choice, dtype=np.float64) for choice in choices], default
    )
    return chosen


def _mathml(expression: sp.Expr) -> Html:
    """A formula as browsers set it, without a script."""
    markup = sp.printing.mathml(expression, printer="presentation")
    return Html(f'<math displaystyle="true">{markup}</math>')


class Divergence(Analysis):
    """The divergence D_f(P‖Q) = E_Q f(dP/dQ) of a convex f on (0, ∞) with f(1) = 0 (P1–P3), in nats.

    Parameters
    ----------
    name : how tables and errors call it.
    f : a formula such as ``"(t-1)**2/(t+1)"``, or a SymPy expression, in t and the names of `parameters`.
    conjugate : f*(s) on (f'(0+), f'(∞)) in the symbol s, checked by Fenchel–Young (P2); derived if left out.
    parameters : values of the named parameters in f. They are arguments of the compiled code, which serves all
        values for which the same formulas keep their digits; see `with_parameters`.
    family : for the catalogue, whose expressions and hand-written kernels the tests have verified.

    Raises
    ------
    ValueError : f is not a formula, f(1) ≠ 0, f is not convex (the message shows a t), or the conjugate is wrong.

    Examples
    --------
    >>> import simsuff as ss
    >>> mine = ss.Divergence("mine", f="(t-1)**2/(t+1)")
    >>> float(mine.f(3.0)), mine.at_zero, mine.slope_at_infinity
    (1.0, 1.0, 1.0)
    >>> round(float(mine.between([0.2, 0.8], [0.6, 0.4])), 6)
    0.333333
    """

    def __init__(
        self,
        name: str,
        f: sp.Expr | str,
        conjugate: sp.Expr | str | None = None,
        parameters: Mapping[str, float] | None = None,
        family: Family | None = None,
    ) -> None:
        self.template, self._values = read(f, parameters or {})
        super().__init__(name, at_values(self.template, self._values))
        self._given_conjugate = read_conjugate(conjugate, self._values)
        self._family = family
        if family is None:
            check_exponents(self.expression)
            self.verify(self._given_conjugate)

    def __repr__(self) -> str:
        return f"Divergence({self.name!r}, f={str(self.expression)!r})"

    def _repr_html_(self) -> str:
        conjugate = self._given_conjugate
        facts = {
            "f(t)": _mathml(self.expression),
            "parameters": ", ".join(f"{name} = {value:g}" for name, value in self.parameters.items()) or None,
            "f*(s)": None if conjugate is None else _mathml(conjugate),
            "f(0)": self.at_zero,
            "f'(∞)": self.slope_at_infinity,
        }
        return card(f"Divergence {self.name}", facts)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle f(t) = {sp.latex(self.expression)}$"

    @property
    def parameters(self) -> dict[str, float]:
        """The values of the parameters of f."""
        return {symbol.name: float(value) for symbol, value in self._values.items()}

    @property
    def family(self) -> Family | None:
        """The known family that an entry of the catalogue belongs to, with order and scale; None for a user's f."""
        return self._family

    def with_parameters(self, **parameters: float) -> "Divergence":
        """The same formula at other values of its parameters.

        Raises
        ------
        ValueError : f has no such parameter.
        """
        strangers = sorted(set(parameters) - set(self.parameters))
        known = f"be among the parameters of f: {', '.join(self.parameters) or 'it has none'}"
        hint = guess(strangers[0], self.parameters) if strangers else ""
        require(not strangers, "parameters", f"names = {strangers}", known, f"{hint}name those of f")
        return Divergence(self.name, self.template, parameters=self.parameters | parameters)

    @cached_property
    def conjugate_expression(self) -> sp.Expr | None:
        """f*(s) on (f'(0+), f'(∞)): as given, else derived, None where there is no closed form."""
        if self._given_conjugate is not None:
            return self._given_conjugate
        return super().conjugate_expression

    @cached_property
    def _kernels(self) -> Kernels | Direct:
        if self._family is not None:
            return self._family.kernels()
        from simsuff.divergences.generation import kernels_of

        # With parameters a closed form would bind the compiled code to their values.
        closed = None if self._values else self.conjugate_expression
        if self.template.xreplace(self._values) != self.expression:  # the limit at these values
            return kernels_of(self.expression, {}, closed)
        return kernels_of(self.template, self._values, closed)

    @cached_property
    def _exact(self) -> Exact:
        return Exact(self.expression)

    def _inner(self, name: str, inside: NDArray[np.bool_], *arguments: Float) -> Float:
        """The kernel where `inside`, checked for overflow on the way; 1 elsewhere."""
        chosen = [np.where(inside, argument, 1.0) for argument in arguments]
        return self._exact.repair(name, self._kernels(name, *chosen), *chosen)

    @cached_property
    def _at_infinity(self) -> float:
        """lim f(t) as t → ∞; finite only for an f that stops falling."""
        slope = self.slope_at_infinity
        return float(np.copysign(np.inf, slope)) if slope != 0 else -self.conjugate_at_slope

    def f(self, t: ArrayLike) -> Float:
        """f(t) elementwise: limits at 0 and ∞, +inf for t < 0, NaN for NaN."""
        ratio = plain_array(t, np.float64)
        return self._generator(ratio, ratio - 1)

    def excess(self, d: ArrayLike) -> Float:
        """f(1 + d) elementwise, from d = t − 1 itself: full precision down to the smallest |d|."""
        step = plain_array(d, np.float64)
        return self._generator(1 + step, step)

    def centred(self, log_ratio: ArrayLike) -> Float:
        """f(r) − f'(1)(r − 1) ≥ 0 (P3) elementwise, from log r itself: full precision down to the smallest |log r|.

        Where r or the value is beyond the range of doubles the result is what the limits of f say, 0 or inf.
        """
        x = plain_array(log_ratio, np.float64)
        with np.errstate(over="ignore"):
            ratio, step = np.exp(x), np.expm1(x)
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._inner("excess", inside, ratio, np.where(inside, step, 0.0))
        if inside.all():
            return value
        slope = float(self.derivative(1.0))
        top = 0.0 if self._at_infinity < np.inf and slope == self.slope_at_infinity else np.inf
        return _choose([np.isnan(x), inside, x < 0], [np.nan, value, self.at_zero + slope], top)

    def _generator(self, ratio: Float, d: Float) -> Float:
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._inner("generator", inside, ratio, np.where(inside, d, 0.0))
        if inside.all():
            return value
        ends = [np.nan, value, self.at_zero, np.inf]
        return _choose([np.isnan(ratio), inside, ratio == 0, ratio < 0], ends, self._at_infinity)

    def derivative(self, t: ArrayLike) -> Float:
        """f'(t) elementwise: its limits at 0 and ∞, NaN for t < 0; a subgradient where f has a kink."""
        ratio = plain_array(t, np.float64)
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._inner("derivative", inside, ratio)
        if inside.all():
            return value
        ends = [value, self.derivative_at_zero, self.slope_at_infinity]
        return _choose([inside, ratio == 0, ratio == np.inf], ends, np.nan)

    def second_derivative(self, t: ArrayLike) -> Float:
        """f''(t) elementwise away from kinks: its limits at 0 and ∞, NaN for t < 0."""
        ratio = plain_array(t, np.float64)
        inside = (ratio > 0) & np.isfinite(ratio)
        value = self._inner("second", inside, ratio)
        if inside.all():
            return value
        ends = [value, self.second_derivative_at_zero, self.second_derivative_at_infinity]
        return _choose([inside, ratio == 0, ratio == np.inf], ends, np.nan)

    def conjugate(self, s: ArrayLike) -> Float:
        """f*(s) = sup_{t>0} st − f(t) elementwise: −f(0) for s ≤ f'(0+), +inf for s > f'(∞)."""
        slope = plain_array(s, np.float64)
        inside = (slope > self.derivative_at_zero) & (slope < self.slope_at_infinity)
        middle = float(self.derivative(1.0))
        value = self._kernels.conjugate(np.where(inside, slope, middle))
        value = supremum.repair(self, slope, np.where(inside, value, 0.0))
        low, high = slope <= self.derivative_at_zero, slope == self.slope_at_infinity
        choices = [np.nan, value, -self.at_zero, self.conjugate_at_slope]
        return _choose([np.isnan(slope), inside, low, high], choices, np.inf)

    def conjugate_bounded(self, s: ArrayLike) -> tuple[Float, Float]:
        """f*(s) elementwise with a rigorous bound on its error, by interval arithmetic at the maximiser (P2)."""
        return supremum.bounded(self, plain_array(s, np.float64))

    def bregman(self, a: ArrayLike, b: ArrayLike) -> Float:
        """B_f(a, b) = f(a) − f(b) − f'(b)(a − b) ≥ 0 elementwise, by limits on the boundary; 0 for a = b.

        +inf where a or b is negative, NaN where one is NaN. At a kink f'(b) is the subgradient of `derivative`.
        """
        x, y = np.broadcast_arrays(plain_array(a, np.float64), plain_array(b, np.float64))
        inside = (x > 0) & (y > 0) & np.isfinite(x) & np.isfinite(y)
        value = self._inner("bregman", inside, x, y)
        return value if inside.all() else np.where(inside, value, self._boundary_bregman(x, y))

    def _boundary_bregman(self, x: Float, y: Float) -> Float:
        """The limits of B_f(x, y) where x or y is 0 or ∞."""
        with np.errstate(invalid="ignore", over="ignore"):
            at_zero = self.f(x) - self.at_zero - self.derivative_at_zero * x
            far = self.f(x) + self.conjugate_at_slope - x * self.slope_at_infinity
            top = np.where(self.derivative(y) < self.slope_at_infinity, np.inf, 0.0)
        at_zero = at_zero if np.isfinite(self.derivative_at_zero) else np.full_like(x, np.inf)
        far = far if np.isfinite(self.conjugate_at_slope) else np.full_like(x, np.inf)
        nan, outside = np.isnan(x) | np.isnan(y), (x < 0) | (y < 0)
        conditions = [nan, outside, x == y, x == np.inf, y == 0, y == np.inf]
        ends = [np.nan, np.inf, 0.0, top, at_zero, far]
        return _choose(conditions, ends, self._bregman_from_zero(x, y))

    def _bregman_from_zero(self, x: Float, y: Float) -> Float:
        """B_f(0, y) = f(0) − f(y) + y f'(y) where x = 0 and y is inside; 0 elsewhere."""
        if np.isinf(self.at_zero):
            return np.full_like(x, np.inf)
        chosen = (x == 0) & (y > 0) & np.isfinite(y)
        place = np.where(chosen, y, 1.0)
        if "from_zero" in self._kernels:
            return np.where(chosen, self._kernels("from_zero", place), 0.0)
        terms = [np.full_like(place, self.at_zero), -self.f(place), place * self.derivative(place)]
        value, size = sum(terms), sum(np.abs(term) for term in terms)
        keeps_digits = ~chosen | (value >= KEPT_SHARE * size)
        zero = np.zeros_like(place)
        return self._exact.repair("bregman", np.where(keeps_digits, value, np.nan), zero, place)

    def between(self, p: ArrayLike, q: ArrayLike) -> float:
        """D_f(p‖q) = Σ_{q>0} q f(p/q) + f'(∞) P(q = 0) on a finite alphabet, in nats.

        Summed as Σ q (f(p/q) − f'(1)(p/q − 1)) + (f'(∞) − f'(1)) P(q = 0) (P3): every term is non-negative.

        Raises
        ------
        ValueError : p or q is not a probability table, or their shapes differ.
        """
        first, second = (np.ravel(probabilities(n, v, np.ndim(v))) for n, v in (("p", p), ("q", q)))
        allowed = f"have the shape {np.shape(p)} of p"
        require(np.shape(p) == np.shape(q), "q", f"shape = {np.shape(q)}", allowed, "use one alphabet")
        return float(np.sum(self.masses(first, second)))

    def masses(self, p: ArrayLike, q: ArrayLike) -> Float:
        """q (f(p/q) − f'(1)(p/q − 1)) ≥ 0 elementwise for p, q ≥ 0, by limits where one is 0: the terms of `between`.

        Every ratio p/q counts, however far from 1. Sums over the columns of two tables of conditional laws are the
        divergences of their columns.

        Examples
        --------
        >>> import simsuff as ss
        >>> float(ss.divergence("kl").masses([1.0, 0.0], [1e-17, 1.0]).sum())
        39.143946580898785
        """
        first, second = np.broadcast_arrays(plain_array(p, np.float64), plain_array(q, np.float64))
        slope = float(self.derivative(1.0))
        both = (first > 0) & (second > 0)
        value = self._perspective(np.where(both, first, 1.0), np.where(both, second, 1.0))
        if both.all():
            return value
        with np.errstate(all="ignore"):  # 0 · ∞ where the other choice is taken
            lost, outside = second * (self.at_zero + slope), first * (self.slope_at_infinity - slope)
        return _choose([both, second > 0, first > 0], [value, lost, outside], 0.0)

    def _perspective(self, p: Float, q: Float) -> Float:
        """q (f(p/q) − f'(1)(p/q − 1)) for p, q > 0, whatever becomes of p/q."""
        with np.errstate(all="ignore"):
            ratio, step = p / q, (p - q) / q
            normal = np.isfinite(ratio) & (ratio >= np.finfo(np.float64).tiny)
            value = q * self._kernels("excess", np.where(normal, ratio, 1.0), np.where(normal, step, 0.0))
        return self._exact.repair("perspective", np.where(normal, value, np.nan), p, q)

    def __reduce__(self) -> tuple[Any, ...]:
        given = self.name, self.template, self._given_conjugate, self.parameters, self._family
        return Divergence, given
