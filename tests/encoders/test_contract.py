"""Does every encoder of the registry keep the contract that training relies on?"""

import numpy as np
import pytest

from simsuff.encoders import ENCODERS, Encoder, LookupEncoder, TwoEncoders, linearise
from simsuff.encoders.protocol import parameter_units
from simsuff.losses import LOSSES
from simsuff.models.base import Pairs
from simsuff.training.objective import loss_on

INPUTS, DIM, BATCH = 4, 3, 6
SIZES = np.array([2.0**-40, 2.0**-3, 1.0, 2.0**20])
# Loss settings: every registered loss as it comes, and the options of InfoNCE.
SETTINGS = [(name, {}) for name in LOSSES] + [
    ("infonce", {"symmetric": False}),
    ("infonce", {"temperature": 0.3}),
    ("infonce", {"link": "log"}),
    ("infonce", {"link": "log", "symmetric": False, "temperature": 2.0}),
]


def draw(name, shape, rng):
    """Inputs that the encoder `name` takes."""
    if ENCODERS[name] is LookupEncoder:
        return rng.integers(INPUTS, size=shape)
    return rng.standard_normal((*shape, INPUTS))


@pytest.fixture(params=list(ENCODERS))
def case(request):
    """An encoder of random parameters with pairs (B, K) and a Generator."""
    rng = np.random.default_rng(1)
    encoder = ENCODERS[request.param].random(DIM, INPUTS, rng)
    encoder = encoder.with_parameters(rng.standard_normal(encoder.parameters.size) / 2)
    return encoder, draw(request.param, (2, BATCH), rng), draw(request.param, (2, BATCH), rng), rng


def central_difference(objective, theta, direction):
    """Directional derivative with a bound on its error.

    The differences at h and h/2 err by c h² and c h²/4, so the second is off by a third of their gap to leading
    order (the whole gap is the bound); rounding adds that of the two values, a few ε each, over the step.
    """
    h = np.finfo(float).eps ** (1 / 3)
    wide, narrow = (
        (objective(theta + s * direction)[0] - objective(theta - s * direction)[0]) / (2 * s)
        for s in (h, h / 2)
    )
    size = max(1.0, abs(objective(theta)[0]))
    return narrow, abs(wide - narrow) + 16 * np.finfo(float).eps * size / h


def rounding(z1, z2, du, dv):
    """Bound on the rounding of a pullback (or of an embedding, du and dv being its size).

    A sum of m products x·y in any order errs by at most m ε ‖x‖‖y‖; here x are cotangents, y inputs and their
    products (symbols count as 1), and m is at most rows times INPUTS², for each of two summation orders.
    """
    scale = (np.linalg.norm(du) + np.linalg.norm(dv)) * (
        1 + np.linalg.norm(z1) ** 2 + np.linalg.norm(z2) ** 2
    )
    return 2 * z1.shape[0] * z1.shape[1] * INPUTS**2 * np.finfo(float).eps * scale


@pytest.mark.parametrize(("loss", "options"), SETTINGS, ids=str)
def test_gradient_is_that_of_central_differences(case, loss, options):
    encoder, z1, z2, rng = case
    if options.get("link") == "log":
        # Non-negative parameters and inputs give the non-negative embeddings that the log link needs.
        encoder, z1, z2 = encoder.with_parameters(np.abs(encoder.parameters)), np.abs(z1), np.abs(z2)
    objective = loss_on(encoder, LOSSES[loss], options, Pairs(z1, z2))
    theta = encoder.parameters
    gradient = objective(theta)[1]
    assert gradient.shape == theta.shape
    for direction in [*np.eye(theta.size), rng.standard_normal(theta.size)]:
        slope, bound = central_difference(objective, theta, direction)
        assert abs(gradient @ direction - slope) <= bound


def test_registry_entries_are_encoders(case):
    assert isinstance(case[0], Encoder)


def test_parameters_round_trip(case):
    encoder, z1, _, rng = case
    theta = rng.standard_normal(encoder.parameters.size)
    moved = encoder.with_parameters(theta)
    np.testing.assert_array_equal(moved.parameters, theta)
    assert type(moved) is type(encoder)
    assert not np.array_equal(moved(z1), encoder(z1))


def test_units_undo_a_change_of_the_units_of_the_data(case):
    """The columns of z in other units, by powers of two, and θ in the units that go with them: the same embeddings."""
    encoder, z1, z2, _ = case
    if z1.dtype.kind == "i":
        assert not hasattr(encoder, "units")
        return
    # One scalar multiplies all columns of an augmented encoder, so that they share a unit there.
    sizes = np.full(INPUTS, 2.0**-17) if hasattr(encoder, "scale") and np.ndim(encoder.scale) == 0 else SIZES
    moved = encoder.with_parameters(encoder.parameters * parameter_units(encoder, sizes, sizes))
    for plain, other in zip(encoder.embed(z1, z2), moved.embed(sizes * z1, sizes * z2), strict=True):
        np.testing.assert_array_equal(other, plain)


def test_two_encoders_have_the_units_of_their_own_views():
    encoder = TwoEncoders.random(2, 3, np.random.default_rng(0), second_inputs=2)
    units = parameter_units(encoder, np.array([1.0, 2.0, 4.0]), np.array([8.0, 16.0]))
    np.testing.assert_array_equal(1 / units, [1, 2, 4, 1, 2, 4, 8, 16, 8, 16])


def test_parameters_are_a_copy_and_with_parameters_leaves_the_encoder_alone(case):
    encoder, z1, _, _ = case
    before = encoder(z1).copy()
    encoder.parameters[:] = 0
    encoder.with_parameters(np.ones(encoder.parameters.size))
    np.testing.assert_array_equal(encoder(z1), before)


def test_a_stack_of_batches_is_each_of_its_batches(case):
    encoder, z1, z2, _ = case
    u, v = encoder.embed(z1, z2)
    bound = rounding(z1, z2, u, v)
    total = np.zeros(encoder.parameters.size)
    for b in range(len(z1)):
        ub, vb = encoder.embed(z1[b], z2[b])
        assert max(np.abs(ub - u[b]).max(), np.abs(vb - v[b]).max()) <= bound
        total += encoder.pullback(z1[b], z2[b], ub, vb)
    assert np.abs(encoder.pullback(z1, z2, u, v) - total).max() <= bound


def test_pullback_is_linear_in_the_cotangents(case):
    encoder, z1, z2, rng = case
    u, v = encoder.embed(z1, z2)
    du, dv = rng.standard_normal(u.shape), rng.standard_normal(v.shape)
    both = encoder.pullback(z1, z2, du, dv)
    apart = encoder.pullback(z1, z2, du, 0 * dv) + encoder.pullback(z1, z2, 0 * du, dv)
    assert np.abs(both - apart).max() <= rounding(z1, z2, du, dv)


def test_linearised_is_embedded_and_pulled_back(case):
    encoder, z1, z2, rng = case
    (u, v), pullback = linearise(encoder, z1, z2)
    expected = encoder.embed(z1, z2)
    np.testing.assert_array_equal(u, expected[0])
    np.testing.assert_array_equal(v, expected[1])
    for _ in range(2):  # a pullback may be asked again
        du, dv = rng.standard_normal(u.shape), rng.standard_normal(v.shape)
        np.testing.assert_array_equal(pullback(du, dv), encoder.pullback(z1, z2, du, dv))


def test_encoders_of_ones_own_are_linearised_by_their_two_methods():
    class Mine:
        def embed(self, z1, z2):
            return 2 * z1, 3 * z2

        def pullback(self, z1, z2, du, dv):
            return np.array([(z1 * du).sum(), (z2 * dv).sum()])

    z1, z2 = np.ones((2, 3)), 2 * np.ones((2, 3))
    (u, v), pullback = linearise(Mine(), z1, z2)
    np.testing.assert_array_equal((u, v), (2 * z1, 3 * z2))
    np.testing.assert_array_equal(pullback(u, v), [12.0, 72.0])


def test_wrong_length_of_theta_is_refused(case):
    encoder = case[0]
    with pytest.raises(ValueError, match=r"theta must have \d+ entries: size = \d+; pass a vector"):
        encoder.with_parameters(np.zeros(encoder.parameters.size + 1))
    with pytest.raises(ValueError, match="theta must be finite"):
        encoder.with_parameters(np.full(encoder.parameters.size, np.nan))


@pytest.mark.parametrize("name", list(ENCODERS))
def test_random_encoders_repeat_with_their_seed(name):
    first, second, other = (ENCODERS[name].random(2, 3, np.random.default_rng(s)) for s in (5, 5, 6))
    assert first.parameters.tobytes() == second.parameters.tobytes()
    assert first.parameters.tobytes() != other.parameters.tobytes()


@pytest.mark.parametrize("name", list(ENCODERS))
def test_random_refuses_rank_zero_and_a_missing_generator(name):
    with pytest.raises(ValueError, match="dim must be an integer"):
        ENCODERS[name].random(0, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="rng must be a numpy"):
        ENCODERS[name].random(2, 3, None)


def test_repr_names_the_shape(case):
    assert f"dim={DIM}" in repr(case[0])
