import numpy as np
import pytest

from simsuff.divergences import Divergence, alpha_divergence, divergence
from simsuff.divergences.symbols import t
from simsuff.models import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.information import information_loss

NOTHING = Spectrum(np.zeros(2), np.ones(2))


def _spectrum(*rho):
    return Spectrum(np.array(rho), 1 - np.array(rho))


def test_no_correlation_is_no_information(divergences):
    for div in divergences.values():
        nothing = information_loss(div, NOTHING, NOTHING)
        assert (nothing.value, nothing.error) == (0.0, 0.0)


def test_the_loss_is_the_difference_of_two_informations(divergences):
    full, coarse = _spectrum(0.6, 0.3), _spectrum(0.5, 0.1)
    for div in divergences.values():
        loss = information_loss(div, full, coarse)
        first, second = (information_loss(div, s, NOTHING) for s in (full, coarse))
        rounding = np.finfo(float).eps * first.value
        assert (
            abs(loss.value - (first.value - second.value))
            <= loss.error + first.error + second.error + rounding
        )


def test_infinite_minus_finite_is_infinite():
    cubic = alpha_divergence(3.0)
    assert information_loss(cubic, _spectrum(0.6, 0.3), _spectrum(0.4, 0.1)).value == np.inf


def test_infinite_minus_infinite_is_refused():
    model = GaussianModel.from_correlations([0.6, 0.3])
    for div in (alpha_divergence(3.0), Divergence("cubic", f=t**3 - 3 * t + 2 + (t - 1) ** 2)):
        with pytest.raises(ValueError, match="the condition of A1"):
            model.sufficiency([[1.0, 0.0]], div)
        assert model.sufficiency([[0.0, 1.0]], div) == np.inf


def test_orders_are_recognised_whatever_the_digits_of_the_name():
    model = GaussianModel.from_correlations([0.5])
    first, second = (model.information(alpha_divergence(a)) for a in (1.23456789, 1.23456788))
    assert 0 < abs(first - second) < 1e-7
    assert model.information(alpha_divergence(2.0)) == model.information(divergence("chi2")) / 2
