"""What are the losses, written once for any array library? A `Namespace` says how each library spells the rest."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple


class Namespace(NamedTuple):
    """The functions that libraries spell differently; `logsumexp` and `largest` take an axis and keep it."""

    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    logsumexp: Callable[[Any, int], Any]
    largest: Callable[[Any, int], Any]
    constant: Callable[[Any], Any]


# Values, for autograd --------------------------------------------------------


def cross_entropy(n: Namespace, scores: Any) -> Any:
    """Symmetric InfoNCE on a table of scores, as users write it."""
    both = n.logsumexp(scores, 1).mean() + n.logsumexp(scores, 0).mean()
    return both / 2 - scores.diagonal().mean() - math.log(len(scores))


def infonce(n: Namespace, u: Any, v: Any, temperature: float) -> Any:
    """InfoNCE under the identity link."""
    return cross_entropy(n, (u / temperature) @ v.T)


def log_dense(n: Namespace, u: Any, v: Any) -> Any:
    """InfoNCE of the scores log⟨u, v⟩."""
    return cross_entropy(n, n.log(u @ v.T))


def log_closed(n: Namespace, u: Any, v: Any) -> Any:
    """The same with Σ_j exp log⟨u, v_j⟩ = ⟨u, Σ_j v_j⟩."""
    both = n.log(u @ v.sum(0)).mean() + n.log(v @ u.sum(0)).mean()
    return both / 2 - n.log((u * v).sum(1)).mean() - math.log(len(u))


def spectral_dense(n: Namespace, u: Any, v: Any) -> Any:  # noqa: ARG001 - one signature for all
    """The χ² loss from the table of scores."""
    scores = u @ v.T
    return _squared(0.5 * (scores * scores).sum() + scores.sum(), scores.diagonal())


def spectral_closed(n: Namespace, u: Any, v: Any) -> Any:  # noqa: ARG001
    """The same by second moments: Σ_ij ⟨u_i, v_j⟩² = tr(UᵀU VᵀV), less the diagonal."""
    return _squared(0.5 * ((u.T @ u) * (v.T @ v)).sum() + u.sum(0) @ v.sum(0), (u * v).sum(1))


def _squared(both: Any, positives: Any) -> Any:
    K = len(positives)
    negative = both - (0.5 * positives * positives + positives).sum()
    return negative / (K * (K - 1)) - positives.mean()


def f_contrastive(n: Namespace, u: Any, v: Any, temperature: float, divergence: str, steps: int) -> Any:
    """The f-contrastive loss; its row offsets are held fixed by the envelope theorem."""
    scores = (u / temperature) @ v.T
    value = -scores.diagonal().mean()
    for table in (scores, scores.T):
        c = n.constant(offsets(n, n.constant(table), divergence, steps))
        value = value + (_conjugate(n, divergence, table - c).mean() + c.mean()) / 2
    return value


# Values and gradients by hand ------------------------------------------------


def infonce_by_hand(n: Namespace, u: Any, v: Any, temperature: float) -> Any:
    """InfoNCE from two exponentials for each score."""
    share = 1 / (len(u) * temperature)
    scores = (u / temperature) @ v.T
    rows, columns = n.logsumexp(scores, 1), n.logsumexp(scores, 0)
    value = (rows.mean() + columns.mean()) / 2 - scores.diagonal().mean() - math.log(len(u))
    weights = (n.exp(scores - rows) + n.exp(scores - columns)) * (share / 2)
    return value, weights @ v - share * v, weights.T @ u - share * u


def infonce_shortcut(n: Namespace, u: Any, v: Any, temperature: float) -> Any:
    """InfoNCE from one exponential for each score, where no score is large."""
    K, share = len(u), 1 / (len(u) * temperature)
    weights = n.exp((u / temperature) @ v.T)
    rows, columns = weights.sum(1)[:, None], weights.sum(0)[None, :]
    positives = (u * v).sum(1) / temperature
    value = (n.log(rows).mean() + n.log(columns).mean()) / 2 - positives.mean() - math.log(K)
    weights = weights * (share / 2 / rows + share / 2 / columns)
    return value, weights @ v - share * v, weights.T @ u - share * u


def log_closed_by_hand(n: Namespace, u: Any, v: Any) -> Any:
    """`log_closed` in four products with vectors."""
    K, sum_u, sum_v = len(u), u.sum(0), v.sum(0)
    rows, columns, positives = u @ sum_v, v @ sum_u, (u * v).sum(1)
    value = (n.log(rows).mean() + n.log(columns).mean()) / 2 - n.log(positives).mean() - math.log(K)
    own, rows, columns = (1 / K) / positives[:, None], (0.5 / K) / rows, (0.5 / K) / columns
    du = rows[:, None] * sum_v + columns @ v - own * v
    dv = columns[:, None] * sum_u + rows @ u - own * u
    return value, du, dv


def spectral_closed_by_hand(n: Namespace, u: Any, v: Any) -> Any:  # noqa: ARG001
    """`spectral_closed` in four products with moments."""
    K, negatives = len(u), len(u) * (len(u) - 1)
    moment_u, moment_v, sum_u, sum_v = u.T @ u, v.T @ v, u.sum(0), v.sum(0)
    positives = (u * v).sum(1)
    value = _squared(0.5 * (moment_u * moment_v).sum() + sum_u @ sum_v, positives)
    own = ((positives + 1) / negatives + 1 / K)[:, None]
    du = (u @ moment_v + sum_v) / negatives - own * v
    return value, du, (v @ moment_u + sum_u) / negatives - own * u


def f_contrastive_by_hand(
    n: Namespace, u: Any, v: Any, temperature: float, divergence: str, steps: int
) -> Any:
    """`f_contrastive` with t = (f*)' as the weights."""
    share = 1 / (len(u) * temperature)
    scores = (u / temperature) @ v.T
    value, weights = -scores.diagonal().mean(), []
    for table in (scores, scores.T):
        c = offsets(n, table, divergence, steps)
        value = value + (_conjugate(n, divergence, table - c).mean() + c.mean()) / 2
        weights.append(_ratio(n, divergence, table - c))
    gradient = (weights[0] + weights[1].T) * (share / 2 / len(u))
    return value, gradient @ v - share * v, gradient.T @ u - share * u


# The divergences -------------------------------------------------------------

# The power of the mean ratio whose root Newton's method finds: nearly linear where one score dominates.
POWER = {"squared_hellinger": -0.5, "js": -1.0}


def offsets(n: Namespace, scores: Any, divergence: str, steps: int) -> Any:
    """c (K, 1) with mean_j t(S_ij − c_i) = 1, after a fixed number of Newton steps.

    They start from max S − f'(K), where the ratios average at least 1 and all are finite.
    """
    K, power = scores.shape[1], POWER[divergence]
    most = 1 - K**-0.5 if divergence == "squared_hellinger" else 0.5 * math.log(2 * K / (1 + K))
    c = n.largest(scores, 1) - most
    for _ in range(steps):
        t = _ratio(n, divergence, scores - c)
        slope = 2 * t * n.sqrt(t) if divergence == "squared_hellinger" else 2 * t * (1 + t)
        mean, change = t.mean(1)[:, None], slope.mean(1)[:, None]
        c = c + (mean**power - 1) / (power * mean ** (power - 1) * change)
    return c


def _ratio(n: Namespace, divergence: str, s: Any) -> Any:
    """t = (f*)'(s), below f'(∞)."""
    if divergence == "squared_hellinger":
        return 1 / ((1 - s) * (1 - s))
    doubled = n.exp(2 * s)
    return doubled / (2 - doubled)


def _conjugate(n: Namespace, divergence: str, s: Any) -> Any:
    """f*(s), below f'(∞)."""
    return s / (1 - s) if divergence == "squared_hellinger" else -0.5 * n.log(2 - n.exp(2 * s))


# kind -> (value for autograd, value and gradients by hand, the options they take)
LOSSES: dict[str, tuple[Callable[..., Any] | None, Callable[..., Any] | None, tuple[str, ...]]] = {
    "infonce": (infonce, infonce_by_hand, ("temperature",)),
    "infonce_shortcut": (None, infonce_shortcut, ("temperature",)),
    "log_dense": (log_dense, None, ()),
    "log_closed": (log_closed, log_closed_by_hand, ()),
    "spectral_dense": (spectral_dense, None, ()),
    "spectral_closed": (spectral_closed, spectral_closed_by_hand, ()),
    "f_contrastive": (f_contrastive, f_contrastive_by_hand, ("temperature", "divergence", "newton")),
}
