"""What the arguments of statements mean: a description of each name, and an example of each that fits the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from simsuff.statements.registry import Statement

FINITE = "ss.FiniteModel.from_views([0.5, 0.5], [[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])"
GAUSSIAN = "ss.GaussianModel.additive_noise([2.0, 1.0], 0.5)"
TOPIC = "ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2)"
WORDS = "ss.WordDropoutModel.from_posteriors([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.1, 0.9]])"
STATIONARY = (
    "StationaryRegression(ss.FiniteModel.from_views([0.25, 0.5, 0.25],"
    " [[0.6, 0.4, 0.0], [0.2, 0.6, 0.2], [0.0, 0.4, 0.6]]), [1.0, 0.0, -1.0])"
)
TARGETS = "[1.0, -1.0], [0.8, 0.0, -0.8]"

# What is tried for the argument `divergence`.
DIVERGENCES = (
    "kl",
    "chi2",
    "squared_hellinger",
    "js",
    "le_cam",
    "total_variation",
    "reverse_kl",
    "alpha(1.5)",
    "alpha(3.0)",
)


@dataclass(frozen=True)
class Argument:
    """What an argument may be, and an example as Python code; `gaussian` and `alone` where the law is another, or none.

    All examples have three symbols for each finite view and two inputs for each Gaussian one, so that they fit together.
    """

    meaning: str
    example: str
    gaussian: str | None = None
    alone: str | None = None


VOCABULARY: dict[str, Argument] = {
    "model": Argument("the law of (z₁, z₂)", FINITE, GAUSSIAN),
    "views": Argument("the law of two views that are iid given x", FINITE, GAUSSIAN),
    "full_model": Argument("a finite law of (z₁, z₂)", FINITE),
    "small_model": Argument("a finite law of (z₁, z₂) of which all batches can be enumerated", FINITE),
    "exchangeable": Argument("a finite law of (z₁, z₂) with a symmetric table", FINITE),
    "topic_model": Argument("the law of two documents of one topic", TOPIC),
    "dropout_model": Argument("two words, each kept from a document of two", WORDS),
    "uniform_words": Argument("two equally likely words, each kept from a document of two", WORDS),
    "word_weight": Argument(
        "W of the encoder (Wz, w·z) of words, shape (M, S)",
        "np.array([[1.2, 0.8, 0.5, 0.1], [0.1, 0.5, 0.8, 1.2]])",
    ),
    "word_scale": Argument("w of the encoder (Wz, w·z) of words", "1.4"),
    "task": Argument(
        "a law of views with the target h⋆(x) and, for finite ones, h⋆(z)",
        f"FiniteRegression({FINITE}, {TARGETS})",
        f"GaussianRegression({GAUSSIAN}, [1.0, 0.5], 0.1)",
    ),
    "stationary_task": Argument("views in the space of x with its law, and one target on both", STATIONARY),
    "reversible_task": Argument("views that can be exchanged with x, and one target on both", STATIONARY),
    "semimetric": Argument("a loss φ(|x − y|): ABSOLUTE, SQUARE, power(p) or huber(δ)", "huber(1.0)"),
    "document_task": Argument(
        "views that are sub-sampled from documents, with a target on documents and one on views",
        "FiniteRegression(ss.SubsampledTopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2, 3).to_finite(),"
        " [1.0, 0.3, -0.3, -1.0], [0.8, 0.0, -0.8])",
    ),
    "halves_task": Argument(
        "disjoint halves of a document with a target on pairs (z₁, z₂) and one on views",
        "PairRegression("
        + TOPIC
        + ".to_finite(), [[1.0, 0.5, 0.0], [0.5, 0.0, -0.5], [0.0, -0.5, -1.0]], [0.8, 0.0, -0.8])",
    ),
    "classification": Argument(
        "a joint law of the label y and x, and views of x",
        "FiniteClassification.from_augmentation([[0.4, 0.1], [0.1, 0.4]], [[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])",
    ),
    "skewed_classification": Argument(
        "a rare x whose label law lies between those of two common ones, and two views",
        "FiniteClassification.from_augmentation("
        "[[0.25, 1e-6, 2.5e-7], [0.25, 0.000999, 0.49899975]], [[0.0, 1.0], [0.75, 0.25], [1.0, 0.0]])",
    ),
    "first": Argument("P, probabilities", "np.array([0.5, 0.5])"),
    "middle": Argument("T, probabilities on the symbols of P", "np.array([0.01, 0.99])"),
    "last": Argument("Q, probabilities on the symbols of P", "np.array([0.0001, 0.9999])"),
    "order": Argument("α, the order of a Rényi divergence, from 1 on", "1.5"),
    "factor": Argument("k, a number above 1", "2.0"),
    "sphere_model": Argument("the law of von Mises–Fisher pairs on a sphere", "ss.SphereModel(3, 2.0)"),
    "noisy_model": Argument("the printed law of noisy views on a sphere", "ss.NoisySphereModel(2, 1.0)"),
    "cosine": Argument("t = ⟨z₁, z₂⟩ in [−1, 1]", "1.0"),
    "sphere_task": Argument(
        "von Mises–Fisher pairs with a target ⟨θ, z₂⟩",
        "SphereRegression(ss.SphereModel(3, 2.0), [1.0, 0.5, -1.0], 0.5)",
    ),
    "sphere_rank": Argument("the rank of a linear encoder of points of the sphere, from 1 to p", "2"),
    "directions": Argument(
        "points of the sphere, unit rows, shape (n, p)", "np.array([[1.0, 0.0, 0.0], [0.6, 0.0, 0.8]])"
    ),
    "divergence": Argument(
        "a Divergence: ss.divergence(name), ss.alpha_divergence(a)", 'ss.divergence("kl")'
    ),
    "labels": Argument(
        "the statistic T of z₁ as group numbers (n1,), from 0 without gaps", "np.array([0, 0, 1])"
    ),
    "statistic": Argument(
        "the statistic T of z₁: group numbers (n1,), or W (k, d) where the law is Gaussian",
        "np.array([0, 0, 1])",
        "np.array([[1.0, 0.0]])",
    ),
    "coarser": Argument("φ, which merges the groups of `labels`: a group for each (g,)", "np.array([0, 0])"),
    "columns": Argument("φ(z₂) as group numbers (n2,)", "np.array([0, 1, 1])"),
    "noise": Argument(
        "a channel from z₂ to what is seen of it, rows that sum to 1, shape (n2, k)",
        "np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])",
    ),
    "label_function": Argument(
        "a law of y for each view, rows that sum to 1, shape (n, M)",
        "np.array([[0.8, 0.2], [0.5, 0.5], [0.2, 0.8]])",
    ),
    "predictor": Argument(
        "a law of y for each group of T, rows that sum to 1, shape (g, M)",
        "np.array([[0.7, 0.3], [0.2, 0.8]])",
    ),
    "label_channel": Argument(
        "the law of y given x, rows that sum to 1, shape (nx, M)",
        "np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])",
    ),
    "score": Argument(
        "S on pairs (z₁, z₂), finite numbers, shape (n1, n2)",
        "np.array([[1.0, 0.0, -1.0], [0.0, 0.5, 0.0], [-1.0, 0.0, 1.0]])",
    ),
    "scores": Argument(
        "a class of scores S, finite numbers, shape (k, n1, n2)",
        "np.array([[[1.0, 0.0, -1.0], [0.0, 0.5, 0.0], [-1.0, 0.0, 1.0]], np.zeros((3, 3))])",
    ),
    "bound": Argument("B, a positive number: scores lie in [−B, B]", "0.5"),
    "score_bound": Argument("B_S, a number above 1: r and e^S lie in [1/B_S, B_S]", "2.0"),
    "batch": Argument("the number K of pairs of a batch, from 2 on", "2"),
    "triple_batch": Argument("the number K of pairs of a batch, from 3 on", "3"),
    "batches": Argument("the number n/K of batches", "2"),
    "deviation": Argument("t, a positive number", "0.5"),
    "shift": Argument("c(z₁), one number for each symbol, shape (n1,)", "np.array([1.0, 0.0, -1.0])"),
    "conditional": Argument(
        "Q(z₂ | T), a law of z₂ in each row, shape (n1, n2); each group of T uses the row of its first symbol",
        "np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])",
    ),
    "features": Argument("f(z), shape (n, p)", "np.array([[1.0, 0.5], [1.0, 0.0], [1.0, -0.5]])"),
    "vectors": Argument("f(z), one row for each symbol, shape (n, p)", "np.array([[1.0, 0.5], [0.2, -0.4]])"),
    "other_vectors": Argument("another f(z), of the same shape", "np.array([[0.9, 0.4], [0.1, -0.5]])"),
    "temperature": Argument("t of the link τ(s) = s/t, positive", "0.5"),
    "parameters": Argument("q, the number of parameters of a class", "6"),
    "radius": Argument("ΛR, how far the class reaches: Lipschitz constant times the norm of θ", "3.0"),
    "reference": Argument("q, a positive law on the symbols of `prior`", "np.array([0.3, 0.3, 0.4])"),
    "constant": Argument("the constant of the claim, a positive number", "2.0"),
    "K": Argument("the number of candidates, an integer from 2 on", "4"),
    "M": Argument("the bound sup max(r, w), a number above 1", "3.0"),
    "delta": Argument("the distance from the limit, in (0, 1)", "1e-3"),
    "kappa": Argument("the level below which the ratio is clipped, a positive number", "0.1"),
    "c1": Argument("the constant before a², a number above 1", "2.0"),
    "prior": Argument("the law of x, or of the topics: probabilities", "np.array([0.2, 0.3, 0.5])"),
    "masses": Argument("u, positive numbers, one for each label", "np.array([0.3, 0.3, 0.6])"),
    "channel": Argument(
        "the law of t given x, rows that sum to 1",
        "np.array([[0.6, 0.3, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]])",
    ),
    "split": Argument(
        "the law of the noise given t, or of the words given the topic: rows that sum to 1",
        "np.array([[0.7, 0.3], [0.5, 0.5], [0.2, 0.8]])",
    ),
    "weight": Argument("W of a linear encoder, of full row rank, shape (k, d)", "np.array([[1.0, 0.2]])"),
    "k": Argument("the rank of the encoder, at most the number of inputs", "1"),
    "z1": Argument(
        "points of the first view, shape (n, d)",
        "np.array([[0.5, -1.0], [1.5, 0.3]])",
        alone="np.array([[0.5], [1.5]])",
    ),
    "z2": Argument(
        "points of the second view, shape (n, d)",
        "np.array([[0.2, -0.4], [-1.0, 1.0]])",
        alone="np.array([[0.2], [-1.0]])",
    ),
    "correlation": Argument("ρ in (0, 1)", "0.5"),
    "spread": Argument("s, the distance of the points from 0, positive", "1.0"),
    "terms": Argument("how many terms of the series are added", "20"),
    "signal_variances": Argument("s_i, positive, shape (d,)", "np.array([2.0, 1.0])"),
    "noise_std": Argument("σ, positive", "0.5"),
    "coefficients": Argument("θ of the target θᵀx, shape (d,)", "np.array([1.0, 0.5])"),
    "labelled": Argument("m, the number of labelled samples, above p + 1", "10"),
    "rng": Argument("a NumPy Generator, or a seed", "np.random.default_rng(0)"),
}


def law_of(hint: Any) -> str:
    """The names of the classes in an annotation."""
    return ", ".join(kind.__name__ for kind in (get_args(hint) or (hint,)) if isinstance(kind, type))


def law_among(arguments: Mapping[str, Any]) -> Any:
    """The law of (z₁, z₂) that some of the arguments of a statement speak about; None without one."""
    for name in ("model", "views", "full_model", "small_model", "exchangeable"):
        if name in arguments:
            return arguments[name]
    for name in ("topic_model", "dropout_model", "uniform_words"):
        if name in arguments:
            return arguments[name].to_finite()
    for name in ("classification", "halves_task"):
        if name in arguments:
            return arguments[name].views
    for name in ("document_task", "stationary_task", "reversible_task", "task"):
        if name in arguments:
            return arguments[name].model
    return None


def meanings(statement: Statement) -> Mapping[str, str]:
    """What each argument of a statement may be; arguments outside the vocabulary say so."""
    hints = get_type_hints(statement.function)
    found = {}
    for name in statement.arguments:
        known = VOCABULARY.get(name)
        laws = law_of(hints.get(name)) if name in _LAWS else ""
        meaning = known.meaning if known else "see the statement"
        found[name] = f"{laws}: {meaning}" if laws else meaning
    return found


_LAWS = (
    "model",
    "sphere_model",
    "noisy_model",
    "sphere_task",
    "views",
    "full_model",
    "small_model",
    "exchangeable",
    "topic_model",
    "dropout_model",
    "uniform_words",
    "task",
    "stationary_task",
    "reversible_task",
    "document_task",
    "halves_task",
)

# What an example may have to import from simsuff.downstream.
_DOWNSTREAM = (
    "FiniteClassification",
    "FiniteRegression",
    "GaussianRegression",
    "PairRegression",
    "SphereRegression",
    "StationaryRegression",
    "huber",
)


def example(statement: Statement) -> str | None:
    """Python that evaluates the statement once and prints both sides; None where an argument has no example."""
    if any(name not in VOCABULARY for name in statement.arguments):
        return None
    hints = get_type_hints(statement.function)
    laws = {
        name: law_of(hints.get(name)) for name in statement.arguments if name in ("model", "views", "task")
    }
    is_gaussian = any(law and "Finite" not in law for law in laws.values())
    arguments = {}
    for name in statement.arguments:
        known = VOCABULARY[name]
        chosen = known.gaussian if is_gaussian else None
        if not laws and known.alone:
            chosen = known.alone
        arguments[name] = chosen or known.example
    call = call_of(statement, arguments)
    return "\n".join([*imports_of(call), "", call])


def call_of(statement: Statement, arguments: Mapping[str, str]) -> str:
    """Python that evaluates the statement at these expressions and prints both sides."""
    lines = [f"    {name}={expression}," for name, expression in arguments.items()]
    return "\n".join([f'print(ss.statements.get("{statement.id}").evaluate(', *lines, "))"])


def imports_of(call: str) -> list[str]:
    """The imports that such code needs."""
    used = [name for name in _DOWNSTREAM if f"{name}(" in call or f"{name}." in call]
    imports = ["import numpy as np"] if "np." in call else []
    imports += ["import simsuff as ss"]
    return imports + ([f"from simsuff.downstream import {', '.join(used)}"] if used else [])
