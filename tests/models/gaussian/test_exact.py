"""Errors of Gaussian informations against 60 digits, and determinants without rounding."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.models import GaussianModel
from simsuff.models.gaussian.exact import Exact, determinant

NAMES = ["kl", "reverse_kl", "chi2", "squared_hellinger"]
DIGITS = 60


def _conditioned(seed, condition, shape):
    """Blocks of a joint covariance with eigenvalues from 1 down to 1/condition."""
    first, size = shape[0], sum(shape)
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]
    joint = (turn * np.geomspace(1, 1 / condition, size)) @ turn.T
    joint = (joint + joint.T) / 2
    return joint[:first, :first], joint[:first, first:], joint[first:, first:]


def _complements(cov11, cov12, cov22, weight=None):
    """1 − ρ² of (Wz₁, z₂), increasing, at 60 digits from the doubles of the covariances."""
    first, cross, second = (mp.matrix(block.tolist()) for block in (cov11, cov12, cov22))
    if weight is not None:
        w = mp.matrix(np.asarray(weight).tolist())
        first, cross = w * first * w.T, w * cross
    root = mp.inverse(mp.cholesky(first))
    left = root * (first - cross * mp.inverse(second) * cross.T) * root.T
    count = min(cross.rows, cross.cols)
    return sorted(mp.eigsy((left + left.T) / 2, eigvals_only=True))[:count]


def _information(name, complements):
    def moment(alpha):
        order = mp.mpf(alpha)
        factors = (c ** ((1 - order) / 2) / mp.sqrt(1 - (order - 1) ** 2 * (1 - c)) for c in complements)
        return mp.fprod(factors)

    if name == "kl":
        return -mp.fsum(mp.log(c) for c in complements) / 2
    if name == "reverse_kl":
        return mp.fsum(mp.log(c) / 2 + (1 - c) / c for c in complements)
    return moment(2) - 1 if name == "chi2" else 2 - 2 * moment(0.5)


@pytest.mark.statement("E1", "E2", "E2-chi2", "E2-squared_hellinger", kind="exact")
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("condition", [1e1, 1e3, 1e6, 1e9, 1e12])
def test_errors_bound_at_any_condition_number(condition, shape):
    """The covariances define the law: what their inverses amplify is covered, and few digits are lost."""
    blocks = _conditioned(int(np.log10(condition)), condition, shape)
    model = GaussianModel(*blocks)
    weight = np.random.default_rng(0).standard_normal((2, shape[0]))
    with mp.workdps(DIGITS):
        full, part = _complements(*blocks), _complements(*blocks, weight)
        for name in NAMES:
            whole, loss = _information(name, full), _information(name, full) - _information(name, part)
            for found, truth in (
                (model.information(divergence(name)), whole),
                (model.sufficiency(weight, divergence(name)), loss),
            ):
                assert abs(mp.mpf(found.value) - truth) <= found.error + mp.mpf(10) ** -30
                assert found.error <= 1e-12 * max(abs(found.value), float(whole))


@pytest.mark.parametrize("name", ["js", "le_cam", "total_variation"])
def test_fourier_integrals_bound_at_high_condition_numbers(name):
    """Against the model of the same correlations, known to all digits."""
    blocks = _conditioned(3, 1e9, (3, 2))
    with mp.workdps(DIGITS):
        rho = [float(mp.sqrt(1 - c)) for c in _complements(*blocks)]
    truth = GaussianModel.from_correlations(rho).information(divergence(name))
    found = GaussianModel(*blocks).information(divergence(name))
    # The correlations of the second model are rounded; their distance from 1 is 1e-6 and more.
    assert abs(found.value - truth.value) <= found.error + truth.error + 1e-10
    assert found.error <= 1e-11


@pytest.mark.statement("E1", kind="exact")
def test_hilbert_covariances():
    """cov12 is half of cov11 = cov22, so that all twelve correlations are ½: −6 log(3/4)."""
    hilbert = 1 / (np.arange(12)[:, None] + np.arange(12) + 1)
    found = GaussianModel(hilbert, hilbert / 2, hilbert).information(divergence("kl"))
    assert abs(found.value + 6 * np.log(0.75)) <= found.error <= 1e-12


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ratio", [1e9, 1e100])
def test_standard_deviations_of_any_ratio(ratio, seed):
    """Rescaling a coordinate changes no information, and makes no covariance indefinite."""
    blocks = _conditioned(seed, 10.0, (3, 2))
    scale = np.diag([1.0, ratio, 1 / ratio])
    moved = GaussianModel(scale @ blocks[0] @ scale, scale @ blocks[1], blocks[2])
    truth, found = GaussianModel(*blocks).information(divergence("kl")), moved.information(divergence("kl"))
    # Rescaled entries round.
    assert abs(found.value - truth.value) <= found.error + truth.error + 1e-14


@pytest.mark.statement("E1", "E2", "E2-chi2", "E2-squared_hellinger", "E7-correlations", kind="exact")
@pytest.mark.parametrize("noise", [1e-2, 5e-3, 1e-8, 1e-9])
def test_additive_noise_of_any_size(noise):
    """A mixture of two directions of correlations 1 − 1e-18: Λ of the mixture is rational in the parameters."""
    model, exact = GaussianModel.additive_noise([1.0, 0.5], noise), Fraction(noise) ** 2
    left = [exact / (s + exact) * (2 - exact / (s + exact)) for s in (Fraction(1), Fraction(1, 2))]
    assert model.wilks_lambda() == left[0] * left[1]
    weight = [[1.0, 1.0]]
    explained = sum(s * s / (s + exact) for s in (Fraction(1), Fraction(1, 2)))
    assert model.wilks_lambda(weight) == 1 - explained / (Fraction(3, 2) + 2 * exact)
    for name in NAMES:
        with mp.workdps(100):
            whole, part = (
                _information(name, [mp.mpf(x.numerator) / x.denominator for x in parts])
                for parts in (left, [model.wilks_lambda(weight)])
            )
        full, loss = model.information(divergence(name)), model.sufficiency(weight, divergence(name))
        assert abs(mp.mpf(full.value) - whole) <= full.error <= 1e-13 * full.value
        assert abs(mp.mpf(loss.value) - (whole - part)) <= loss.error <= 1e-12 * full.value


@pytest.mark.parametrize("shrink", [Fraction(1), Fraction(1, 2)])
def test_wilks_lambda_is_the_product_over_correlations(shrink):
    blocks = _conditioned(5, 1e8, (3, 2))
    with mp.workdps(DIGITS):
        truth = mp.fprod(
            1 - (mp.mpf(shrink.numerator) / shrink.denominator) ** 2 * (1 - c) for c in _complements(*blocks)
        )
        found = GaussianModel(*blocks).wilks_lambda(shrink=shrink)
        assert abs(mp.mpf(found.numerator) / found.denominator / truth - 1) < mp.mpf(10) ** -30


def test_exact_matrices_lose_nothing():
    values = np.array([[1e-300, 3.0], [-0.1, 2.0**900]])
    other = np.array([[0.1, 7.0], [1e-200, 0.0]])
    first, second = Exact.of(values), Exact.of(other)
    np.testing.assert_array_equal(first.rounded(), values)
    product = (first @ second).rounded()
    for i in range(2):
        for j in range(2):
            truth = sum(Fraction(values[i, k]) * Fraction(other[k, j]) for k in range(2))
            assert product[i, j] == float(truth)
    np.testing.assert_array_equal((first - first).rounded(), np.zeros((2, 2)))
    assert determinant(np.array([[2, 1, 0], [1, 3, 1], [0, 1, 4]], object)) == 18
