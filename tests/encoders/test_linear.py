"""Is the linear encoder what E2 and E6 call T = Wz, and does it refuse what has no meaning?"""

import numpy as np
import pytest

from simsuff.encoders import LinearEncoder, QuadraticOffsetEncoder, QuadraticScorer


def test_forward_and_score():
    encoder = LinearEncoder([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])
    np.testing.assert_array_equal(encoder(np.array([[1.0, 1.0, 1.0]])), [[3.0, 2.0]])
    u, v = encoder.embed(np.eye(3), np.eye(3))
    np.testing.assert_array_equal(u @ v.T, encoder.weight.T @ encoder.weight)


def test_score_form_is_the_table_of_inner_products():
    rng = np.random.default_rng(0)
    encoder = LinearEncoder.random(2, 3, rng)
    assert isinstance(encoder, QuadraticScorer)
    # Integers of a few digits and dyadic weights: every product and sum below is exact.
    exact = LinearEncoder(np.round(8 * encoder.weight) / 8)
    z1, z2 = rng.integers(-5, 6, (4, 3)).astype(float), rng.integers(-5, 6, (5, 3)).astype(float)
    np.testing.assert_array_equal(exact.score_form().table(z1, z2), exact(z1) @ exact(z2).T)


@pytest.mark.parametrize("cls", [LinearEncoder, lambda w: QuadraticOffsetEncoder(w, np.eye(np.shape(w)[-1]))])
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.zeros((0, 3)), "rank 0"),
        (np.zeros((4, 3)), "wider than its input"),
        ([[1.0, np.nan]], r"weight\[0, 1\] = nan"),
        ([[1.0, np.inf]], r"weight\[0, 1\] = inf"),
        ([1.0, 2.0], r"shape = \(2,\)"),
    ],
)
def test_bad_weights_are_refused(cls, weight, message):
    with pytest.raises(ValueError, match=message):
        cls(weight)


@pytest.mark.parametrize("cls", [LinearEncoder, QuadraticOffsetEncoder])
def test_random_refuses_an_encoder_wider_than_its_input(cls):
    with pytest.raises(ValueError, match="dim must be an integer in"):
        cls.random(4, 3, np.random.default_rng(0))


def test_wrong_inputs_are_refused_by_name():
    encoder = LinearEncoder(np.eye(3))
    with pytest.raises(ValueError, match=r"z must have 3 entries in the last axis: shape = \(5, 2\)"):
        encoder(np.zeros((5, 2)))
    with pytest.raises(ValueError, match="z2 must have 3 entries"):
        encoder.pullback(np.zeros((5, 3)), np.zeros((5, 2)), np.zeros((5, 3)), np.zeros((5, 3)))


def test_nan_in_gives_nan_out():
    assert np.isnan(LinearEncoder(np.eye(2))(np.array([[np.nan, 1.0]]))[0, 0])


def test_the_weight_cannot_be_written():
    weight = np.eye(2)
    encoder = LinearEncoder(weight)
    weight[0, 0] = 5
    assert encoder.weight[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        encoder.weight[0, 0] = 5
