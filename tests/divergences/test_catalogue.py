"""Are the entries of the catalogue the divergences of theory.md §1?"""

import numpy as np
import pytest

from simsuff.divergences import DIVERGENCES, alpha_divergence, divergence


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
