"""Contrastive risks: pointwise minimisers, the χ² risk as a variance, and the gradient of InfoNCE."""

import itertools

import sympy as sp

from simsuff.divergences import DIVERGENCES
from simsuff.divergences.symbols import s, t
from simsuff.proofs import Identity, identities, main

a = sp.Symbol("a", positive=True)
f, slope = sp.Function("f"), sp.Function("g")
CELLS = list(itertools.product(range(2), range(3)))
TABLE = "z1 on 2 symbols, z2 on 3; the joint law has the normalised masses m; any score table S"

masses = {cell: sp.Symbol("m{}{}".format(*cell), positive=True) for cell in CELLS}
scores = {cell: sp.Symbol("S{}{}".format(*cell), real=True) for cell in CELLS}
total = sum(masses.values())
joint = {cell: mass / total for cell, mass in masses.items()}
rows = [sum(masses[i, j] for j in range(3)) / total for i in range(2)]
columns = [sum(masses[i, j] for i in range(2)) / total for j in range(3)]


@identities
def pointwise_minimiser():
    """A1: f*(s) − a s + f(a) = B_f(a, t) at s = f'(t): least, and 0, at s = f'(a)."""
    bregman = f(a) - f(t) - slope(t) * (a - t)
    left = (t * slope(t) - f(t)) - a * slope(t) + f(a)
    yield Identity("A1-pointwise", left, bregman, given="any f, any f'; f*(f'(t)) by P2")
    for name, entry in DIVERGENCES.items():
        if entry.expression.has(sp.Abs):
            continue  # neither smooth nor strictly convex: P2 says what holds
        value, derivative = entry.expression, entry.derivative_expression
        left = entry.conjugate_expression.subs(s, derivative) - a * derivative + value.subs(t, a)
        bregman = value.subs(t, a) - value - derivative * (a - t)
        yield Identity(f"A1-pointwise-{name}", left, bregman)
        stationary = entry.conjugate_expression.diff(s).subs(s, derivative)
        yield Identity(
            f"A1-stationary-{name}", stationary, t, given="so the minimiser of f*(s) − a s is f'(a)"
        )


@identities
def chi2_risk_is_a_variance():
    """A4: the risk of ½(t − 1)² is −I + ½E(S − (r − 1))², and with the best offset −E₁₂S + E S + ½E Var S."""
    half = sp.Rational(1, 2)
    law = {(i, j): rows[i] * columns[j] for i, j in CELLS}
    ratio = {cell: joint[cell] / law[cell] for cell in CELLS}

    def conjugate(x):
        return x + x**2 / 2

    risk = sum(law[cell] * conjugate(scores[cell]) - joint[cell] * scores[cell] for cell in CELLS)
    information = half * sum(law[cell] * (ratio[cell] - 1) ** 2 for cell in CELLS)
    square = half * sum(law[cell] * (scores[cell] - (ratio[cell] - 1)) ** 2 for cell in CELLS)
    yield Identity("A4-chi2", risk + information, square, given=TABLE)


@identities
def chi2_offset():
    """E f*(S − c) + c = E S + ½Var S + ½(c − E S)² for f* = s + s²/2: the best offset is the mean score."""
    half = sp.Rational(1, 2)
    c = sp.Symbol("c", real=True)
    row = [scores[0, j] for j in range(3)]
    weights = [masses[0, j] for j in range(3)]
    q = [weight / sum(weights) for weight in weights]
    mean = sum(x * y for x, y in zip(q, row, strict=True))
    variance = sum(x * (y - mean) ** 2 for x, y in zip(q, row, strict=True))
    left = sum(x * ((y - c) + (y - c) ** 2 / 2) for x, y in zip(q, row, strict=True)) + c
    given = "one row of scores S; z2 on 3 symbols with the normalised masses m"
    yield Identity("A4-chi2-offset", left, mean + half * variance + half * (c - mean) ** 2, given=given)


@identities
def kl_offset():
    """A2: E(e^(S − c) − 1) + c at c = log E e^S + d is log E e^S + (e^(−d) − 1 + d): the offset gives InfoNCE."""
    d = sp.Symbol("d", real=True)
    weights = [masses[0, j] for j in range(3)]
    partition = sum(weights[j] / sum(weights) * sp.exp(scores[0, j]) for j in range(3))
    best = sp.log(partition)
    left = partition * sp.exp(-(best + d)) - 1 + (best + d)
    yield Identity("A2-offset", left, best + (sp.exp(-d) - 1 + d), given="one row of scores S")


def infonce(table):
    """L = (1/K) Σᵢ [−S_ii + log Σⱼ exp S_ij]."""
    size = table.rows
    losses = [-table[i, i] + sp.log(sum(map(sp.exp, table.row(i)))) for i in range(size)]
    return sum(losses) / size


@identities
def infonce_gradient():
    """P6: ∂L/∂S_ij = (softmax_j(S_i·) − 1[i = j])/K."""
    for size in (2, 3, 4):
        table = sp.Matrix(size, size, lambda i, j: sp.Symbol(f"S{i}{j}", real=True))
        loss = infonce(table)
        gradient = table.applyfunc(lambda x, loss=loss: sp.diff(loss, x))
        weights = table.applyfunc(sp.exp)
        softmax = sp.Matrix(size, size, lambda i, j, w=weights: w[i, j] / sum(w.row(i)))
        yield Identity(f"P6-K{size}", gradient, (softmax - sp.eye(size)) / size)


@identities
def chi2_loss_is_unbiased():
    """G6: E(½S² + S) − E₁₂S is the χ² risk of A4, term by term, so no K enters."""
    law = {(i, j): rows[i] * columns[j] for i, j in CELLS}
    ratio = {cell: joint[cell] / law[cell] for cell in CELLS}
    spectral = sum(law[c] * (scores[c] ** 2 / 2 + scores[c]) - joint[c] * scores[c] for c in CELLS)
    least = sum(law[c] * ((ratio[c] - 1) ** 2 / 2 + ratio[c] - 1) - joint[c] * (ratio[c] - 1) for c in CELLS)
    square = sum(law[c] * (scores[c] - (ratio[c] - 1)) ** 2 for c in CELLS) / 2
    yield Identity("G6", spectral - least, square, given=TABLE)


if __name__ == "__main__":
    main(__file__)
