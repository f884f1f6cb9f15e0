"""Do encoders inside a compiled loop compute what the encoders themselves do?"""

from typing import NamedTuple

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
from simsuff.encoders.compiled import (
    FORWARD,
    PULLBACK,
    CompiledEncoder,
    KernelEncoder,
    compiled_encoder,
    forward,
    in_compiled_loops,
    pullback,
)
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.losses import spectral
from simsuff.models import GaussianModel
from simsuff.training import adam_loop, fit
from simsuff.training.adam_loop import planned
from simsuff.training.sources import as_source

K, INPUTS = 7, 5


def draw(seed):
    return np.random.default_rng(seed)


def scaled_softmax(learn_scale):
    rng = draw(1)
    return SoftmaxEncoder(rng.standard_normal((INPUTS, 3)), rng.standard_normal(3), [0.5, 1, 2], learn_scale)


def hidden(sigma, output):
    return HiddenLayerEncoder.random(3, INPUTS, draw(1), hidden=4, hidden_activation=sigma, output=output)


ENCODERS = {
    "linear": LinearEncoder.random(3, INPUTS, draw(1)),
    "quadratic": QuadraticOffsetEncoder(draw(1).standard_normal((2, INPUTS)), np.diag(np.arange(5.0)) + 0.5),
    "lookup": LookupEncoder.random(3, INPUTS, draw(1)),
    "softmax": scaled_softmax(True),
    "softmax, fixed scale": scaled_softmax(False),
    "tanh, linear": hidden("tanh", "linear"),
    "relu, softmax": hidden("relu", "softmax"),
    "tanh, softplus": hidden("tanh", "softplus"),
    "two": TwoEncoders(hidden("relu", "linear"), LinearEncoder.random(3, INPUTS, draw(2))),
}
DENSE_ONLY = {"quadratic", "lookup"}
CASES = [(name, wants) for wants in (False, True) for name in ENCODERS if not (wants and name in DENSE_ONLY)]

# Each number is a sum of some ten products of order one, taken in another order.
ROUNDING = 100 * float(np.finfo(np.float64).eps)


def views(name):
    """Two batches as the encoder itself takes them."""
    rng = draw(3)
    if name == "lookup":
        return tuple(rng.integers(0, INPUTS, K) for _ in range(2))
    return tuple(rng.poisson(0.7, (K, INPUTS)).astype(float) for _ in range(2))


def _both_ways(encoder, theta, z1, z2, u, v, du, dv, gradient, work1, work2):
    forward(encoder, theta, z1, 0, u, work1)
    forward(encoder, theta, z2, 1, v, work2)
    pullback(encoder, theta, z1, 0, u, du, gradient, work1)
    pullback(encoder, theta, z2, 1, v, dv, gradient, work2)


def run(function, name, is_sparse, du, dv):
    """(u, v, gradient) by the compiled form of an encoder."""
    encoder = ENCODERS[name]
    form = compiled_encoder(encoder)
    z1, z2 = (SparseRows.of(sparse.csr_array(z)) if is_sparse else z for z in views(name))
    u, v = np.empty((K, form.width)), np.empty((K, form.width))
    gradient = np.zeros(encoder.parameters.size)
    work = (np.empty(K * form.work), np.empty(K * form.work))
    function(form.map, encoder.parameters, z1, z2, u, v, du.copy(), dv.copy(), gradient, *work)
    return u, v, gradient


@pytest.mark.parametrize(("name", "is_sparse"), CASES)
def test_forms_agree_with_their_encoders(name, is_sparse):
    encoder = ENCODERS[name]
    z1, z2 = views(name)
    u, v = encoder.embed(z1, z2)
    du, dv = draw(4).standard_normal(u.shape), draw(5).standard_normal(v.shape)
    found = run(_both_ways, name, is_sparse, du, dv)
    for left, right in zip(found, (u, v, encoder.pullback(z1, z2, du, dv)), strict=True):
        assert np.abs(left - right).max() <= ROUNDING * max(1, np.abs(right).max())


# The others are compiled inside the loops of tests/training/test_adam_loop.py.
def test_the_compiled_quadratic_encoder_agrees_with_plain_python():
    width = compiled_encoder(ENCODERS["quadratic"]).width
    du, dv = draw(4).standard_normal((K, width)), draw(5).standard_normal((K, width))
    plain = run(_both_ways, "quadratic", False, du, dv)
    compiled = run(jit(_both_ways, cache=False), "quadratic", False, du, dv)
    for left, right in zip(compiled, plain, strict=True):
        assert np.abs(left - right).max() <= ROUNDING * max(1, np.abs(right).max())


@pytest.mark.parametrize("name", ENCODERS)
def test_pullbacks_are_gradients(name):
    encoder = ENCODERS[name]
    form = compiled_encoder(encoder)
    du, dv = draw(4).standard_normal((K, form.width)), draw(5).standard_normal((K, form.width))
    gradient = run(_both_ways, name, False, du, dv)[2]
    z1, z2 = views(name)

    def value(theta):
        u, v = encoder.with_parameters(theta).embed(z1, z2)
        return float((u * du).sum() + (v * dv).sum())

    # Central differences of step h err by h² times a third derivative and by ε/h: 1e-10 each, of sums of 100 terms.
    h, theta = 1e-5, encoder.parameters
    for i in range(theta.size):
        step = h * np.eye(theta.size)[i]
        slope = (value(theta + step) - value(theta - step)) / (2 * h)
        assert abs(slope - gradient[i]) <= 100 * 1e-8


def test_a_sum_is_added_to_the_gradient():
    du = np.ones((K, 3))
    once = run(_both_ways, "linear", False, du, du)[2]

    def twice(encoder, theta, z1, z2, u, v, du, dv, gradient, work1, work2):
        for _ in range(2):
            _both_ways(encoder, theta, z1, z2, u, v, du.copy(), dv.copy(), gradient, work1, work2)

    np.testing.assert_array_equal(run(twice, "linear", False, du, du)[2], 2 * once)


def test_encoders_of_ones_own_have_no_form():
    class Mine(LinearEncoder):
        pass

    mine = Mine(np.eye(2))
    assert compiled_encoder(mine) is None
    assert compiled_encoder(object()) is None
    assert compiled_encoder(TwoEncoders(mine, LinearEncoder(np.eye(2)))) is None
    assert compiled_encoder(TwoEncoders(LookupEncoder(np.eye(2)), LinearEncoder(np.eye(2)))) is None
    assert compiled_encoder(TwoEncoders(LinearEncoder(np.eye(3)), LinearEncoder(np.eye(2)))) is None


def test_every_form_has_a_way_forward_and_back():
    for encoder in ENCODERS.values():
        kind = type(compiled_encoder(encoder).map)
        assert FORWARD.handles(kind)
        assert PULLBACK.handles(kind)
    assert not FORWARD.handles(int)


class StretchMap(NamedTuple):
    """z ↦ θ ∘ z, an encoder that the library does not know."""

    inputs: int


def stretch(encoder, theta, z, side, out, work):  # noqa: ARG001
    for i in range(z.shape[0]):
        for k in range(encoder.inputs):
            out[i, k] = theta[k] * z[i, k]


def pull_stretch(encoder, theta, z, side, out, cotangents, gradient, work):  # noqa: ARG001
    for i in range(z.shape[0]):
        for k in range(encoder.inputs):
            gradient[k] += cotangents[i, k] * z[i, k]


@in_compiled_loops(StretchMap, stretch, pull_stretch)
class Stretch(KernelEncoder):
    def __init__(self, factors):
        self.factors = np.array(factors, dtype=float)

    @property
    def parameters(self):
        return self.factors.copy()

    def with_parameters(self, theta):
        return type(self)(theta)

    def compiled(self):
        size = self.factors.size
        return CompiledEncoder(StretchMap(size), (size, size), size)


def test_an_encoder_from_outside_trains_in_compiled_loops_by_one_registration(monkeypatch):
    # Not in the cache, which other processes share that could not import the class.
    monkeypatch.setattr(adam_loop, "train", jit(adam_loop.train.py_func, cache=False))

    class Derived(Stretch):
        pass

    model, start = GaussianModel.from_correlations([0.9, 0.5]), [0.3, 0.4]
    assert planned(as_source(model, 8), Stretch(start), spectral, {}) is not None
    assert planned(as_source(model, 8), Derived(start), spectral, {}) is None
    found, expected = (
        fit(model, kind(start), loss="spectral", batch=8, rng=draw(0), steps=120).encoder
        for kind in (Stretch, Derived)
    )
    assert type(found) is Stretch
    # Rounding that 120 steps of Adam carry on.
    assert np.abs(found.parameters - expected.parameters).max() <= 1e-9
