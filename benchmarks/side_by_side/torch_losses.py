"""How does torch compute the losses, eagerly and compiled? Gradients by its autograd or by hand."""

import math
from typing import Any

import torch

from side_by_side.formulas import LOSSES, Namespace
from side_by_side.problem import Builder, Builders, Call, Problem, as_arrays

NAMESPACE = Namespace(
    exp=torch.exp,
    log=torch.log,
    sqrt=torch.sqrt,
    logsumexp=lambda x, axis: torch.logsumexp(x, axis, keepdim=True),
    largest=lambda x, axis: x.amax(axis, keepdim=True),
    constant=lambda x: x.detach(),
)


def infonce_in_place(n: Namespace, u: Any, v: Any, temperature: float) -> Any:
    """InfoNCE by hand with two tables, overwritten in place: what an eager program can save."""
    share = 1 / (len(u) * temperature)
    scores = (u / temperature) @ v.T
    rows, columns = n.logsumexp(scores, 1), n.logsumexp(scores, 0)
    value = (rows.mean() + columns.mean()) / 2 - scores.diagonal().mean() - math.log(len(u))
    weights = (scores - rows).exp_()
    weights += scores.sub_(columns).exp_()
    weights *= share / 2
    return value, weights @ v - share * v, weights.T @ u - share * u


def compiled_for(problem: Problem, function: Any) -> Any:
    """`function` compiled at static shapes; the first one of each problem forgets those of the last.

    torch counts all compilations of one piece of source; once there are 8, it runs it eagerly, or refuses to where
    the whole graph is asked for.
    """
    if _last[0] is not problem:
        torch.compiler.reset()
        _last[0] = problem
    return torch.compile(function, dynamic=False, fullgraph=True)


_last: list[Problem | None] = [None]


def tensors(problem: Problem, differentiable: bool) -> tuple[Any, ...]:
    """u and v as tensors."""
    given = [torch.from_numpy(problem.arrays[name]).clone() for name in ("u", "v")]
    return tuple(x.requires_grad_(differentiable) for x in given)


def read(result: Any) -> Any:
    """Tensors as arrays."""
    return as_arrays(part.detach().numpy() for part in result)


def by_autograd(loss: Any, names: tuple[str, ...], compiled: bool) -> Builder:
    """A builder for the value and autograd's gradients of a loss of (u, v) and the named options."""

    def build(problem: Problem) -> Call:
        options = [problem.options[name] for name in names]
        u, v = tensors(problem, differentiable=True)

        def plain(u: Any, v: Any) -> Any:
            return loss(NAMESPACE, u, v, *options)

        forward = compiled_for(problem, plain) if compiled else plain

        def run() -> Any:
            value = forward(u, v)
            return value, *torch.autograd.grad(value, (u, v))

        return Call(run, read)

    return build


def by_hand(function: Any, names: tuple[str, ...], compiled: bool) -> Builder:
    """A builder for a function that returns value and gradients."""

    def build(problem: Problem) -> Call:
        options = [problem.options[name] for name in names]
        u, v = tensors(problem, differentiable=False)

        def plain(u: Any, v: Any) -> Any:
            return function(NAMESPACE, u, v, *options)

        both = compiled_for(problem, plain) if compiled else plain
        return Call(lambda: both(u, v), read)

    return build


def variants(compiled: bool, loss: Any, written: Any, names: tuple[str, ...]) -> dict[str, Builder]:
    """Both ways to the gradients, where they exist."""
    found = {"by hand": by_hand(written, names, compiled)} if written else {}
    return found | ({"autograd": by_autograd(loss, names, compiled)} if loss else {})


def builders(compiled: bool) -> Builders:
    """The losses, eagerly or compiled."""
    known = {kind: variants(compiled, *ways) for kind, ways in LOSSES.items()}
    if not compiled:
        known["infonce"] = {"in place": by_hand(infonce_in_place, ("temperature",), False)} | known["infonce"]
    return known
