"""Do the strategies draw what they promise, hard examples included?"""

import importlib

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from simsuff import statements
from simsuff.numerics.numbers import ROUNDING
from simsuff.strategies import (
    additive_noise_models,
    arguments_of,
    gaussian_models,
    joint_tables,
    label_vectors,
    probability_vectors,
    weights,
)
from simsuff.strategies.arguments import drawn_arguments


@given(probability_vectors(5, zeros=True))
def test_probability_vectors_are_normalised(vector):
    assert (vector >= 0).all()
    assert abs(vector.sum() - 1) <= ROUNDING


@pytest.mark.parametrize(
    "hard",
    [
        lambda v: (v == 0).any(),
        lambda v: ((v > 0) & (v < 1e-7)).any(),
        lambda v: (np.diff(v) == 0).any(),
        lambda v: ((np.diff(v) != 0) & (np.abs(np.diff(v)) < 1e-6 * v[1:])).any(),
        lambda v: (v > 0.999).any(),
    ],
    ids=["zero", "near zero", "tie", "near tie", "near certain"],
)
def test_hard_vectors_are_found(hard):
    assert hard(find(probability_vectors(4, zeros=True), hard))


def test_tables_with_an_empty_row_are_found():
    table = find(joint_tables(zeros=True), lambda table: (table.sum(axis=1) == 0).any())
    assert abs(table.sum() - 1) <= ROUNDING


@given(st.integers(1, 6).flatmap(label_vectors))
def test_labels_have_no_gaps(labels):
    assert set(labels) == set(range(labels.max() + 1))


@given(weights(4))
def test_weights_are_well_conditioned(weight):
    assert np.linalg.cond(weight) <= 25 * (1 + ROUNDING)


@given(gaussian_models(), additive_noise_models())
def test_gaussian_models_are_proper(general, noisy):
    assert (general.canonical_correlations <= 0.95 + ROUNDING).all()
    assert noisy.signal is not None


# Those of the others are drawn and evaluated in tests/statements/test_statements.py.
IN_EXPECTATION = [entry for entry in statements.all() if entry.holds and "rng" in entry.arguments]


@pytest.mark.parametrize("statement", IN_EXPECTATION, ids=lambda entry: entry.id)
def test_statements_about_draws_have_arguments(statement):
    drawn = []

    @settings(max_examples=1, phases=[Phase.generate])
    @given(arguments_of(statement))
    def draw(arguments):
        drawn.append(arguments)

    draw()
    assert tuple(drawn[0]) == statement.arguments


def test_seeded_draws_depend_on_the_seed_alone(tmp_path, monkeypatch):
    """Hypothesis draws numbers that stand in the modules that are loaded, here in one more than before."""
    entry = statements.get("A6-lower")
    first, other = (drawn_arguments(entry, 40, seed) for seed in (1, 2))
    (tmp_path / "mine_of_numbers.py").write_text(f"NUMBERS = {[1 / n for n in range(3, 200)]}")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("mine_of_numbers")

    @settings(max_examples=50, database=None, phases=[Phase.generate])
    @given(st.floats(0, 1))
    def fill_the_pool(_):
        pass

    fill_the_pool()
    second = drawn_arguments(entry, 40, 1)
    shown = [[drawn["exchangeable"].joint.tobytes() for drawn in draws] for draws in (first, second, other)]
    assert shown[0] == shown[1] != shown[2]
