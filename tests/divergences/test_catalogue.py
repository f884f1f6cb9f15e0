"""Are the entries of the catalogue the divergences of theory.md §1?"""

import numpy as np
import pytest

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, as_divergence, divergence


def test_boundary_terms_on_disjoint_supports() -> None:
    # D_f(P‖Q) = f(0) + f'(∞) where P and Q share no mass.
    expected = {"squared_hellinger": 2.0, "js": np.log(2), "le_cam": 1.0, "total_variation": 1.0}
    for name, entry in DIVERGENCES.items():
        assert entry.between([1, 0], [0, 1]) == pytest.approx(expected.get(name, np.inf), rel=1e-15)


def test_chi2_counts_the_mass_outside_the_support() -> None:
    assert divergence("chi2").between([1, 0], [0.5, 0.5]) == 1.0


def test_alpha_meets_its_named_neighbours() -> None:
    assert alpha_divergence(1.0) is divergence("kl")
    assert alpha_divergence(0) is divergence("reverse_kl")
    assert alpha_divergence(2.0).between([0.2, 0.8], [0.6, 0.4]) == pytest.approx(
        divergence("chi2").between([0.2, 0.8], [0.6, 0.4]) / 2, rel=1e-15
    )


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="kl, reverse_kl, chi2"):
        divergence("renyi")


@pytest.mark.parametrize("alpha", [np.nan, np.inf, "1", None, True])
def test_bad_alpha_is_refused(alpha: object) -> None:
    with pytest.raises(ValueError, match="alpha must be a finite real number"):
        alpha_divergence(alpha)  # type: ignore[arg-type]


def test_a_name_stands_for_its_divergence() -> None:
    assert as_divergence("kl") is divergence("kl")
    assert as_divergence("alpha(1.5)") is alpha_divergence(1.5)
    mine = Divergence("mine", "(t - 1)**2/2")
    assert as_divergence(mine) is mine
    with pytest.raises(ValueError, match="div must be a Divergence or the name of one: div = 3"):
        as_divergence(3)
    with pytest.raises(ValueError, match="kl, reverse_kl, chi2"):
        as_divergence("renyi")


def test_the_catalogue_carries_its_families() -> None:
    """f = scale × the family's f: the same second derivative at unit scale, whatever the name says."""
    for div in [*DIVERGENCES.values(), alpha_divergence(3.7)]:
        same = Divergence("same", div.expression, family=div.family._replace(scale=2 * div.family.scale))
        assert same.f(3.0) == pytest.approx(2 * div.f(3.0), rel=1e-15)
    assert Divergence("kl", divergence("kl").expression).family is None


def test_entries_are_counted_once_whether_built_or_not() -> None:
    fresh = type(DIVERGENCES)()
    assert len(fresh) == len(list(fresh)) == 7
    fresh.add(fresh["kl"], "kl")
    fresh.add(fresh["kl"], "mine")
    assert len(fresh) == len(list(fresh)) == 8
