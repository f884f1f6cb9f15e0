import numpy as np
import pytest

from simsuff.models import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum, canonical_form, reduced_form, row_space
from simsuff.models.gaussian.exact import Covariances, Exact

EPS = np.finfo(float).eps


@pytest.fixture(params=[(3, 3), (4, 2), (2, 5), (1, 1)])
def covariances(request):
    d1, d2 = request.param
    factor = np.random.default_rng(d1 * 10 + d2).standard_normal((d1 + d2, 2 * (d1 + d2)))
    joint = factor @ factor.T
    return joint[:d1, :d1], joint[:d1, d1:], joint[d1:, d1:]


def _law(*blocks):
    return Covariances(*(Exact.of(block) for block in blocks))


def _slack(cov11, cov12, cov22):
    """Whitening loses as many digits as the condition numbers have, over each dimension."""
    size = sum(cov12.shape)
    return 16 * size * EPS * np.linalg.cond(cov11) * np.linalg.cond(cov22)


def test_bases_whiten_and_pair(covariances):
    cov11, cov12, cov22 = covariances
    form = canonical_form(_law(*covariances))
    slack = _slack(*covariances)
    np.testing.assert_allclose(form.basis1 @ cov11 @ form.basis1.T, np.eye(len(cov11)), atol=slack)
    np.testing.assert_allclose(form.basis2 @ cov22 @ form.basis2.T, np.eye(len(cov22)), atol=slack)
    pairing = np.zeros(cov12.shape)
    np.fill_diagonal(pairing, form.spectrum.rho)
    np.testing.assert_allclose(form.basis1 @ cov12 @ form.basis2.T, pairing, atol=slack)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_reduction_agrees_with_a_fresh_decomposition(k):
    rng = np.random.default_rng(k)
    factor = rng.standard_normal((7, 14))
    joint = factor @ factor.T
    parts = joint[:4, :4], joint[:4, 4:], joint[4:, 4:]
    weight = rng.standard_normal((k, 4))
    form = canonical_form(_law(*parts))
    reduced = reduced_form(form, weight @ (form.basis1 @ parts[0]).T, _law(*parts).mapped(Exact.of(weight)))
    blocks = weight @ parts[0] @ weight.T, weight @ parts[1], parts[2]
    fresh = canonical_form(_law(*blocks))
    slack = _slack(*parts) + _slack(*blocks)
    np.testing.assert_allclose(reduced.spectrum.rho, fresh.spectrum.rho, atol=slack)
    np.testing.assert_allclose(reduced.spectrum.gap, 1 - reduced.spectrum.rho, atol=slack)
    np.testing.assert_allclose(reduced.basis1 @ blocks[0] @ reduced.basis1.T, np.eye(k), atol=slack)
    pairing = np.zeros(blocks[1].shape)
    np.fill_diagonal(pairing, reduced.spectrum.rho)
    np.testing.assert_allclose(reduced.basis1 @ blocks[1] @ reduced.basis2.T, pairing, atol=slack)


def test_reduction_keeps_both_ends_of_the_spectrum():
    """Tiny correlations and tiny distances from one survive a rotation of the coordinates that mixes only equals."""
    model = GaussianModel.from_correlations([1 - 1e-14, 1 - 1e-14, 1e-9, 1e-9])
    spectrum = model.reduced([[0.6, 0.8, 0, 0], [0, 0, 0.8, -0.6]]).spectrum
    np.testing.assert_allclose(spectrum.rho, [1 - 1e-14, 1e-9], rtol=64 * EPS)
    np.testing.assert_allclose(spectrum.gap, [model.spectrum.gap[0], 1 - 1e-9], rtol=64 * EPS)


def test_selection_is_exact():
    chosen = GaussianModel.from_correlations([0.9, 0.5, 0.1]).reduced([[1.0, 0, 0], [0, 0, 1.0]]).spectrum
    np.testing.assert_allclose(chosen.rho, [0.9, 0.1], rtol=2 * EPS)
    np.testing.assert_array_equal(chosen.padded(3).rho[2:], [0.0])
    np.testing.assert_array_equal(chosen.padded(3).gap[2:], [1.0])


def test_alignment_puts_shared_correlations_in_the_same_places():
    full = Spectrum(np.array([0.9, 0.5, 0.5, 0.1]), np.array([0.1, 0.5, 0.5, 0.9]))
    coarse = Spectrum(np.array([0.6, 0.5, 0.1]), np.array([0.4, 0.5, 0.9]))
    aligned = coarse.aligned_with(full)
    np.testing.assert_array_equal(aligned.rho, [0.6, 0.5, 0.0, 0.1])
    np.testing.assert_array_equal(aligned.gap, [0.4, 0.5, 1.0, 0.9])


def test_row_space_keeps_independent_rows_and_reduces_the_others():
    weight = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(row_space(weight, np.ones(3)), weight)
    doubled = np.vstack([weight[0], 1e-9 * weight[0], np.zeros(3)])
    reduced = row_space(doubled, np.array([1.0, 10.0, 0.1]))
    assert reduced.shape == (1, 3)
    np.testing.assert_allclose(np.cross(reduced[0], weight[0]), 0, atol=32 * EPS)


def test_row_space_does_not_mistake_units_for_rank():
    """Rows of very different sizes, and inputs in very different units, are still independent."""
    weight = np.diag([1e-200, 1.0, 1e150])
    np.testing.assert_array_equal(row_space(weight, np.array([1e3, 1.0, 1e-3])), weight)
