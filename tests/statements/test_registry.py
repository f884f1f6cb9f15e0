"""Statements of a user: registered by one call, drawn by the names of their parameters, refused with the way out."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import simsuff as ss
from simsuff import statements
from simsuff.downstream import FiniteRegression
from simsuff.models import FiniteLaw, register_model
from simsuff.models.registry import MODELS
from simsuff.statements import statement
from simsuff.strategies import arguments_of, register
from simsuff.verdicts import Comparison


def drawn(entry):
    """One set of arguments."""
    found = []

    @settings(max_examples=1, phases=[Phase.generate])
    @given(arguments_of(entry))
    def draw(arguments):
        found.append(arguments)

    draw()
    return found[0]


def test_a_conjecture_without_annotations_is_drawn_and_evaluated():
    @statement("my-conjecture", "the information lost is at most half of the information")
    def half_is_kept(model, labels, divergence):
        return Comparison(model.sufficiency(labels, divergence), "<=", model.information(divergence) / 2)

    arguments = drawn(half_is_kept)
    assert list(arguments) == ["model", "labels", "divergence"]
    assert half_is_kept.evaluate(ss.FiniteModel(np.eye(2) / 2), [0, 0], "kl").verdict == "violated"
    assert half_is_kept in statements.all()


def test_lists_serve_as_arrays():
    table, score = [[0.4, 0.1], [0.1, 0.4]], [[1.0, 0.0], [0.0, 1.0]]
    given = {"model": ss.FiniteModel(table), "score": score, "K": 3}
    assert statements.get("B3").evaluate(**given) == statements.get("B3").evaluate(
        **given | {"score": np.array(score)}
    )


def test_an_unknown_name_is_refused_with_the_known_ones():
    @statement("my-unknown", "speaks of something else")
    def unknown(model, threshold_of_mine):
        return Comparison(model.information("kl"), ">=", threshold_of_mine)

    with pytest.raises(
        ValueError, match=r"be one of model, views.*name = threshold_of_mine; rename .*register\("
    ):
        drawn(unknown)
    register("threshold_of_mine", st.floats(0, 1))
    assert 0 <= drawn(unknown)["threshold_of_mine"] <= 1
    with pytest.raises(ValueError, match="key must be new"):
        register("model", st.floats(0, 1))


def test_labels_need_a_law_before_them():
    @statement("my-lawless", "labels of nothing")
    def lawless(labels):
        return Comparison(0.0, "<=", float(labels.max()))

    with pytest.raises(ValueError, match="arguments must name a law first"):
        drawn(lawless)


class Coin:
    """A model of a user: two equal fair coins."""

    def __init__(self, bias):
        self.bias = bias


def test_a_model_registered_by_one_call_is_drawn_where_it_is_named():
    register_model("coin", lambda rng: Coin(rng.uniform()))
    try:

        @statement("my-coin", "a bias is at most one")
        def coins(model: Coin):
            return Comparison(model.bias, "<=", 1.0)

        assert isinstance(drawn(coins)["model"], Coin)
        assert "coin" in ss.MODELS
        with pytest.raises(ValueError, match="name must be new"):
            register_model("finite", lambda rng: Coin(rng.uniform()))
    finally:
        del MODELS["coin"]


def test_a_class_may_have_a_strategy_of_its_own():
    class Dice:
        sides = 6.0

    @statement("my-dice", "annotated with a class")
    def dice(dice: Dice):
        return Comparison(dice.sides, "<=", 6.0)

    dice.kinds["dice"] = (Dice,)  # a local class, which no annotation can be resolved to
    register(Dice, st.builds(Dice))
    assert isinstance(drawn(dice)["dice"], Dice)


GAUSSIAN = ss.GaussianModel.from_correlations([0.5])


@pytest.mark.parametrize(
    ("id", "arguments", "message"),
    [
        ("A1", (GAUSSIAN, [0, 1], "kl"), "model must be a FiniteModel or a FiniteStack: model = Gaussian"),
        ("C3-kl", (GAUSSIAN, [[1.0]]), "task must be a FiniteRegression or a GaussianRegression"),
        ("A1", (ss.FiniteModel(np.eye(2) / 2), [0, 1], 3.0), "divergence must be a Divergence"),
        ("A1", (ss.FiniteModel(np.eye(2) / 2), [0, 1], "k"), "must be"),
    ],
)
def test_arguments_of_another_kind_are_refused(id, arguments, message):
    with pytest.raises(ValueError, match=message):
        statements.get(id).evaluate(*arguments)


def test_a_statement_that_returns_nothing_is_refused():
    @statement("my-nothing", "forgets its return")
    def nothing(model):
        Comparison(model.information("kl"), "<=", 1.0)

    with pytest.raises(
        ValueError,
        match=r"statement my-nothing must return a Comparison, a tuple .* or a bool: returned value = None",
    ):
        nothing.evaluate(ss.FiniteModel(np.eye(2) / 2))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (lambda model: (model.information("kl"), "<=", 1.0), "holds"),
        (lambda model: (model.information("kl"), ">=", 1), "violated"),
        (lambda model: model.information("kl") <= 1.0, "holds"),
        (lambda model: np.log(model.information("kl")) > 0, "violated"),
    ],
)
def test_a_statement_may_return_a_tuple_or_a_bool(claim, verdict):
    claimed = statement("my-claim", "returns plain Python")(claim)
    assert claimed.evaluate(ss.FiniteModel(np.eye(2) / 2)).verdict == verdict


def test_a_tuple_speaks_about_stacks():
    def claim(model: FiniteLaw, labels):
        return model.sufficiency(labels, "kl"), "<=", model.information("kl")

    stack = ss.FiniteStack([np.eye(2) / 2, np.full((2, 2), 0.25)])
    found = statement("my-stack", "a tuple of arrays")(claim).evaluate_each(stack, np.array([0, 0]))
    assert list(found.verdicts) == ["holds", "holds"]


def test_ids_of_the_library_are_taken_before_it_is_loaded():
    """In a fresh process that imports nothing but the decorator."""
    import subprocess
    import sys

    program = (
        "from simsuff.statements import statement\n"
        "try:\n    statement('A1', 'mine')(lambda model: None)\n"
        "except ValueError as error:\n    print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "id must be new: id = 'A1'; rename one" in shown.stdout


def test_a_task_is_told_from_its_model():
    model = ss.FiniteModel.from_views([0.5, 0.5], [[0.7, 0.3], [0.3, 0.7]])
    task = FiniteRegression(model, [1.0, -1.0], [1.0, -1.0])
    assert statements.get("C3-kl").evaluate(task, [0, 1]).holds


def test_a_constant_target_has_no_gap_whatever_is_lost():
    """C2 and C3 in reverse KL, where Suff is infinite and B is 0: the bound on a² is 0 and no product 0 · ∞."""
    model = ss.FiniteModel.from_views([0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]])
    task = FiniteRegression(model, [2.0, -1.0], [1.0, 1.0])
    assert model.sufficiency([0, 0], "reverse_kl") == np.inf
    for id in ("C2-reverse_kl", "C3-reverse_kl"):
        assert statements.get(id).evaluate(task, [0, 0]).holds


def test_independent_gaussian_views_lose_nothing_in_total_variation():
    model = ss.GaussianModel(np.eye(3) + 0.1, np.zeros((3, 1)), np.eye(1))
    assert model.sufficiency([[1.0, 0.0, 0.0]], "total_variation") == 0.0
