"""Is the hidden layer what its formula says, with each activation, and are its gradients right?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import HiddenLayerEncoder

EPS = float(np.finfo(np.float64).eps)
HIDDEN = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}
OUTPUT = {
    "linear": lambda x: x,
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True),
    "softplus": lambda x: np.log(1 + np.exp(x)),
}


@pytest.fixture(params=[(a, b) for a in HIDDEN for b in OUTPUT], ids=str)
def encoder(request):
    rng = np.random.default_rng(0)
    start = HiddenLayerEncoder.random(3, 4, rng, 5, *request.param)
    return start.with_parameters(rng.standard_normal(start.parameters.size))


def test_forward_is_the_formula(encoder):
    z = np.random.default_rng(1).standard_normal((2, 7, 4))
    weights = encoder.layers
    sigma, output = (table[name] for table, name in zip((HIDDEN, OUTPUT), encoder._choices, strict=True))
    expected = output(sigma(z @ weights.inner + weights.inner_bias) @ weights.outer + weights.outer_bias)
    assert np.abs(encoder(z) - expected).max() <= 256 * EPS
    assert encoder(z).shape == (2, 7, 3)


def test_pullback_against_central_differences(encoder):
    rng = np.random.default_rng(2)
    z1, z2 = rng.standard_normal((2, 6, 4))
    du, dv = rng.standard_normal((2, 6, 3))

    def pairing(theta):
        u, v = encoder.with_parameters(theta).embed(z1, z2)
        return (du * u).sum() + (dv * v).sum()

    theta, h = encoder.parameters, EPS ** (1 / 3)
    gradient = encoder.pullback(z1, z2, du, dv)
    for direction in np.eye(theta.size):
        wide, narrow = (
            (pairing(theta + s * direction) - pairing(theta - s * direction)) / (2 * s) for s in (h, h / 2)
        )
        # Off by a third of the gap to leading order; rounding of sums of size 100 over the step.
        assert abs(gradient @ direction - narrow) <= abs(wide - narrow) + 100 * 16 * EPS / h


def test_sparse_rows_are_dense_rows(encoder):
    counts = np.random.default_rng(3).poisson(1.0, size=(9, 4))
    cotangents = np.random.default_rng(4).standard_normal((9, 3))
    rows = sparse.csr_array(counts)
    assert np.abs(encoder(rows) - encoder(counts)).max() <= 1000 * EPS
    ours, dense = (encoder.pullback(z, z, cotangents, cotangents) for z in (rows, counts))
    assert np.abs(ours - dense).max() <= 10_000 * EPS


def test_positive_outputs_stay_positive_far_out():
    for output in ("softmax", "softplus"):
        encoder = HiddenLayerEncoder([[1.0]], [0.0], [[1000.0, -1000.0]], [0.0, 0.0], "relu", output)
        values = encoder(np.array([[1.0], [50.0]]))
        assert np.isfinite(values).all()
        assert (values >= 0).all()


REFUSED = [
    (
        {"hidden_activation": "sine"},
        "hidden_activation must be one of tanh, relu: hidden_activation = 'sine'",
    ),
    ({"output": "exp"}, "output must be one of linear, softmax, softplus"),
    ({"outer": np.ones((3, 1))}, "outer must have 2 rows"),
    ({"inner_bias": np.zeros(3)}, "inner_bias must have 2 entries: size = 3; give one for each hidden unit"),
    ({"outer_bias": np.zeros(2)}, "outer_bias must have 1 entries"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_bad_input_is_refused(change, message):
    good = {"inner": np.ones((3, 2)), "inner_bias": [0.0, 0.0], "outer": np.ones((2, 1)), "outer_bias": [0.0]}
    HiddenLayerEncoder(**good)
    with pytest.raises(ValueError, match=message):
        HiddenLayerEncoder(**(good | change))
