"""Where other libraries are right, do we agree with them? Where one is known to be wrong, is it still?"""

import dit
import numpy as np
import pytest
from dit.divergences.generalized_divergences import f_divergence
from hypothesis import given
from scipy.special import kl_div, rel_entr

from simsuff import DIVERGENCES, divergence
from simsuff.numerics.numbers import ROUNDING
from simsuff.strategies import probability_vectors

TABLES = probability_vectors(4), probability_vectors(4)


def by_dit(p, q, name):
    """dit's f-divergence of the same generator; it drops outcomes without mass."""
    outcomes = [str(i) for i in range(len(p))]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(
            f_divergence(dit.Distribution(outcomes, p), dit.Distribution(outcomes, q), divergence(name).f)
        )


@pytest.mark.statement("P", kind="exact")
@pytest.mark.parametrize("name", DIVERGENCES)
def test_dit_agrees_where_every_outcome_has_mass(name):
    rng = np.random.default_rng(0)
    for p, q in rng.dirichlet(np.ones(5), size=(20, 2)):
        ours = divergence(name).between(p, q)
        assert abs(ours - by_dit(p, q, name)) <= ROUNDING * (1 + abs(ours))


def test_dit_loses_the_boundary_terms():
    """p = (1, 0), q = (½, ½): χ² is 1; without f(0)·½ it would be ½. Disjoint supports give it 0 instead of inf."""
    assert divergence("chi2").between([1.0, 0.0], [0.5, 0.5]) == 1.0
    assert by_dit([1.0, 0.0], [0.5, 0.5], "chi2") == 0.5
    assert divergence("chi2").between([1.0, 0.0], [0.0, 1.0]) == np.inf
    assert by_dit([1.0, 0.0], [0.0, 1.0], "chi2") == 0.0
    assert divergence("total_variation").between([1.0, 0.0], [0.0, 1.0]) == 1.0


@pytest.mark.statement("P")
@given(*TABLES)
def test_scipy_agrees_on_kl(p, q):
    for function in (rel_entr, kl_div):
        size = 1 + np.sum(np.abs(rel_entr(p, q)))
        assert abs(divergence("kl").between(p, q) - np.sum(function(p, q))) <= ROUNDING * size


def test_scipy_agrees_on_generators_away_from_one():
    t = np.array([0.01, 0.2, 0.5, 2.0, 10.0, 1e10])
    ours = divergence("kl").f(t)
    assert np.abs(ours - kl_div(t, 1.0)).max() <= ROUNDING * np.abs(t * np.log(t)).max()
    assert np.abs(divergence("reverse_kl").f(t) - kl_div(1.0, t)).max() <= ROUNDING * t.max()
