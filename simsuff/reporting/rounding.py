"""Numbers as tables of papers print them: rounded to their error, 1.234(5), or to a fixed count of digits."""

import math
from decimal import ROUND_HALF_EVEN, Decimal

from simsuff.numerics.numbers import Bounded, Estimate, value_of
from simsuff.verdicts.rules import Number

# Significant digits of a number that has no error worth printing.
DIGITS = 4
# Outside this range a power of ten is shorter than zeros.
SMALLEST, LARGEST = 1e-5, 1e6
# Below this share of the other side a number is rounding of that side.
NOTHING = 1e-13
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def rounded_text(value: float, error: float = 0.0) -> str:
    """A number in the notation of siunitx: ``1.234(5)``, ``1.23(45)e-6``, ``0.3333``, ``inf``.

    The error keeps one digit, or two where the first is 1; in parentheses are the last digits' units. Without one the
    number has `DIGITS` significant digits.

    Examples
    --------
    >>> rounded_text(1.23449, 0.0052), rounded_text(-0.00123, 0.18), rounded_text(1 / 3)
    ('1.234(5)', '0.00(18)', '0.3333')
    >>> rounded_text(1.5e-7, 2.1e-9), rounded_text(123456.0, 789.0), rounded_text(20.0)
    ('1.50(2)e-7', '1.235(8)e5', '20')
    """
    if not math.isfinite(value):
        return str(value)
    if not 0 < error < math.inf:
        return _plain(value)
    place = _error_place(error)
    exact = Decimal(value).quantize(place, ROUND_HALF_EVEN)
    units = int(Decimal(error).quantize(place, ROUND_HALF_EVEN) / place)
    largest = max(abs(value), error)
    decimals = -int(place.as_tuple().exponent)
    if SMALLEST <= largest < LARGEST and decimals >= 0:
        return f"{exact or abs(exact):f}({units})"
    power = math.floor(math.log10(largest))
    mantissa = exact.scaleb(-power)
    return f"{mantissa or abs(mantissa):.{max(decimals + power, 0)}f}({units})e{power}"


def _error_place(error: float) -> Decimal:
    """The unit of the last digit that an error leaves: 0.001 for 0.0052, 0.0001 for 0.0014."""
    digits, power = f"{error:.1e}".split("e")
    # 0.00096 rounds to 0.0010, which is two digits again.
    return Decimal(1).scaleb(int(power) - (digits[0] == "1"))


def _plain(value: float) -> str:
    """Four significant digits; whole numbers stay whole."""
    if value == 0 or (value == int(value) and abs(value) < LARGEST):
        return str(int(value))
    if SMALLEST <= abs(value) < LARGEST:
        return f"{value:.{max(DIGITS - 1 - math.floor(math.log10(abs(value))), 0)}f}"
    mantissa, power = f"{value:.{DIGITS - 1}e}".split("e")
    return f"{mantissa}e{int(power)}"


def number_cell(number: Number, beside: float = 0.0) -> str:
    """A side of a comparison, rounded to its standard error or stated error; a star where one draw gives none.

    `beside` is the other side: what is nothing against it is 0.

    Examples
    --------
    >>> number_cell(Estimate(0.51234, 0.004, 100)), number_cell(Estimate(0.51234, math.inf, 1)), number_cell(0.51234)
    ('0.512(4)', '0.5123*', '0.5123')
    >>> number_cell(-5.6e-17, beside=0.3), number_cell(Bounded(0.51234, 1e-9)), number_cell(Bounded(0.51234, 1e-3))
    ('0', '0.5123', '0.5123(10)')
    """
    value = value_of(number)
    error = (
        number.stderr
        if isinstance(number, Estimate)
        else number.error
        if isinstance(number, Bounded)
        else 0.0
    )
    if math.isfinite(beside) and abs(value) + (error if math.isfinite(error) else 0.0) < NOTHING * abs(
        beside
    ):
        return "0"
    if isinstance(number, Estimate):
        return rounded_text(value, error) if number.n > 1 else _plain(value) + "*"
    # A bound on an error that the digits do not reach says nothing.
    return rounded_text(value, error if error > 0.5 * 10.0**-DIGITS * abs(value) else 0.0)


def readable(cell: str) -> str:
    """The notation of siunitx for readers: ``1.23(45)×10⁻⁶``, ``∞``.

    Examples
    --------
    >>> readable("1.23(45)e-6"), readable("-inf")
    ('1.23(45)×10⁻⁶', '-∞')
    """
    digits, _, power = cell.replace("inf", "∞").partition("e")
    return f"{digits}×10{power.translate(_SUPERSCRIPTS)}" if power else digits
