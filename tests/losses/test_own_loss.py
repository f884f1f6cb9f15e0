"""Does a loss of one's own join compiled training by one call?"""

from typing import NamedTuple

import numpy as np

import simsuff as ss
from simsuff.losses import LOSSES, register
from simsuff.losses.registry import OPTIONS, compiled_loss, loss_gradients


class Pull(NamedTuple):
    """The options of `pull`."""

    strength: float = 1.0


def pull(u, v, strength=1.0):
    """The mean squared distance of a pair."""
    gap = strength * (u - v)
    return float((gap * (u - v)).sum() / len(u)), 2 * gap / len(u), -2 * gap / len(u)


def pull_gradients(options, u, v, du, dv):
    total = 0.0
    for i in range(u.shape[0]):
        for k in range(u.shape[1]):
            gap = options.strength * (u[i, k] - v[i, k])
            du[i, k], dv[i, k] = 2 * gap / len(u), -2 * gap / len(u)
            total += gap * (u[i, k] - v[i, k])
    return total / len(u)


def test_a_registered_loss_gives_the_same_inside_compiled_code():
    register("pull", pull, options=Pull, gradients=pull_gradients)
    try:
        u, v = np.random.default_rng(0).normal(size=(2, 5, 3))
        du, dv = np.empty_like(u), np.empty_like(v)
        options = compiled_loss(ss.losses.get_loss("pull"), {"strength": 2.0})
        assert options == Pull(2.0)
        found = loss_gradients(options, u, v, du, dv), du, dv
        for one, other in zip(found, pull(u, v, 2.0), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)
    finally:
        del LOSSES["pull"], OPTIONS[pull]
