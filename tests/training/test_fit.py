"""Does `fit` minimise the loss it names, and say truthfully how far it got?"""

import numpy as np
import pytest

from simsuff.encoders import (
    ENCODERS,
    HiddenLayerEncoder,
    LinearEncoder,
    LookupEncoder,
    QuadraticOffsetEncoder,
    SoftmaxEncoder,
    TemperedEncoder,
    TwoEncoders,
)
from simsuff.encoders.protocol import parameter_units
from simsuff.losses import LOSSES, infonce
from simsuff.models import FiniteModel, GaussianModel, Pairs
from simsuff.optimizers import Status
from simsuff.training import FitInterrupted, fit

MODEL = GaussianModel.from_correlations([0.9, 0.5, 0.1])
FINITE = FiniteModel([[0.3, 0.05, 0.0], [0.05, 0.2, 0.1], [0.0, 0.1, 0.2]])


def pairs(n=300, seed=0):
    return MODEL.sample(n, np.random.default_rng(seed))


def start(cls=LinearEncoder, dim=2):
    return cls.random(dim, 3, np.random.default_rng(7))


def plain_gradient(weight, z1, z2):
    """∂L̂/∂W of the one-sided InfoNCE of a bilinear score, written out for batches (B, K, d) of pairs."""
    scores = np.einsum("bid,kd,ke,bje->bij", z1, weight, weight, z2)
    shares = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    residual = (shares - np.eye(z1.shape[1])) / (z1.shape[0] * z1.shape[1])
    moment = np.einsum("bij,bid,bje->de", residual, z1, z2)
    return weight @ (moment + moment.T)


def test_lbfgs_on_the_bilinear_score_reaches_a_stationary_point():
    data = pairs()
    result = fit(data, start(), batch=30, symmetric=False)
    assert result.status is Status.CONVERGED
    z1, z2 = (z.reshape(10, 30, 3) for z in data)
    gradient = plain_gradient(result.encoder.weight, z1, z2)
    # Both gradients round in the 15th digit of terms of order one; their sums have 300·30 of them.
    assert abs(np.abs(gradient).max() - result.gradient_norm) <= 300 * 30 * np.finfo(float).eps
    # The value rounds at 1e-16 and the curvature is of order 1/10.
    assert result.gradient_norm <= 1e-7


def test_the_minimiser_beats_its_neighbours():
    data = pairs()
    result = fit(data, start(QuadraticOffsetEncoder), batch=30)
    z1, z2 = (z.reshape(10, 30, 3) for z in data)
    rng = np.random.default_rng(3)
    for _ in range(20):
        theta = result.encoder.parameters + 0.01 * rng.standard_normal(result.encoder.parameters.size)
        assert infonce(*result.encoder.with_parameters(theta).embed(z1, z2))[0] > result.value


@pytest.mark.parametrize("scale", [1e-8, 1e-5, 1e-2, 1.0, 1e2, 1e5, 1e8])
def test_the_unit_of_the_data_makes_no_difference(scale):
    """⟨W z₁/s, W z₂/s⟩ is ⟨(W/s) z₁, (W/s) z₂⟩: one minimum, reached from the same start at any scale of the data."""
    plain = fit(pairs(), start(), batch=30)
    scaled = fit(tuple(scale * z for z in pairs()), start(), batch=30)
    assert scaled.status is Status.CONVERGED
    assert scaled.n_steps > 0
    assert abs(scaled.value - plain.value) <= 1e-14
    gram, other = (r.encoder.weight.T @ r.encoder.weight for r in (plain, scaled))
    assert np.abs(scale**2 * other - gram).max() <= 1e-5


@pytest.mark.parametrize("scale", [1e-9, 1e-7, 1e-5, 1e-2, 1e2, 1e5, 1e7, [1e-6, 1.0, 1e4]], ids=str)
@pytest.mark.parametrize("seed", [0, 2])
def test_no_unit_of_the_data_hides_the_minimum(scale, seed):
    """Offsets have the inverse square of the unit of the data, W its inverse, and columns may have units of their own."""
    plain = fit(pairs(seed=seed), start(QuadraticOffsetEncoder), batch=30)
    scaled = fit(tuple(scale * z for z in pairs(seed=seed)), start(QuadraticOffsetEncoder), batch=30)
    assert scaled.status is Status.CONVERGED
    assert abs(scaled.value - plain.value) <= 1e-14


@pytest.mark.parametrize("kind", [HiddenLayerEncoder, SoftmaxEncoder, TwoEncoders, TemperedEncoder])
def test_small_units_are_no_harder_than_others(kind):
    """From the same function of the data, every encoder of real rows takes about as many steps to the same minimum."""
    encoder = kind.random(2, 3, np.random.default_rng(7))
    small = encoder.with_parameters(
        encoder.parameters * parameter_units(encoder, *2 * [np.full(3, 2.0**-17)])
    )
    plain = fit(pairs(), encoder, batch=30, steps=30)
    scaled = fit(tuple(2.0**-17 * z for z in pairs()), small, batch=30, steps=30)
    assert scaled.n_steps == plain.n_steps
    assert abs(scaled.value - plain.value) <= 1e-12


def test_a_trained_encoder_is_recognised_as_such():
    first = fit(pairs(), start(), batch=30)
    again = fit(pairs(), first.encoder, batch=30)
    assert (again.status, again.n_steps) == (Status.CONVERGED, 0)


def test_the_start_is_not_changed_and_the_kind_is_kept():
    encoder = start()
    before = encoder.parameters
    result = fit(pairs(), encoder, batch=30)
    np.testing.assert_array_equal(encoder.parameters, before)
    assert type(result.encoder) is LinearEncoder


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_value_and_gradient_are_those_at_the_returned_encoder(optimizer):
    data = pairs(305)
    rng = np.random.default_rng(0)
    result = fit(data, start(), batch=30, optimizer=optimizer, steps=5, rng=rng, temperature=0.5)
    assert result.status is Status.MAX_STEPS
    assert (result.n_steps, result.n_used) == (5, 300)
    assert result.history.values.shape == result.history.gradient_norms.shape == (5,)
    z1, z2 = (z[:300].reshape(10, 30, 3) for z in data)
    value, du, dv = infonce(*result.encoder.embed(z1, z2), temperature=0.5)
    assert result.value == value
    assert result.gradient_norm == np.abs(result.encoder.pullback(z1, z2, du, dv)).max()


def test_adam_approaches_the_minimiser_of_lbfgs():
    data = pairs()
    best = fit(data, start(), batch=30).value
    result = fit(data, start(), batch=30, optimizer="adam", rng=np.random.default_rng(0), steps=600)
    first = infonce(*start().embed(*(z.reshape(10, 30, 3) for z in data)))[0]
    # Mini-batch noise at a fixed learning rate leaves a remainder; nine tenths of the way is far outside it.
    assert best <= result.value <= best + 0.1 * (first - best)


def test_adam_on_one_full_batch_converges_and_says_so():
    result = fit(pairs(40), start(), batch=40, optimizer="adam", rng=np.random.default_rng(0), tolerance=1e-3)
    assert result.status is Status.CONVERGED
    assert result.gradient_norm <= 1e-3


def test_a_model_gives_fresh_pairs_each_step():
    result = fit(MODEL, start(), batch=16, rng=np.random.default_rng(0), steps=50)
    assert (result.status, result.n_steps, result.n_used) == (Status.MAX_STEPS, 50, 800)
    assert np.isfinite(result.value)
    assert len(np.unique(result.history.values)) == 50


def test_adam_never_claims_convergence_on_a_model():
    result = fit(MODEL, start(), batch=16, rng=np.random.default_rng(0), steps=3, tolerance=1e9)
    assert result.status is Status.MAX_STEPS


@pytest.mark.parametrize("source", [lambda: MODEL, pairs], ids=["model", "pairs"])
def test_same_seed_same_bytes(source):
    runs = [
        fit(source(), start(), batch=20, optimizer="adam", rng=np.random.default_rng(s), steps=40)
        for s in (1, 1, 2)
    ]
    first, second, other = (run.encoder.parameters.tobytes() + run.history.values.tobytes() for run in runs)
    assert first == second != other


def test_lbfgs_repeats_to_the_byte():
    first, second = (
        fit(pairs(), start(QuadraticOffsetEncoder), batch=30).encoder.parameters for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("name", list(ENCODERS))
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("loss", list(LOSSES))
def test_every_encoder_trains_with_every_loss(name, optimizer, loss):
    rng = np.random.default_rng(2)
    data = (FINITE if ENCODERS[name] is LookupEncoder else MODEL).sample(120, rng)
    encoder = start(ENCODERS[name])
    if name == "softmax" and loss == "chi2":
        # The χ² loss of given batches has no lower bound, which a learned scale would follow until it overflows.
        encoder = SoftmaxEncoder.random(2, 3, rng, learn_scale=False)
    result = fit(data, encoder, loss, batch=20, optimizer=optimizer, rng=rng, steps=60)
    batches = [z.reshape(6, 20, *z.shape[1:]) for z in data]
    before = LOSSES[loss](*encoder.embed(*batches))[0]
    assert result.status in {Status.CONVERGED, Status.MAX_STEPS}
    assert result.value < before


def test_a_callable_serves_as_a_loss():
    def shifted(u, v, *, by):
        value, du, dv = infonce(u, v)
        return value + by, du, dv

    named, own = fit(pairs(), start(), batch=30), fit(pairs(), start(), shifted, batch=30, by=1.0)
    assert own.value == pytest.approx(named.value + 1, rel=1e-8)


def overflow_after(calls):
    """A loss that is NaN from the given call on."""
    seen = []

    def loss(u, v):
        seen.append(1)
        value, du, dv = infonce(u, v)
        return (value if len(seen) < calls else np.nan), du, dv

    return loss


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_not_finite_is_said(optimizer):
    result = fit(
        pairs(), start(), overflow_after(9), batch=30, optimizer=optimizer, rng=np.random.default_rng(0)
    )
    assert result.status is Status.NOT_FINITE
    assert np.isfinite(result.encoder.parameters).all()
    assert not np.array_equal(result.encoder.parameters, start().parameters)


def test_adam_stops_at_a_single_bad_batch():
    seen = []

    def hiccup(u, v):
        seen.append(1)
        value, du, dv = infonce(u, v)
        return (np.nan if len(seen) == 4 else value), du, dv

    result = fit(pairs(), start(), hiccup, batch=30, optimizer="adam", rng=np.random.default_rng(0))
    assert (result.status, result.n_steps) == (Status.NOT_FINITE, 3)
    assert np.isfinite(result.value)


def test_an_overflow_of_the_embeddings_is_not_finite():
    huge = LinearEncoder(np.full((1, 3), 1e200))
    result = fit(pairs(), huge, batch=30)
    assert (result.status, result.n_steps) == (Status.NOT_FINITE, 0)
    assert np.isnan(result.value)
    np.testing.assert_array_equal(result.encoder.weight, huge.weight)


def test_line_search_failed_is_said():
    def uphill(u, v):
        value, du, dv = infonce(u, v)
        return value, -du, -dv

    assert fit(pairs(), start(), uphill, batch=30).status is Status.LINE_SEARCH_FAILED


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_an_interrupt_stops_everything_but_loses_nothing(optimizer):
    seen = []

    def stop_at_five(point):
        seen.append(point)
        if len(seen) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        fit(
            pairs(),
            start(),
            batch=30,
            optimizer=optimizer,
            rng=np.random.default_rng(0),
            callback=stop_at_five,
        )
    assert caught.type is FitInterrupted
    result = caught.value.result
    assert (result.status, result.n_steps) == (Status.INTERRUPTED, 5)
    assert np.isfinite(result.value)
    assert not np.array_equal(result.encoder.parameters, start().parameters)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 1}, "batch must be an integer >= 2"),
        ({"batch": 301}, "batch = 301, n = 300; draw more pairs"),
        ({"batch": 2.5}, "batch must be an integer"),
        ({"encoder": LinearEncoder(np.eye(2))}, "z1 must have 2 entries in the last axis"),
        ({"encoder": LookupEncoder(np.eye(2))}, "z1 must hold integer symbols"),
        ({"loss": "nce"}, "loss must be one of"),
        ({"optimizer": "sgd"}, "optimizer must be one of lbfgs, adam"),
        ({"optimizer": "adam"}, "rng must be a numpy.random.Generator"),
        ({"source": MODEL}, "rng must be a numpy.random.Generator"),
        ({"source": MODEL, "optimizer": "lbfgs"}, "optimizer must be adam for a model"),
        ({"source": np.zeros((4, 3))}, "pairs must be a pair of views"),
        ({"source": (np.zeros((4, 3)), np.zeros((5, 3)))}, "have as many z1 as z2"),
        (
            {"source": Pairs(np.full((300, 3), np.nan), np.zeros((300, 3)))},
            r"z1 must be finite: z1\[0, 0\] = nan",
        ),
        ({"source": Pairs(np.zeros((0, 3)), np.zeros((0, 3)))}, "z1 must be a non-empty numeric array"),
        (
            {"encoder": np.eye(3)},
            r"encoder must be an encoder: type = ndarray; pass for instance LinearEncoder",
        ),
        (
            {"encoder": LinearEncoder},
            "encoder must be an encoder, not a class: class = LinearEncoder; pass LinearEncoder",
        ),
        ({"steps": 0}, "steps must be an integer >= 1"),
        ({"tolerance": -1.0}, "tolerance must be positive"),
        ({"optimizer": "adam", "rng": np.random.default_rng(0), "learning_rate": 0}, "learning_rate must be"),
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"loss": lambda u, v: (0.0, u[..., :1], v)}, "loss must return gradients of shapes"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_arguments_are_refused(changes, message):
    arguments = {"source": pairs(), "encoder": start(), "batch": 30} | changes
    with pytest.raises(ValueError, match=message):
        fit(**arguments)


def test_a_result_is_no_encoder():
    result = fit(pairs(40), start(), batch=20, steps=1)
    with pytest.raises(ValueError, match=r"encoder must be an encoder: .*; pass result.encoder"):
        fit(pairs(), result, batch=30)
