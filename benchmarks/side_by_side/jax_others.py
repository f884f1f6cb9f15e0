"""How does jax train and embed documents? One jitted scan over the steps; dense counts, or rows gathered by word."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from side_by_side import formulas
from side_by_side.jax_losses import NAMESPACE
from side_by_side.library import word_counts
from side_by_side.numpy_others import DECAY1, DECAY2, FLOOR, given_batches
from side_by_side.problem import Builder, Builders, Call, Problem, as_arrays


def loss(weight: Any, z1: Any, z2: Any) -> Any:
    """InfoNCE of a linear encoder."""
    return formulas.infonce(NAMESPACE, z1 @ weight.T, z2 @ weight.T, 1.0)


def gradient_by_hand(weight: Any, z1: Any, z2: Any) -> Any:
    """Its gradient in the weight."""
    _, du, dv = formulas.infonce_by_hand(NAMESPACE, z1 @ weight.T, z2 @ weight.T, 1.0)
    return du.T @ z1 + dv.T @ z2


def adam_step(gradient_of: Any, learning_rate: float, state: Any, z1: Any, z2: Any) -> Any:
    """The next (weight, first, second, step)."""
    weight, first, second, step = state
    gradient, step = gradient_of(weight, z1, z2), step + 1
    first = DECAY1 * first + (1 - DECAY1) * gradient
    second = DECAY2 * second + (1 - DECAY2) * gradient**2
    pace = jnp.sqrt(second / (1 - DECAY2**step)) + FLOOR
    return weight - learning_rate * first / (1 - DECAY1**step) / pace, first, second, step


def start(problem: Problem) -> Any:
    """The state before the first step."""
    weight = jnp.asarray(problem.arrays["weight"])
    return weight, jnp.zeros_like(weight), jnp.zeros_like(weight), jnp.asarray(0.0)


def training(gradient_of: Any, generator: str, at_once: bool) -> Builder:
    """A builder of the whole loop; normal numbers come step by step, or all before the first step."""

    def build(problem: Problem) -> Call:
        rho, options = jnp.asarray(problem.arrays["correlations"]), problem.options
        K, steps, residual = options["K"], options["steps"], jnp.sqrt(1 - rho**2)

        def step_on(state: Any, normal: Any) -> Any:
            white, other = normal[:, : len(rho)], normal[:, len(rho) :]
            pair = white, rho * white + residual * other
            return adam_step(gradient_of, options["learning_rate"], state, *pair), None

        def draw(key: Any, *shape: int) -> Any:
            return jax.random.normal(key, (*shape, K, 2 * len(rho)))

        @jax.jit
        def trained(key: Any, state: Any) -> Any:
            if at_once:
                return jax.lax.scan(step_on, state, draw(key, steps))[0][0]
            keys = jax.random.split(key, steps)
            return jax.lax.scan(lambda state, key: step_on(state, draw(key)), state, keys)[0][0]

        @jax.jit
        def trained_on(z1: Any, z2: Any, state: Any) -> Any:
            def step(state: Any, pair: Any) -> Any:
                return adam_step(gradient_of, options["learning_rate"], state, *pair), None

            return jax.lax.scan(step, state, (z1, z2))[0][0]

        key, state = jax.random.key(options["seed"], impl=generator), start(problem)
        z1, z2 = (jnp.stack(side) for side in zip(*given_batches(problem), strict=True))
        check = lambda: (np.asarray(trained_on(z1, z2, state)),)  # noqa: E731
        return Call(lambda: jax.block_until_ready(trained(key, state)), tuple, check)

    return build


def topic_step(gathered: bool, closed: bool) -> Builder:
    """A builder for the step of a softmax encoder."""

    def build(problem: Problem) -> Call:
        arrays, V = problem.arrays, problem.options["V"]
        words = [arrays[name] for name in ("words1", "words2")]
        given = words if gathered else [word_counts(side, V).toarray() for side in words]
        of_embeddings = formulas.log_closed if closed else formulas.log_dense

        def embedded(parameters: Any, z: Any) -> Any:
            coefficients, bias = parameters
            logits = coefficients[z].sum(1) if gathered else z @ coefficients
            return jax.nn.softmax(logits + bias, axis=1)

        def value(parameters: Any, z1: Any, z2: Any) -> Any:
            return of_embeddings(NAMESPACE, embedded(parameters, z1), embedded(parameters, z2))

        both = jax.jit(jax.value_and_grad(value))
        z1, z2 = (jax.device_put(side) for side in given)
        parameters = jax.device_put((arrays["coefficients"], arrays["bias"]))
        run = lambda: jax.block_until_ready(both(parameters, z1, z2))  # noqa: E731
        return Call(run, lambda got: as_arrays((got[0], *got[1])))

    return build


BUILDERS: Builders = {
    "training": {
        "by hand, threefry at once": training(gradient_by_hand, "threefry2x32", at_once=True),
        "by hand, rbg": training(gradient_by_hand, "rbg", at_once=False),
        "autograd, rbg": training(jax.grad(loss), "rbg", at_once=False),
        "by hand, threefry": training(gradient_by_hand, "threefry2x32", at_once=False),
        "by hand, rbg at once": training(gradient_by_hand, "rbg", at_once=True),
    },
    "topic_step": {
        "gathered, closed form": topic_step(gathered=True, closed=True),
        "dense counts, closed form": topic_step(gathered=False, closed=True),
        "dense counts, dense loss": topic_step(gathered=False, closed=False),
    },
}
