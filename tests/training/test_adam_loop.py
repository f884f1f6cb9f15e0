"""Does the compiled loop do what the interpreted loop does, step by step, and hand over where it cannot?"""

from functools import partial

import numpy as np
import pytest
from scipy import sparse

from simsuff.corpora import HalfDocuments, unit_rows
from simsuff.encoders import (
    AugmentedLinearEncoder,
    HiddenLayerEncoder,
    LinearEncoder,
    LookupEncoder,
    QuadraticOffsetEncoder,
    SoftmaxEncoder,
    TemperedEncoder,
    TwoEncoders,
)
from simsuff.losses import chi2, f_contrastive, infonce, spectral
from simsuff.models import (
    FiniteModel,
    GaussianModel,
    Pairs,
    SubsampledTopicModel,
    TopicModel,
    TwoModalityTopicModel,
)
from simsuff.optimizers import Adam, Status
from simsuff.optimizers.adam import cosine
from simsuff.training import FitInterrupted, fit
from simsuff.training import adam_loop as loops
from simsuff.training.adam_loop import adam_loop, compiled_adam_loop, planned, train
from simsuff.training.fit import WORTH_COMPILING
from simsuff.training.objective import loss_on
from simsuff.training.sources import as_source

K, STEPS, WIDTH = 6, 7, 5


def seeded(seed=0):
    return np.random.default_rng(seed)


GAUSSIAN = GaussianModel([[2.0, 0.3], [0.3, 1.0]], [[0.5, 0.1], [0.2, 0.3]], np.eye(2))
FINITE = FiniteModel([[0.3, 0.05, 0.0], [0.05, 0.2, 0.1], [0.0, 0.1, 0.2]])
TOPIC = TopicModel.random(3, WIDTH, 4, seeded())
LARGE = TopicModel.random(3, 150, 4, seeded())
COUNTS = sparse.csr_array(TOPIC.sample(20, seeded(), sparse=True).z1)
# Three batches without a remainder; the other pairs leave one.
OWN = Pairs(seeded(1).standard_normal((3 * K, 2)), seeded(2).standard_normal((3 * K, 2)))

SOURCES = {
    "gaussian": (GAUSSIAN, 2),
    "diagonal gaussian": (GaussianModel.from_correlations([0.2, 0.9]), 2),
    "finite": (FINITE, 0),
    "topic": (TOPIC, WIDTH),
    "sparse topic": (LARGE, 150),
    "subsampled": (SubsampledTopicModel(TOPIC.topics, TOPIC.prior, 3, 5), WIDTH),
    "two modalities": (TwoModalityTopicModel(TOPIC, TOPIC.with_words(2)), WIDTH),
    "half-documents": (HalfDocuments(COUNTS), WIDTH),
    "unit half-documents": (HalfDocuments(COUNTS, unit_rows), WIDTH),
    "pairs": (OWN, 2),
    "pairs of integers": (TOPIC.sample(20, seeded()), WIDTH),
    "sparse pairs": (Pairs(*(sparse.csr_array(z) for z in TOPIC.sample(20, seeded()))), WIDTH),
    "pairs of symbols": (FINITE.sample(20, seeded()), 0),
}
DENSE = {
    "gaussian",
    "diagonal gaussian",
    "topic",
    "subsampled",
    "two modalities",
    "pairs",
    "pairs of integers",
}
LOSSES = {
    "infonce": (infonce, {"temperature": 0.5}),
    "one-sided": (infonce, {"symmetric": False}),
    "log": (infonce, {"link": "log"}),
    "log, tempered": (infonce, {"link": "log", "temperature": 0.7}),
    "spectral": (spectral, {}),
    "chi2": (chi2, {"temperature": 2.0}),
    "js": (f_contrastive, {"divergence": "js", "temperature": 2.0}),
}


def encoder_for(kind, inputs):
    rng = seeded(5)
    if inputs == 0:
        return LookupEncoder(1 + np.abs(rng.standard_normal((3, 2))))
    if kind == "quadratic":
        return QuadraticOffsetEncoder.random(2, inputs, rng)
    if kind == "hidden":
        return HiddenLayerEncoder.random(2, inputs, rng, hidden=3, output="softplus")
    if kind == "tempered":
        return TemperedEncoder(HiddenLayerEncoder.random(2, inputs, rng, hidden=3, output="softmax"), 0.5)
    if kind == "two":
        return TwoEncoders.random(2, inputs, rng, SoftmaxEncoder)
    kinds = {"linear": LinearEncoder, "augmented": AugmentedLinearEncoder, "softmax": SoftmaxEncoder}
    return kinds[kind].random(2, inputs, rng)


def cases():
    for name, (_, inputs) in SOURCES.items():
        kinds = ["lookup"] if inputs == 0 else ["linear", "augmented", "softmax", "hidden", "two"]
        kinds += ["quadratic"] if name in DENSE else []
        kinds += ["tempered"] if name == "pairs" else []
        for kind in kinds:
            for loss in LOSSES:
                # One case is enough for a loss of second moments.
                if loss == "chi2" and (name, kind) != ("pairs", "linear"):
                    continue
                if "log" not in loss or kind in {"softmax", "hidden", "two", "lookup"}:
                    yield name, kind, loss


# Parameters move by sums of some hundred terms of order one, seven times over.
ROUNDING = 1e4 * float(np.finfo(np.float64).eps)


def both(name, kind, loss, callback=None, steps=STEPS):
    """(status, history, parameters, next number of the generator) of the interpreted and of the compiled loop."""
    source, inputs = SOURCES[name]
    encoder, (function, options) = encoder_for(kind, inputs), LOSSES[loss]
    objective_on = partial(loss_on, encoder, function, options, batch=K)
    outcomes = []
    for way in ("interpreted", "compiled"):
        # A small floor would divide the rounding of a vanishing gradient by itself.
        rng, position, data = seeded(9), Adam(encoder.parameters, 0.05, floor=1.0), as_source(source, K)
        if way == "interpreted":
            run = adam_loop(objective_on, data.stream(rng), position, steps, callback, cosine)
        else:
            plan = planned(data, encoder, function, options)
            assert plan is not None
            run = compiled_adam_loop(plan, rng, objective_on, position, steps, callback, cosine)
        outcomes.append((*run, position.parameters, rng.random(), position.n_steps))
    return outcomes


def assert_alike(plain, compiled):
    assert plain[0] is compiled[0]
    for left, right in ((plain[1].values, compiled[1].values), (plain[2], compiled[2])):
        assert np.abs(left - right).max() <= ROUNDING * max(1, np.abs(left).max())
    np.testing.assert_allclose(
        plain[1].gradient_norms, compiled[1].gradient_norms, rtol=ROUNDING, atol=ROUNDING
    )
    assert plain[3:] == compiled[3:]


@pytest.mark.parametrize(("name", "kind", "loss"), list(cases()))
def test_the_loop_in_plain_python_is_the_interpreted_loop(monkeypatch, name, kind, loss):
    monkeypatch.setattr(loops, "train", train.py_func)
    assert_alike(*both(name, kind, loss))


# Each compiles for seconds: sources, encoders and losses once each, and what other tests and the benchmarks train, too.
@pytest.mark.parametrize(
    ("name", "kind", "loss"),
    [
        ("gaussian", "linear", "spectral"),
        ("diagonal gaussian", "linear", "infonce"),
        ("finite", "lookup", "log"),
        ("sparse topic", "softmax", "log"),
        ("two modalities", "two", "log"),
        ("unit half-documents", "hidden", "spectral"),
        ("pairs", "linear", "chi2"),
        ("pairs", "tempered", "spectral"),
        ("sparse pairs", "softmax", "log, tempered"),
    ],
)
def test_the_compiled_loop_is_the_interpreted_loop(name, kind, loss):
    assert_alike(*both(name, kind, loss, steps=60))


def test_a_callback_sees_the_points_of_the_interpreted_loop():
    seen = []
    both("gaussian", "linear", "spectral", seen.append)
    for plain, compiled in zip(seen[:STEPS], seen[STEPS:], strict=True):
        assert np.abs(plain.parameters - compiled.parameters).max() <= ROUNDING
        assert abs(plain.value - compiled.value) <= ROUNDING
        assert np.abs(plain.gradient - compiled.gradient).max() <= ROUNDING
    assert not np.array_equal(seen[-1].gradient, seen[-2].gradient)


def train_long(source=GAUSSIAN, encoder=None, **changes):
    """A fit in the compiled loop; by the loss that compiles fastest, unless a link asks for InfoNCE."""
    arguments = {"batch": K, "optimizer": "adam", "steps": 2 * WORTH_COMPILING, "rng": seeded(3)} | changes
    arguments.setdefault("loss", "infonce" if "link" in changes else "spectral")
    return fit(source, encoder or encoder_for("linear", 2), **arguments)


@pytest.mark.parametrize(("source", "loss"), [(GAUSSIAN, "spectral"), (OWN, "chi2")], ids=["model", "pairs"])
def test_same_seed_same_bytes(source, loss):
    first, second, other = (train_long(source, loss=loss, rng=seeded(s)) for s in (1, 1, 2))
    runs = [r.encoder.parameters.tobytes() + r.history.values.tobytes() for r in (first, second, other)]
    assert runs[0] == runs[1] != runs[2]
    assert np.isfinite(first.value)


def test_the_length_of_slices_changes_nothing(monkeypatch):
    whole = train_long().encoder.parameters
    monkeypatch.setattr(loops, "SLICE", 0.0)
    np.testing.assert_array_equal(train_long().encoder.parameters, whole)


def test_an_interrupt_between_slices_loses_nothing(monkeypatch):
    calls = []

    def interrupted(*arguments):
        calls.append(arguments[-1])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return train(*arguments)

    train = loops.train
    monkeypatch.setattr(loops, "train", interrupted)
    with pytest.raises(FitInterrupted) as caught:
        train_long()
    result = caught.value.result
    assert (result.status, result.n_steps) == (Status.INTERRUPTED, calls[0] + calls[1])
    assert result.history.values.size == result.n_steps
    short = train_long(steps=2 * WORTH_COMPILING)
    np.testing.assert_array_equal(result.history.values, short.history.values[: result.n_steps])
    assert np.isfinite(result.value)


def test_an_interrupt_in_a_callback_counts_its_step():
    seen = []

    def stop(point):
        seen.append(point)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(FitInterrupted) as caught:
        train_long(callback=stop)
    assert caught.value.result.n_steps == 4


def test_an_overflow_stops_the_loop_and_says_so():
    result = train_long(encoder=LinearEncoder(np.full((1, 2), 1e160)))
    assert (result.status, result.n_steps) == (Status.NOT_FINITE, 0)
    assert np.isnan(result.value)


def test_an_infinite_loss_on_the_way_stops_the_loop():
    """Pairs of symbols whose inner product is 0 come up sooner or later, and cost +∞ under the log link."""
    table = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    model = FiniteModel([[0.0, 0.995, 0.005], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    result = train_long(model, LookupEncoder(table), link="log", learning_rate=1e-9)
    assert result.status is Status.NOT_FINITE
    assert 0 <= result.n_steps < 2 * WORTH_COMPILING


def test_errors_of_the_loss_come_through():
    with pytest.raises(ValueError, match="u must be non-negative under the log link"):
        train_long(link="log")


def test_a_step_that_compiled_code_leaves_is_done_by_the_interpreter(monkeypatch):
    """A loop that gives up on every third step gives the same results."""
    whole = train_long()
    calls = []

    def reluctant(source, encoder, loss, rng, buffers, position, record, steps):
        calls.append(steps)
        if len(calls) % 3 == 0:
            compiled_adam_draw(source, rng, buffers.z1, buffers.z2)
            return False
        return train(source, encoder, loss, rng, buffers, position, record, 1)

    from simsuff.models.base import draw as compiled_adam_draw

    train = loops.train
    monkeypatch.setattr(loops, "train", reluctant)
    result = train_long()
    assert result.n_steps == whole.n_steps
    difference = np.abs(result.history.values - whole.history.values).max()
    assert difference <= 100 * ROUNDING


@pytest.mark.parametrize(
    ("source", "encoder", "message"),
    [
        (GAUSSIAN, LinearEncoder(np.eye(3)), "z1 must have 3 entries in the last axis"),
        (GAUSSIAN, LookupEncoder(np.eye(3)), "z1 must hold integer symbols"),
        (FINITE, LookupEncoder(np.eye(2)), r"z1 must lie in \[0, 1\]"),
        (LARGE, QuadraticOffsetEncoder.random(2, 150, seeded()), "z1 must hold dense rows"),
        (HalfDocuments(COUNTS[:4]), LinearEncoder.random(2, WIDTH, seeded()), "n must be an integer in"),
    ],
)
def test_what_does_not_fit_is_refused_as_ever(source, encoder, message):
    with pytest.raises(ValueError, match=message):
        train_long(source, encoder)


def test_models_of_ones_own_are_left_to_the_interpreter():
    class Doubled(GaussianModel):
        def sample(self, n, rng):
            return Pairs(*(2 * z for z in super().sample(n, rng)))

    doubled = Doubled.from_correlations([0.2, 0.9])
    encoder = encoder_for("linear", 2)
    assert planned(as_source(doubled, K), encoder, infonce, {}) is None
    viewed = HalfDocuments(COUNTS, lambda half: 2 * half)
    assert planned(as_source(viewed, K), encoder_for("linear", WIDTH), infonce, {}) is None
    plain = GaussianModel.from_correlations([0.2, 0.9])
    one, other = (train_long(source, loss="infonce").history.values for source in (doubled, plain))
    assert not np.array_equal(one, other)


def test_the_loop_is_used_where_it_can_be(monkeypatch):
    calls = []
    train = loops.train
    monkeypatch.setattr(loops, "train", lambda *a: calls.append(1) or train(*a))
    train_long()
    assert calls
    calls.clear()
    train_long(steps=WORTH_COMPILING - 1)
    assert not calls
