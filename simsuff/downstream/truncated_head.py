"""Heads that are linear up to a truncation, softmax(log trun(Γ_w t + Γ_b)): their fit, and the one of the proof (W4)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from simsuff.models import WordDropoutModel
from simsuff.numerics.validation import (
    Float,
    Integer,
    integer,
    plain_array,
    positive,
    real_array,
    require,
    require_all,
    shaped_array,
)
from simsuff.optimizers.lbfgs import lbfgs
from simsuff.optimizers.objective import Status

# How far the corners of the truncation are rounded off, in units of its floor, one fit after the other.
WIDTHS = (3.0, 0.3, 0.03, 0.003)

# Max-norm of the gradient of the mean log loss, in nats for a unit of Γ, that counts as converged.
TOLERANCE = 1e-7

# Starting points beyond the norm constraint are shrunk to this share of it.
START_SHARE = 0.9

# Squares that are nearer have divided differences that are derivatives, to about 1e-10.
CLOSE = 1e-5


class TruncatedSoftmaxHead:
    """h(t) = trun(Γ_w t + Γ_b)/‖trun(Γ_w t + Γ_b)‖₁, trun to [e^{−B}, 1]: the softmax of the logarithms.

    Parameters
    ----------
    weight : Γ_w, shape (M, k).
    bias : Γ_b, shape (M,).
    margin : B > 0.

    Raises
    ------
    ValueError : for arrays that are not finite or do not fit, and a margin that is not positive.

    Examples
    --------
    >>> head = TruncatedSoftmaxHead([[1.0], [-1.0]], [0.5, 0.5], margin=np.log(10))
    >>> head([[0.25], [5.0]]).round(3).tolist()
    [[0.75, 0.25], [0.909, 0.091]]
    """

    def __init__(self, weight: ArrayLike, bias: ArrayLike, margin: float) -> None:
        self.weight = real_array("weight", weight, 2)
        self.bias = shaped_array("bias", bias, (len(self.weight),), "give one bias for each label")
        self.margin = positive("margin", margin)

    @property
    def floor(self) -> float:
        """e^{−B}, the least that a label keeps before normalisation."""
        return float(np.exp(-self.margin))

    @property
    def size(self) -> float:
        """max(‖Γ_w‖_op, ‖Γ_b‖₂), which the paper keeps below B_Γ."""
        return float(max(np.linalg.norm(self.weight, 2), np.linalg.norm(self.bias)))

    def linear(self, features: ArrayLike) -> Float:
        """Γ_w t + Γ_b of each row t, shape (n, M)."""
        rows = real_array("features", features, 2)
        width = self.weight.shape[1]
        shown, way_out = f"shape = {rows.shape}", "pass one row of features for each input"
        require(rows.shape[1] == width, "features", shown, f"have {width} columns", way_out)
        return rows @ self.weight.T + self.bias

    def __call__(self, features: ArrayLike) -> Float:
        """The law of the label for each row, shape (n, M)."""
        kept = np.clip(self.linear(features), self.floor, 1.0)
        return np.asarray(kept / kept.sum(axis=1, keepdims=True))

    def log_loss(self, features: ArrayLike, labels: Integer) -> float:
        """The mean of −log h(t)_y over rows and their labels, in nats."""
        return -float(np.log(self(features)[np.arange(len(labels)), labels]).mean())

    def __repr__(self) -> str:
        outputs, inputs = self.weight.shape
        return f"{type(self).__name__}(labels={outputs}, inputs={inputs}, margin={self.margin:.4g})"


class HeadFit(NamedTuple):
    """The head that was reached, its log loss on the sample in nats, and why the optimiser stopped."""

    head: TruncatedSoftmaxHead
    log_loss: float
    status: Status


def fit_truncated_head(
    features: ArrayLike, labels: ArrayLike, count: int, margin: float, bound: float, steps: int = 500
) -> HeadFit:
    """The truncated softmax head of least log loss on a sample, max(‖Γ_w‖_op, ‖Γ_b‖₂) ≤ `bound`.

    Parameters
    ----------
    features : f̂(z_i), shape (m, k).
    labels : y_i in 0, …, `count` − 1, shape (m,).
    margin : B of the truncation.
    bound : B_Γ, positive. The search is over all heads that meet the constraint.
    steps : limit for each start.

    Returns
    -------
    HeadFit
        The better of two runs of L-BFGS, from the frequencies of the labels and from least squares on their indicators,
        through truncations whose corners are ever less rounded. The loss is not convex: a local minimum is promised, up
        to the last rounding of its corners, `WIDTHS`[-1] of the floor.

    Raises
    ------
    ValueError : for arrays that do not fit, labels out of range, and margins or bounds that are not positive.
    """
    rows, known = real_array("features", features, 2), plain_array(labels)
    number = integer("count", count, 1, "name at least one label")
    whole = known.shape == (len(rows),) and np.issubdtype(known.dtype, np.integer)
    shown, way_out = f"shape, dtype = {known.shape}, {known.dtype}", "give one label for each row of features"
    require(whole, "labels", shown, f"be {len(rows)} integers", way_out)
    inside = (known >= 0) & (known < number)
    require_all(inside, "labels", known, f"lie in [0, {number - 1}]", "number the labels from 0")
    data = _grouped(rows, known, number)
    size, radius = positive("margin", margin), positive("bound", bound)
    ends = [_descended(data, start, size, radius, steps) for start in _starts(data, radius)]
    return min(ends, key=lambda end: end.log_loss)


class _Sample(NamedTuple):
    """The distinct rows of features (g, k), and the share of the sample that each has with each label (g, M)."""

    rows: Float
    shares: Float


def _grouped(rows: Float, labels: Integer, count: int) -> _Sample:
    distinct, groups = np.unique(rows, axis=0, return_inverse=True)
    shares = np.zeros((len(distinct), count))
    np.add.at(shares, (plain_array(groups).ravel(), labels), 1 / len(rows))
    return _Sample(distinct, shares)


def _starts(data: _Sample, bound: float) -> list[Float]:
    """The frequencies of the labels, and least squares on their indicators: the values of both sum to one."""
    weight = data.shares.sum(axis=1, keepdims=True)
    design = np.sqrt(weight) * np.column_stack([data.rows, np.ones(len(data.rows))])
    solution = np.linalg.lstsq(design, data.shares / np.sqrt(weight), rcond=None)[0]
    constant = np.vstack([np.zeros_like(solution[:-1]), data.shares.sum(axis=0)])
    parts = ((start[:-1].T, start[-1:].T) for start in (constant, solution))
    return [np.concatenate([_outside(part, bound).ravel() for part in pair]) for pair in parts]


def _descended(data: _Sample, start: Float, margin: float, bound: float, steps: int) -> HeadFit:
    """Where L-BFGS leads through ever sharper truncations."""
    theta = start
    for width in WIDTHS:
        loss = _HeadLoss(data, margin, bound, width)
        end = lbfgs(loss, theta, steps, TOLERANCE)
        if end.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        theta = end.point.parameters
    return HeadFit(loss.head(theta), loss.exact(theta), end.status)


class _HeadLoss:
    """The log loss of a head on a sample, as a function of θ, which `_inside` maps to (Γ_w row by row, Γ_b).

    The corners of the truncation are rounded off over a multiple `width` of the floor: a sharp one is flat beyond.
    """

    def __init__(self, data: _Sample, margin: float, bound: float, width: float) -> None:
        self.data, self.margin, self.bound = data, margin, bound
        self.floor = float(np.exp(-margin))
        self.width = width * self.floor

    def head(self, theta: Float) -> TruncatedSoftmaxHead:
        """The head that `theta` stands for."""
        weight, bias = (_inside(part, self.bound)[0] for part in self._parts(theta))
        return TruncatedSoftmaxHead(weight, bias[:, 0], self.margin)

    def exact(self, theta: Float) -> float:
        """The log loss of `head`."""
        return -float(np.sum(self.data.shares * np.log(self.head(theta)(self.data.rows))))

    def __call__(self, theta: Float) -> tuple[float, Float]:
        """Value and gradient with rounded corners."""
        (weight, pull_weight), (bias, pull_bias) = (_inside(part, self.bound) for part in self._parts(theta))
        linear = self.data.rows @ weight.T + bias.T
        low, high = (linear - self.floor) / self.width, (linear - 1) / self.width
        kept = self.floor + self.width * (np.logaddexp(0, low) - np.logaddexp(0, high))
        total, mass = kept.sum(axis=1, keepdims=True), self.data.shares.sum(axis=1, keepdims=True)
        slope = (mass / total - self.data.shares / kept) * (expit(low) - expit(high))
        gradient = np.append(
            pull_weight(slope.T @ self.data.rows).ravel(), pull_bias(slope.sum(axis=0)[:, None]).ravel()
        )
        return float(np.sum(mass * np.log(total)) - np.sum(self.data.shares * np.log(kept))), gradient

    def _parts(self, theta: Float) -> tuple[Float, Float]:
        labels = self.data.shares.shape[1]
        return theta[:-labels].reshape(labels, -1), theta[-labels:, None]


def _inside(array: Float, bound: float) -> tuple[Float, Callable[[Float], Float]]:
    """A matrix whose singular values s are those of A as b·sin(s/b), so of norm b at most, and the pullback of the map.

    It is a smooth function of A also where several singular values meet the bound, and it reaches the bound: a minimum
    there is a stationary point.
    """
    values, vectors = np.linalg.eigh(array.T @ array / bound**2)
    factors, slopes = _sine_share(np.maximum(values, 0.0))
    scaling = (vectors * factors) @ vectors.T
    gaps = np.subtract.outer(values, values)
    close = np.abs(gaps) < CLOSE
    between = np.add.outer(slopes, slopes) / 2
    quotients = np.where(close, between, np.subtract.outer(factors, factors) / np.where(close, 1.0, gaps))

    def pullback(gradient: Float) -> Float:
        inner = vectors @ (quotients * (vectors.T @ (array.T @ gradient) @ vectors)) @ vectors.T / bound**2
        return np.asarray(gradient @ scaling + array @ (inner + inner.T))

    return array @ scaling, pullback


def _sine_share(squares: Float) -> tuple[Float, Float]:
    """sin(√q)/√q and its derivative in q."""
    root = np.sqrt(np.where(squares > CLOSE, squares, 1.0))
    share = np.where(squares > CLOSE, np.sin(root) / root, 1 - squares / 6)
    slope = np.where(
        squares > CLOSE, (root * np.cos(root) - np.sin(root)) / (2 * root**3), -1 / 6 + squares / 60
    )
    return share, slope


def _outside(array: Float, bound: float) -> Float:
    """The matrix that `_inside` maps to `array`, which is shrunk to a share of the bound first where it is larger."""
    left, values, right = np.linalg.svd(array, full_matrices=False)
    shrunk = values * min(1.0, START_SHARE * bound / values[0]) if values[0] > 0 else values
    return np.asarray((left * (bound * np.arcsin(shrunk / bound))) @ right)


def proof_head(
    model: WordDropoutModel, weight: ArrayLike, margin: float | None = None
) -> TruncatedSoftmaxHead:
    """W4: the head of the paper's proof, Γ_w = 2 diag(π)^{1/2} (E⋆E⋆ᵀ)⁻¹E⋆ΠŴᵀ and Γ_b = π, for f̂(z) = Ŵz.

    Before truncation its values sum to one, and they are P(y|z) where ŴᵀŴ = ½E⋆ᵀE⋆ up to what is constant in z₁.

    Parameters
    ----------
    model : equally likely words.
    weight : Ŵ, shape (k, S).
    margin : B; the least that the posteriors of `model` allow unless given.

    Raises
    ------
    ValueError : for words that are not equally likely, a weight that does not fit, and posteriors with a zero where no
        margin is given.
    """
    model.require_uniform_words()
    encoder = real_array("weight", weight, 2)
    shown, allowed = f"shape = {encoder.shape}", f"have {model.vocabulary} columns"
    require(encoder.shape[1] == model.vocabulary, "weight", shown, allowed, "give one column for each word")
    prior = model.prior[model.prior > 0]
    centred = encoder - encoder.mean(axis=1, keepdims=True)
    linear = 2 * np.sqrt(prior)[:, None] * (np.linalg.pinv(model.gold).T @ centred.T)
    return TruncatedSoftmaxHead(linear, prior, least_margin(model) if margin is None else margin)


def least_margin(model: WordDropoutModel) -> float:
    """B = −log min P(y | z) over topics and words with mass: what the paper's assumption (c) needs.

    Raises
    ------
    ValueError : where a word excludes a topic.
    """
    live = np.ix_(model.word_law > 0, model.prior > 0)
    lowest = float(model.posteriors[live].min())
    way_out = "mix a little mass of every word into the topics"
    require(lowest > 0, "posteriors", f"smallest P(y | z) = {lowest}", "be positive", way_out)
    return -float(np.log(lowest))
