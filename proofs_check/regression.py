"""Downstream regression: the two forms in the proof of C1, and the exact test error of least squares (E9)."""

import sympy as sp

from simsuff.proofs import Identity, identities, main

half = sp.Rational(1, 2)
c1, c2, alpha = sp.symbols("c1 c2 alpha", real=True)
# Inner products of d = U − p̄ − v̄, v̄, p⊥ and v⊥.
dd, dv, vv, pp, pw, ww = sp.symbols("dd dv vv pp pw ww", real=True)


def first_form(c1, c2, alpha):
    """The matrix of the form in (d, v̄)."""
    return sp.Matrix([[c2 - 1, -1], [-1, 2 * c1 * alpha - c1 * alpha**2 - 1]])


def second_form(c1, c2, alpha):
    """The matrix of the form in (p⊥, v⊥)."""
    return sp.Matrix([[c2 - 1, c2 - c1 * alpha], [c2 - c1 * alpha, c2 - c1 * alpha**2]])


@identities
def decomposition():
    """C1: c₁a² + c₂ε − ‖U − p‖² is at least the sum of two quadratic forms, for a² ≥ 2α⟨V₂, v⟩ − α²‖v‖²."""
    a2 = 2 * alpha * (vv - pw) - alpha**2 * (vv + ww)
    epsilon = dd + (pp + 2 * pw + ww)
    risk = (dd + 2 * dv + vv) + pp
    first, second = first_form(c1, c2, alpha), second_form(c1, c2, alpha)
    forms = first[0, 0] * dd + 2 * first[0, 1] * dv + first[1, 1] * vv
    forms += second[0, 0] * pp + 2 * second[0, 1] * pw + second[1, 1] * ww
    given = "dd = ‖d‖², dv = ⟨d, v̄⟩, vv = ‖v̄‖², pp = ‖p⊥‖², pw = ⟨p⊥, v⊥⟩, ww = ‖v⊥‖²"
    yield Identity("C1-forms", c1 * a2 + c2 * epsilon - risk, forms, given=given)


CASES = {
    "small": (sp.Interval.Lopen(1, 2), c1 / (c1 - 1), sp.S.One, c1 * (2 - c1)),
    "large": (sp.Interval(2, sp.oo), 4 * (c1 - 1) / (3 * c1 - 4), 2 / c1, sp.S.Zero),
}


@identities
def forms_are_positive():
    """C1: both forms have a non-negative diagonal and determinant, for c₁ ≤ 2 with α = 1 and beyond with α = 2/c₁."""
    for name, (interval, constant, weight, second_determinant) in CASES.items():
        where = {c1: interval}
        first, second = first_form(c1, constant, weight), second_form(c1, constant, weight)
        for order, form in (("first", first), ("second", second)):
            label = f"C1-{name}-{order}"
            for i in range(2):
                yield Identity(f"{label}-diagonal-{i + 1}", form[i, i], 0, where, relation=">=")
        yield Identity(f"C1-{name}-first-determinant", first.det(), 0, where)
        yield Identity(f"C1-{name}-second-determinant", second.det(), second_determinant, where)
        yield Identity(f"C1-{name}-second-determinant-sign", second.det(), 0, where, relation=">=")


@identities
def envelope():
    """C1: the best constants are (a + √ε)² for a ≥ √ε, else 4/3 (a² + a√ε + ε)."""
    a, e, u = sp.symbols("a e u", positive=True)  # e = √ε
    c = 1 + e / a
    given = "a >= e = sqrt(epsilon), where c1 = 1 + e/a <= 2"
    yield Identity("C1-envelope-small", c * a**2 + c / (c - 1) * e**2, (a + e) ** 2, given=given)
    # With 3c₁ − 4 = 2e/a: the minimiser in c₁ ≥ 2 when a ≤ e.
    c = (4 + 2 * e / a) / 3
    left = c * a**2 + 4 * (c - 1) / (3 * c - 4) * e**2
    given = "a <= e = sqrt(epsilon), where c1 = (4 + 2e/a)/3 >= 2"
    yield Identity("C1-envelope-large", left, sp.Rational(4, 3) * (a**2 + a * e + e**2), given=given)
    # No c₁ does better: the excess over the envelope is a square over a positive number.
    c, bound = 1 + u, (a + e) ** 2
    yield Identity("C1-envelope-small-least", c * a**2 + c / (c - 1) * e**2, bound, relation=">=")
    c, bound = (4 + u) / 3, sp.Rational(4, 3) * (a**2 + a * e + e**2)
    left = c * a**2 + 4 * (c - 1) / (3 * c - 4) * e**2
    yield Identity("C1-envelope-large-least", left, bound, relation=">=")


@identities
def mean_of_inverse_chi2():
    """E9: E[1/χ²_n] = 1/(n − 2) for n > 2."""
    n = sp.Symbol("n", positive=True)
    x = sp.Symbol("x", positive=True)
    density = x ** (n / 2 - 1) * sp.exp(-x / 2) / (2 ** (n / 2) * sp.gamma(n / 2))
    where = {n: sp.Interval.open(2, sp.oo)}
    yield Identity("E9-inverse-chi2", sp.Integral(density / x, (x, 0, sp.oo)), 1 / (n - 2), where)


def sample(rows, columns):
    """A symbolic sample of `rows` observations."""
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"t{i + 1}{j + 1}", real=True))


@identities
def inverse_gram():
    """E9: 1/(TᵀT)⁻¹₁₁ is the residual sum of squares of column 1 on the others, a form of rank m − p + 1."""
    for p in (2, 3):
        gram = sp.Matrix(p, p, lambda i, j: sp.Symbol(f"w{min(i, j) + 1}{max(i, j) + 1}", real=True))
        rest, cross = gram[1:, 1:], gram[1:, 0]
        schur = gram[0, 0] - (cross.T * rest.adjugate() * cross)[0, 0] / rest.det(method="berkowitz")
        inverse_entry = rest.det(method="berkowitz") / gram.det(method="berkowitz")
        yield Identity(f"E9-schur-p{p}", 1 / inverse_entry, schur)
    for m, p in ((2, 2), (3, 2), (3, 3)):
        others = sample(m, p)[:, 1:]
        gram = others.T * others
        hat = others * (gram.adjugate() / gram.det(method="berkowitz")) * others.T
        residual = sp.eye(m) - hat
        if (m, p) != (3, 3):  # known from the smaller ones, and the slowest
            yield Identity(f"E9-projection-m{m}-p{p}", residual * residual, residual)
        yield Identity(f"E9-rank-m{m}-p{p}", residual.trace(), m - p + 1)


@identities
def test_error():
    """E9: v + v Σ E(W⁻¹)_ii = v (m − 1)/(m − p − 1) for W = TᵀT of whitened rows."""
    v, m, p, gap = sp.symbols("v m p gap", positive=True)
    freedom = m - p + 1  # of the residual sum of squares: E9-schur, E9-projection, E9-rank
    mean = 1 / (freedom - 2)  # E9-inverse-chi2
    given = "T has full rank; a projection's form in normal variables is chi-square of its rank (Cochran)"
    ranges = {m: sp.Interval.open(2, sp.oo)}
    yield Identity("E9-p1", v + v / (m - 2), (v * (m - 1) / (m - p - 1)).subs(p, 1), ranges, given)
    left, right = v + v * p * mean, v * (m - 1) / (m - p - 1)
    yield Identity(
        "E9", left.subs(m, p + 1 + gap), right.subs(m, p + 1 + gap), {}, f"m = p + 1 + gap; {given}"
    )


if __name__ == "__main__":
    main(__file__)
