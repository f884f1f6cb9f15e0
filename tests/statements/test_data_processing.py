"""A5, A6: how far do random tables go, where the statements hold and where they fail?"""

import numpy as np
import pytest

from simsuff import statements
from simsuff.models import FiniteModel
from simsuff.models.finite.random import random_model
from simsuff.numerics.numbers import value_of


def ratios(id, symmetric):
    """lhs/rhs over random 3 × 3 tables with two symbols merged on each side."""
    rng = np.random.default_rng(0)
    statement, found = statements.get(id), []
    for _ in range(150):
        table = random_model(3, 3, rng, rng.choice([0.3, 1.0])).joint
        model = FiniteModel((table + table.T) / 2 if symmetric else table)
        merged = [rng.permutation([0, 0, 1]) for _ in range(1 if symmetric else 2)]
        row = statement.evaluate(model, *merged)
        if value_of(row.rhs) > 1e-6:
            found.append(value_of(row.lhs) / value_of(row.rhs))
    return np.array(found)


@pytest.mark.parametrize("name", ["kl", "chi2"])
def test_two_sided_loss_comes_near_twice_the_sufficiency(name):
    """A6: the ratio to 2 Suff exceeds ½, the lower bound, and comes within a percent of 1."""
    found = ratios(f"A6-{name}", symmetric=True)
    assert found.min() >= 0.5 - 1e-9
    assert 0.99 < found.max() <= 1 + 1e-9


@pytest.mark.parametrize("name", ["squared_hellinger", "js", "reverse_kl"])
def test_other_divergences_fail_by_a_lot(name):
    assert ratios(f"A5-{name}", symmetric=False).max() > 1.1
