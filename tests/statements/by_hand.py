"""Statements at arguments where both sides are known by hand: what such tests share."""

import math

import pytest

from simsuff import statements
from simsuff.numerics.numbers import Bounded, value_of

# Known sides are a few terms of order one, each within some roundings of the library's.
KNOWN = 1e-12
# An allowance for rounding counts roundings generously, and stays far below what a statement is about.
NARROW = 1e-9


def case(id, arguments, lhs, rhs):
    """A case for `sides`, which is exact evidence about the statement."""
    return pytest.param(id, arguments, lhs, rhs, id=id, marks=pytest.mark.statement(id, kind="exact"))


def sides(id, *arguments, narrow=NARROW):
    """Both sides of a statement as the library has them, with errors that leave no statement open."""
    row = statements.get(id).evaluate(*arguments)
    for side in (row.lhs, row.rhs):
        size = abs(value_of(side))
        assert not isinstance(side, Bounded) or side.error <= narrow * max(size, 1.0), (id, side)
    return value_of(row.lhs), value_of(row.rhs)


def known(lhs, rhs, relative=KNOWN):
    """What `sides` should be equal to."""
    return pytest.approx((float(lhs), float(rhs)), rel=relative)


def entropy(q):
    """h(q) of a bit that is 1 with probability q."""
    return -q * math.log(q) - (1 - q) * math.log1p(-q)
