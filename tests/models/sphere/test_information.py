"""Is the information of von Mises–Fisher pairs right, for every f, dimension and concentration, within its error?"""

import mpmath as mp
import numpy as np
import pytest

from simsuff.divergences import Divergence, alpha_divergence, divergence
from simsuff.models import SphereModel

DIGITS = 40
LAWS = [(1, 2.0), (2, 1.0), (3, 1e-8), (3, 30.0), (5, 1e4), (2, 1e6), (50, 100.0), (1000, 10.0)]
POWERS = (-0.5, -0.001, 0.25, 1.0001, 3.0)


def normaliser(p, kappa):
    """𝓔_p(κ) = Γ(p/2) I_{p/2−1}(κ)/(κ/2)^{p/2−1}, as a hypergeometric series."""
    return mp.hyp0f1(mp.mpf(p) / 2, mp.mpf(kappa) ** 2 / 4)


def moment(p, kappa, a):
    """E_⊗ r^a."""
    return normaliser(p, a * mp.mpf(kappa)) / normaliser(p, kappa) ** a


def closed_form(name, p, kappa):
    """I_f of the divergences that have one."""
    k = mp.mpf(kappa)
    log_e = mp.log(normaliser(p, k))
    if name == "kl":
        return k * k / p * mp.hyp0f1(mp.mpf(p) / 2 + 1, k * k / 4) / normaliser(p, k) - log_e
    if name == "reverse_kl":
        return log_e
    if name == "chi2":
        return moment(p, k, 2) - 1
    if name == "squared_hellinger":
        return 2 - 2 * moment(p, k, mp.mpf("0.5"))
    a = mp.mpf(name)
    return (moment(p, k, a) - 1) / (a * (a - 1))


def agrees(found, truth):
    return abs(mp.mpf(found.value) - truth) <= found.error


@pytest.mark.statement("S1", "S1-chi2", "S1-reverse_kl", "S1-squared_hellinger", kind="exact")
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_quadrature_has_the_closed_forms(law):
    model = SphereModel(*law)
    with mp.workdps(DIGITS):
        for name in ("kl", "reverse_kl", "chi2", "squared_hellinger"):
            found, truth = model.information(name), closed_form(name, *law)
            assert agrees(found, truth), name
            assert found.error <= 1e-10 * max(1.0, found.value), name
        for a in POWERS:
            found, truth = model.information(alpha_divergence(a)), closed_form(repr(a), *law)
            assert np.isinf(found.value) == (truth > 1.7e308), a
            assert np.isinf(found.value) or agrees(found, truth), a


@pytest.mark.parametrize("name", ["js", "le_cam", "total_variation"])
@pytest.mark.parametrize("law", [(2, 3.0), (3, 0.5), (6, 12.0)], ids=str)
def test_other_divergences_against_high_precision(name, law):
    p, kappa = law
    f = {
        "js": lambda t: (t * mp.log(t) - (t + 1) * mp.log((t + 1) / 2)) / 2,
        "le_cam": lambda t: (1 - t) ** 2 / (2 * (1 + t)),
        "total_variation": lambda t: abs(t - 1) / 2,
    }[name]
    with mp.workdps(30):
        log_e = mp.log(normaliser(p, kappa))
        kink = mp.acos(log_e / kappa)
        density = lambda th: f(mp.exp(kappa * mp.cos(th) - log_e)) * mp.sin(th) ** (p - 2)  # noqa: E731
        whole = mp.quad(density, [0, kink / 2, kink, 2, mp.pi]) / mp.beta(mp.mpf(p - 1) / 2, mp.mpf("0.5"))
        assert agrees(SphereModel(p, kappa).information(name), whole)


def test_a_formula_of_ones_own_is_that_of_the_catalogue():
    model = SphereModel(3, 400.0)  # r as small as e^{−800}, which underflows
    own, known = model.information(Divergence("own", "-log(t)+t-1")), model.information("reverse_kl")
    assert abs(own - known) <= own.error + known.error


@pytest.mark.parametrize("name", ["kl", "chi2", "js", "total_variation"])
@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_independent_views_have_no_information(name, dimension):
    found = SphereModel(dimension, 0.0).information(divergence(name))
    assert (found.value, found.error) == (0.0, 0.0)
