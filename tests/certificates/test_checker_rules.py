"""Does each rule of the checker insist on its own condition, when all its other conditions hold?"""

import pytest
import sympy as sp

from simsuff.certificates import Claim
from simsuff.certificates.canonical import collect, divide_by_monomial
from simsuff.certificates.checker.rules import Leaf, Prover
from simsuff.certificates.checker.statement import read_statement
from simsuff.certificates.coordinates import BERNOULLI
from simsuff.certificates.margins import plain


def leaf_of(text, patch, box, form, rule, *detail):
    """A prover whose expressions are honest, and one leaf for it."""
    claim = Claim(text)
    statement = read_statement(text, claim.generators, "bernoulli")
    frame = statement.frames[patch]
    expression = plain(BERNOULLI[patch], claim)
    expressions = {"plain0": sp.sstr(expression)}
    for axis, symbol in enumerate(BERNOULLI[patch].symbols):
        for side, sign in ((0, 1), (1, -1)):
            terms = collect(sign * sp.diff(expression, symbol), BERNOULLI[patch].sample)
            slope = divide_by_monomial(terms, BERNOULLI[patch].symbols)
            expressions[f"plain0 {axis} {side} 1"] = sp.sstr(slope)
    prover = Prover(statement, frame, expressions)
    return prover, Leaf(patch, frame, box, form, rule, detail)


EDGE = ("kl <= log(1 + chi2)", "C1", ((0.125, 0.25), (0.0, 0.0625)), "plain0", "edge", 1, 0, 1)
CORNER = ("2*total_variation**2 <= kl", "C1", ((0.484375, 0.5), (0.96875, 1.0)), "lagrange0", "corner", 1, 1)


@pytest.mark.parametrize("case", [EDGE, CORNER])
def test_an_honest_leaf_holds(case):
    prover, leaf = leaf_of(*case)
    prover.prove(leaf)


def test_the_edge_rule_needs_a_box_at_the_edge():
    text, patch, _, *rest = EDGE
    prover, leaf = leaf_of(text, patch, ((0.125, 0.25), (0.03125, 0.0625)), *rest)
    with pytest.raises(ValueError, match="only at the edge"):
        prover.prove(leaf)


def test_the_corner_rule_needs_a_box_at_the_corner():
    text, patch, _, *rest = CORNER
    prover, leaf = leaf_of(text, patch, ((0.46875, 0.484375), (0.96875, 1.0)), *rest)
    with pytest.raises(ValueError, match="only at the edge or corner"):
        prover.prove(leaf)


def test_the_edge_rule_needs_a_margin_that_vanishes():
    prover, leaf = leaf_of("kl <= 0.99*log(1 + chi2)", *EDGE[1:])
    with pytest.raises(ValueError, match="where the margin vanishes"):
        prover.prove(leaf)


def test_the_corner_rule_needs_a_margin_that_vanishes():
    prover, leaf = leaf_of("2.01*total_variation**2 <= kl", *CORNER[1:])
    with pytest.raises(ValueError, match="where the margin vanishes"):
        prover.prove(leaf)


@pytest.mark.parametrize("rule", ["value", "mean"])
def test_a_box_with_a_counterexample_is_never_proved(rule):
    box = ((0.484375, 0.5), (0.96875, 1.0))
    prover, leaf = leaf_of("2.01*total_variation**2 <= kl", "C1", box, "lagrange0", rule)
    with pytest.raises(ValueError, match="prove every box"):
        prover.prove(leaf)


def test_slopes_are_zero_on_the_diagonal_only_where_shown():
    box = ((0.25, 0.265625), (0.984375, 1.0))
    good = ("le_cam**2 + le_cam/2 <= squared_hellinger", "A", box, "lagrange0", "slope", 1, 1, 2)
    prover, leaf = leaf_of(*good)
    with pytest.raises(ValueError, match="where the margin vanishes"):
        prover.prove(leaf)
