"""Is the quadratic-offset encoder exactly well specified for Gaussian augmentation models (E5(i))?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simsuff.encoders import QuadraticOffsetEncoder
from simsuff.models import GaussianModel

CORRELATIONS = arrays(np.float64, st.integers(1, 4), elements=st.floats(0, 0.99))


def augmentation_model(correlations, seed):
    """Canonical correlations in a random basis shared by both views."""
    d = len(correlations)
    mix = np.eye(d) + np.random.default_rng(seed).standard_normal((d, d)) / (3 * d)
    cross = mix @ np.diag(correlations) @ mix.T
    return GaussianModel(mix @ mix.T, (cross + cross.T) / 2, mix @ mix.T)


def score_gap(model, encoder, seed):
    """Spread of score − pmi over pairs, and the size of their terms."""
    z1, z2 = model.sample(20, np.random.default_rng(seed))
    u, v = encoder.embed(z1, z2)
    gap = (u * v).sum(axis=1) - model.pmi(z1, z2)
    return np.ptp(gap), np.abs(u * v).sum(axis=1).max()


@pytest.mark.statement("E5-i")
@given(CORRELATIONS, st.integers(0, 100))
def test_exact_score_is_the_pmi_up_to_a_constant(correlations, seed):
    model = augmentation_model(np.sort(correlations)[::-1], seed)
    gap, size = score_gap(model, QuadraticOffsetEncoder.exact(model), seed)
    # ρ is known to a few ε from the covariances; ρ/(1−ρ²) then to ε/(1−ρ²) ≤ 50 ε, in each of d ≤ 4 terms, and
    # the covariances have condition numbers below 100.
    assert gap <= 100 * 50 * 4 * np.finfo(float).eps * max(1.0, size)


@pytest.mark.statement("E5-i", kind="exact")
def test_the_exact_encoder_of_two_correlations():
    encoder = QuadraticOffsetEncoder.exact(GaussianModel.from_correlations([0.6, 0.0]))
    # Diagonal blocks go through factorisations without rounding: what is left is a few divisions and roots.
    few_ulp = 8 * np.finfo(float).eps
    np.testing.assert_allclose(np.abs(encoder.weight), [[np.sqrt(0.6 / 0.64), 0], [0, 0]], rtol=few_ulp)
    np.testing.assert_allclose(encoder.offset, [[-0.36 / 0.64, 0], [0, 0]], rtol=few_ulp)


def test_plain_bilinear_score_is_not_the_pmi():
    model = GaussianModel.from_correlations([0.6])
    exact = QuadraticOffsetEncoder.exact(model)
    assert score_gap(model, QuadraticOffsetEncoder(exact.weight, [[0.0]]), 0)[0] > 0.1


def test_embedding_layout():
    encoder = QuadraticOffsetEncoder([[1.0, 1.0]], [[2.0, 1.0], [1.0, 0.0]])
    u, v = encoder.embed(np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]]))
    np.testing.assert_array_equal(u, [[3.0, 3.0, 1.0]])
    np.testing.assert_array_equal(v, [[2.0, 1.0, 6.0]])
    np.testing.assert_array_equal(encoder.parameters, [1.0, 1.0, 2.0, 1.0, 0.0])
    np.testing.assert_array_equal(encoder(np.array([[1.0, 2.0]])), [[3.0]])


def test_score_form_is_the_table_of_inner_products():
    # Small integers: every product and sum is exact.
    encoder = QuadraticOffsetEncoder([[1.0, 2.0], [0.0, 3.0]], [[2.0, -1.0], [-1.0, 4.0]])
    rng = np.random.default_rng(0)
    z1, z2 = rng.integers(-5, 6, (2, 4, 2)).astype(float), rng.integers(-5, 6, (2, 3, 2)).astype(float)
    (u, _), (_, v) = encoder.embed(z1, z1), encoder.embed(z2, z2)
    np.testing.assert_array_equal(encoder.score_form().table(z1, z2), u @ v.swapaxes(1, 2))


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        ([[0.0, 1.0], [0.0, 0.0]], "symmetrise it"),
        (np.zeros((3, 3)), r"shape = \(3, 3\)"),
        ([[0.0, np.nan], [np.nan, 0.0]], "offset must be finite"),
    ],
)
def test_bad_offsets_are_refused(offset, message):
    with pytest.raises(ValueError, match=message):
        QuadraticOffsetEncoder(np.eye(2), offset)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ((np.eye(2), 0.5 * np.eye(2), 2 * np.eye(2)), "exchangeable"),
        ((np.eye(2), np.array([[0.0, 0.5], [0.1, 0.0]]), np.eye(2)), "exchangeable"),
        ((np.eye(2), -0.5 * np.eye(2), np.eye(2)), "no negative correlation"),
        ((np.eye(2), np.full((2, 1), 0.3), np.eye(1)), r"one dimension: .*\(2, 1\)"),
    ],
)
def test_exact_refuses_models_outside_the_augmentation_setting(blocks, message):
    with pytest.raises(ValueError, match=message):
        QuadraticOffsetEncoder.exact(GaussianModel(*blocks))
