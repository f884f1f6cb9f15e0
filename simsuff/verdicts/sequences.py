"""Confidence sequences: intervals for a mean that hold at every number of draws at once, so that draws may be added.

Two kinds. Where the range of a single draw is known, the interval is proved for every law on it. Else it is exact for
normal draws, and for others asymptotic, with an allowance for their skewness.
"""

import math

from scipy.optimize import brentq
from scipy.special import betaln, xlog1py, xlogy

from simsuff.numerics.numbers import Estimate

# Mean over standard deviation of the draws is mixed over N(0, 1/PRIOR_DRAWS) under the alternative; a small number
# keeps few draws useful, and costs many of them a logarithm.
PRIOR_DRAWS = 0.01

# The draws may be skewed by so many standard errors, √(6/n), more than they look.
SKEWNESS_ERRORS = 3.0

# A rate is told from 0 and from 1 up to this distance.
TINY = 1e-15


def half_width(estimate: Estimate, level: float) -> float:
    """Half of an interval around `estimate` that misses the mean, however often draws are added, with chance `level`.

    Inf where the draws are too few for this level. The interval of draws with a known range reaches as far as the
    longer of its arms.

    Examples
    --------
    >>> half_width(Estimate(0.0, 1.0, 2), 0.01)
    inf
    >>> round(half_width(Estimate(0.0, 1.0, 10_000), 0.01), 2)
    4.81
    """
    if estimate.support is not None:
        return _bounded_half_width(estimate, level)
    if not 0 < level < 1 or math.isinf(estimate.stderr):
        return math.inf
    edge = student_boundary(estimate.n, level)
    return estimate.stderr * (edge + _skewness_allowance(estimate, edge)) if math.isfinite(edge) else math.inf


def student_boundary(n: int, level: float) -> float:
    """The number that |mean|·√n/sd of centred normal draws exceeds for some n with chance at most `level`.

    It inverts the mixture likelihood ratio of Student's test, which is a martingale that begins at 1 (Lai 1976;
    Wang and Ramdas, arXiv 2310.03722):
    with S, V the sums of draws and of their squares, √(c/(n + c)) · (1 − S²/((n + c) V))^(−n/2), c = `PRIOR_DRAWS`.

    Examples
    --------
    >>> [round(student_boundary(n, 0.01), 2) for n in (3, 8, 64, 10_000)]
    [23.48, 6.67, 4.52, 4.8]
    """
    if n < 2:
        return math.inf
    total = n + PRIOR_DRAWS
    share = total / n * -math.expm1((2 * math.log(level) + math.log(PRIOR_DRAWS / total)) / n)
    return math.sqrt((n - 1) * share / (1 - share)) if share < 1 else math.inf


def _skewness_allowance(estimate: Estimate, edge: float) -> float:
    """By how much skewed draws move a quantile `edge` of Student's ratio: the first term of its Cornish–Fisher series."""
    skewness = abs(estimate.skewness) + SKEWNESS_ERRORS * math.sqrt(6 / estimate.n)
    return skewness * (2 * edge**2 + 1) / (6 * math.sqrt(estimate.n))


def _bounded_half_width(estimate: Estimate, level: float) -> float:
    """The better of two proved intervals, each at half the level: by the mean alone, and by the spread too.

    The first is the mixture of likelihood ratios of Bernoulli's law over Jeffreys' prior (Robbins 1970), the second
    the empirical Bernstein bound (Maurer and Pontil 2009, Theorem 4) at level/(n(n − 1)) for n draws.
    """
    assert estimate.support is not None
    (low, high), n = estimate.support, estimate.n
    share = (estimate.value - low) / (high - low)
    hits, bound = share * n, math.log(2 / level) + float(betaln(0.5, 0.5))
    numerator = float(betaln(hits + 0.5, n - hits + 0.5))

    def excess(rate: float) -> float:
        return numerator - float(xlogy(hits, rate) + xlog1py(n - hits, -rate)) - bound

    # At the mean the mixture is at most 1; an end that it does not exclude bounds the interval.
    arms = [
        abs(share - (brentq(excess, end, share, xtol=TINY) if excess(end) > 0 else end))
        for end in (TINY, 1 - TINY)
    ]
    by_mean = (high - low) * (max(arms) + 4 * TINY)
    if n < 2:
        return by_mean
    logarithm = math.log(8 * n * (n - 1) / level)
    by_spread = estimate.stderr * math.sqrt(2 * logarithm) + 7 * (high - low) * logarithm / (3 * (n - 1))
    return min(by_mean, by_spread)
