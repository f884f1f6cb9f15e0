"""How does jax compute the losses? Jitted at static shapes, float64 enabled, gradients by its autograd or by hand."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from side_by_side.formulas import LOSSES, Namespace
from side_by_side.problem import Builder, Builders, Call, Problem, as_arrays

jax.config.update("jax_enable_x64", True)

NAMESPACE = Namespace(
    exp=jnp.exp,
    log=jnp.log,
    sqrt=jnp.sqrt,
    logsumexp=lambda x, axis: logsumexp(x, axis=axis, keepdims=True),
    largest=lambda x, axis: x.max(axis=axis, keepdims=True),
    constant=jax.lax.stop_gradient,
)


def by_autograd(loss: Any, names: tuple[str, ...]) -> Builder:
    """A builder that jits value and gradient of a loss of (u, v) and the named options."""

    def build(problem: Problem) -> Call:
        options = [problem.options[name] for name in names]
        both = jax.jit(jax.value_and_grad(lambda u, v: loss(NAMESPACE, u, v, *options), argnums=(0, 1)))
        u, v = on_device(problem)
        return Call(lambda: jax.block_until_ready(both(u, v)), lambda got: as_arrays((got[0], *got[1])))

    return build


def by_hand(function: Any, names: tuple[str, ...]) -> Builder:
    """A builder that jits a function which returns value and gradients."""

    def build(problem: Problem) -> Call:
        options = [problem.options[name] for name in names]
        both = jax.jit(lambda u, v: function(NAMESPACE, u, v, *options))
        u, v = on_device(problem)
        return Call(lambda: jax.block_until_ready(both(u, v)), as_arrays)

    return build


def on_device(problem: Problem) -> tuple[Any, ...]:
    """u and v on jax's side."""
    return tuple(jax.device_put(problem.arrays[name]) for name in ("u", "v"))


def variants(loss: Any, written: Any, names: tuple[str, ...]) -> dict[str, Builder]:
    """Both ways to the gradients, where they exist."""
    found = {"autograd": by_autograd(loss, names)} if loss else {}
    return found | ({"by hand": by_hand(written, names)} if written else {})


BUILDERS: Builders = {kind: variants(*ways) for kind, ways in LOSSES.items()}
