"""Do two encoders see their own view only, and share nothing but the space of their outputs?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import (
    HiddenLayerEncoder,
    LinearEncoder,
    LookupEncoder,
    QuadraticOffsetEncoder,
    SoftmaxEncoder,
    TwoEncoders,
)

RNG = np.random.default_rng(0)
PARTS = {
    "vectors and symbols": (LinearEncoder.random(2, 4, RNG), LookupEncoder.random(2, 3, RNG)),
    "symbols and counts": (LookupEncoder.random(2, 3, RNG), SoftmaxEncoder.random(2, 5, RNG)),
    "quadratic": (QuadraticOffsetEncoder.random(2, 4, RNG), QuadraticOffsetEncoder.random(2, 3, RNG)),
    "two networks": (HiddenLayerEncoder.random(2, 4, RNG), HiddenLayerEncoder.random(2, 3, RNG, 7)),
}


def view(encoder, rng, shape=(6,)):
    if isinstance(encoder, LookupEncoder):
        return rng.integers(encoder.table.shape[0], size=shape)
    inputs = {LinearEncoder: 4, SoftmaxEncoder: 5}
    width = inputs.get(type(encoder)) or int(str(encoder).split("inputs=")[1].split(",")[0].rstrip(")"))
    return rng.standard_normal((*shape, width))


@pytest.fixture(params=PARTS)
def parts(request):
    return PARTS[request.param]


@pytest.mark.parametrize("shape", [(6,), (2, 3)])
def test_each_encoder_sees_its_own_view(parts, shape):
    first, second = parts
    both, rng = TwoEncoders(first, second), np.random.default_rng(1)
    z1, z2 = view(first, rng, shape), view(second, rng, shape)
    u, v = both.embed(z1, z2)
    np.testing.assert_array_equal(u, first.embed(z1, z1)[0])
    np.testing.assert_array_equal(v, second.embed(z2, z2)[1])
    np.testing.assert_array_equal(both(z1), first(z1))
    np.testing.assert_array_equal(both.second(z2), second(z2))


def test_gradients_are_those_of_each(parts):
    first, second = parts
    both, rng = TwoEncoders(first, second), np.random.default_rng(1)
    z1, z2 = view(first, rng), view(second, rng)
    u, v = both.embed(z1, z2)
    du, dv = rng.standard_normal(u.shape), rng.standard_normal(v.shape)
    gradient = both.pullback(z1, z2, du, dv)
    size = first.parameters.size
    np.testing.assert_array_equal(gradient[:size], first.pullback(z1, z1, du, 0 * du))
    np.testing.assert_array_equal(gradient[size:], second.pullback(z2, z2, 0 * dv, dv))


def test_parameters_are_those_of_first_then_second(parts):
    first, second = parts
    both = TwoEncoders(first, second)
    theta = np.arange(both.parameters.size, dtype=float)
    moved = both.with_parameters(theta)
    np.testing.assert_array_equal(moved.first.parameters, theta[: first.parameters.size])
    np.testing.assert_array_equal(moved.second.parameters, theta[first.parameters.size :])
    assert type(moved.second) is type(second)


def test_two_vocabularies():
    both = TwoEncoders.random(3, 8, np.random.default_rng(0), SoftmaxEncoder, second_inputs=5)
    z1 = sparse.csr_array(np.eye(4, 8))
    u, v = both.embed(z1, np.ones((4, 5)))
    assert (u.shape, v.shape) == ((4, 3), (4, 3))
    assert both.pullback(z1, np.ones((4, 5)), u, v).shape == both.parameters.shape


def test_widths_must_agree():
    both = TwoEncoders(LinearEncoder(np.eye(2)), LinearEncoder([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="second must embed into the 2 dimensions of first: width of v = 1"):
        both.embed(np.ones((3, 2)), np.ones((3, 2)))
