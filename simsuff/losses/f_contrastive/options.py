"""How is the compiled f-contrastive risk of a known family spread over threads, and what does its NaN mean?"""

import numpy as np

from simsuff.divergences.compiling import Family
from simsuff.kernels.jit import plain
from simsuff.kernels.threads import for_each, threads
from simsuff.losses.f_contrastive.compiled import chunk_rows, part
from simsuff.losses.f_contrastive.formulas import ContrastOptions, options_of
from simsuff.losses.f_contrastive.interpreted import TABLE_ENTRIES, Setting, refuse_unbounded
from simsuff.losses.f_contrastive.interpreted_row import Float

LINKS = ("identity", "log", "derivative")

# Scores that take longer than threads take to start.
WORTH_THREADS = 1 << 16


def contrast_options(setting: Setting, member: Family) -> ContrastOptions:
    """The options of the compiled kernel."""
    return options_of(member)._replace(
        link=LINKS.index(setting.link),
        free_offset=setting.offset == "row",
        others=setting.negatives == "others",
        symmetric=setting.symmetric,
        temperature=setting.temperature,
    )


def known_contrast(u: Float, v: Float, setting: Setting, member: Family) -> tuple[float, Float, Float]:
    """The mean over batches (B, K, d) of the loss, and its gradients.

    +∞ as soon as a score without offset exceeds f'(∞); the gradients are unfinished then.
    """
    value, du, dv = contrast_batches(contrast_options(setting, member), u, v)
    if np.isnan(value) and np.isinf(setting.div.at_zero) and setting.link != "identity":
        refuse_unbounded(any(_any_vanishes(x, y) for x, y in zip(u, v, strict=True)), setting)
    return value, du, dv


class _Tasks:
    """Parts of `contrast` for B batches, each with its own memory, and their sums in a fixed order."""

    def __init__(self, options: ContrastOptions, u: Float, v: Float) -> None:
        self._options, self._pairs = options, ((u, v), (v, u))
        self._sides, self._chunks = 2 if options.symmetric else 1, -(-u.shape[1] // chunk_rows(u.shape[1]))
        self._own = np.zeros((2, *u.shape))
        self._sums: list[Float | None] = [None] * self.count
        self._costs = np.zeros(self.count)

    @property
    def count(self) -> int:
        """How many parts there are."""
        parts: int = len(self._own[0]) * self._sides * self._chunks
        return parts

    def run(self, index: int) -> None:
        """One part."""
        batch, rest = divmod(index, self._sides * self._chunks)
        side, chunk = divmod(rest, self._chunks)
        u, v = self._pairs[side]
        own = self._own[side, batch]
        # Plain Python over compiled blocks: compiled as a whole for each form, it would cost seconds.
        self._costs[index], self._sums[index] = plain(part)(self._options, u[batch], v[batch], chunk, own)

    def total(self) -> tuple[float, Float, Float]:
        """The sum over batches of the loss, and its gradients."""
        size = self._pairs[0][0].shape[1]
        gradients = np.zeros_like(self._own)
        for index, sums in enumerate(self._sums):
            batch, rest = divmod(index, self._sides * self._chunks)
            if sums is not None:
                gradients[1 - rest // self._chunks, batch] += sums
        gradients += self._own
        du, dv = gradients
        return self._options.scale * sum(self._costs.tolist()) / (self._sides * size), du, dv


def contrast_batches(options: ContrastOptions, u: Float, v: Float) -> tuple[float, Float, Float]:
    """The mean over batches (B, K, d) of what `contrast` computes for one, on several threads; NaN, +∞ as there."""
    tasks = _Tasks(options, u, v)
    if len(u) * u.shape[1] ** 2 < WORTH_THREADS:
        with threads(1):
            for_each(tasks.run, tasks.count)
    else:
        for_each(tasks.run, tasks.count)
    value, du, dv = tasks.total()
    for gradient in (du, dv) if len(u) > 1 else ():
        gradient /= len(u)
    return value / len(u), du, dv


def _any_vanishes(u: Float, v: Float) -> bool:
    """Is an inner product ⟨u_i, v_j⟩ of non-negative embeddings (K, d) zero?"""
    rows = max(1, TABLE_ENTRIES // len(v))
    return any(bool((u[i : i + rows] @ v.T <= 0).any()) for i in range(0, len(u), rows))
