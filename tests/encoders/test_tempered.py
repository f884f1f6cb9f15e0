"""Is a temperature that is trained with an encoder the temperature of the loss?"""

import numpy as np
import pytest

from simsuff import fit
from simsuff.encoders import LinearEncoder, SoftmaxEncoder, TemperedEncoder
from simsuff.losses import chi2, infonce
from simsuff.models.base import Pairs
from simsuff.optimizers import Status
from simsuff.training.objective import loss_on

EPS = float(np.finfo(np.float64).eps)
RNG = np.random.default_rng(0)
Z1, Z2 = RNG.standard_normal((2, 6, 3))
ENCODER = SoftmaxEncoder.random(4, 3, RNG)


@pytest.mark.parametrize("link", ["identity", "exp"])
@pytest.mark.parametrize("loss", [infonce, chi2])
def test_it_is_the_temperature_of_the_loss(loss, link):
    value, du, _ = loss(*ENCODER.embed(Z1, Z2), link=link, temperature=0.3)
    tempered = TemperedEncoder(ENCODER, 0.3)
    objective = loss_on(tempered, loss, {"link": link}, Pairs(Z1, Z2))
    found, gradient = objective(tempered.parameters)
    assert found == pytest.approx(value, rel=256 * EPS)
    h = 1e-5
    up, down = (loss(*ENCODER.embed(Z1, Z2), link=link, temperature=0.3 * np.exp(s))[0] for s in (h, -h))
    # Truncation h² and rounding ε/h, for values and third derivatives of order 100 at most.
    assert gradient[-1] == pytest.approx((up - down) / (2 * h), abs=100 * (h**2 + EPS / h))
    inner = loss_on(ENCODER, loss, {"link": link, "temperature": 0.3}, Pairs(Z1, Z2))(ENCODER.parameters)[1]
    assert gradient[:-1] == pytest.approx(inner, rel=1e-12, abs=1e-12 * np.abs(du).max())


def test_parts():
    tempered = TemperedEncoder(ENCODER, 0.25)
    assert tempered.encoder is ENCODER
    assert tempered.temperature == pytest.approx(0.25, rel=4 * EPS)
    assert np.array_equal(tempered(Z1), ENCODER(Z1))
    assert np.array_equal(tempered.parameters, [*ENCODER.parameters, np.log(0.25)])
    assert "temperature=0.25" in repr(tempered)
    with pytest.raises(ValueError, match="temperature must be positive and finite"):
        TemperedEncoder(ENCODER, 0.0)


@pytest.mark.parametrize(("loss", "optimizer"), [("infonce", "lbfgs"), ("infonce", "adam"), ("chi2", "adam")])
def test_fit_finds_a_better_temperature_than_one(loss, optimizer):
    x = RNG.standard_normal((60, 3))
    pairs = x, x + 0.1 * RNG.standard_normal((60, 3))
    how = {"loss": loss, "batch": 20, "optimizer": optimizer, "steps": 60, "rng": np.random.default_rng(1)}
    fixed = fit(pairs, ENCODER, **how)
    free = fit(pairs, ENCODER, temperature="trainable", **how)
    assert fixed.temperature is None
    assert type(free.encoder) is SoftmaxEncoder
    # Softmax features have ⟨u, v⟩ ≤ 1, which is too little for views that are nearly the same.
    assert free.temperature < 1
    assert free.value < fixed.value
    batches = [z.reshape(3, 20, 3) for z in pairs]
    losses = {"infonce": infonce, "chi2": chi2}
    value = losses[loss](*free.encoder.embed(*batches), temperature=free.temperature)[0]
    assert value == pytest.approx(free.value, rel=1e3 * EPS)


@pytest.mark.parametrize("loss", ["infonce", "chi2"])
def test_scores_that_overflow_end_a_fit_with_a_status(loss):
    how = {"loss": loss, "link": "exp", "batch": 6, "optimizer": "adam", "rng": np.random.default_rng(0)}
    result = fit((1e3 * Z1, 1e3 * Z2), LinearEncoder(np.eye(3)), temperature="trainable", steps=5, **how)
    assert result.status is Status.NOT_FINITE
    assert result.n_steps == 0


def test_under_the_log_link_a_temperature_is_no_scale():
    with pytest.raises(ValueError, match="link must be identity or exp where it is trainable: link = 'log'"):
        fit((Z1, Z2), ENCODER, batch=6, link="log", temperature="trainable")


def test_any_other_word_is_refused_by_the_loss():
    with pytest.raises(ValueError, match="temperature must be positive"):
        fit((Z1, Z2), ENCODER, batch=6, temperature="adaptive")


def test_an_encoder_of_ones_own_is_tempered_in_the_interpreter():
    class Mine(LinearEncoder):
        pass

    tempered = TemperedEncoder(Mine(np.eye(3)), 4.0)
    assert tempered.compiled() is None
    u, v = tempered.embed(Z1, Z2)
    assert u == pytest.approx(Z1 / 2, rel=4 * EPS)
    assert v == pytest.approx(Z2 / 2, rel=4 * EPS)
