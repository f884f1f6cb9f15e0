"""Is the least InfoNCE loss of the explorer that of the theory, and does no encoder of unit length beat its floor?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.encoders import LinearEncoder, LookupEncoder
from simsuff.encoders.protocol import ScoreForm
from simsuff.explorer import infonce_optimum, temperature_floor
from simsuff.explorer.optimum import ENTRIES, MOST_ANCHORS, Draws, UnitLength, unit_length_excess
from simsuff.models import FiniteModel, GaussianModel, SphereModel
from simsuff.population.finite_k import infonce_risk, information_k
from simsuff.strategies import joint_tables
from simsuff.sufficiency import encoder_excess_estimate, finite_k_excess

# Standard errors, at fixed seeds.
ERRORS = 4.0
VIEWS = GaussianModel.from_correlations([0.9, 0.6, 0.2])
NOTHING = ScoreForm(np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3)))


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_finite_model_has_its_exact_optimum():
    model = FiniteModel.from_views([0.5, 0.5], [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
    assert infonce_optimum(model, 8).value == math.log(8) - information_k(model, 8)


@pytest.mark.parametrize("K", [2, 16, 200])
def test_the_gaussian_optimum_is_that_of_plain_monte_carlo(K):
    """I_K is the excess of a constant score, which `finite_k_excess` estimates without a control variate."""
    optimum, plain = infonce_optimum(VIEWS, K, rng()), finite_k_excess(VIEWS, NOTHING, K, 40_000, rng(1))
    gap = math.log(K) - plain.value - optimum.value
    assert abs(gap) <= ERRORS * math.hypot(optimum.stderr, plain.stderr)


def test_two_candidates_by_quadrature():
    """I_2 = E log(2r₁/(r₁ + r₂)) = log 2 − E log(1 + r₂/r₁) for one correlation, over Gauss–Hermite nodes."""
    rho, (nodes, weights) = 0.6, np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    u, w1, v2 = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    v1 = rho * u + math.sqrt(1 - rho**2) * w1
    logs = [rho * u * v / (1 - rho**2) - rho**2 * v**2 / (2 * (1 - rho**2)) for v in (v1, v2)]
    loss = np.einsum("i,j,k,ijk", weights, weights, weights, np.logaddexp(0, logs[1] - logs[0]))
    optimum = infonce_optimum(GaussianModel.from_correlations([rho]), 2, rng())
    assert abs(optimum.value - loss) <= ERRORS * optimum.stderr


@pytest.mark.parametrize("K", [2, 300, 20_000])
def test_the_gaussian_optimum_lies_between_the_bounds_of_b2(K):
    optimum, information = infonce_optimum(VIEWS, K, rng()), VIEWS.information("kl")
    slack = ERRORS * optimum.stderr
    assert max(0.0, math.log(K) - information) - slack <= optimum.value
    assert optimum.value <= math.log(K) - information + math.log1p(VIEWS.information("chi2") / K) + slack
    assert optimum.stderr < 0.01


def test_independent_views_have_log_k():
    optimum = infonce_optimum(GaussianModel.from_correlations([0.0, 0.0]), 50, rng())
    assert optimum.value == pytest.approx(math.log(50), abs=1e-12)


def test_equal_generators_give_equal_optima():
    assert infonce_optimum(VIEWS, 40, rng(5)) == infonce_optimum(VIEWS, 40, rng(5))


@pytest.mark.parametrize("K", [2, 3, 64, 512, 10_000, 65_536])
def test_the_draws_stay_within_what_they_may_cost(K):
    batches, anchors = Draws.enough(K)
    assert batches >= 8
    assert 1 <= anchors <= K
    assert anchors * batches <= 2 * MOST_ANCHORS
    assert anchors * batches * K <= max(ENTRIES, 8 * K)


def test_few_anchors_of_many_candidates_estimate_the_same():
    encoder = UnitLength(LinearEncoder(np.eye(3)[:2]))
    some = unit_length_excess(VIEWS, encoder, 400, 0.5, rng())
    rows = finite_k_excess(VIEWS, encoder, 400, 12_000, rng(1), temperature=0.5)
    assert abs(some.value - rows.value) <= ERRORS * math.hypot(some.stderr, rows.stderr)


def test_anchors_are_those_of_every_kind_of_model():
    """Of a finite model by its pmi, of a sphere by its table: with all K rows the estimate is the one without anchors."""
    finite = FiniteModel([[0.3, 0.1], [0.1, 0.5]])
    for model, encoder in (
        (finite, LookupEncoder([[1.0], [-1.0]])),
        (SphereModel(3, 2.0), LinearEncoder(np.eye(3))),
    ):
        whole = encoder_excess_estimate(model, encoder, 4, 400, rng())
        assert finite_k_excess(model, encoder, 4, 400, rng(), anchors=4) == whole
        some = finite_k_excess(model, encoder, 4, 400, rng(), anchors=2)
        assert some != whole
        assert abs(some.value - whole.value) <= ERRORS * math.hypot(some.stderr, whole.stderr)


def test_columns_need_every_anchor():
    with pytest.raises(ValueError, match="anchors must be K where symmetric: anchors = 2"):
        finite_k_excess(VIEWS, NOTHING, 4, 400, rng(), True, anchors=2)
    with pytest.raises(ValueError, match=r"anchors must be an integer in \[1, 4\]"):
        finite_k_excess(VIEWS, NOTHING, 4, 400, rng(), anchors=5)


@given(
    joint_tables().map(FiniteModel),
    st.integers(2, 6),
    st.floats(0.05, 5.0),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_no_unit_length_embeddings_go_below_the_floor(model, K, temperature, dimension, seed):
    u, v = (
        x / np.linalg.norm(x, axis=1, keepdims=True)
        for x in (rng(seed).normal(size=(size, dimension)) for size in model.shape)
    )
    loss = math.log(K) + infonce_risk(model, u @ v.T / temperature, K)
    # A loss is a sum of terms of size at most 2/t + log K.
    assert loss >= temperature_floor(K, temperature) - 1e-12 * (1 + 2 / temperature)


def test_the_floor_is_nearly_attained_by_many_directions():
    """Views that coincide, embedded as the corners of a regular simplex: the loss is the floor's up to chance doubles."""
    size = 100
    corners = np.eye(size) - 1 / size
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    loss = math.log(2) + infonce_risk(FiniteModel(np.eye(size) / size), corners @ corners.T / 0.5, 2)
    assert 0 <= loss - temperature_floor(2, 0.5) < 0.02


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf, "0.5"])
def test_unusable_temperatures_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be positive and finite"):
        temperature_floor(8, temperature)


@pytest.mark.parametrize(
    ("model", "K", "source", "message"),
    [
        (VIEWS, 1, rng(), "K must be an integer >= 2"),
        (VIEWS, 2.5, rng(), "K must be an integer >= 2"),
        (VIEWS, 8, None, "rng must be a numpy.random.Generator"),
        ("normal", 8, rng(), "model must be a FiniteModel or a GaussianModel"),
    ],
)
def test_unusable_arguments_are_refused(model, K, source, message):
    with pytest.raises(ValueError, match=message):
        infonce_optimum(model, K, source)
