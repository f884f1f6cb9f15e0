"""Statements at arguments where both sides are known by hand: what such tests share."""

import math

import pytest

from simsuff import statements
from simsuff.numerics.numbers import value_of

# Known sides are a few terms of order one, each within some roundings of the library's.
KNOWN = 1e-12


def case(id, arguments, lhs, rhs):
    """A case for `sides`, which is exact evidence about the statement."""
    return pytest.param(id, arguments, lhs, rhs, id=id, marks=pytest.mark.statement(id, kind="exact"))


def sides(id, *arguments):
    """Both sides of a statement as the library has them."""
    row = statements.get(id).evaluate(*arguments)
    return value_of(row.lhs), value_of(row.rhs)


def known(lhs, rhs, relative=KNOWN):
    """What `sides` should be equal to."""
    return pytest.approx((float(lhs), float(rhs)), rel=relative)


def entropy(q):
    """h(q) of a bit that is 1 with probability q."""
    return -q * math.log(q) - (1 - q) * math.log1p(-q)
