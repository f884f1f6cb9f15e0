"""Jointly Gaussian views with any covariances: samples, pmi, information, sufficiency of linear statistics (E1–E4)."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence
from simsuff.divergences.catalogue import as_divergence
from simsuff.models.base import Pairs
from simsuff.models.gaussian.canonical import (
    SMALLEST_CORRELATION,
    CanonicalForm,
    Spectrum,
    canonical_form,
    diagonal_form,
    reduced_form,
    row_space,
)
from simsuff.models.gaussian.draws import GaussianDraws, draw_gaussian, gaussian_draws
from simsuff.models.gaussian.exact import Covariances, Exact
from simsuff.models.gaussian.information import information_loss
from simsuff.models.maps import LinearMap
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import (
    Float,
    RNGLike,
    covariance,
    generator,
    integer,
    real_array,
    require,
    require_all,
    shaped_array,
)

Blocks = tuple[Float, Float, Float]


class Signal(NamedTuple):
    """The Gaussian latent x of views z = gain · x + noise: Cov(x), Cov(x, z₁) = Cov(x, z₂), gain, Cov(noise), (d, d)."""

    covariance: Float
    covariance_with_view: Float
    gain: Float
    noise: Float


class GaussianModel(Shown):
    """Centred jointly Gaussian (z₁, z₂), z₁ ∈ R^d1, z₂ ∈ R^d2.

    Parameters
    ----------
    cov11, cov12, cov22 : shapes (d1, d1), (d1, d2), (d2, d2); the joint covariance must be positive definite.

    Attributes
    ----------
    canonical_correlations : decreasing, in [0, 1), shape (min(d1, d2),).
    canonical_directions1, canonical_directions2 : rows a with aᵀΣa = 1, shapes (min(d1, d2), d1 or d2).
    signal : the latent x where the model was built by `additive_noise` (E7) or `ornstein_uhlenbeck`, else None.

    Raises
    ------
    ValueError : for NaN, mismatched shapes, asymmetric or indefinite covariances, correlations of one.

    Examples
    --------
    >>> import simsuff as ss
    >>> model = ss.GaussianModel.from_correlations([0.8, 0.6])
    >>> round(float(model.information("kl")), 6)  # −½ Σ log(1 − ρ²), E1
    0.733969
    >>> round(float(model.sufficiency([[1.0, 0.0]], "kl")), 6)  # what the first direction alone loses
    0.223144
    >>> ss.GaussianModel.additive_noise([2.0, 1.0], 0.5).canonical_correlations.round(6)
    array([0.888889, 0.8     ])
    """

    def __init__(self, cov11: ArrayLike, cov12: ArrayLike, cov22: ArrayLike) -> None:
        first, second = covariance("cov11", cov11), covariance("cov22", cov22)
        cross = real_array("cov12", cov12, ndim=2)
        shape = (len(first), len(second))
        allowed = f"have shape {shape}, the sizes of cov11 and cov22"
        require(cross.shape == shape, "cov12", f"shape = {cross.shape}", allowed, "rows belong to z1")
        exact = Covariances(Exact.of(first), Exact.of(cross), Exact.of(second))
        self._set((first, cross, second), canonical_form(exact), exact)

    def _set(self, blocks: Blocks, form: CanonicalForm, exact: Covariances | None) -> None:
        self.cov11, self.cov12, self.cov22 = blocks
        self.signal: Signal | None = None
        self._form = form
        if exact is not None:
            self.exact_covariances = exact

    @classmethod
    def _of(cls, blocks: Blocks, form: CanonicalForm, exact: Covariances | None = None) -> Self:
        """The model with the canonical form `form`, whose covariances round to `blocks`, or are these."""
        model = cls.__new__(cls)
        model._set(blocks, form, exact)
        return model

    @cached_property
    def exact_covariances(self) -> Covariances:
        """The covariances without rounding: of `additive_noise`, whose doubles have lost small noise, as of others."""
        return Covariances(*(Exact.of(block) for block in (self.cov11, self.cov12, self.cov22)))

    @classmethod
    def from_correlations(cls, correlations: ArrayLike) -> Self:
        """Standard normal coordinates, the i-th coordinates of the two views correlated by ρ_i in [0, 1).

        The coordinates keep the order of `correlations`; `canonical_correlations` is sorted.
        """
        rho = real_array("correlations", correlations, ndim=1)
        flip = "flip the sign of one coordinate of z2"
        require_all(rho >= 0, "correlations", rho, "lie in [0, 1)", flip)
        noise = "drop perfectly correlated directions or add noise"
        require_all(rho < 1, "correlations", rho, "lie in [0, 1)", noise)
        _refuse_subnormal("correlations", rho, rho)
        identity, cross = np.eye(len(rho)), np.diag(rho)
        form = diagonal_form(Spectrum(rho, 1 - rho), np.ones(len(rho)))
        return cls._of((identity, cross, identity), form)

    @classmethod
    def additive_noise(cls, signal_variances: ArrayLike, noise_std: ArrayLike) -> Self:
        """E7: x ~ N(0, diag(s)), z = x + N(0, diag(σ²)) twice; ρ_i = s_i/(s_i + σ_i²).

        Parameters
        ----------
        signal_variances : s, shape (d,), non-negative.
        noise_std : σ, a positive number, or one for each coordinate, shape (d,).
        """
        power = real_array("signal_variances", signal_variances, ndim=1)
        way_out = "variances cannot be negative"
        require_all(power >= 0, "signal_variances", power, "be non-negative", way_out)
        noise = np.atleast_1d(real_array("noise_std", noise_std))
        shown, allowed = f"shape = {noise.shape}", f"be a number or have shape {power.shape}"
        way_out = "give one noise level for each coordinate"
        require(noise.shape in ((1,), power.shape), "noise_std", shown, allowed, way_out)
        require_all(noise > 0, "noise_std", noise, "be positive", "without noise the views coincide")
        signal, level = Exact.of(power), Exact.of(np.broadcast_to(noise, power.shape))
        excess = level * level
        view = signal + excess
        spectrum = Spectrum(signal.over(view), excess.over(view))
        _refuse_subnormal("signal_variances", power, spectrum.rho)
        blocks = np.diag(view.rounded()), np.diag(power), np.diag(view.rounded())
        exact = Covariances(view.diagonal(), signal.diagonal(), view.diagonal())
        model = cls._of(blocks, diagonal_form(spectrum, np.sqrt(view.rounded())), exact)
        model.signal = Signal(blocks[1], blocks[1], np.eye(len(power)), np.diag(excess.rounded()))
        return model

    @classmethod
    def ornstein_uhlenbeck(cls, correlations: ArrayLike) -> Self:
        """Q3: x ~ N(0, I), z = ρx + √(1 − ρ²)·N(0, I) twice, coordinate by coordinate: z has the law of x.

        The canonical correlations of the two views are ρ_i².

        Parameters
        ----------
        correlations : ρ of x and a view, in (−1, 1), shape (d,).
        """
        rho = real_array("correlations", correlations, ndim=1)
        way_out = "without noise the views coincide"
        require_all(np.abs(rho) < 1, "correlations", rho, "lie in (-1, 1)", way_out)
        square, one = Exact.of(rho) * Exact.of(rho), Exact.of(np.ones(len(rho)))
        _refuse_subnormal("correlations", rho, square.rounded())
        rest, identity = (one - square).rounded(), np.eye(len(rho))
        form = diagonal_form(Spectrum(square.rounded(), rest), np.ones(len(rho)))
        exact = Covariances(Exact.of(identity), square.diagonal(), Exact.of(identity))
        model = cls._of((identity, np.diag(square.rounded()), identity), form, exact)
        model.signal = Signal(identity, np.diag(rho), np.diag(rho), np.diag(rest))
        return model

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.cov12.shape})"

    def _facts(self) -> Mapping[str, Any]:
        signal = None if self.signal is None else "a latent x is known"
        sizes = f"{self.shape[0]} and {self.shape[1]}"
        return {"coordinates": sizes, "canonical correlations": self.canonical_correlations, "signal": signal}

    @property
    def shape(self) -> tuple[int, int]:
        """(d1, d2), the dimensions of the two views."""
        rows, columns = self.cov12.shape
        return rows, columns

    @property
    def spectrum(self) -> Spectrum:
        """ρ and 1 − ρ, each to its own digits, and a bound on what is not known of them."""
        return self._form.spectrum

    @property
    def canonical_correlations(self) -> Float:
        """ρ, decreasing, shape (min(d1, d2),)."""
        return self.spectrum.rho

    @property
    def canonical_directions1(self) -> Float:
        """Rows a with aᵀΣ₁a = 1, shape (min(d1, d2), d1)."""
        return self._form.basis1[: min(self.shape)]

    @property
    def canonical_directions2(self) -> Float:
        """Rows b with bᵀΣ₂b = 1 and aᵢᵀΣ₁₂bⱼ = ρᵢ 1{i = j}, shape (min(d1, d2), d2)."""
        return self._form.basis2[: min(self.shape)]

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """`n` iid pairs, float64 arrays of shapes (n, d1) and (n, d2)."""
        count = integer("n", n, 1, "draw at least one pair")
        size1, size2 = self.shape
        pairs = Pairs(np.empty((count, size1)), np.empty((count, size2)))
        draw_gaussian(self.draws, generator("rng", rng), *pairs)
        return pairs

    @cached_property
    def draws(self) -> GaussianDraws:
        """What a compiled loop needs to draw from this law."""
        return gaussian_draws(self._form, self.cov11, self.cov22)

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r(z₁, z₂) in nats (E4), shape (n,), for `z1` (n, d1) and `z2` (n, d2)."""
        first, second = (
            shaped_array(name, view, ("n", size), "one row for each sample")
            for name, view, size in zip(("z1", "z2"), (z1, z2), self.shape, strict=True)
        )
        allowed = f"have the {len(first)} rows of z1"
        require(len(first) == len(second), "z2", f"shape = {second.shape}", allowed, "pass aligned pairs")
        u, v = first @ self.canonical_directions1.T, second @ self.canonical_directions2.T
        rho, complement = self.spectrum.rho, self.spectrum.complement
        # E4 with uv = ½(u² + v²) − ½(u − v)²: no large terms cancel when ρ is near 1 and u near v.
        values: Float = (u**2 + v**2) @ (rho / (1 + rho) / 2) - (u - v) ** 2 @ (rho / complement / 2)
        values -= self.spectrum.log_complement.sum() / 2
        return values

    def information(self, div: Divergence | str) -> Bounded:
        """I_f(z₁; z₂) in nats (E1) for a divergence or its name; inf where it is infinite.

        Its error covers the rounding of closed forms and of the canonical correlations, as far as the covariances
        define them; for js, le_cam, total_variation and every f without a closed form it is an estimate.
        """
        nothing = Spectrum.independent(len(self.spectrum.rho))
        return information_loss(as_divergence(div), self.spectrum, nothing)

    information_bounded = information

    def reduced(self, statistic: Any) -> "GaussianModel":
        """The model of (Wz₁, z₂) for `statistic` W (k, d1) or anything with such a `weight`.

        A rank-deficient W is replaced by an orthonormal basis (in units of the standard deviations) of its row
        space, which holds the same information.
        """
        weight = self._row_space(statistic)
        exact = self.exact_covariances.mapped(Exact.of(weight))
        form = reduced_form(self._form, weight @ (self._form.basis1 @ self.cov11).T, exact)
        return GaussianModel._of((exact.first.rounded(), exact.cross.rounded(), self.cov22), form, exact)

    def wilks_lambda(self, statistic: Any = None, shrink: Fraction | float = 1) -> Fraction:
        """det(I − c²A_W) of E2, c = `shrink`: Π(1 − c²ρ_i²) for the correlations of (Wz₁, z₂), as an exact fraction.

        From determinants of the covariances alone, without canonical correlations. `statistic` is W as in `reduced`,
        the whole of z₁ unless given. Every moment of E1 follows: E_⊗ r^α = Λ(1)^{(1−α)/2} Λ(α−1)^{−1/2}.
        """
        exact = self.exact_covariances
        if statistic is not None:
            exact = exact.mapped(Exact.of(self._row_space(statistic)))
        return exact.wilks_lambda(Fraction(shrink))

    def swapped(self) -> "GaussianModel":
        """The model of (z₂, z₁)."""
        blocks = self.cov22, self.cov12.T.copy(), self.cov11
        model = GaussianModel._of(blocks, self._form.swapped(), self.exact_covariances.swapped())
        model.signal = self.signal
        return model

    def sufficiency(self, statistic: Any, div: Divergence | str) -> Bounded:
        """Suff_f(Wz₁) = I_f(z₁; z₂) − I_f(Wz₁; z₂) in nats (E2), W as in `reduced`, with an error as of `information`.

        Returns inf where I_f(z₁; z₂) is infinite and I_f(Wz₁; z₂) is not.

        Raises
        ------
        ValueError : for W of rank 0, with more rows than inputs or of another shape, and where I_f(Wz₁; z₂) is
            infinite (A1 says nothing then).
        """
        return information_loss(as_divergence(div), self.spectrum, self.reduced(statistic).spectrum)

    def optimal_encoder(self, k: int) -> LinearMap:
        """E3: the top-k canonical directions of z₁, the best rank-k linear encoder for every f.

        Raises
        ------
        ValueError : unless 1 ≤ k ≤ d1.
        """
        width = integer("k", k, 1, "an encoder is at most as wide as its input", high=self.shape[0])
        return LinearMap(self._form.basis1[:width])

    def _row_space(self, statistic: Any) -> Float:
        return row_space(statistic, np.sqrt(np.diag(self.cov11)))


def _refuse_subnormal(argument: str, values: Float, rho: Float) -> None:
    good = (rho == 0) | (rho >= SMALLEST_CORRELATION)
    allowed = f"give correlations that are 0 or at least {SMALLEST_CORRELATION}"
    require_all(good, argument, values, allowed, "set the entry to 0")
