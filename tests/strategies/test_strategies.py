"""Do the strategies draw what they promise, hard examples included?"""

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


@pytest.mark.parametrize("statement", statements.all(), ids=lambda entry: entry.id)
def test_every_statement_has_arguments(statement):
    drawn = []

    @settings(max_examples=1, phases=[Phase.generate])
    @given(arguments_of(statement))
    def draw(arguments):
        drawn.append(arguments)

    draw()
    assert tuple(drawn[0]) == statement.arguments
