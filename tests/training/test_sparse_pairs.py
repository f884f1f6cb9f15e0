"""Does training on sparse counts give what it gives on the same counts as dense arrays?"""

import sys
from itertools import islice

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import HiddenLayerEncoder, LinearEncoder, SoftmaxEncoder, TwoEncoders
from simsuff.losses import infonce
from simsuff.models import Pairs, TopicModel
from simsuff.optimizers import Status
from simsuff.sufficiency import encoder_excess
from simsuff.training import fit
from simsuff.training.sources import PairSource

MODEL = TopicModel.random(2, 5, 4, np.random.default_rng(0), separation=0.8)
DENSE = MODEL.sample(205, np.random.default_rng(1), sparse=False)
SPARSE = Pairs(*(sparse.csr_array(z) for z in DENSE))
ENCODERS = {
    "linear": LinearEncoder.random(2, 5, np.random.default_rng(2)),
    "softmax": SoftmaxEncoder.random(2, 5, np.random.default_rng(2)),
    "hidden": HiddenLayerEncoder.random(2, 5, np.random.default_rng(2), output="softplus"),
    "two": TwoEncoders.random(2, 5, np.random.default_rng(2), SoftmaxEncoder),
}
# A step moves the parameters by sums of some hundred terms of order one; five steps add up.
ROUNDING = 1e5 * float(np.finfo(np.float64).eps)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_sparse_and_dense_pairs_train_alike(name, optimizer):
    runs = [
        fit(data, ENCODERS[name], batch=20, optimizer=optimizer, rng=np.random.default_rng(0), steps=5)
        for data in (DENSE, SPARSE)
    ]
    assert runs[0].n_used == runs[1].n_used == 200
    assert np.abs(runs[0].history.values - runs[1].history.values).max() <= ROUNDING
    assert abs(runs[0].value - runs[1].value) <= ROUNDING
    assert np.abs(runs[0].encoder.parameters - runs[1].encoder.parameters).max() <= ROUNDING


def test_the_value_is_the_mean_over_batches():
    result = fit(SPARSE, ENCODERS["softmax"], batch=20, steps=3, link="log")
    z1, z2 = (z[:200].reshape(10, 20, 5) for z in DENSE)
    value = infonce(*result.encoder.embed(z1, z2), link="log")[0]
    assert abs(result.value - value) <= ROUNDING


def test_streams_of_sparse_rows_are_those_of_dense_rows():
    first, second = (
        list(islice(PairSource(data, 20).stream(np.random.default_rng(3)), 12)) for data in (DENSE, SPARSE)
    )
    for dense, thin in zip(first, second, strict=True):
        np.testing.assert_array_equal(thin.z1.toarray(), dense.z1)
        np.testing.assert_array_equal(thin.z2.toarray(), dense.z2)


def test_the_well_specified_encoder_reaches_the_truth():
    """F1: two topics, two outputs, log link: L-BFGS leaves the excess of estimation only, of order q/(2n)."""
    data = MODEL.sample(20_000, np.random.default_rng(4), sparse=True)
    result = fit(data, ENCODERS["softmax"], batch=20, link="log", steps=300)
    assert result.status in {Status.CONVERGED, Status.MAX_STEPS}
    excess = encoder_excess(MODEL, result.encoder, np.inf, link="log")
    # G5: (q + (K − 1) tr H⁻¹C)/(2n) ≤ qK/(2n) by Cauchy–Schwarz, with q = 14 parameters and K = 20.
    assert 0 <= excess <= 14 * 20 / (2 * 20_000)
    start = encoder_excess(MODEL, ENCODERS["softmax"], np.inf, link="log")
    assert excess < start / 20


def test_model_sources_may_draw_sparse_rows():
    class Thin:
        def sample(self, n, rng):
            return MODEL.sample(n, rng, sparse=True)

    runs = [
        fit(source, ENCODERS["softmax"], batch=20, rng=np.random.default_rng(0), steps=5, link="log")
        for source in (MODEL, Thin())
    ]
    assert np.abs(runs[0].encoder.parameters - runs[1].encoder.parameters).max() <= ROUNDING


def test_cosine_ends_closer_than_a_constant_rate(monkeypatch):
    options = {"batch": 5, "optimizer": "adam", "steps": 400, "learning_rate": 0.03}
    # In the interpreter, which takes less than to compile the loop; that loop follows the same schedule.
    monkeypatch.setattr(sys.modules["simsuff.training.fit"], "WORTH_COMPILING", options["steps"] + 1)
    constant, cosine = (
        fit(SPARSE, ENCODERS["linear"], rng=np.random.default_rng(0), schedule=schedule, **options)
        for schedule in ("constant", "cosine")
    )
    assert cosine.value < constant.value
    # The noise of the batches no longer moves the parameters away from where their mean gradient vanishes.
    assert cosine.gradient_norm < constant.gradient_norm / 2


REFUSED = [
    (
        (sparse.csr_array(np.ones((3, 2))), sparse.csr_array(np.ones((4, 2)))),
        "pairs must have as many z1 as z2",
    ),
    (
        (sparse.csr_array(np.full((3, 2), np.nan)), sparse.csr_array(np.ones((3, 2)))),
        r"z1 must be finite: z1\[0\]",
    ),
    ((sparse.csr_array((3, 0)), sparse.csr_array((3, 0))), "z1 must be a non-empty numeric array"),
]


@pytest.mark.parametrize(("pairs", "message"), REFUSED)
def test_bad_pairs_are_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        fit(pairs, ENCODERS["softmax"], batch=2)


def test_encoders_of_dense_rows_refuse_sparse_ones():
    from simsuff.encoders import QuadraticOffsetEncoder

    encoder = QuadraticOffsetEncoder.random(2, 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="z1 must hold dense rows: type = csr_array"):
        fit(SPARSE, encoder, batch=20)


def test_unknown_schedules_are_refused():
    with pytest.raises(ValueError, match="schedule must be one of constant, cosine: schedule = 'linear'"):
        fit(SPARSE, ENCODERS["softmax"], batch=20, schedule="linear")
