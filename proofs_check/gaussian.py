"""The Gaussian model: power moments of the ratio, its logarithm, and the best bilinear score, by integration."""

import sympy as sp

from simsuff.proofs import Identity, identities, main

half = sp.Rational(1, 2)
rho, alpha, beta, u, v, b, c, spread = sp.symbols("rho alpha beta u v b c s", real=True)
CORRELATION = {rho: sp.Interval.open(0, 1)}
SIGNED = {rho: sp.Interval.open(-1, 1)}
LINE = (-sp.oo, sp.oo)


def normal(x):
    """The standard normal density."""
    return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def joint(x, y):
    """The density of two standard normal variables of correlation ρ."""
    covariance = sp.Matrix([[1, rho], [rho, 1]])
    point = sp.Matrix([x, y])
    form = (point.T * covariance.inv() * point)[0, 0]
    return sp.exp(-form / 2) / (2 * sp.pi * sp.sqrt(covariance.det()))


def pmi(x, y):
    """E4: log r in canonical variables."""
    left = 1 - rho**2
    return -half * sp.log(left) + rho / left * x * y - rho**2 / (2 * left) * (x**2 + y**2)


def product_mean(g):
    """E g(u, v) for independent u and v."""
    return sp.Integral(g * normal(u) * normal(v), (v, *LINE), (u, *LINE))


def pair_mean(g):
    """E g(u, v) for correlated u and v."""
    return sp.Integral(g * joint(u, v), (v, *LINE), (u, *LINE))


@identities
def log_density_ratio():
    """E4: log of the joint density over the product of the marginals."""
    left = sp.log(joint(u, v)) - sp.log(normal(u)) - sp.log(normal(v))
    yield Identity("E4", left, pmi(u, v), SIGNED)
    yield Identity("E4-density", sp.Integral(joint(u, v), (v, *LINE)), normal(u), SIGNED)


def power_moment(power):
    """E1: (1 − ρ²)^((1 − α)/2) [1 − (α − 1)²ρ²]^(−1/2)."""
    return (1 - rho**2) ** ((1 - power) / 2) / sp.sqrt(1 - (power - 1) ** 2 * rho**2)


@identities
def power_moments():
    """E1: E r^α by completing the square twice, for all ρ and α with |α − 1|ρ < 1, that is α = 1 + β/ρ, |β| < 1."""
    power = 1 + beta / rho
    where = CORRELATION | {beta: sp.Interval.open(-1, 1)}
    left = product_mean(sp.exp(power * pmi(u, v)))
    yield Identity("E1", left, power_moment(power), where, "alpha = 1 + beta/rho")
    form = sp.eye(2) + alpha * sp.Matrix([[rho**2, -rho], [-rho, rho**2]]) / (1 - rho**2)
    right = (1 - (alpha - 1) ** 2 * rho**2) / (1 - rho**2)
    given = "the precision matrix of the integrand; where it is not positive, the integral diverges"
    yield Identity("E1-determinant", form.det(), right, SIGNED, given)


@identities
def informations():
    """E1: KL, χ², the Bhattacharyya coefficient and squared Hellinger, each by integration of its own."""
    r, left = sp.exp(pmi(u, v)), 1 - rho**2
    yield Identity("E1-mass", product_mean(r), 1, SIGNED)
    yield Identity("E1-kl", pair_mean(pmi(u, v)), -half * sp.log(left), SIGNED)
    yield Identity("E1-kl-product", product_mean(r * pmi(u, v)), -half * sp.log(left), SIGNED)
    chi2 = product_mean(sp.exp(2 * pmi(u, v))) - 2 * product_mean(r) + 1
    yield Identity("E1-chi2", chi2, 1 / left - 1, SIGNED)
    coefficient = left ** (half**2) / sp.sqrt(1 - rho**2 / 4)
    yield Identity("E1-bc", product_mean(sp.exp(pmi(u, v) / 2)), coefficient, SIGNED)
    yield Identity("E1-reverse-kl", -product_mean(pmi(u, v)), half * sp.log(left) + rho**2 / left, SIGNED)


@identities
def information_from_moments():
    """E1: KL is the slope of E r^α at α = 1, and 1 + χ² its value at 2."""
    slope = sp.diff(power_moment(alpha), alpha).subs(alpha, 1)
    yield Identity("E1-kl-slope", slope, -half * sp.log(1 - rho**2), SIGNED)
    yield Identity("E1-chi2-value", power_moment(sp.S(2)), 1 / (1 - rho**2), SIGNED)


@identities
def bias_scale():
    """B2: 1 + χ² = e^(2I), in one dimension by integration and in three by products."""
    information = pair_mean(pmi(u, v))
    yield Identity("B2-gaussian", product_mean(sp.exp(2 * pmi(u, v))), sp.exp(2 * information), SIGNED)
    several = sp.symbols("rho1:4", real=True)
    where = {r: sp.Interval.open(-1, 1) for r in several}
    left = sp.prod([1 / (1 - r**2) for r in several])
    information = sum(-half * sp.log(1 - r**2) for r in several)
    yield Identity("B2-gaussian-d3", left, sp.exp(2 * information), where)


@identities
def best_bilinear_score():
    """E6: S = b u v has R(b) + I = ½(b − ρ)² + ½[−log(1 − ρ²) − ρ²]."""
    normaliser = sp.log(sp.Integral(sp.exp(b * u * v) * normal(v), (v, *LINE)))
    risk = -pair_mean(b * u * v) + sp.Integral(normaliser * normal(u), (u, *LINE))
    yield Identity("E6-risk", risk, b**2 / 2 - b * rho, SIGNED)
    irreducible = half * (-sp.log(1 - rho**2) - rho**2)
    left, right = risk + pair_mean(pmi(u, v)), half * (b - rho) ** 2 + irreducible
    yield Identity("E6", left, right, SIGNED)
    yield Identity("E6-least-risk", risk.subs(b, rho), -(rho**2) / 2, SIGNED)
    yield Identity("E6-positive", irreducible, 0, {rho: sp.Interval.Ropen(0, 1)}, relation=">=")


@identities
def realisations():
    """E5: quadratic offsets realise the pmi; one shared encoder does not, whatever the constant c."""
    bend = -(rho**2) * spread**2 / (2 * (1 - rho**2))
    weight, constant = sp.sqrt(rho / (1 - rho**2)), -half * sp.log(1 - rho**2)
    offsets = [bend.subs(spread, x) for x in (u, v)]
    yield Identity("E5-i", (weight * u) * (weight * v) + sum(offsets) + constant, pmi(u, v), CORRELATION)
    points, delta = (sp.S.Zero, spread, -spread), sp.Symbol("delta", real=True)
    gram = sp.Matrix(3, 3, lambda i, j: pmi(points[i], points[j]) - constant + c)
    weights = sp.Matrix([delta - 2, 1, 1])
    form = (weights.T * gram * weights)[0, 0]
    given = "b(s) = −ρ²s²/(2(1 − ρ²)); c counts −½log(1 − ρ²)"
    yield Identity("E5-iii", form, c * delta**2 + 4 * delta * bend, SIGNED, given)
    negative = form.subs(delta, -2 * bend / c)
    yield Identity(
        "E5-iii-negative", negative, -4 * bend**2 / c, SIGNED | {c: sp.Interval.open(0, sp.oo)}, given
    )


if __name__ == "__main__":
    main(__file__)
