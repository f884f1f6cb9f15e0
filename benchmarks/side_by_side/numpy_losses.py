"""How are the losses computed in NumPy? By hand, in as few passes over the table of scores as it allows."""

from typing import Any

import numpy as np
from scipy.special import logsumexp

from side_by_side import formulas
from side_by_side.formulas import Namespace
from side_by_side.problem import Array, Builder, Builders, Call, Problem, as_arrays

Result = tuple[float, Array, Array]

NAMESPACE = Namespace(
    exp=np.exp,
    log=np.log,
    sqrt=np.sqrt,
    logsumexp=lambda x, axis: logsumexp(x, axis=axis, keepdims=True),
    largest=lambda x, axis: x.max(axis=axis, keepdims=True),
    constant=lambda x: x,
)


def infonce(n: Namespace, u: Array, v: Array, temperature: float) -> Result:  # noqa: ARG001 - one signature
    """Symmetric InfoNCE and its gradients with two tables, overwritten in place."""
    K, share = len(u), 1 / (len(u) * temperature)
    scores = (u / temperature) @ v.T
    rows, columns = scores.max(axis=1, keepdims=True), scores.max(axis=0, keepdims=True)
    positives = np.diagonal(scores).mean()
    by_row, by_column = np.subtract(scores, rows), np.subtract(scores, columns, out=scores)
    np.exp(by_row, out=by_row)
    np.exp(by_column, out=by_column)
    row_sum, column_sum = by_row.sum(axis=1, keepdims=True), by_column.sum(axis=0, keepdims=True)
    logs = (rows + np.log(row_sum)).mean() + (columns + np.log(column_sum)).mean()
    by_row *= share / 2 / row_sum
    by_column *= share / 2 / column_sum
    by_row += by_column
    value = logs / 2 - positives - np.log(K)
    return value, by_row @ v - share * v, by_row.T @ u - share * u


def log_dense(n: Namespace, u: Array, v: Array) -> Result:
    """InfoNCE of the scores log⟨u, v⟩, entry by entry."""
    K, inner = len(u), u @ v.T
    scores = np.log(inner)
    rows, columns = n.logsumexp(scores, 1), n.logsumexp(scores, 0)
    value = (rows.mean() + columns.mean()) / 2 - np.diagonal(scores).mean() - np.log(K)
    gradient = (np.exp(scores - rows) + np.exp(scores - columns)) / (2 * K)
    gradient[np.arange(K), np.arange(K)] -= 1 / K
    gradient /= inner
    return value, gradient @ v, gradient.T @ u


def spectral_dense(n: Namespace, u: Array, v: Array) -> Result:
    """The χ² loss from the table of scores."""
    K = len(u)
    value = formulas.spectral_dense(n, u, v)
    scores = u @ v.T
    scores += 1
    scores /= K * (K - 1)
    scores[np.arange(K), np.arange(K)] = -1 / K
    return value, scores @ v, scores.T @ u


def by_hand(function: Any, names: tuple[str, ...]) -> Builder:
    """A builder that calls a loss with `u`, `v` and the named options."""

    def build(problem: Problem) -> Call:
        u, v = problem.arrays["u"], problem.arrays["v"]
        options = [problem.options[name] for name in names]
        return Call(lambda: function(NAMESPACE, u, v, *options), as_arrays)

    return build


OWN = {"infonce": infonce, "log_dense": log_dense, "spectral_dense": spectral_dense}

BUILDERS: Builders = {
    kind: {"by hand": by_hand(OWN.get(kind, written), names)}
    for kind, (_, written, names) in formulas.LOSSES.items()
}
