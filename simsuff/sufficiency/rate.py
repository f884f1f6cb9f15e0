"""The rate at which the excess risk of a trained encoder vanishes, and its constant (G5)."""

from typing import NamedTuple

import numpy as np

from simsuff.encoders.protocol import Encoder
from simsuff.kernels.threads import one_blas_thread
from simsuff.losses.infonce import infonce
from simsuff.models.base import Model, Pairs
from simsuff.numerics.numbers import Estimate
from simsuff.numerics.validation import Float, RNGLike, generator, integer, refuse
from simsuff.training.objective import loss_on

# Groups of batches of the jackknife; its standard error is then known to about 1/√(2·20) = 16 %.
GROUPS = 20

# Step of central differences of a smooth function of scale one: balances the error h² against ε/h.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))


class RateConstant(NamedTuple):
    """n·(E L_K(θ̂) − L_K(θ*)) → `constant` (nats × pairs), with `rank` identifiable parameters q.

    The `hessian` (q, q) of L_K at θ* is that along the columns of `basis` (p, q).
    """

    constant: Estimate
    rank: int
    hessian: Float
    basis: Float

    def quadratic_excess(self, gradient: Float) -> float:
        """½ gᵀH⁻¹g: the excess of a minimiser of the empirical loss to first order, g its gradient (p,) at θ*.

        With g the mean over n/K batches, its expectation is what `constant`/n estimates: a control variate.
        """
        along = self.basis.T @ gradient
        return float(along @ np.linalg.solve(self.hessian, along)) / 2


@one_blas_thread()
def rate_constant(
    model: Model, encoder: Encoder, K: int, n: int, rng: RNGLike, symmetric: bool = False
) -> RateConstant:
    """The constant of G5 by the sandwich (K/2)·tr(H⁺V) at the population minimiser of L_K.

    V is the covariance of the gradient of one batch of K pairs, H the Hessian of L_K, both estimated from
    ⌊n/K⌋ fresh batches and restricted to the directions that move the gradient at all: W and its rotations
    give the same score, so they are no parameters. Where the encoder is well specified and the loss
    one-sided, this is ½[q + (K − 1) tr(H⁻¹C)].

    Parameters
    ----------
    model
        Any model with `sample`.
    encoder
        The minimiser of L_K among its kind; it need not be well specified.
    K
        Batch size, K ≥ 2.
    n
        Pairs to draw: at least 40 batches, and two batches for each parameter.
    rng
        Source of the draws.
    symmetric
        The symmetrised loss.

    Returns
    -------
    RateConstant
        Its estimate is the jackknife over groups of batches, bias removed to first order, with the
        jackknife's standard error; its `n` is the number of batches.

    Raises
    ------
    ValueError
        For K < 2, too few pairs, or an encoder that is no strict minimiser of L_K (H not positive definite
        on the identifiable directions).

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> model = ss.GaussianModel.from_correlations([0.5])
    >>> rng = np.random.default_rng(0)
    >>> best = ss.fit(model.sample(4096, rng), ss.LinearEncoder([[0.7]]), batch=4).encoder
    >>> rate = ss.rate_constant(model, best, K=4, n=20_000, rng=rng)
    >>> rate.rank, bool(rate.constant.stderr < 0.1 * rate.constant.value)
    (1, True)
    """
    size = integer("K", K, 2, "a contrastive batch needs at least one negative")
    least = size * max(2 * GROUPS, 2 * encoder.parameters.size)
    count = integer("n", n, least, "draw at least 40 batches, and two for each parameter") // size
    count -= count % GROUPS
    z1, z2 = model.sample(count * size, generator("rng", rng))
    pairs = Pairs(z1.reshape(count, size, *z1.shape[1:]), z2.reshape(count, size, *z2.shape[1:]))
    gradients = batch_gradients(encoder, pairs, symmetric)
    basis = identifiable_directions(gradients)
    hessians = _group_hessians(encoder, pairs, symmetric, basis)
    constant = _jackknife(hessians, (gradients @ basis).reshape(GROUPS, count // GROUPS, -1), size)
    return RateConstant(constant, basis.shape[1], hessians.mean(axis=0), basis)


def batch_gradients(encoder: Encoder, pairs: Pairs, symmetric: bool) -> Float:
    """The gradient of the InfoNCE loss of each batch, shape (B, p)."""
    u, v = encoder.embed(pairs.z1, pairs.z2)
    _, du, dv = infonce(u, v, symmetric=symmetric)
    batches = zip(pairs.z1, pairs.z2, du, dv, strict=True)
    # The loss is the mean over batches: undo its 1/B.
    return len(u) * np.array([encoder.pullback(*batch) for batch in batches])


def identifiable_directions(gradients: Float) -> Float:
    """An orthonormal basis (p, q) of the span of the gradients, up to their rounding.

    A direction that changes no score has a zero derivative in every batch.
    """
    _, values, directions = np.linalg.svd(gradients, full_matrices=False)
    rounding = values[0] * max(gradients.shape) * np.finfo(np.float64).eps
    basis: Float = directions[values > rounding].T
    return basis


def _group_hessians(encoder: Encoder, pairs: Pairs, symmetric: bool, basis: Float) -> Float:
    """The Hessian of the loss of each group of batches along `basis`, shape (GROUPS, q, q)."""
    per_group = len(pairs.z1) // GROUPS
    slices = [slice(g * per_group, (g + 1) * per_group) for g in range(GROUPS)]
    return np.array([_hessian(encoder, Pairs(pairs.z1[s], pairs.z2[s]), symmetric, basis) for s in slices])


def _hessian(encoder: Encoder, pairs: Pairs, symmetric: bool, basis: Float) -> Float:
    """Central differences of the gradient along `basis`, symmetrised."""
    objective = loss_on(encoder, infonce, {"symmetric": symmetric}, pairs)
    theta = encoder.parameters
    columns = [objective(theta + STEP * b)[1] - objective(theta - STEP * b)[1] for b in basis.T]
    slopes = basis.T @ np.array(columns).T / (2 * STEP)
    hessian: Float = (slopes + slopes.T) / 2
    return hessian


def _jackknife(hessians: Float, gradients: Float, size: int) -> Estimate:
    """(K/2)·tr(H⁻¹V) from groups of Hessians (G, q, q) and gradients (G, b, q), leaving out one at a time."""
    groups = len(hessians)
    whole = _sandwich(hessians.mean(axis=0), np.concatenate(gradients), size)
    others = [np.arange(groups) != g for g in range(groups)]
    partial = np.array(
        [_sandwich(hessians[o].mean(axis=0), np.concatenate(gradients[o]), size) for o in others]
    )
    value = groups * whole - (groups - 1) * partial.mean()
    stderr = np.sqrt((groups - 1) * partial.var())
    return Estimate(float(value), float(stderr), gradients.shape[0] * gradients.shape[1])


def _sandwich(hessian: Float, gradients: Float, size: int) -> float:
    smallest = float(np.linalg.eigvalsh(hessian)[0])
    if not smallest > 0:
        shown = f"smallest eigenvalue of the Hessian = {smallest!r}"
        raise refuse("encoder", shown, "be a strict minimiser of L_K", "train it first, or raise n")
    covariance = np.atleast_2d(np.cov(gradients, rowvar=False))
    return size / 2 * float(np.trace(np.linalg.solve(hessian, covariance)))
