"""Three forms of sufficiency: information loss, Bregman form and variational form agree on symbolic tables."""

import itertools

import sympy as sp

from simsuff.divergences import DIVERGENCES
from simsuff.divergences.symbols import t
from simsuff.proofs import Identity, identities, main

f, slope = sp.Function("f"), sp.Function("g")
BITS = (0, 1)
CELLS = list(itertools.product(BITS, BITS, BITS))
NOTE = "z1 = (T, noise) on 2 × 2 symbols, z2 on 2; the joint law has the normalised masses m"
ANY = f"{NOTE}; any f, any f'"

masses = {cell: sp.Symbol("m{}{}{}".format(*cell), positive=True) for cell in CELLS}


def mass(**fixed):
    """The probability that the named coordinates (of T, noise and z2) have these values."""
    names = ("T", "noise", "z2")
    chosen = [m for cell, m in masses.items() if all(cell[names.index(n)] == v for n, v in fixed.items())]
    return sum(chosen) / sum(masses.values())


def product_law(T, noise, z2):
    """(P₁ ⊗ P₂)(z₁, z₂)."""
    return mass(T=T, noise=noise) * mass(z2=z2)


def ratio(T, noise, z2):
    """r(z₁, z₂)."""
    return mass(T=T, noise=noise, z2=z2) / (mass(T=T, noise=noise) * mass(z2=z2))


def ratio_of_encoder(T, _, z2):
    """r_T(t, z₂), the same for each value of the noise."""
    return mass(T=T, z2=z2) / (mass(T=T) * mass(z2=z2))


def ratio_of_constant(*_):
    """The ratio of a constant encoder."""
    return sp.S.One


def expectation(function):
    """E under the product of the marginals."""
    return sum(product_law(*cell) * function(*cell) for cell in CELLS)


def information(ratio_function, value):
    """I_f = E f(r)."""
    return expectation(lambda *cell: value(ratio_function(*cell)))


def bregman(first, second, value, derivative):
    """E B_f between two ratios."""

    def at(*cell):
        x, y = first(*cell), second(*cell)
        return value(x) - value(y) - derivative(y) * (x - y)

    return expectation(at)


@identities
def linear_identity():
    """A1: E[f'(r_T)(r − r_T)] = 0, because r_T is the conditional mean of r."""
    left = expectation(
        lambda *cell: slope(ratio_of_encoder(*cell)) * (ratio(*cell) - ratio_of_encoder(*cell))
    )
    yield Identity("A1-linear", left, 0, given=ANY)


@identities
def loss_is_bregman():
    """A1: I_f(z₁; z₂) − I_f(T; z₂) = E B_f(r, r_T)."""
    left = information(ratio, f) - information(ratio_of_encoder, f)
    yield Identity("A1", left, bregman(ratio, ratio_of_encoder, f, slope), given=ANY)
    for name in ("kl", "chi2", "squared_hellinger", "js"):
        entry = DIVERGENCES[name]
        value, derivative = sp.Lambda(t, entry.expression), sp.Lambda(t, entry.derivative_expression)
        left = information(ratio, value) - information(ratio_of_encoder, value)
        right = bregman(ratio, ratio_of_encoder, value, derivative)
        yield Identity(f"A1-{name}", left, right, given=NOTE)


@identities
def pythagoras():
    """A3: E B_f(r, r_T') = E B_f(r, r_T) + E B_f(r_T, r_T') for the constant T' = φ(T)."""
    right = bregman(ratio, ratio_of_encoder, f, slope) + bregman(
        ratio_of_encoder, ratio_of_constant, f, slope
    )
    yield Identity("A3-pythagoras", bregman(ratio, ratio_of_constant, f, slope), right, given=ANY)


@identities
def variational_form():
    """A1, A4: a score S = f'(q(T, z₂)) has excess risk E B_f(r, q); at q = r_T that is Suff_f(T)."""
    scores = {(T, z2): sp.Symbol(f"q{T}{z2}", positive=True) for T in BITS for z2 in BITS}

    def score(T, _, z2):
        return scores[T, z2]

    def conjugate_at_slope(q):
        return q * slope(q) - f(q)

    risk = expectation(lambda *cell: conjugate_at_slope(score(*cell)) - ratio(*cell) * slope(score(*cell)))
    given = f"{ANY}; f*(f'(q)) by P2"
    yield Identity("A4-bregman", risk + information(ratio, f), bregman(ratio, score, f, slope), given=given)


if __name__ == "__main__":
    main(__file__)
