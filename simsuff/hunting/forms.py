"""What an argument is made of: its numbers, how they make it again, how it is written in Python, its exact twin.

`form_of` takes any argument that a strategy drew apart; a class that it does not know is kept as it was drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.downstream import (
    FiniteClassification,
    FiniteRegression,
    GaussianRegression,
    PairRegression,
    StationaryRegression,
)
from simsuff.hunting.exact import laws, tasks
from simsuff.hunting.exact.numbers import Number, numbers
from simsuff.hunting.parts import Part
from simsuff.models import FiniteModel, GaussianModel, SubsampledTopicModel, TopicModel

Float = NDArray[np.float64]
# The smallest and the largest number that strategies drew under a name.
Span = tuple[float, float]

# Scores, shifts and targets by the alphabets they live on; the views of an exchangeable law share one.
AXES: Mapping[str, tuple[str, ...]] = {
    "labels": ("z1",),
    "statistic": ("z1",),
    "columns": ("z2",),
    "coarser": ("t",),
    "score": ("z1", "z2"),
    "shift": ("z1",),
    "features": ("z1", ""),
    "noise": ("z2", ""),
    "label_function": ("z1", "y"),
    "predictor": ("t", "y"),
    "prior": ("x",),
    "channel": ("x", "s"),
    "split": ("s", ""),
    "label_channel": ("x", "y"),
}


@dataclass(frozen=True)
class Form:
    """One argument taken apart.

    Attributes
    ----------
    parts : its arrays of numbers, by name; empty for what is not varied.
    start : their values as drawn.
    make : the argument from arrays of those names; `stack` from arrays with a leading axis, and for a finite law
        `tables`, its joint tables (m, n1, n2); None where there is no such thing.
    related : arrays that follow from the others where targets agree with views, for some of the starts.
    code : Python that makes it, from the Python of its parts by name.
    exact : its twin in exact arithmetic, from arrays of fractions; None where there is none.
    same_alphabet : whether it is a law whose two views share one alphabet.
    """

    parts: Mapping[str, Part]
    start: Mapping[str, Float]
    make: Callable[..., Any]
    code: str
    exact: Callable[..., Any] | None = None
    stack: Callable[..., Any] | None = None
    tables: Callable[..., Any] | None = None
    related: Callable[..., Mapping[str, Float]] | None = None
    same_alphabet: bool = False
    fixed: Any = None

    def with_one_alphabet(self) -> "Form":
        """The same with one name for the alphabets of both views."""
        parts = {
            key: replace(part, axes=tuple("z1" if axis == "z2" else axis for axis in part.axes))
            for key, part in self.parts.items()
        }
        return replace(self, parts=parts)


def _fixed(value: Any, code: str, exact: Any) -> Form:
    """What is not varied, though stacks may hold it; `exact` is its twin."""
    return Form({}, {}, lambda: value, code, lambda: exact, lambda: value, fixed=value)


@singledispatch
def form_of(value: Any, name: str, span: Span) -> Form:  # noqa: ARG001
    """`value`, drawn for the argument `name`, taken apart; other classes register with ``form_of.register``."""
    text = f"{value:d}" if isinstance(value, int) else repr(value)
    return _fixed(value, text, value)


@form_of.register
def _divergence(value: Divergence, name: str, span: Span) -> Form:  # noqa: ARG001
    return _fixed(value, f'ss.divergence("{value.name}")', laws.ExactDivergence(value))


@form_of.register
def _real(value: float, name: str, span: Span) -> Form:  # noqa: ARG001
    low, high = span
    if not low < high:
        return Form({}, {}, lambda: value, repr(value), fixed=value)
    part = Part("positive" if low > 0 else "reals", (), (), low=low, high=high)

    return Form(
        {"": part},
        {"": np.array(value)},
        lambda **x: float(x[""]),
        "{}",
        lambda **x: Number(x[""][()]),
        lambda **x: x[""][()],
    )


@form_of.register
def _array(value: np.ndarray, name: str, span: Span) -> Form:
    axes = AXES.get(name, ("",) * value.ndim)
    if not np.issubdtype(value.dtype, np.floating):
        # Labels are not moved, but symbols are removed from them.
        return _fixed(value, f"np.array({value.tolist()})", value)
    low, high = span
    is_law = value.ndim in (1, 2) and bool((value >= 0).all() and np.allclose(value.sum(axis=-1), 1))
    kind = ("law" if value.ndim == 1 else "rows") if is_law else "positive" if low > 0 else "reals"
    part = Part(kind, value.shape, axes, low=low, high=high)
    return Form(
        {"": part}, {"": value}, lambda **x: x[""], "{}", lambda **x: numbers(x[""]), lambda **x: x[""]
    )


@form_of.register
def _finite(value: FiniteModel, name: str, span: Span) -> Form:  # noqa: ARG001
    if value.prior is not None and value.channel is not None:
        (nx, nz), start = value.channel.shape, {"prior": value.prior, "channel": value.channel}
        return Form(
            {"prior": Part("law", (nx,), ("x",)), "channel": Part("rows", (nx, nz), ("x", "z1"))},
            start,
            FiniteModel.from_views,
            "ss.FiniteModel.from_views({prior}, {channel})",
            laws.ExactFinite.from_views,
            same_alphabet=True,
            tables=lambda prior, channel: np.einsum("mx,mxi,mxj->mij", prior, channel, channel),
        )
    symmetric = name == "exchangeable"
    part = Part("law", value.shape, ("z1", "z2"), symmetric)
    return Form(
        {"joint": part},
        {"joint": value.joint},
        FiniteModel,
        "ss.FiniteModel({joint})",
        laws.ExactFinite,
        same_alphabet=symmetric,
        tables=lambda joint: joint,
    )


@form_of.register
def _regression(value: FiniteRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    prior, channel = np.asarray(value.model.prior), np.asarray(value.model.channel)
    parts = {
        "prior": Part("law", prior.shape, ("x",)),
        "channel": Part("rows", channel.shape, ("x", "z1")),
        "target_x": Part("reals", prior.shape, ("x",)),
        "target_z": Part("reals", channel.shape[1:], ("z1",)),
    }
    start = {"prior": prior, "channel": channel, "target_x": value.target_x, "target_z": value.target_z}

    def make(prior: Float, channel: Float, target_x: Float, target_z: Float) -> FiniteRegression:
        return FiniteRegression(FiniteModel.from_views(prior, channel), target_x, target_z)

    code = "FiniteRegression(ss.FiniteModel.from_views({prior}, {channel}), {target_x}, {target_z})"

    def related(prior: Float, channel: Float, target_x: Float, target_z: Float) -> dict[str, Float]:  # noqa: ARG001
        """U is what the views say of it on average, or twice that."""
        scaled = target_z / 2
        factors = 1.0 + np.arange(len(scaled))[:, None] % 2
        return {"target_z": scaled, "target_x": factors * np.einsum("mxi,mi->mx", channel, scaled)}

    exact = tasks.ExactRegression.from_views
    return Form(parts, start, make, code, exact, same_alphabet=True, related=related)


@form_of.register
def _stationary(value: StationaryRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    """Any channel has a law that it preserves, and any symmetric law of (x, z) a channel that is reversible."""
    n, channel = len(value.target_x), np.asarray(value.model.channel)
    target = Part("reals", (n,), ("z1",))
    if name == "reversible_task":
        joint = np.asarray(value.model.prior)[:, None] * channel

        def reversible(joint: Float, target: Float) -> StationaryRegression:
            prior = joint.sum(axis=1)
            return StationaryRegression(FiniteModel.from_views(prior, joint / prior[:, None]), target)

        parts = {"joint": Part("law", (n, n), ("z1", "z1"), symmetric=True), "target": target}
        start = {"joint": (joint + joint.T) / 2, "target": value.target_x}
        code = (
            "StationaryRegression(ss.FiniteModel.from_views((law := {joint}).sum(1),"
            " law / law.sum(1)[:, None]), {target})"
        )
        return Form(parts, start, reversible, code, same_alphabet=True)
    parts = {"channel": Part("rows", (n, n), ("z1", "z1")), "target": target}
    start = {"channel": channel, "target": value.target_x}
    code = "StationaryRegression.on_invariant_law({channel}, {target})"
    return Form(parts, start, StationaryRegression.on_invariant_law, code, same_alphabet=True)


@form_of.register
def _pairs(value: PairRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    """Halves of a document are iid given its topic, whose law is one of three topics here."""
    n = value.views.shape[0]
    parts = {
        "prior": Part("law", (3,), ("x",)),
        "channel": Part("rows", (3, n), ("x", "z1")),
        "target_pair": Part("reals", (n, n), ("z1", "z1"), symmetric=True),
        "target_z": Part("reals", (n,), ("z1",)),
    }
    start = {
        "prior": np.full(3, 1 / 3),
        "channel": np.tile(value.views.marginal1, (3, 1)),
        "target_pair": value.target_pair,
        "target_z": value.target_z,
    }

    def make(prior: Float, channel: Float, target_pair: Float, target_z: Float) -> PairRegression:
        views = FiniteModel.from_views(prior, channel)
        return PairRegression(FiniteModel(views.joint), target_pair, target_z)

    code = "PairRegression(ss.FiniteModel.from_views({prior}, {channel}), {target_pair}, {target_z})"

    def related(prior: Float, channel: Float, target_pair: Float, target_z: Float) -> dict[str, Float]:  # noqa: ARG001
        """U is the sum over the halves."""
        scaled = target_z / 2
        return {"target_z": scaled, "target_pair": scaled[:, :, None] + scaled[:, None, :]}

    exact = tasks.ExactPairs.from_views
    return Form(parts, start, make, code, exact, same_alphabet=True, related=related)


@form_of.register
def _classification(value: FiniteClassification, name: str, span: Span) -> Form:  # noqa: ARG001
    views = value.views
    if views.channel is not None and value.joint_yx.shape[1] == len(views.channel):
        labels, nx = value.joint_yx.shape
        parts = {
            "joint_yx": Part("law", (labels, nx), ("y", "x")),
            "channel": Part("rows", views.channel.shape, ("x", "z1")),
        }
        start = {"joint_yx": value.joint_yx, "channel": views.channel}
        code = "FiniteClassification.from_augmentation({joint_yx}, {channel})"
        make: Callable[..., Any] = FiniteClassification.from_augmentation
        return Form(parts, start, make, code, tasks.ExactClassification.from_augmentation, same_alphabet=True)
    shape = value.joint_yzz.shape
    return Form(
        {"joint_yzz": Part("law", shape, ("y", "z1", "z1"), symmetric=True)},
        {"joint_yzz": value.joint_yzz},
        FiniteClassification.from_pairs,
        "FiniteClassification.from_pairs({joint_yzz})",
        tasks.ExactClassification.from_pairs,
        same_alphabet=True,
    )


@form_of.register
def _topics(value: TopicModel | SubsampledTopicModel, name: str, span: Span) -> Form:  # noqa: ARG001
    kind: type[Any] = TopicModel
    sizes: tuple[int, ...] = (value.words_per_view,)
    if isinstance(value, SubsampledTopicModel):
        kind, sizes = SubsampledTopicModel, (value.words_per_view, value.document_words)
    written = ", ".join(map(str, sizes))
    return Form(
        {
            "topics": Part("rows", value.topics.shape, ("x", "w")),
            "prior": Part("law", value.prior.shape, ("x",)),
        },
        {"topics": value.topics, "prior": value.prior},
        lambda topics, prior: kind(topics, prior, *sizes),
        f"ss.{kind.__name__}({{topics}}, {{prior}}, {written})",
    )


# The ranges of the strategies: condition numbers stay where the rounding bounds of Gaussian statements are bounds.
CORRELATIONS, VARIANCES, NOISE = (1e-6, 0.95), (0.2, 5.0), (0.3, 3.0)


@form_of.register
def _gaussian(value: GaussianModel, name: str, span: Span) -> Form:  # noqa: ARG001
    """Additive noise varies its variances; other laws keep their canonical directions and vary the correlations."""
    if value.signal is not None:
        return Form(*_noise_parts(value), _additive_noise, f"ss.{_NOISE}", same_alphabet=True)
    first = value.cov11 @ value.canonical_directions1.T
    second = value.canonical_directions2 @ value.cov22
    start = np.clip(value.canonical_correlations, *CORRELATIONS)
    part = Part("reals", start.shape, ("",), low=CORRELATIONS[0], high=CORRELATIONS[1])

    def make(correlations: Float) -> GaussianModel:
        return GaussianModel(value.cov11, (first * correlations) @ second, value.cov22)

    blocks = [f"np.array({a.tolist()})" for a in (value.cov11, first, second, value.cov22)]
    cross = f"({blocks[1]} * {{correlations}}) @ {blocks[2]}"
    code = f"ss.GaussianModel({blocks[0]}, {cross}, {blocks[3]})"
    return Form({"correlations": part}, {"correlations": start}, make, code)


@form_of.register
def _gaussian_task(value: GaussianRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    parts, start = _noise_parts(value.model)
    parts["coefficients"] = Part("reals", value.coefficients.shape, ("",))
    start["coefficients"] = value.coefficients
    label_noise = value.label_noise

    def make(signal_variances: Float, noise_std: Float, coefficients: Float) -> GaussianRegression:
        return GaussianRegression(_additive_noise(signal_variances, noise_std), coefficients, label_noise)

    code = f"GaussianRegression(ss.{_NOISE}, {{coefficients}}, {label_noise!r})"
    return Form(parts, start, make, code, same_alphabet=True)


_NOISE = "GaussianModel.additive_noise({signal_variances}, {noise_std})"


def _additive_noise(signal_variances: Float, noise_std: Float) -> GaussianModel:
    return GaussianModel.additive_noise(signal_variances, float(noise_std))


def _noise_parts(model: GaussianModel) -> tuple[dict[str, Part], dict[str, Float]]:
    variances = np.diag(model.signal.covariance) if model.signal is not None else np.ones(1)
    noise = np.sqrt(np.maximum(np.diag(model.cov11) - variances, 1e-6)).mean()
    parts = {
        "signal_variances": Part("positive", variances.shape, ("",), low=VARIANCES[0], high=VARIANCES[1]),
        "noise_std": Part("positive", (), (), low=NOISE[0], high=NOISE[1]),
    }
    return parts, {"signal_variances": np.array(variances), "noise_std": np.array(noise)}
