"""How much can one pair change the in-batch loss? The maximum of G1 over all ±B score tables, symbolic in B."""

import itertools
import math

import sympy as sp

from simsuff.proofs import Identity, identities, main

x = sp.Symbol("x", real=True)  # e^(2B)
one = sp.S.One
B_POSITIVE = {x: sp.Interval.open(1, sp.oo)}
NOTE = "x = exp(2B); both sides are exp of what one replaced pair changes; {} tables"


def row_change(before, after, diagonal):
    """exp of the change of −S_ii + log Σⱼ exp S_ij when a row of signs becomes another one."""

    def value(signs):
        return sum(x if s > 0 else one for s in signs) / (x if signs[diagonal] > 0 else one)

    return value(after) / value(before)


def changes(size):
    """The distinct changes over all ±B tables before and after the pair 0 is replaced, and how many tables."""
    signs = list(itertools.product((-1, 1), repeat=size))
    own = {row_change(before, after, 0) for before in signs for after in signs}
    # Another row keeps all entries but that of column 0; its diagonal entry is one of those kept.
    other = {row_change((a, *rest), (b, *rest), 1) for a in (-1, 1) for b in (-1, 1) for _, *rest in signs}
    tables = len(signs) ** 2 * (2 * len(signs)) ** (size - 1)
    products = {math.prod(factors) for factors in itertools.product(own, *[other] * (size - 1))}
    return {sp.factor(product) for product in products}, tables


def constant(size):
    """exp c_{K,B} with c = log (1 + (K−1)e^{2B})/(1 + (K−1)e^{−2B}) + (K−1) log(1 + (e^{2B} − 1)/K)."""
    return (1 + (size - 1) * x) / (1 + (size - 1) / x) * (1 + (x - 1) / size) ** (size - 1)


@identities
def largest_change():
    """G1: c_{K,B} is the largest change over all tables with entries ±B, and is attained."""
    for size in (2, 3):
        values, tables = changes(size)
        yield Identity(
            f"G1-K{size}", sp.Max(*values, evaluate=False), constant(size), B_POSITIVE, NOTE.format(tables)
        )


@identities
def rows_are_monotone():
    """G1: a row's loss is monotone in each score, so a maximum over [−B, B] tables sits at entries ±B."""
    for size in (2, 3):
        scores = sp.symbols(f"S1:{size + 1}", real=True)
        loss = -scores[0] + sp.log(sum(map(sp.exp, scores)))
        yield Identity(f"G1-monotone-own-K{size}", sp.diff(loss, scores[0]), 0, relation="<=")
        yield Identity(f"G1-monotone-other-K{size}", sp.diff(loss, scores[-1]), 0, relation=">=")


@identities
def bounded_in_the_batch():
    """G1: c_{K,B} ≤ 4B + e^{2B} − 1, through log(1 + y) ≤ y and (1 + ny)/(1 + n/y) ≤ y²."""
    n, y = sp.Symbol("n", positive=True), sp.Symbol("y", real=True)
    yield Identity("G1-first-log", (1 + n * x) / (1 + n / x), x**2, B_POSITIVE, relation="<=")
    yield Identity("G1-second-log", sp.log(1 + y), y, {y: sp.Interval(0, sp.oo)}, relation="<=")


if __name__ == "__main__":
    main(__file__)
