"""Which nonlinearities may an encoder apply, and how do gradients pass through them?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simsuff.encoders.softmax_rows import pull_softmax_rows, softmax_rows
from simsuff.numerics.validation import Float, refuse


class Activation(NamedTuple):
    """x ↦ y along the last axis; `pull(y, dy)` is ∂L/∂x from the output alone."""

    value: Callable[[Float], Float]
    pull: Callable[[Float, Float], Float]


def _softmax(x: Float) -> Float:
    law = np.array(x, dtype=np.float64, order="C")
    softmax_rows(law.reshape(-1, law.shape[-1]))
    return law


def _pull_softmax(y: Float, dy: Float) -> Float:
    below = np.array(dy, dtype=np.float64, order="C")
    width = below.shape[-1]
    pull_softmax_rows(np.ascontiguousarray(y).reshape(-1, width), below.reshape(-1, width))
    return below


def _softplus(x: Float) -> Float:
    values: Float = np.logaddexp(x, 0)
    return values


def _pull_softplus(y: Float, dy: Float) -> Float:
    # The slope is 1/(1 + e^{−x}) = 1 − e^{−y}.
    pulled: Float = -np.expm1(-y) * dy
    return pulled


def _tanh(x: Float) -> Float:
    values: Float = np.tanh(x)
    return values


def _pull_tanh(y: Float, dy: Float) -> Float:
    pulled: Float = (1 - y) * (1 + y) * dy
    return pulled


def _relu(x: Float) -> Float:
    values: Float = np.maximum(x, 0)
    return values


def _pull_relu(y: Float, dy: Float) -> Float:
    pulled: Float = np.where(y > 0, dy, 0)
    return pulled


def _linear(x: Float) -> Float:
    return x


def _pull_linear(y: Float, dy: Float) -> Float:  # noqa: ARG001 - one signature for every activation
    return dy


SOFTMAX = Activation(_softmax, _pull_softmax)

# Inside a network.
HIDDEN = {"tanh": Activation(_tanh, _pull_tanh), "relu": Activation(_relu, _pull_relu)}

# At its end; "softmax" and "softplus" are positive, as the log link asks.
OUTPUT = {
    "linear": Activation(_linear, _pull_linear),
    "softmax": SOFTMAX,
    "softplus": Activation(_softplus, _pull_softplus),
}


def activation(argument: str, name: str, known: dict[str, Activation]) -> Activation:
    """The activation called `name`, or the house's error with the known names."""
    if name not in known:
        raise refuse(argument, name, f"be one of {', '.join(known)}", "pass one of these names")
    return known[name]
