"""Finite laws and divergences in exact arithmetic: information, sufficiency, and InfoNCE with K candidates."""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.hunting.exact.numbers import NotExact, Number, Numbers, numbers

# More tuples of candidates than this take longer than a counterexample is worth.
TUPLE_LIMIT = 5_000


class ExactDivergence:
    """f, f′ and B_f of a divergence at fractions and balls, read off its formula."""

    def __init__(self, source: Divergence) -> None:
        self.name, self._source = source.name, source

    @cached_property
    def _slope(self) -> sp.Expr:
        return sp.diff(self._source.expression, t)

    @cached_property
    def _curvature(self) -> sp.Expr:
        return sp.diff(self._source.expression, t, 2)

    @property
    def second_derivative_trend(self) -> int | None:
        """Whether f″ falls (−1), rises (1) or neither; None where it does both."""
        return self._source.second_derivative_trend

    def f(self, ratio: Any) -> Any:
        return _mapped(lambda x: evaluated(self._source.expression, x), ratio)

    def derivative(self, ratio: Any) -> Any:
        """f′(t), for t > 0."""
        return _mapped(lambda x: evaluated(self._slope, x), ratio)

    def second_derivative(self, ratio: Any) -> Any:
        """f″(t), for t > 0."""
        return _mapped(lambda x: evaluated(self._curvature, x), ratio)

    def bregman(self, a: Any, b: Any) -> Any:
        return self.f(a) - self.f(b) - self.derivative(b) * (a - b)


def _mapped(function: Callable[[Number], Number], values: Any) -> Any:
    each = np.frompyfunc(function, 1, 1)
    return each(values) if isinstance(values, np.ndarray) else function(Number(values))


def evaluated(node: sp.Expr, point: Number) -> Number:
    """A formula in t at `point`; t^a log t is 0 at 0.

    Raises
    ------
    NotExact : where it is infinite, or holds a function without a rule here.
    """
    if node == t:
        return point
    if node.is_Rational:
        return Number(_fraction(node))
    if isinstance(node, sp.Add):
        return Number(sum((evaluated(child, point) for child in node.args), Number(0)))
    if isinstance(node, sp.Mul):
        product = Number(1)
        for child in sorted(node.args, key=lambda arg: arg.has(sp.log)):  # a zero before its logarithm
            product = Number(product * evaluated(child, point))
            if product.exact == 0:
                return product
        return product
    if isinstance(node, sp.Pow):
        base = evaluated(node.base, point)
        if base.exact == 0 and node.exp.is_negative:
            raise NotExact("a division by zero")
        if node.exp.is_Rational:
            return Number(base ** _fraction(node.exp))
    if isinstance(node, sp.log):
        return evaluated(node.args[0], point).log()
    if isinstance(node, sp.exp):
        return evaluated(node.args[0], point).exp()
    if isinstance(node, sp.Abs):
        return Number(abs(evaluated(node.args[0], point)))
    if isinstance(node, sp.sign):
        return Number(evaluated(node.args[0], point).sign())
    raise NotExact(f"a formula with {node}")


def _fraction(node: sp.Expr) -> Fraction:
    return Fraction(int(node.p), int(node.q))


class ExactFinite:
    """The law of (z₁, z₂) of a `FiniteModel`, by the same names, in fractions."""

    def __init__(self, joint: ArrayLike) -> None:
        self.joint: Numbers = numbers(joint)
        self.marginal1: Numbers = self.joint.sum(axis=1)
        self.marginal2: Numbers = self.joint.sum(axis=0)
        self.prior: Numbers | None = None
        self.channel: Numbers | None = None

    @classmethod
    def from_views(cls, prior: ArrayLike, channel: ArrayLike) -> Self:
        """x ~ `prior`, z₁ and z₂ iid ~ `channel`[x]."""
        law, views = numbers(prior), numbers(channel)
        model = cls((views.T * law) @ views)
        model.prior, model.channel = law, views
        return model

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.joint.shape
        return rows, columns

    @property
    def product(self) -> Numbers:
        """P₁⊗P₂."""
        found: Numbers = self.marginal1[:, None] * self.marginal2[None, :]
        return found

    @property
    def ratio(self) -> Numbers:
        """r, 0 where a marginal is 0."""
        found = np.empty(self.shape, dtype=object)
        for index, mass in np.ndenumerate(self.product):
            found[index] = self.joint[index] / mass if mass > 0 else Number(0)
        return found

    def information(self, div: Any) -> Number:
        f = as_exact(div)
        cells = zip(self.product.ravel(), self.ratio.ravel(), strict=True)
        return Number(sum((mass * f.f(ratio) for mass, ratio in cells if mass > 0), Number(0)))

    information_bounded = information

    def reduced(self, statistic: Any) -> "ExactFinite":
        groups = group_numbers(statistic, self.shape[0])
        return ExactFinite(np.stack([self.joint[groups == g].sum(axis=0) for g in range(groups.max() + 1)]))

    def swapped(self) -> "ExactFinite":
        model = ExactFinite(self.joint.T)
        model.prior, model.channel = self.prior, self.channel
        return model

    def sufficiency(self, statistic: Any, div: Any, form: str = "information_loss") -> Number:
        """Suff_f(T) as the information lost; as E_⊗ B_f(r, r_T) for the other two forms."""
        if form == "information_loss":
            return Number(self.information(div) - self.reduced(statistic).information(div))
        f, groups = as_exact(div), group_numbers(statistic, self.shape[0])
        ratio, coarse, total = self.ratio, self.reduced(statistic).ratio, Number(0)
        for (i, j), mass in np.ndenumerate(self.product):
            if mass > 0 and coarse[groups[i], j] > 0:  # where r_T = 0, r = 0 too, and nothing is lost
                total = total + mass * f.bregman(ratio[i, j], coarse[groups[i], j])
        return total


def conditional_variation(model: ExactFinite, statistic: Any) -> Any:
    """E TV(P(·|z₁), P(·|T)) = ½ E_⊗ |r − r_T|."""
    coarse = model.reduced(statistic).ratio[group_numbers(statistic, model.shape[0])]
    return (model.product * abs(model.ratio - coarse)).sum() / 2


def as_exact(div: Any) -> ExactDivergence:
    """The exact twin of a divergence or of its name."""
    if isinstance(div, ExactDivergence):
        return div
    from simsuff.divergences import as_divergence

    return ExactDivergence(as_divergence(div))


def group_numbers(statistic: Any, size: int) -> Any:
    """Labels numbered from 0 without gaps."""
    values = statistic(np.arange(size)) if callable(statistic) else statistic
    return np.unique(np.asarray(values), return_inverse=True)[1].reshape(size)


def excess_risk(model: ExactFinite, score: Any, K: Any, *, symmetric: bool = False, limit: int = 0) -> Any:  # noqa: ARG001
    """𝓔_K(S): the mean KL divergence of the softmax of the scores from the posterior of the positive's place.

    Every tuple of candidates is gone through.
    """
    one = _limit_excess if math.inf == K else _excess
    value = one(model, numbers(score), K)
    return (value + one(model.swapped(), numbers(score).T, K)) / 2 if symmetric else value


def infonce_risk(model: ExactFinite, score: Any, K: Any, *, symmetric: bool = False, limit: int = 0) -> Any:  # noqa: ARG001
    """L_K(S) = 𝓔_K(S) − I_K."""
    value = excess_risk(model, score, K, symmetric=symmetric)
    return value - excess_risk(model, np.zeros(model.shape), K, symmetric=symmetric)


def _limit_excess(model: ExactFinite, score: Any, K: Any) -> Any:  # noqa: ARG001
    total = Number(0)
    for i, mass in enumerate(model.marginal1):
        if mass > 0:
            weights = [q * s.exp() for q, s in zip(model.marginal2, score[i], strict=True)]
            scale = sum(weights, Number(0))
            for p, weight in zip(model.joint[i], weights, strict=True):
                if p > 0:
                    total = total + p * (p / mass * scale / weight).log()
    return total


def _excess(model: ExactFinite, score: Any, K: int) -> Any:
    symbols = [j for j, mass in enumerate(model.marginal2) if mass > 0]
    if len(symbols) ** K > TUPLE_LIMIT:
        raise NotExact(f"{len(symbols)}^{K} tuples of candidates")
    ratio, total = model.ratio, Number(0)
    for i, mass in enumerate(model.marginal1):
        if not mass > 0:
            continue
        weights = [s.exp() for s in score[i]]
        for drawn in itertools.combinations_with_replacement(symbols, K):
            # As many ordered tuples have these symbols, and each is as likely.
            counts = [drawn.count(j) for j in symbols]
            tuples = math.factorial(K) // math.prod(math.factorial(n) for n in counts)
            chance = math.prod((model.marginal2[j] for j in drawn), start=Number(tuples))
            own, guess = (sum((row[j] for j in drawn), Number(0)) for row in (ratio[i], weights))
            for j in drawn:
                if ratio[i, j] > 0:
                    # Each place is the positive with weight r/K under P₂^K.
                    term = ratio[i, j] * (ratio[i, j] / own * guess / weights[j]).log()
                    total = total + mass * chance * term / K
    return total


def multinomial(counts: Any, law: Any) -> Any:
    """The probability of each count vector under independent draws from `law`."""
    found = np.empty(len(counts), dtype=object)
    for i, row in enumerate(counts.tolist()):
        ways = math.factorial(sum(row)) // math.prod(map(math.factorial, row))
        found[i] = math.prod((p**n for p, n in zip(law, row, strict=True)), start=Number(ways))
    return found


def optimal_score(model: ExactFinite) -> Any:
    """log r; where r = 0 there is none here."""
    return np.log(model.ratio)


def normalised_score(model: ExactFinite, score: Any) -> Any:
    """w = e^S / E_{P₂} e^{S(z₁, ·)}; 0 where a marginal is 0."""
    weights = np.exp(numbers(score))
    found = weights / (weights * model.marginal2[None, :]).sum(axis=1)[:, None]
    for index, mass in np.ndenumerate(model.product):
        if mass == 0:
            found[index] = Number(0)
    return found


def density_bound(model: ExactFinite, score: Any) -> Any:
    """sup max(r, w)."""
    return max(model.ratio.max(), normalised_score(model, score).max())


def efficiency(K: Any, M: Any) -> Any:
    """1 − η_{K,M} = 1 − (M/K)(1 − (1 − 1/M)^K)."""
    bound = Number(M)
    return 1 - bound / K * (1 - (1 - 1 / bound) ** int(K))
