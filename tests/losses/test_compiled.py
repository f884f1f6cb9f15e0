"""Do losses inside a compiled loop answer what the losses themselves do?"""

import numpy as np
import pytest

from simsuff.divergences import Divergence
from simsuff.losses import chi2, f_contrastive, infonce, spectral
from simsuff.losses.registry import compiled_loss, loss_gradients

RNG = np.random.default_rng(0)
U, V = RNG.random((6, 3)) + 0.1, RNG.random((6, 3)) + 0.1
CASES = [(spectral, {})] + [
    (infonce, {"link": link, "symmetric": symmetric, "temperature": temperature})
    for link in ("identity", "log")
    for symmetric in (True, False)
    for temperature in (1.0, 0.5)
]
CASES += [
    (f_contrastive, {"divergence": name, "temperature": 2.0})
    for name in ("js", "squared_hellinger", "alpha(2)")
]
CASES += [
    (infonce, {"link": "exp", "symmetric": symmetric, "temperature": 4.0}) for symmetric in (True, False)
]
CASES += [(chi2, {}), (chi2, {"symmetric": False, "temperature": 0.5})]
CASES += [(f_contrastive, {"divergence": "kl", "link": "derivative", "offset": "none", "symmetric": False})]
# Sums of 36 terms of order one in another order.
ROUNDING = 100 * float(np.finfo(np.float64).eps)


def answer(loss, options, u, v):
    du, dv = np.empty_like(u), np.empty_like(v)
    return loss_gradients(compiled_loss(loss, options), u, v, du, dv), du, dv


@pytest.mark.parametrize(("loss", "options"), CASES)
def test_values_and_gradients_are_those_of_the_loss(loss, options):
    for found, known in zip(answer(loss, options, U, V), loss(U, V, **options), strict=True):
        assert np.abs(found - known).max() <= ROUNDING


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_what_only_the_loss_can_say_is_not_finite(temperature):
    options = {"link": "log", "temperature": temperature}
    negative, zero = U.copy(), U.copy()
    negative[2, 1] = -1e-300
    zero[2] = 0
    assert not np.isfinite(answer(infonce, options, negative, V)[0])
    assert not np.isfinite(answer(infonce, options, V, negative)[0])
    assert not np.isfinite(answer(infonce, options, zero, V)[0])


def test_the_exponential_link_takes_negative_embeddings():
    options = {"link": "exp", "temperature": 4.0}
    for found, known in zip(answer(infonce, options, -U, V), infonce(-U, V, **options), strict=True):
        assert np.abs(found - known).max() <= ROUNDING


def test_two_pairs_are_left_to_the_error_of_the_loss():
    assert not np.isfinite(answer(chi2, {}, U[:2], V[:2])[0])


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (infonce, {"link": "cosine"}),
        (infonce, {"temperature": 0.0}),
        (infonce, {"temperature": np.inf}),
        (infonce, {"temperature": "1"}),
        (infonce, {"unknown": 1}),
        (spectral, {"temperature": 1.0}),
        (chi2, {"link": "exp"}),
        (chi2, {"temperature": 0.0}),
        (f_contrastive, {"divergence": "total_variation"}),
        (f_contrastive, {"divergence": Divergence("mine", f="(t-1)**2/(t+1)")}),
        (lambda u, v: (0.0, u, v), {}),
    ],
)
def test_anything_else_is_left_to_the_interpreter(loss, options):
    assert compiled_loss(loss, options) is None
