"""How does torch train and embed documents, eagerly and compiled?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import embedding_bag, softmax

from side_by_side import formulas
from side_by_side.library import word_counts
from side_by_side.numpy_others import DECAY1, DECAY2, FLOOR, given_batches
from side_by_side.problem import Array, Builder, Builders, Call, Problem
from side_by_side.torch_losses import NAMESPACE, compiled_for, read


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Run torch on `count` threads inside; small tensors often gain from one."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    yield
    torch.set_num_threads(before)


def paired(normal: Any, rho: Any, residual: Any) -> tuple[Any, Any]:
    """Correlated pairs from normal numbers."""
    white, other = normal[:, : len(rho)], normal[:, len(rho) :]
    return white, rho * white + residual * other


def gradient_of(weight: Any, z1: Any, z2: Any) -> Any:
    """∂L/∂W by hand."""
    _, du, dv = formulas.infonce_by_hand(NAMESPACE, z1 @ weight.T, z2 @ weight.T, 1.0)
    return du.T @ z1 + dv.T @ z2


def adam_step(weight: Any, first: Any, second: Any, step: Any, rate: float, z1: Any, z2: Any) -> None:
    """One step in place; `step` is a tensor, so that a compiled step serves them all."""
    gradient = gradient_of(weight, z1, z2)
    step += 1
    first.mul_(DECAY1).add_(gradient, alpha=1 - DECAY1)
    second.mul_(DECAY2).addcmul_(gradient, gradient, value=1 - DECAY2)
    pace = torch.sqrt(second / (1 - DECAY2**step)) + FLOOR
    weight -= rate * first / (1 - DECAY1**step) / pace


def by_hand(compiled: bool, unrolled: int, count: int | None) -> Builder:
    """A builder of the loop with gradient and Adam by hand; `unrolled` steps for each call."""

    def build(problem: Problem) -> Call:
        options, rho = problem.options, torch.from_numpy(problem.arrays["correlations"])
        residual, rate = torch.sqrt(1 - rho**2), options["learning_rate"]

        def several(weight: Any, first: Any, second: Any, step: Any, normals: Any) -> None:
            for normal in normals:
                adam_step(weight, first, second, step, rate, *paired(normal, rho, residual))

        def single(weight: Any, first: Any, second: Any, step: Any, z1: Any, z2: Any) -> None:
            adam_step(weight, first, second, step, rate, z1, z2)

        advance = compiled_for(problem, several) if compiled else several
        checked = compiled_for(problem, single) if compiled else single

        def run() -> Any:
            with torch.no_grad(), threads(count):
                state = start(problem)
                for _ in range(options["steps"] // unrolled):
                    shape = unrolled, options["K"], 2 * len(rho)
                    advance(*state, torch.randn(shape, dtype=torch.float64))
            return state[:1]

        def check() -> tuple[Array, ...]:
            with torch.no_grad():
                state = start(problem)
                for z1, z2 in given_batches(problem):
                    checked(*state, torch.from_numpy(z1.copy()), torch.from_numpy(z2))
            return tuple(read(state[:1]))

        return Call(run, read, check)

    return build


def start(problem: Problem) -> tuple[Any, ...]:
    """Weight, both moments and the number of steps before the first one."""
    weight = torch.from_numpy(problem.arrays["weight"]).clone()
    step = torch.zeros((), dtype=torch.float64)
    return weight, torch.zeros_like(weight), torch.zeros_like(weight), step


def with_optimizer(count: int | None) -> Builder:
    """A builder of the loop as users write it: autograd and torch.optim.Adam (fused)."""

    def build(problem: Problem) -> Call:
        options, rho = problem.options, torch.from_numpy(problem.arrays["correlations"])
        residual, shape = torch.sqrt(1 - rho**2), (options["K"], 2 * len(rho))

        def trained(batches: Any) -> Any:
            weight = torch.from_numpy(problem.arrays["weight"]).clone().requires_grad_(True)
            optimizer = torch.optim.Adam([weight], lr=options["learning_rate"], fused=True)
            for z1, z2 in batches:
                optimizer.zero_grad()
                formulas.infonce(NAMESPACE, z1 @ weight.T, z2 @ weight.T, 1.0).backward()
                optimizer.step()
            return (weight,)

        def run() -> Any:
            normals = (torch.randn(shape, dtype=torch.float64) for _ in range(options["steps"]))
            with threads(count):
                return trained(paired(normal, rho, residual) for normal in normals)

        given = [[torch.from_numpy(z.copy()) for z in pair] for pair in given_batches(problem)]
        return Call(run, read, lambda: tuple(read(trained(given))))

    return build


def topic_step(compiled: bool, gathered: bool, closed: bool) -> Builder:
    """A builder for the step of a softmax encoder on word ids (bags) or dense counts."""

    def build(problem: Problem) -> Call:
        arrays, V = problem.arrays, problem.options["V"]
        words = [arrays[name] for name in ("words1", "words2")]
        given = words if gathered else [word_counts(side, V).toarray() for side in words]
        z1, z2 = (torch.from_numpy(side) for side in given)
        parameters = [torch.from_numpy(arrays[name]).clone() for name in ("coefficients", "bias")]
        parameters = [x.requires_grad_(True) for x in parameters]
        forward = topic_loss(gathered, formulas.log_closed if closed else formulas.log_dense)
        forward = compiled_for(problem, forward) if compiled else forward

        def run() -> Any:
            value = forward(*parameters, z1, z2)
            return value, *torch.autograd.grad(value, parameters)

        return Call(run, read)

    return build


def topic_loss(gathered: bool, of_embeddings: Any) -> Callable[..., Any]:
    """The loss as a function of coefficients, bias and two views."""

    def embedded(coefficients: Any, bias: Any, z: Any) -> Any:
        logits = embedding_bag(z, coefficients, mode="sum") if gathered else z @ coefficients
        return softmax(logits + bias, dim=1)

    def value(coefficients: Any, bias: Any, z1: Any, z2: Any) -> Any:
        return of_embeddings(NAMESPACE, embedded(coefficients, bias, z1), embedded(coefficients, bias, z2))

    return value


def builders(compiled: bool) -> Builders:
    """Training and documents, eagerly or compiled."""
    if compiled:
        loops = {
            "8 steps in a call, 1 thread": by_hand(True, 8, 1),
            "1 step, 1 thread": by_hand(True, 1, 1),
            "8 steps in a call": by_hand(True, 8, None),
        }
    else:
        loops = {
            "by hand, 1 thread": by_hand(False, 8, 1),
            "by hand": by_hand(False, 8, None),
            "autograd and optim.Adam, 1 thread": with_optimizer(1),
        }
    steps = {
        "dense counts, closed form": topic_step(compiled, gathered=False, closed=True),
        "bags, closed form": topic_step(compiled, gathered=True, closed=True),
        "dense counts, dense loss": topic_step(compiled, gathered=False, closed=False),
    }
    return {"training": loops, "topic_step": steps}
