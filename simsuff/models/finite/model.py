"""The law of two symbols from a joint table, and of views that are iid given a latent symbol: all exact."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import Divergence, as_divergence
from simsuff.models.base import DRAW, Pairs
from simsuff.models.finite.cells import Cells, cells_of, information
from simsuff.models.finite.forms import reduced_cells, sufficiency
from simsuff.models.finite.tables import Statistic, as_symbols, groups, merged, ratio_of
from simsuff.models.maps import LookupMap
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import (
    Float,
    RNGLike,
    generator,
    integer,
    probabilities,
    refuse,
    require,
    require_all,
)
from simsuff.numerics.validation import channel as stochastic

# Below it 1/P₁(z₁) overflows.
SMALLEST_MARGINAL = float(np.finfo(np.float64).tiny)


class FiniteDraws(NamedTuple):
    """The cumulative sums of a joint table, cell by cell in the order of memory, and its number of columns."""

    cumulative: Float
    columns: int


@DRAW.register(FiniteDraws)
def _draw_finite(
    source: FiniteDraws, rng: np.random.Generator, z1: NDArray[np.int64], z2: NDArray[np.int64]
) -> None:
    """Fill z1 and z2 (n,) with symbols."""
    for i in range(z1.size):
        # A uniform below 1 times the total rounds to less than the total, so that every cell found has mass.
        uniform = rng.random() * source.cumulative[-1]
        cell = np.searchsorted(source.cumulative, uniform, side="right")
        z1[i] = cell // source.columns
        z2[i] = cell % source.columns


class JointTables(Shown):
    """What one joint table (n1, n2) and a stack of them (m, n1, n2) have in common."""

    def _describe(self, joint: Float) -> None:
        self.joint: Float = np.ascontiguousarray(joint)
        self.marginal1: Float = self.joint.sum(axis=-1)
        self.marginal2: Float = self.joint.sum(axis=-2)

    def _check_marginals(self) -> None:
        """Refuse a marginal so small that its reciprocal overflows."""
        for name, marginal in (("marginal1", self.marginal1), ("marginal2", self.marginal2)):
            good = (marginal == 0) | (marginal >= SMALLEST_MARGINAL)
            require_all(good, name, marginal, f"be 0 or at least {SMALLEST_MARGINAL}", "drop the symbol")

    @classmethod
    def _normalised(cls, joint: Float) -> Self:
        """The law of a table, or tables, that have been checked and normalised, to the last bit."""
        law = cls.__new__(cls)
        law._describe(joint)
        return law

    @property
    def shape(self) -> tuple[int, int]:
        """(n1, n2), the sizes of the two alphabets."""
        rows, columns = self.joint.shape[-2:]
        return rows, columns

    @cached_property
    def ratio(self) -> Float:
        """r = dP₁₂/d(P₁⊗P₂), shape (..., n1, n2), 0 where a marginal is 0."""
        return ratio_of(self.joint, self.marginal1, self.marginal2, empty=0.0)

    @property
    def product(self) -> Float:
        """P₁⊗P₂, shape (..., n1, n2)."""
        return self.marginal1[..., :, None] * self.marginal2[..., None, :]

    @cached_property
    def _cells(self) -> Cells:
        return cells_of(self.joint, self.marginal1, self.marginal2)


class FiniteModel(JointTables):
    """A law of (z₁, z₂) on the symbols 0, …, n1 − 1 and 0, …, n2 − 1.

    Parameters
    ----------
    joint : P₁₂, shape (n1, n2), non-negative, sums to one. Zero cells, rows and columns are allowed.

    Attributes
    ----------
    joint : (n1, n2), exactly normalised. `marginal1` (n1,), `marginal2` (n2,).
    ratio : r = dP₁₂/d(P₁⊗P₂), shape (n1, n2), 0 where a marginal is 0.
    prior, channel : the law of x, (nx,), and of each view given x, (nx, nz); None unless built `from_views`.

    Raises
    ------
    ValueError : for NaN, negative, unnormalised or empty tables, and marginals so small that 1/p overflows.

    Examples
    --------
    >>> import simsuff as ss
    >>> model = ss.FiniteModel([[0.4, 0.1], [0.1, 0.4]])
    >>> round(float(model.information("kl")), 6)  # nats
    0.192745
    >>> round(float(model.sufficiency([0, 0], "kl")), 6)  # merging both symbols loses all of it
    0.192745
    >>> views = ss.FiniteModel.from_views(prior=[0.5, 0.5], channel=[[0.9, 0.1], [0.1, 0.9]])
    >>> views.joint
    array([[0.41, 0.09],
           [0.09, 0.41]])
    """

    def __init__(self, joint: ArrayLike) -> None:
        self._describe(probabilities("joint", joint, ndim=2))
        self._check_marginals()

    def _describe(self, joint: Float) -> None:
        super()._describe(joint)
        self.prior: Float | None = None
        self.channel: Float | None = None

    @classmethod
    def from_views(cls, prior: ArrayLike, channel: ArrayLike) -> Self:
        """Augmentation setting (AS): x ~ `prior`, z₁ and z₂ iid ~ `channel`[x].

        Parameters
        ----------
        prior : law of x, shape (nx,).
        channel : laws of a view given x, shape (nx, nz), rows sum to one.
        """
        law = probabilities("prior", prior, ndim=1)
        views = stochastic("channel", channel)
        shown = f"shape = {views.shape}"
        require(len(views) == len(law), "channel", shown, f"have {len(law)} rows", "give one row for each x")
        joint = (views.T * law) @ views
        model = cls((joint + joint.T) / 2)  # the matrix product need not be symmetric to the last bit
        model.prior, model.channel = law, views
        return model

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.joint.shape})"

    def _facts(self) -> Mapping[str, Any]:
        views = None if self.prior is None else f"iid given x, one of {len(self.prior)}"
        return {"symbols": f"{self.shape[0]} and {self.shape[1]}", "views": views, "joint": self.joint}

    @cached_property
    def posterior(self) -> Float:
        """P(x | z), shape (nz, nx); the prior for a symbol without mass. Needs a model built `from_views`."""
        if self.prior is None or self.channel is None:
            way_out = "build the model with FiniteModel.from_views"
            raise refuse("prior", self.prior, "be known for a posterior of x", way_out)
        weights = (self.prior[:, None] * self.channel).T
        totals = weights.sum(axis=1, keepdims=True)
        return np.where(totals > 0, weights / np.where(totals > 0, totals, 1.0), self.prior)

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """`n` iid pairs of symbols, int64 arrays of shape (n,), by inversion of the cumulative table."""
        count = integer("n", n, 1, "draw at least one pair")
        cumulative = self.draws.cumulative
        # A uniform below 1 times the total rounds to less than the total, so that every cell found has mass.
        uniform = generator("rng", rng).random(count) * cumulative[-1]
        cell = np.searchsorted(cumulative, uniform, side="right")
        z1, z2 = np.divmod(cell, self.joint.shape[1])
        return Pairs(z1.astype(np.int64), z2.astype(np.int64))

    @cached_property
    def draws(self) -> FiniteDraws:
        """What a compiled loop needs to draw from this law."""
        return FiniteDraws(np.cumsum(self.joint), self.joint.shape[1])

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r(z₁, z₂) in nats, for symbol arrays that broadcast.

        −inf where the joint is 0, which includes every pair with a symbol without mass (such a pair never
        occurs, and `ratio` is 0 there).
        """
        first = as_symbols("z1", z1, self.joint.shape[0])
        second = as_symbols("z2", z2, self.joint.shape[1])
        with np.errstate(divide="ignore"):
            values: Float = np.log(self.ratio[first, second])
        return values

    def information(self, div: Divergence | str) -> Bounded:
        """I_f(z₁; z₂) = E_⊗ f(r) in nats, boundary cells f(0) included; may be inf.

        Its error bounds the rounding of marginals, ratios, f and their sum.
        """
        value, error = information(self._cells, as_divergence(div))
        return Bounded(float(value), float(error))

    information_bounded = information

    def reduced(self, statistic: Statistic) -> "FiniteModel":
        """The model of (T(z₁), z₂); the values of T are numbered 0, 1, … in increasing order."""
        classes = groups("statistic", statistic, self.joint.shape[0])
        return FiniteModel._normalised(merged(self.joint, classes, int(classes.max()) + 1))

    def swapped(self) -> "FiniteModel":
        """The model of (z₂, z₁)."""
        model = FiniteModel._normalised(self.joint.T)
        model.prior, model.channel = self.prior, self.channel
        return model

    def sufficiency(
        self, statistic: Statistic, div: Divergence | str, form: str = "information_loss"
    ) -> Bounded:
        """Suff_f(T) in nats, in one of the three forms of A1.

        Parameters
        ----------
        statistic : integer labels, shape (n1,), or a callable that maps the vector of all symbols to one value
            (scalar or vector) each; symbols with equal values are merged.
        form : "information_loss" I_f(z₁; z₂) − I_f(T; z₂); "bregman" E_⊗ B_f(r, r_T); "variational" the
            difference of the two infima of R_f.

        Returns
        -------
        The loss, with a bound on its rounding by the terms that are added; inf where I_f(z₁; z₂) is infinite and
        I_f(T; z₂) is not.

        Raises
        ------
        ValueError : if I_f(T; z₂) is infinite, where A1 says nothing.
        """
        div, classes = as_divergence(div), groups("statistic", statistic, self.joint.shape[0])
        loss = sufficiency(self._cells, reduced_cells(self._cells, classes), classes, div, form)
        if not loss.defined:
            allowed = "leave I_f(T; z2) finite (the condition of A1)"
            way_out = "take a divergence with finite f(0), or give every cell of the table mass"
            raise refuse("div", f"f(0) = {div.at_zero} of {div.name}", allowed, way_out)
        return Bounded(float(loss.value), float(loss.error))

    @property
    def canonical_correlations(self) -> Float:
        """Singular values of P₁₂/√(P₁P₂) without the leading 1, decreasing, shape (min(n1, n2) − 1,)."""
        return self._system.correlations

    def optimal_encoder(self, k: int) -> LookupMap:
        """E8: the k-dimensional minimiser (√λ_i φ_i) of the spectral loss, λ_1 = 1 with φ_1 = 1 first.

        Raises
        ------
        ValueError : unless 1 ≤ k ≤ min(n1, n2), the number of singular values.
        """
        width = integer("k", k, 1, "the kernel has min(n1, n2) singular values", high=min(self.joint.shape))
        scaled = self._system.left * np.sqrt(self._system.correlations)
        return LookupMap(np.hstack([np.ones((len(scaled), 1)), scaled])[:, :width])

    @cached_property
    def _system(self) -> "SingularSystem":
        return singular_system(self.joint, self.marginal1, self.marginal2)


class SingularSystem(NamedTuple):
    """r(z₁, z₂) = 1 + Σ_i λ_i φ_i(z₁) ψ_i(z₂): `correlations` (m,), `left` (n1, m), `right` (n2, m).

    The functions are orthonormal in L²(P₁) and L²(P₂) and 0 at symbols without mass; m = min(n1, n2) − 1.
    """

    correlations: Float
    left: Float
    right: Float


def singular_system(joint: Float, marginal1: Float, marginal2: Float) -> SingularSystem:
    """The singular system of the centred kernel r − 1, correlations decreasing."""
    root1, root2 = np.sqrt(marginal1), np.sqrt(marginal2)
    inverse1, inverse2 = _reciprocal(root1), _reciprocal(root2)
    centred = joint * inverse1[:, None] * inverse2[None, :] - np.outer(root1, root2)
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    count = min(joint.shape) - 1
    # A correlation is at most one; the decomposition of a rounded table may exceed it by a few ulp.
    correlations = np.minimum(values[:count], 1.0)
    # The largest entry of each column is made positive, so that equal tables give equal features.
    columns = left[:, :count]
    largest = columns[np.argmax(np.abs(columns), axis=0), np.arange(count)]
    signs = np.where(largest < 0, -1.0, 1.0)
    phi = columns * signs * inverse1[:, None]
    psi = right[:count].T * signs * inverse2[:, None]
    return SingularSystem(correlations, phi, psi)


def _reciprocal(root: Float) -> Float:
    positive = root > 0
    return np.where(positive, 1 / np.where(positive, root, 1.0), 0.0)
