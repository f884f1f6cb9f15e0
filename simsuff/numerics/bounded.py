"""How does the house carry a number that is known up to a stated error?"""

from typing import NamedTuple


class Bounded(NamedTuple):
    """A real number that lies within `error` of `value`.

    `error` is a rounding bound for closed forms and an error estimate for quadratures; the function that
    returns the number says which.
    """

    value: float
    error: float
