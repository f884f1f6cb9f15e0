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
Piece = tuple[Part, Float]

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


def _piece(kind: str, start: Any, *axes: str, **others: Any) -> Piece:
    """A part with its values as drawn, which have its shape."""
    values = np.asarray(start, dtype=np.float64)
    return Part(kind, values.shape, axes, **others), values


def _form(pieces: Mapping[str, Piece], *others: Any, **named: Any) -> Form:
    parts = {key: part for key, (part, _) in pieces.items()}
    return Form(parts, {key: start for key, (_, start) in pieces.items()}, *others, **named)


def _fixed(value: Any, code: str, exact: Any) -> Form:
    """What is not varied, though stacks may hold it; `exact` is its twin."""
    return _form({}, lambda: value, code, lambda: exact, lambda: value, fixed=value)


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
        return _form({}, lambda: value, repr(value), fixed=value)
    return _form(
        {"": _piece("positive" if low > 0 else "reals", value, low=low, high=high)},
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
    pieces = {"": _piece(kind, value, *axes, low=low, high=high)}
    return _form(pieces, lambda **x: x[""], "{}", lambda **x: numbers(x[""]), lambda **x: x[""])


@form_of.register
def _finite(value: FiniteModel, name: str, span: Span) -> Form:  # noqa: ARG001
    if value.prior is not None and value.channel is not None:
        return _form(
            {"prior": _piece("law", value.prior, "x"), "channel": _piece("rows", value.channel, "x", "z1")},
            FiniteModel.from_views,
            "ss.FiniteModel.from_views({prior}, {channel})",
            laws.ExactFinite.from_views,
            same_alphabet=True,
            tables=lambda prior, channel: np.einsum("mx,mxi,mxj->mij", prior, channel, channel),
        )
    symmetric = name == "exchangeable"
    return _form(
        {"joint": _piece("law", value.joint, "z1", "z2", symmetric=symmetric)},
        FiniteModel,
        "ss.FiniteModel({joint})",
        laws.ExactFinite,
        same_alphabet=symmetric,
        tables=lambda joint: joint,
    )


@form_of.register
def _regression(value: FiniteRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    pieces = {
        "prior": _piece("law", value.model.prior, "x"),
        "channel": _piece("rows", value.model.channel, "x", "z1"),
        "target_x": _piece("reals", value.target_x, "x"),
        "target_z": _piece("reals", value.target_z, "z1"),
    }

    def make(prior: Float, channel: Float, target_x: Float, target_z: Float) -> FiniteRegression:
        return FiniteRegression(FiniteModel.from_views(prior, channel), target_x, target_z)

    code = "FiniteRegression(ss.FiniteModel.from_views({prior}, {channel}), {target_x}, {target_z})"

    def related(prior: Float, channel: Float, target_x: Float, target_z: Float) -> dict[str, Float]:  # noqa: ARG001
        """U is what the views say of it on average, or twice that."""
        scaled = target_z / 2
        factors = 1.0 + np.arange(len(scaled))[:, None] % 2
        return {"target_z": scaled, "target_x": factors * np.einsum("mxi,mi->mx", channel, scaled)}

    exact = tasks.ExactRegression.from_views
    return _form(pieces, make, code, exact, same_alphabet=True, related=related)


@form_of.register
def _stationary(value: StationaryRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    """Any channel has a law that it preserves, and any symmetric law of (x, z) a channel that is reversible."""
    channel, target = np.asarray(value.model.channel), _piece("reals", value.target_x, "z1")
    if name == "reversible_task":
        joint = np.asarray(value.model.prior)[:, None] * channel

        def reversible(joint: Float, target: Float) -> StationaryRegression:
            prior = joint.sum(axis=1)
            return StationaryRegression(FiniteModel.from_views(prior, joint / prior[:, None]), target)

        law = _piece("law", (joint + joint.T) / 2, "z1", "z1", symmetric=True)
        code = (
            "StationaryRegression(ss.FiniteModel.from_views((law := {joint}).sum(1),"
            " law / law.sum(1)[:, None]), {target})"
        )
        return _form({"joint": law, "target": target}, reversible, code, same_alphabet=True)
    pieces = {"channel": _piece("rows", channel, "z1", "z1"), "target": target}
    code = "StationaryRegression.on_invariant_law({channel}, {target})"
    return _form(pieces, StationaryRegression.on_invariant_law, code, same_alphabet=True)


@form_of.register
def _pairs(value: PairRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    """Halves of a document are iid given its topic, whose law is one of three topics here."""
    pieces = {
        "prior": _piece("law", np.full(3, 1 / 3), "x"),
        "channel": _piece("rows", np.tile(value.views.marginal1, (3, 1)), "x", "z1"),
        "target_pair": _piece("reals", value.target_pair, "z1", "z1", symmetric=True),
        "target_z": _piece("reals", value.target_z, "z1"),
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
    return _form(pieces, make, code, exact, same_alphabet=True, related=related)


@form_of.register
def _classification(value: FiniteClassification, name: str, span: Span) -> Form:  # noqa: ARG001
    views = value.views
    if views.channel is not None and value.joint_yx.shape[1] == len(views.channel):
        return _form(
            {
                "joint_yx": _piece("law", value.joint_yx, "y", "x"),
                "channel": _piece("rows", views.channel, "x", "z1"),
            },
            FiniteClassification.from_augmentation,
            "FiniteClassification.from_augmentation({joint_yx}, {channel})",
            tasks.ExactClassification.from_augmentation,
            same_alphabet=True,
        )
    return _form(
        {"joint_yzz": _piece("law", value.joint_yzz, "y", "z1", "z1", symmetric=True)},
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
    return _form(
        {"topics": _piece("rows", value.topics, "x", "w"), "prior": _piece("law", value.prior, "x")},
        lambda topics, prior: kind(topics, prior, *sizes),
        f"ss.{kind.__name__}({{topics}}, {{prior}}, {written})",
    )


# The ranges of the strategies: condition numbers stay where the rounding bounds of Gaussian statements are bounds.
CORRELATIONS, VARIANCES, NOISE = (1e-6, 0.95), (0.2, 5.0), (0.3, 3.0)


@form_of.register
def _gaussian(value: GaussianModel, name: str, span: Span) -> Form:  # noqa: ARG001
    """Additive noise varies its variances; other laws keep their canonical directions and vary the correlations."""
    if value.signal is not None:
        return _form(_noise_pieces(value), _additive_noise, f"ss.{_NOISE}", same_alphabet=True)
    first = value.cov11 @ value.canonical_directions1.T
    second = value.canonical_directions2 @ value.cov22
    low, high = CORRELATIONS
    start = np.clip(value.canonical_correlations, low, high)
    correlation = _piece("reals", start, "", low=low, high=high)

    def make(correlations: Float) -> GaussianModel:
        return GaussianModel(value.cov11, (first * correlations) @ second, value.cov22)

    blocks = [f"np.array({a.tolist()})" for a in (value.cov11, first, second, value.cov22)]
    cross = f"({blocks[1]} * {{correlations}}) @ {blocks[2]}"
    code = f"ss.GaussianModel({blocks[0]}, {cross}, {blocks[3]})"
    return _form({"correlations": correlation}, make, code)


@form_of.register
def _gaussian_task(value: GaussianRegression, name: str, span: Span) -> Form:  # noqa: ARG001
    pieces = {**_noise_pieces(value.model), "coefficients": _piece("reals", value.coefficients, "")}
    label_noise = value.label_noise

    def make(signal_variances: Float, noise_std: Float, coefficients: Float) -> GaussianRegression:
        return GaussianRegression(_additive_noise(signal_variances, noise_std), coefficients, label_noise)

    code = f"GaussianRegression(ss.{_NOISE}, {{coefficients}}, {label_noise!r})"
    return _form(pieces, make, code, same_alphabet=True)


_NOISE = "GaussianModel.additive_noise({signal_variances}, {noise_std})"


def _additive_noise(signal_variances: Float, noise_std: Float) -> GaussianModel:
    return GaussianModel.additive_noise(signal_variances, float(noise_std))


def _noise_pieces(model: GaussianModel) -> dict[str, Piece]:
    variances = np.diag(model.signal.covariance) if model.signal is not None else np.ones(1)
    noise = np.sqrt(np.maximum(np.diag(model.cov11) - variances, 1e-6)).mean()
    return {
        "signal_variances": _piece("positive", variances, "", low=VARIANCES[0], high=VARIANCES[1]),
        "noise_std": _piece("positive", noise, low=NOISE[0], high=NOISE[1]),
    }
