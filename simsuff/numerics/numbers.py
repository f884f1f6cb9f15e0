"""Numbers that know their error: `Bounded` (a stated bound), `BoundedArray` (many at once), `Estimate` (Monte Carlo).

The error of a `Bounded` covers what was rounded on the way, by the magnitudes that were added: it stays what it is
when they cancel. Arithmetic and NumPy's elementary functions carry it on; functions of `math` drop it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.numerics.validation import Float, integer, real_array, refuse, require

# Half an ulp, relative: what one rounded operation may lose; SMALLEST is what it may lose to underflow.
UNIT = float(np.finfo(np.float64).eps) / 2
SMALLEST = 5e-324

# A float that comes without an error is a sum of at most a few thousand products. Pairwise and compensated sums
# lose a few ulp of the largest partial sum, plain loops about the square root of their length: 256 ulp cover both,
# and are still thirteen digits.
ROUNDING = 256 * float(np.finfo(np.float64).eps)

# A function of libm or of NumPy's vector loops is within this many units.
FUNCTION_UNITS = 8


class Bounded(float):
    """A real number that lies within `error` of `value`; a float wherever a float is expected.

    Sums, differences, products and quotients with other numbers (floats are taken as they are) bound the error of
    the result to first order, their own rounding included. ``<=`` and ``>=`` hold unless the numbers refute them
    beyond the errors; ``<`` and ``>`` are their negations; ``==`` and ``hash`` are the float's.

    Raises
    ------
    ValueError : if `error` is negative or NaN.

    Examples
    --------
    >>> import simsuff as ss
    >>> third = ss.Bounded(1 / 3, 1e-17)
    >>> third - 1 / 3 <= 0, third < 1 / 3
    (True, False)
    >>> (3 * third).error < 1e-15
    True
    """

    __slots__ = ("error",)
    error: float

    def __new__(cls, value: float, error: float) -> Self:
        """The number `value` known up to `error`, which may be inf."""
        require(error >= 0, "error", error, "be at least 0", "pass a bound on |value - truth|")
        number = super().__new__(cls, value)
        number.error = float(error)
        return number

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]  # a float pickles by one number
        return self.value, self.error

    @property
    def value(self) -> float:
        """The central value, a plain float."""
        return float.__pos__(self)

    def __repr__(self) -> str:
        return f"Bounded({float.__repr__(self)}, {self.error!r})"

    def __str__(self) -> str:
        return float.__repr__(self)

    def __neg__(self) -> "Bounded":
        return _made(float.__neg__(self), self.error)

    def __pos__(self) -> "Bounded":
        return self

    def __abs__(self) -> "Bounded":
        return _made(float.__abs__(self), self.error)

    def __add__(self, other: float) -> "Bounded":
        if not isinstance(other, float | int):
            return NotImplemented
        value = float.__add__(self, other)
        return _finished(value, self.error + _error(other) + UNIT * abs(value), self, other)

    def __sub__(self, other: float) -> "Bounded":
        return self.__add__(-other) if isinstance(other, float | int) else NotImplemented

    def __rsub__(self, other: float) -> "Bounded":
        return (-self).__add__(other)

    def __mul__(self, other: float) -> "Bounded":
        if not isinstance(other, float | int):
            return NotImplemented
        value, mine, theirs = float.__mul__(self, other), self.error, _error(other)
        carried = float.__abs__(self) * theirs + abs(float(other)) * mine + mine * theirs
        return _finished(value, carried + UNIT * abs(value) + SMALLEST, self, other)

    def __truediv__(self, other: float) -> "Bounded":
        if not isinstance(other, float | int):
            return NotImplemented
        return _quotient(self, other)

    def __rtruediv__(self, other: float) -> "Bounded":
        if not isinstance(other, float | int):
            return NotImplemented
        return _quotient(other, self)

    def __pow__(self, other: Any, mod: None = None) -> Any:
        return np.power(self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __le__(self, other: float) -> bool:
        error = self.error + _error(other)
        return float.__sub__(self, other) <= error or float.__eq__(self, other)

    def __ge__(self, other: float) -> bool:
        error = self.error + _error(other)
        return float.__rsub__(self, other) <= error or float.__eq__(self, other)

    def __lt__(self, other: float) -> bool:
        return float.__rsub__(self, other) > self.error + _error(other)

    def __gt__(self, other: float) -> bool:
        return float.__sub__(self, other) > self.error + _error(other)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions of this number, with their error where a rule is known."""
        return _apply(ufunc, method, inputs, options)


def _made(value: float, error: float) -> Bounded:
    """A `Bounded` whose error needs no check."""
    number = float.__new__(Bounded, value)
    number.error = error
    return number


def _error(number: Any) -> float:
    return number.error if type(number) is Bounded else 0.0


def _finished(value: float, error: float, first: float, second: float) -> Bounded:
    """The result of an operation; an infinity that an operand brought is certain, one of overflow is not."""
    if math.isfinite(value):
        return _made(value, error if error == error else math.inf)
    certain = math.isinf(value) and (math.isinf(first) or math.isinf(second))
    return _made(value, 0.0 if certain else math.inf)


def _quotient(first: float, second: float) -> Bounded:
    value, error, divisor = float(first) / float(second), _error(second), abs(float(second))
    room = divisor - error
    carried = (_error(first) + abs(value) * error) / room if room > 0 else math.inf
    return _finished(value, carried + UNIT * abs(value) + SMALLEST, first, 1.0 if divisor else math.inf)


class BoundedArray(np.ndarray[Any, np.dtype[np.float64]]):
    """Real numbers, each within its entry of `error` of its value: what `Bounded` is, for whole arrays.

    Indexing gives a `Bounded`, or an array of them; arithmetic and NumPy's elementary functions carry the errors on,
    entry by entry. What reshapes or reduces gives numbers without an error, sums excepted. NaN: not defined.

    Parameters
    ----------
    value, error : arrays of one shape; errors at least 0.
    """

    _error: Float | None

    def __new__(cls, value: ArrayLike, error: ArrayLike) -> Self:
        """The numbers `value` known up to `error`, which broadcasts."""
        values = np.asarray(value, dtype=np.float64)
        errors = np.broadcast_to(np.asarray(error, dtype=np.float64), values.shape)
        require(bool((errors >= 0).all()), "error", errors, "be at least 0", "pass bounds on |value - truth|")
        array = values.view(cls)
        array._error = errors
        return array

    def __array_finalize__(self, source: Any) -> None:
        """A view starts without an error; who makes it sets it."""
        self._error = None

    def __reduce__(self) -> Any:
        return BoundedArray, (self.value, self.error)

    @property
    def value(self) -> Float:
        return self.view(np.ndarray)

    @property
    def error(self) -> Float:
        """The bounds of each entry.

        Raises
        ------
        ValueError : after an operation that does not carry them on, such as reshape.
        """
        if self._error is None:
            way_out = "reshape .value and .error, and put them together with BoundedArray"
            raise refuse("array", f"shape = {self.shape}", "still know its errors", way_out)
        return self._error

    def __getitem__(self, index: Any) -> Any:
        return bounded(self.value[index], self.error[index])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions of these numbers, with their errors where a rule is known."""
        return _apply(ufunc, method, inputs, options)


def value_of(number: Any) -> Any:
    """The central value: a plain float, or an array without errors."""
    if isinstance(number, Bounded | BoundedArray | Estimate):
        return number.value
    return number if isinstance(number, np.ndarray) else float(number)


def error_of(number: Any) -> Any:
    """The stated error; 0 for numbers that carry none."""
    return number.error if isinstance(number, Bounded | BoundedArray) else 0.0


def rounded(value: float, magnitude: float = 0.0) -> Bounded:
    """`value` with the error of a sum whose terms are of size `magnitude`, or of its own; a `Bounded` stays as it is."""
    if isinstance(value, Bounded):
        return value
    certain = not math.isfinite(value) or not math.isfinite(magnitude)
    return _made(value, 0.0 if certain else ROUNDING * max(abs(value), magnitude))


def bounded(value: Any, error: Any) -> Any:
    """A `BoundedArray` of an array, a `Bounded` of a number."""
    return BoundedArray(value, error) if np.ndim(value) else Bounded(float(value), float(error))


def _apply(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A NumPy function of the values, and the errors by its rule; without a rule the values alone."""
    plain: list[Any] = [x.value if isinstance(x, Bounded | BoundedArray) else x for x in inputs]
    out = options.pop("out", None)
    with np.errstate(invalid="ignore" if ufunc in MONOTONE else None):
        result = getattr(ufunc, method)(*plain, **options)
    errors = [error_of(x) for x in inputs]
    with np.errstate(all="ignore"):
        if method == "reduce" and ufunc is np.add:
            count = plain[0].size / max(1, np.size(result))
            gross = UNIT * count * np.add.reduce(np.abs(plain[0]), **options)
            result = bounded(result, np.add.reduce(errors[0], **options) + gross)
        elif method == "__call__" and ufunc in ORDERS:
            result = ORDERS[ufunc](*plain, errors[0] + errors[1])
        elif method == "__call__" and (ufunc in RULES or ufunc in MONOTONE):
            result = _propagated(ufunc, result, plain, errors)
    if out is None:
        return result
    target = out[0]
    np.copyto(value_of(target), value_of(result))
    if isinstance(target, BoundedArray):
        target._error = np.broadcast_to(error_of(result), target.shape)
    return target


def _propagated(ufunc: np.ufunc, result: Any, plain: list[Any], errors: list[Any]) -> Any:
    if ufunc in MONOTONE:
        (at,), (error,) = plain, errors
        function, low = ufunc, MONOTONE[ufunc]
        at = np.maximum(at, low) if low is not None else at
        ends = [function(at + error), function(at - error if low is None else np.maximum(at - error, low))]
        result = np.where(plain[0] + error < (-np.inf if low is None else low), np.nan, function(at))
        bound = np.maximum(np.abs(ends[0] - result), np.abs(result - ends[1])) + _ulps(result, FUNCTION_UNITS)
    else:
        bound = RULES[ufunc](result, *plain, *errors)
    certain = np.isinf(result) & (sum(np.isinf(x) for x in plain) > 0)
    bound = np.where(np.isfinite(result) & ~np.isnan(bound), bound, np.where(certain, 0.0, np.inf))
    return bounded(result, bound)


def _ulps(result: Any, units: float) -> Any:
    return units * UNIT * np.abs(result)


def _quotient_error(v: Any, a: Any, b: Any, e: Any, f: Any) -> Any:  # noqa: ARG001
    room = np.abs(b) - f
    return np.where(room > 0, (e + np.abs(v) * f) / room, np.inf) + _ulps(v, 1) + SMALLEST


def _power_error(v: Any, a: Any, b: Any, e: Any, f: Any) -> Any:
    """The exponent is exact; the slope is taken at the steeper end."""
    slope = np.maximum(np.abs(a + e) ** (b - 1), np.abs(a - e) ** (b - 1))
    return np.where(np.asarray(f) > 0, np.inf, np.abs(b) * slope * e) + _ulps(v, FUNCTION_UNITS) + SMALLEST


# The error of v = ufunc(a, b) for operands known up to e and f.
RULES: dict[np.ufunc, Callable[..., Any]] = {
    np.add: lambda v, a, b, e, f: e + f + _ulps(v, 1),  # noqa: ARG005
    np.subtract: lambda v, a, b, e, f: e + f + _ulps(v, 1),  # noqa: ARG005
    np.multiply: lambda v, a, b, e, f: np.abs(a) * f + np.abs(b) * e + e * f + _ulps(v, 1) + SMALLEST,
    np.divide: _quotient_error,
    np.power: _power_error,
    np.maximum: lambda v, a, b, e, f: np.maximum(e, f),  # noqa: ARG005
    np.minimum: lambda v, a, b, e, f: np.maximum(e, f),  # noqa: ARG005
    np.negative: lambda v, a, e: e,  # noqa: ARG005
    np.positive: lambda v, a, e: e,  # noqa: ARG005
    np.absolute: lambda v, a, e: e,  # noqa: ARG005
    np.square: lambda v, a, e: (2 * np.abs(a) + e) * e + _ulps(v, 1) + SMALLEST,
}

# Increasing functions, with the left end of their domain: the error is read off at both ends of the interval.
MONOTONE: dict[np.ufunc, float | None] = {
    np.sqrt: 0.0,
    np.log: 0.0,
    np.log1p: -1.0,
    np.exp: None,
    np.expm1: None,
}

# Order relations of a and b whose difference is known up to e.
ORDERS: dict[np.ufunc, Callable[..., Any]] = {
    np.less_equal: lambda a, b, e: (np.subtract(a, b) <= e) | np.equal(a, b),
    np.greater_equal: lambda a, b, e: (np.subtract(b, a) <= e) | np.equal(a, b),
    np.less: lambda a, b, e: np.subtract(b, a) > e,
    np.greater: lambda a, b, e: np.subtract(a, b) > e,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of `n` independent draws with its standard error; signed, never clipped.

    Sums and differences of estimates are those of *independent* ones: errors add in quadrature, third cumulants are
    summed, and `n` is that of the smaller sample. A `Bounded` adds its error; other numbers are exact.

    Parameters
    ----------
    value, stderr, n : the mean, its standard error (inf where it is not known) and the number of draws.
    skewness : of a single draw, third central moment over cubed standard deviation.
    support : the range of a single draw where it is known, such as (0, 1) of an error rate; verdicts then rest on
        what holds for every law on it (docs/verdicts.md).

    Raises
    ------
    ValueError : if `stderr` is negative or NaN, `n` is no positive integer, or `support` is no interval around the
        value.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.Estimate(1.0, 0.3, 10) + ss.Estimate(2.0, 0.4, 20)
    Estimate(value=3.0, stderr=0.5, n=10)
    >>> 2 * ss.Estimate(1.0, 0.3, 10)
    Estimate(value=2.0, stderr=0.6, n=10)
    """

    value: float
    stderr: float
    n: int
    skewness: float = 0.0
    support: tuple[float, float] | None = None

    # NumPy's scalars leave arithmetic with an estimate to the estimate.
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        way_out = "pass the standard error of the mean; inf where it is unknown"
        require(self.stderr >= 0, "stderr", self.stderr, "be at least 0", way_out)
        object.__setattr__(self, "value", float(self.value))
        object.__setattr__(self, "stderr", float(self.stderr))
        object.__setattr__(self, "n", integer("n", self.n, 1, "count the independent draws"))
        require(math.isfinite(self.skewness), "skewness", self.skewness, "be finite", "pass 0 where unknown")
        object.__setattr__(self, "skewness", float(self.skewness))
        if self.support is not None:
            low, high = (float(end) for end in self.support)
            way_out = f"pass (low, high) with low < high around the value {self.value}"
            inside = -math.inf < low <= self.value <= high < math.inf and low < high
            require(inside, "support", self.support, "hold the draws", way_out)
            object.__setattr__(self, "support", (low, high))

    @classmethod
    def from_samples(cls, samples: ArrayLike, support: tuple[float, float] | None = None) -> "Estimate":
        """Mean, standard error and skewness of the independent draws `samples`, shape (n,), n ≥ 2.

        Draws that agree to the last bit don't tell their spread: the standard error is inf, unless `support` is given.

        Examples
        --------
        >>> Estimate.from_samples([0.0, 1.0, 1.0], support=(0, 1)).support
        (0.0, 1.0)
        """
        draws = real_array("samples", samples, 1)
        require(
            draws.size >= 2, "samples", f"size = {draws.size}", "hold at least 2 draws", "raise the count"
        )
        if support is not None:
            shown = f"range = ({draws.min()}, {draws.max()})"
            inside = support[0] <= draws.min() and draws.max() <= support[1]
            require(inside, "samples", shown, f"lie in {support}", "pass the range of a single draw")
        # Rounding may push the mean of equal draws past an end of their range.
        mean = float(np.clip(draws.mean(), *support)) if support is not None else float(draws.mean())
        if (draws == draws[0]).all():
            return cls(mean, math.inf if support is None else 0.0, draws.size, 0.0, support)
        stderr = float(np.std(draws, ddof=1) / math.sqrt(draws.size))
        return cls(mean, stderr, draws.size, _skewness(draws - mean), support)

    @classmethod
    def of_rate(cls, successes: int, trials: int) -> "Estimate":
        """The rate of `successes` in independent `trials`: a mean of zeros and ones, whose range is known.

        Its standard error is not below that of Jeffreys' posterior, so that draws which agree are no certainty.

        Examples
        --------
        >>> rate = Estimate.of_rate(0, 5)
        >>> rate.value, round(rate.stderr, 2), rate.support
        (0.0, 0.1, (0.0, 1.0))
        """
        n = integer("trials", trials, 1, "count the draws")
        hits = integer("successes", successes, 0, "count the draws that did", high=n)
        rate = hits / n
        variance = rate * (1 - rate)
        posterior = (hits + 0.5) * (n - hits + 0.5) / ((n + 1) ** 2 * (n + 2))
        stderr = math.sqrt(max(posterior, variance / (n - 1) if n > 1 else 0.0))
        return cls(rate, stderr, n, (1 - 2 * rate) / math.sqrt(variance) if variance else 0.0, (0.0, 1.0))

    def __repr__(self) -> str:
        known = f", support={self.support}" if self.support else ""
        return f"Estimate(value={self.value}, stderr={self.stderr}, n={self.n}{known})"

    def __float__(self) -> float:
        return self.value

    def __format__(self, spec: str) -> str:
        return f"{self.value:{spec}} ± {self.stderr:{spec}}"

    def __neg__(self) -> "Estimate":
        return self * -1

    def __add__(self, other: Any) -> "Estimate":
        if isinstance(other, Estimate):
            spread, n = math.hypot(self.stderr, other.stderr), min(self.n, other.n)
            skewness = 0.0
            if 0 < spread < math.inf:  # third cumulants of the means add
                parts = (
                    part.skewness * (part.stderr / spread) ** 3 / math.sqrt(part.n) for part in (self, other)
                )
                skewness = math.sqrt(n) * sum(parts)
            return Estimate(self.value + other.value, spread, n, skewness)
        if not isinstance(other, Real):
            return NotImplemented
        value, stderr = self.value + float(other), self.stderr + error_of(other)
        known = None if error_of(other) else self.support
        support = _moved_support(known, value, lambda end: end + float(other))
        return Estimate(value, stderr, self.n, self.skewness, support)

    def __sub__(self, other: Any) -> "Estimate":
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> "Estimate":
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> "Estimate":
        if not isinstance(other, Real):
            return NotImplemented
        carried = abs(self.value) * error_of(other) if error_of(other) else 0.0
        factor = float(other)
        spread = abs(factor) * self.stderr if other else 0.0
        value = self.value * factor
        support = _moved_support(None if carried else self.support, value, lambda end: factor * end)
        skewness = math.copysign(1, factor) * self.skewness
        return Estimate(value, spread + carried, self.n, skewness, support)

    def __truediv__(self, other: Any) -> "Estimate":
        if not isinstance(other, Real):
            return NotImplemented
        return self * (1 / other)

    __radd__ = __add__
    __rmul__ = __mul__


def _moved_support(
    support: tuple[float, float] | None, value: float, move: Callable[[float], float]
) -> tuple[float, float] | None:
    """The range of a draw after a linear map; None where it is not known or rounding leaves nothing of it."""
    if support is None:
        return None
    low, high = sorted(map(move, support))
    return (low, high) if low < high and low <= value <= high and math.isfinite(high - low) else None


def _skewness(centred: Float) -> float:
    """Third moment of centred draws over their cubed standard deviation; 0 where they agree."""
    largest = float(np.abs(centred).max())
    if not 0 < largest < math.inf:
        return 0.0
    scaled = centred / largest
    spread = float(np.mean(scaled**2)) ** 1.5
    return float(np.mean(scaled**3)) / spread if spread else 0.0
