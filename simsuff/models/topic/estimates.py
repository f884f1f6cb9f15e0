"""Monte Carlo estimates and intervals of the information of two views whose count vectors are too many to list."""

import math
from typing import Any, NamedTuple

import numpy as np

from simsuff.divergences import Divergence
from simsuff.models.gaussian.quadrature import log_values
from simsuff.models.topic.law import entropy
from simsuff.numerics.numbers import Estimate
from simsuff.numerics.validation import Float, integer, require

# Ratios beyond e^{±600} leave the range in which f and f/r are evaluated in doubles.
EXTREME = 600.0

# Enough draws to tell which of two variances is smaller when it matters.
PILOT = 256


class Interval(NamedTuple):
    """[low, high] holds the truth with probability 1 − `level` at least."""

    low: float
    high: float
    level: float


def information_estimate(model: Any, div: Divergence, n: int, rng: np.random.Generator) -> Estimate:
    """E_⊗ f(r) as the mean over `n` draws from P₁₂ or from P₁⊗P₂, whichever promises the smaller variance.

    From P₁₂, E[(f(r) − f(0))/r] + f(0) is unbiased where f(0) is finite: log r for kl, r − 1 for chi2. From
    P₁⊗P₂ (two independent documents) it is the mean of f(r). A pilot sample of its own picks the direction. Of `model`,
    `sample` and `pmi` are asked.

    Raises
    ------
    ValueError : for n < 2.
    """
    count = integer("n", n, 2, "a standard error needs two draws")
    from_joint = _bounded_from_joint(div) and _joint_is_cheaper(model, div, rng)
    first = model.sample(count, rng)
    if from_joint:
        return Estimate.from_samples(_joint_terms(div, model.pmi(first.z1, first.z2)))
    second = model.sample(count, rng)
    values = f_of_log_ratio(div, model.pmi(first.z1, second.z2))
    if np.isinf(values).any():
        return Estimate(math.inf, 0.0, count)  # f(0) = inf, and r = 0 has positive probability
    return Estimate.from_samples(values)


def f_of_log_ratio(div: Divergence, log_r: Float) -> Float:
    """f(r) from log r, also where r itself leaves the range of doubles."""
    values = div.f(np.exp(np.clip(log_r, -EXTREME, EXTREME)))
    values = np.where(log_r == -np.inf, div.at_zero, values)
    far = (np.abs(log_r) > EXTREME) & (log_r > -np.inf)
    if far.any():
        slope = float(div.derivative(1.0))
        log_r_far = log_r[far]
        scale = np.maximum(log_r_far, 0.0)
        values[far] = np.exp(log_values(div, log_r_far) + scale) + slope * np.expm1(log_r_far)
    return np.asarray(values)


def kl_interval(model: Any, n: int, rng: np.random.Generator, level: float) -> Interval:
    """An interval for I_KL(z₁; z₂) = H(π) − E[H(p(z₁)) + H(p(z₂)) − H(p(z₁ + z₂))] (F4).

    The draws lie within [−log M, 2 log M], so the empirical Bernstein bound (Maurer and Pontil 2009) holds for
    every n; the interval is cut to 0 ≤ I ≤ H(π).

    Raises
    ------
    ValueError : for n < 2 or a level outside (0, 1).
    """
    count = integer("n", n, 2, "a variance needs two draws")
    require(0 < level < 1, "level", level, "lie in (0, 1)", "0.01 gives a 99 % interval")
    z1, z2 = model.sample(count, rng)
    parts = [entropy(model.log_posterior(z)) for z in (z1, z2, z1 + z2)]
    loss = Estimate.from_samples(parts[0] + parts[1] - parts[2])
    ceiling = float(entropy(np.log(model.prior[model.prior > 0])))
    log_term = math.log(4 / level)
    width = loss.stderr * math.sqrt(2 * log_term)
    width += 7 * 3 * math.log(max(len(model.prior), 1)) * log_term / (3 * (count - 1))
    low, high = ceiling - loss.value - width, ceiling - loss.value + width
    return Interval(max(low, 0.0), min(high, ceiling), level)


def _joint_terms(div: Divergence, log_r: Float) -> Float:
    """(f(r) − f(0))/r + f(0)."""
    if div.name == "kl":
        return log_r
    ratio = np.exp(np.maximum(log_r, -EXTREME))
    return np.asarray((div.f(ratio) - div.at_zero) / ratio + div.at_zero)


def _bounded_from_joint(div: Divergence) -> bool:
    """Whether f(0) is finite and (f(r) − f(0))/√r stays bounded as r → 0: the second moment exists then."""
    if not np.isfinite(div.at_zero):
        return False
    small = np.array([1e-8, 1e-12])
    size = np.abs(div.f(small) - div.at_zero) / np.sqrt(small)
    return bool(size[1] <= 1.1 * size[0])


def _joint_is_cheaper(model: Any, div: Divergence, rng: np.random.Generator) -> bool:
    """Compare both variances, each seen from both laws: the law that draws rarely misses what it pays for."""
    first, second = model.sample(PILOT, rng), model.sample(PILOT, rng)
    joint, product = model.pmi(first.z1, first.z2), model.pmi(first.z1, second.z2)
    possible = product > -np.inf
    centre = _joint_terms(div, joint).mean()
    there = (_joint_terms(div, joint) - centre) ** 2
    back = np.exp(product[possible]) * (_joint_terms(div, product[possible]) - centre) ** 2
    cost_joint = max(there.mean(), back.sum() / PILOT)
    there = (f_of_log_ratio(div, joint) - centre) ** 2 * np.exp(-np.maximum(joint, -EXTREME))
    cost_product = max(there.mean(), ((f_of_log_ratio(div, product) - centre) ** 2).mean())
    return bool(cost_joint <= cost_product)
