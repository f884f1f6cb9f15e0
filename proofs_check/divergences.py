"""The calculus of f-divergences: Fenchel–Young and affine invariance, for the catalogue and symbolic alpha."""

import sympy as sp

from simsuff.divergences import DIVERGENCES
from simsuff.divergences.symbols import s, t
from simsuff.proofs import Identity, identities, main

a, b, c = sp.symbols("a b c", positive=True)
alpha, shift = sp.symbols("alpha c", real=True)
f = sp.Function("f")
slope = sp.Function("g")  # any function in the place of f': a subgradient where f has a kink

POWER = (t**alpha - 1 - alpha * (t - 1)) / (alpha * (alpha - 1))
POWER_SLOPE = (t ** (alpha - 1) - 1) / (alpha - 1)
POWER_CONJUGATE = ((1 + (alpha - 1) * s) ** (alpha / (alpha - 1)) - 1) / alpha
NOT_KL = "alpha is neither 0 nor 1"

# Each f is smooth on these: total variation has its kink at 1.
PIECES = {"": sp.Interval.open(0, sp.oo)}
KINKED = {"-below-1": sp.Interval.open(0, 1), "-above-1": sp.Interval.open(1, sp.oo)}


def catalogue():
    """Suffix, range of t, f, f' and f* of every entry, by smooth pieces."""
    for name, entry in DIVERGENCES.items():
        for suffix, piece in (KINKED if entry.expression.has(sp.Abs) else PIECES).items():
            parts = entry.expression, entry.derivative_expression, entry.conjugate_expression
            yield name + suffix, {t: piece}, parts, ""
    yield "alpha", {}, (POWER, POWER_SLOPE, POWER_CONJUGATE), NOT_KL


@identities
def slopes():
    """f' is the derivative of f."""
    for name, where, (expression, derivative, _), given in catalogue():
        yield Identity(f"P-slope-{name}", expression.diff(t), derivative, where, given)


@identities
def normalisation():
    """Every entry has f(1) = 0, f*(0) = 0 and, where it is smooth, f'(1) = 0."""
    for name, entry in DIVERGENCES.items():
        values = [entry.expression.subs(t, 1), entry.conjugate_expression.subs(s, 0)]
        values += [] if entry.expression.has(sp.Abs) else [entry.derivative_expression.subs(t, 1)]
        yield Identity(f"P-normalised-{name}", sp.Matrix(values), sp.zeros(len(values), 1))
    values = [POWER.subs(t, 1), POWER_CONJUGATE.subs(s, 0), POWER_SLOPE.subs(t, 1)]
    yield Identity("P-normalised-alpha", sp.Matrix(values), sp.zeros(3, 1), given=NOT_KL)


@identities
def power_family():
    """f'' = t^(α−2), and the values α = 2, ½, −1 are the catalogue's entries up to a factor."""
    yield Identity("P-curvature-alpha", POWER.diff(t, 2), t ** (alpha - 2), given=NOT_KL)
    half = sp.Rational(1, 2)
    chi2, hellinger = DIVERGENCES["chi2"].expression, DIVERGENCES["squared_hellinger"].expression
    yield Identity("P-alpha-2", POWER.subs(alpha, 2), half * chi2)
    yield Identity("P-alpha-half", POWER.subs(alpha, half), 2 * hellinger)


@identities
def fenchel_young():
    """P2: f*(f'(t)) = t f'(t) − f(t)."""
    for name, where, (expression, derivative, conjugate), given in catalogue():
        left, right = conjugate.subs(s, derivative), t * derivative - expression
        yield Identity(f"P2-{name}", left, right, where, given)


@identities
def bregman_is_unchanged():
    """P3: B_f is the same for f + c(t − 1)."""

    def bregman(value, derivative):
        return value(a) - value(b) - derivative(b) * (a - b)

    def tilted(x):
        return f(x) + shift * (x - 1)

    right = bregman(f, slope)
    yield Identity("P3-bregman", bregman(tilted, lambda x: slope(x) + shift), right, given="any f, any f'")
    for name, where, (expression, derivative, _), given in catalogue():
        ranges = {point: where[t] for point in (a, b) if where}
        tilt = expression + shift * (t - 1)
        left = bregman(lambda x, tilt=tilt: tilt.subs(t, x), lambda x, tilt=tilt: tilt.diff(t).subs(t, x))
        right = bregman(lambda x, e=expression: e.subs(t, x), lambda x, d=derivative: d.subs(t, x))
        yield Identity(f"P3-bregman-{name}", left, right, ranges, given)


@identities
def divergence_is_unchanged():
    """P3: D_f(P‖Q) is the same for f + c(t − 1), on three points."""
    masses = sp.symbols("p1:4", positive=True), sp.symbols("q1:4", positive=True)
    p, q = ([mass / sum(side) for mass in side] for side in masses)

    def divergence(value):
        return sum(y * value(x / y) for x, y in zip(p, q, strict=True))

    left, right = divergence(lambda x: f(x) + shift * (x - 1)), divergence(f)
    yield Identity("P3-divergence", left, right, given="any f; P, Q have the normalised masses p, q")


@identities
def conjugate_is_shifted():
    """P3: at the slope f'(t) + c, the conjugate of f + c(t − 1) is f*(f'(t)) + c: risks move by constants."""
    tilted_value = t * (slope(t) + shift) - (f(t) + shift * (t - 1))
    yield Identity("P3-conjugate", tilted_value, t * slope(t) - f(t) + shift, given="any f, any f'")


if __name__ == "__main__":
    main(__file__)
