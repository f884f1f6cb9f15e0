"""InfoNCE with finitely many negatives: the chain rule of B3, the value of B2, and the constant of B4."""

import itertools
import math

import sympy as sp

from simsuff.proofs import Identity, identities, main

CELLS = list(itertools.product(range(2), range(2)))
NOTE = "z1, z2 on 2 symbols; the joint law has the normalised masses m; exp of the scores is e; {} drawn"

masses = {cell: sp.Symbol("m{}{}".format(*cell), positive=True) for cell in CELLS}
exponentials = {cell: sp.Symbol("e{}{}".format(*cell), positive=True) for cell in CELLS}
total = sum(masses.values())
joint = {cell: mass / total for cell, mass in masses.items()}
first = [(masses[i, 0] + masses[i, 1]) / total for i in range(2)]
second = [(masses[0, j] + masses[1, j]) / total for j in range(2)]
ratio = {(i, j): joint[i, j] / (first[i] * second[j]) for i, j in CELLS}
normalised = {
    (i, j): exponentials[i, j] / sum(second[k] * exponentials[i, k] for k in range(2)) for i, j in CELLS
}


def draws(size):
    """Probability, z₁ and z₂¹, …, z₂ᴷ for z₁ ~ P₁ and all z₂ ~ P₂ independent."""
    for i, *drawn in itertools.product(range(2), repeat=size + 1):
        yield first[i] * math.prod(second[j] for j in drawn), i, drawn


def loss(size, score):
    """L_K(S) = E[−S(z₁, z₂¹) + log (1/K) Σⱼ exp S(z₁, z₂ʲ)], where the first draw is the positive."""
    return sum(
        law * ratio[i, z[0]] * (-sp.log(score[i, z[0]]) + sp.log(sum(score[i, j] for j in z) / size))
        for law, i, z in draws(size)
    )


def limit_excess(score):
    """E KL(P(z₂|z₁) ‖ P_S(z₂|z₁)) for a normalised score."""
    return sum(joint[cell] * (sp.log(ratio[cell]) - sp.log(score[cell])) for cell in CELLS)


def mixture_divergence(size, score):
    """E_{z₁} KL(M_r^K ‖ M_w^K): M_q has one entry of density q at a uniform place."""
    terms = []
    for law, i, z in draws(size):
        true, other = (sum(density[i, j] for j in z) / size for density in (ratio, score))
        terms.append(law * true * (sp.log(true) - sp.log(other)))
    return sum(terms)


@identities
def chain_rule():
    """B3: L_K(S) − L_K(log r) = excess at K = ∞ − E KL(M_r ‖ M_w)."""
    for size in (2, 3):
        left = loss(size, exponentials) - loss(size, ratio)
        right = limit_excess(normalised) - mixture_divergence(size, normalised)
        yield Identity(f"B3-K{size}", left, right, given=NOTE.format(f"K = {size}"))


@identities
def least_value():
    """B2: −L_K(log r) = I − E r̄ log r̄."""
    information = sum(joint[cell] * sp.log(ratio[cell]) for cell in CELLS)
    for size in (2, 3):
        means = [(law, sum(ratio[i, j] for j in z) / size) for law, i, z in draws(size)]
        right = information - sum(law * mean * sp.log(mean) for law, mean in means)
        yield Identity(f"B2-K{size}", -loss(size, ratio), right, given=NOTE.format(f"K = {size}"))


def eta(size, bound):
    """η_{K,M} = (M/K)(1 − (1 − 1/M)^K)."""
    return bound / size * (1 - (1 - 1 / bound) ** size)


@identities
def binomial_mean():
    """B4: E[1/(1 + Bin(K − 1, 1/M))] = η_{K,M}: term by term, and for every K by ∫ E s^N ds."""
    M = sp.Symbol("M", real=True)
    where = {M: sp.Interval(1, sp.oo)}
    for size in range(2, 9):
        terms = [
            sp.binomial(size - 1, n) * (1 / M) ** n * (1 - 1 / M) ** (size - 1 - n) / (1 + n)
            for n in range(size)
        ]
        yield Identity(f"B4-eta-K{size}", sum(terms), eta(size, M), where)
    x, u = sp.symbols("x u", real=True)
    v = sp.Symbol("v", nonnegative=True)
    K = sp.Symbol("K", integer=True, positive=True)
    left = sp.Integral((1 - x + x * v) ** (K - 1), (v, 0, u))
    right = ((1 - x + x * u) ** K - (1 - x) ** K) / (K * x)
    where = {x: sp.Interval.open(0, 1), u: sp.Interval.Ropen(0, 2)}
    given = "E s^N = (1 − x + x s)^(K − 1) for N ~ Bin(K − 1, x); at u = 1 and x = 1/M the right side is η"
    yield Identity("B4-eta", left, right, where, given)
    yield Identity("B4-eta-at-1", right.subs({u: 1, x: 1 / M}), eta(K, M), {M: sp.Interval.open(1, sp.oo)})


@identities
def last_inequality():
    """B4: η_{K,M} ≤ (2M − 1)/(K − 2 + 2M), with equality at K = 2.

    With x = 1/M and n = K − 1, the claim is h(x) = (1 − x)ⁿ (2 + (n − 1)x) − 2 + (n + 1)x ≥ 0 on (0, 1].
    """
    M, x = sp.symbols("M x", real=True)
    n = sp.Symbol("n", integer=True, positive=True)
    yield Identity("B4-last-K2", eta(2, M), (2 * M - 1) / (2 * M), {M: sp.Interval(1, sp.oo)})
    for size in range(3, 9):
        bound = (2 * M - 1) / (size - 2 + 2 * M)
        yield Identity(f"B4-last-K{size}", eta(size, M), bound, {M: sp.Interval(1, sp.oo)}, relation="<=")
    h = (1 - x) ** n * (2 + (n - 1) * x) - 2 + (n + 1) * x
    gap = (2 / x - 1) / (n - 1 + 2 / x) - eta(n + 1, 1 / x)
    scale = x * (n + 1) * (2 + (n - 1) * x) / (1 - x)
    yield Identity("B4-last-as-h", gap * scale, h, {x: sp.Interval.open(0, 1)}, "x = 1/M, n = K − 1")
    # (1 − x)ⁿ has its derivatives on [0, 1) without a case distinction.
    where = {x: sp.Interval.Ropen(0, 1), n: sp.Interval(1, sp.oo)}
    yield Identity("B4-last", h, 0, where, "h is continuous, so x = 1 follows", relation=">=")


if __name__ == "__main__":
    main(__file__)
