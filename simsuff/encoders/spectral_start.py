"""Starts of softmax encoders from the spectrum of the pairs, so that no output dies."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigsh

from simsuff.encoders.softmax import SoftmaxEncoder
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.kernels.threads import one_blas_thread
from simsuff.numerics.validation import Float, RNGLike, generator, integer, refuse, require

# Pairs that the start looks at; more sharpen what training sharpens anyway.
PAIRS = 10_000

# Starts of k-means, the best of which is kept, and the rounds of each.
ATTEMPTS, ROUNDS = 10, 30

# Words lent to each group in the proportions of the whole corpus, so that no word is impossible.
LENT_WORDS = 1_000.0


@one_blas_thread()
def spectral_start(pairs: tuple[Any, Any], dim: int, rng: RNGLike) -> SoftmaxEncoder:
    """A `SoftmaxEncoder` with `dim` live outputs, from pairs of counts (n, V) without labels.

    From a random start the outputs of a softmax compete, and some die in a local minimum of the contrastive loss.
    Here words are embedded by the leading eigenvectors of their normalised co-occurrence across the two views (what
    the χ² loss learns with a linear encoder, E8), documents are grouped by k-means on the sum of their words, and
    each output gets the logarithms of a group's word frequencies, its share and the scale of F1.

    Raises
    ------
    ValueError
        For views of unequal shapes, negative counts, dim < 1, fewer different documents than `dim`.
    """
    first, second = _checked(pairs)
    integer("dim", dim, 1, "an encoder of rank 0 has no output")
    source = generator("rng", rng)
    mass = np.asarray(first.sum(axis=0) + second.sum(axis=0), dtype=np.float64).ravel()
    directions = _directions(first, second, mass, dim, source)
    points = np.asarray((first + second) @ directions)
    length = np.linalg.norm(points, axis=1, keepdims=True)
    groups = _grouped(points / np.where(length > 0, length, 1), dim, source)
    # Outputs as the topics of a mixture: log frequencies with lent words, log shares, scale 1/√share.
    members = sparse.csr_array((np.ones(len(groups)), (groups, np.arange(len(groups)))), (dim, len(groups)))
    words = np.asarray((members @ (first + second)).toarray())
    words += LENT_WORDS * (mass + 1) / (mass + 1).sum()
    share = (np.bincount(groups, minlength=dim) + 1.0) / (len(groups) + dim)
    coefficients = np.log(words / words.sum(axis=1, keepdims=True)).T
    return SoftmaxEncoder(coefficients, np.log(share), 1 / np.sqrt(share))


def _checked(pairs: tuple[Any, Any]) -> tuple[Any, Any]:
    width = pairs[0].shape[-1]
    views = []
    for name, z in zip(("z1", "z2"), pairs, strict=True):
        shown, allowed = f"shape = {z.shape}", f"have {width} columns"
        require(len(z.shape) == 2 and z.shape[1] == width, name, shown, allowed, "share one vocabulary")
        rows = sparse.csr_array(z[:PAIRS], dtype=np.float64)
        SparseRows.of(rows, name)  # refuses malformed tables
        views.append(rows)
    shown, allowed = f"shapes = {views[0].shape}, {views[1].shape}", "have views of one shape (n, V)"
    require(views[0].shape == views[1].shape, "pairs", shown, allowed, "share one vocabulary")
    for name, view in zip(("z1", "z2"), views, strict=True):
        smallest = float(view.data.min(initial=0.0))
        shown = f"smallest entry = {smallest!r}"
        require(smallest >= 0, name, shown, "hold counts >= 0", "pass word counts")
    return views[0], views[1]


def _directions(first: Any, second: Any, mass: Float, dim: int, rng: np.random.Generator) -> Float:
    """D^{−1/2} times the leading eigenvectors of D^{−1/2} (Z₁ᵀZ₂ + Z₂ᵀZ₁) D^{−1/2}/2, D = diag(mass), (V, k)."""
    root = np.where(mass > 0, 1 / np.sqrt(np.where(mass > 0, mass, 1)), 0)
    a, b = (sparse.csr_array(view * root) for view in (first, second))
    start = rng.standard_normal(mass.size)
    if mass.size <= dim + 1:  # the iteration needs more words than directions
        product = np.asarray((a.T @ b).toarray())
        return np.asarray(root[:, None] * np.linalg.eigh(product + product.T)[1])
    shape = (mass.size, mass.size)
    both = LinearOperator(shape, matvec=lambda x: (a.T @ (b @ x) + b.T @ (a @ x)) / 2, dtype=np.float64)
    return np.asarray(root[:, None] * eigsh(both, k=dim, which="LA", v0=start)[1])


def _grouped(points: Float, dim: int, rng: np.random.Generator) -> Any:
    """The labels of the tightest of several k-means groupings without an empty group."""
    from scipy.cluster.vq import ClusterError, kmeans2  # 0.1 s that no other encoder needs

    best, labels = np.inf, None
    for _ in range(ATTEMPTS):
        seeds = _seeds(points, dim, rng)
        try:
            centres, found = kmeans2(points, seeds, iter=ROUNDS, minit="matrix", missing="raise")
        except ClusterError:
            continue
        spread = float(((points - centres[found]) ** 2).sum())
        if spread < best:
            best, labels = spread, found
    if labels is None:
        raise refuse("dim", dim, "leave no group of documents empty", "lower dim or pass more documents")
    return labels


def _seeds(points: Float, dim: int, rng: np.random.Generator) -> Float:
    """Centres drawn one by one, each with probability proportional to its squared distance from the others."""
    chosen = [int(rng.integers(len(points)))]
    distance = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < dim:
        total = float(distance.sum())
        law = distance / total if total > 0 else None
        chosen.append(int(rng.choice(len(points), p=law)))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]
