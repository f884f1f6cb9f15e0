"""Do coordinates, starts, fractions and merits say what they should?"""

import numpy as np
import pytest

import simsuff as ss
from simsuff import statements
from simsuff.hunting import parts
from simsuff.hunting.parts import LAWS, REALS, Part
from simsuff.hunting.screening import Screen
from simsuff.hunting.shrink import Unrefuted, exactly, floats, rounded, verified
from simsuff.hunting.spaces import merit, spaces_of
from simsuff.hunting.structures import SPANS, structures

PARTS = (
    Part("law", (3,)),
    Part("law", (2, 3)),
    Part("law", (3, 3), symmetric=True),
    Part("law", (2, 3, 3), symmetric=True),
    Part("rows", (2, 3)),
    Part("reals", (2, 2)),
    Part("reals", (3, 3), symmetric=True),
    Part("positive", (), low=0.5, high=4.0),
)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}{part.shape}{part.symmetric}")
def test_starts_are_what_the_part_says(part):
    values = part.decode(part.starts(400, np.random.default_rng(0)))
    assert values.shape == (400, *part.shape)
    assert np.isfinite(values).all()
    if part.is_law:
        axes = -1 if part.kind == "rows" else tuple(range(1, values.ndim))
        np.testing.assert_allclose(values.sum(axis=axes), 1.0, rtol=1e-14)
        assert (values == 0).any()
    else:
        assert part.low <= values.min() <= values.max() <= part.high
    if part.symmetric:
        np.testing.assert_array_equal(values, values.swapaxes(-1, -2))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}{part.shape}{part.symmetric}")
def test_coordinates_make_the_same_numbers_again(part):
    values = part.decode(part.starts(50, np.random.default_rng(1)))
    np.testing.assert_allclose(part.decode(part.encode(values)), values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("part", PARTS[:5], ids=lambda part: f"{part.kind}{part.shape}{part.symmetric}")
def test_fractions_of_laws_sum_to_one(part):
    value = part.decode(part.starts(1, np.random.default_rng(2)))[0]
    for denominator in (2, 7, 100):
        found = part.fractions(value, denominator)
        sums = found.sum(axis=-1) if part.kind == "rows" else found.sum()
        whole = np.asarray(sums) == 1
        assert whole.all() or part.symmetric  # where pairs of cells leave no diagonal, there is no rounding
        assert np.abs(floats(found) - value).max() <= 1 / denominator * part.shape[-1] or part.symmetric


def test_there_are_as_many_recipes():
    assert len(LAWS) == 8
    assert len(REALS) == 5


def test_each_start_of_a_law_is_from_one_of_the_recipes(monkeypatch):
    used = {}
    monkeypatch.setattr(
        parts, "_law_weights", lambda recipe, _, __, shape: used.setdefault(recipe, np.ones(shape))
    )
    PARTS[1].starts(400, np.random.default_rng(0))
    assert tuple(used) == LAWS
    assert sum(map(len, used.values())) == 400


def test_each_start_of_reals_is_from_one_of_the_recipes(monkeypatch):
    marks = np.linspace(-1.0, 1.0, len(REALS))
    marked = [lambda _, shape, mark=mark: np.full(shape, mark) for mark in marks]
    monkeypatch.setattr(parts, "REALS", tuple(marked))
    starts = PARTS[5].starts(400, np.random.default_rng(0))
    np.testing.assert_array_equal(np.unique(starts), 8.0 * marks)
    np.testing.assert_array_equal(starts, starts[:, :1] * np.ones(4))


@pytest.mark.parametrize(
    ("lhs", "relation", "rhs", "error", "sign"),
    [
        (2.0, "<=", 1.0, 0.1, 1),
        (1.0, "<=", 2.0, 0.1, -1),
        (1.05, "<=", 1.0, 0.1, -1),
        (1.0, ">=", 2.0, 0.1, 1),
        (1.0, "==", 1.5, 0.1, 1),
        (np.inf, "<=", 1.0, 0.0, 1),
        (1.0, "<=", np.inf, 0.0, -1),
        (np.inf, "<=", np.inf, 0.0, -1),
        (np.nan, "<=", 1.0, 0.0, -1),
    ],
)
def test_merit_is_positive_where_a_relation_fails_beyond_rounding(lhs, relation, rhs, error, sign):
    assert np.sign(merit(lhs, relation, rhs, error)) == sign


def test_merit_grows_with_the_ratio_and_rounding_has_none():
    assert merit(0.9, "<=", 1.0, 1e-12) > merit(0.8, "<=", 1.0, 1e-12) > merit(0.0, "<=", 0.0, 1e-300)
    assert merit(1e-17, "<=", 0.0, 1e-16) < -0.5
    assert merit(0.999e-16, "<=", 0.0, 1e-16) < -0.4


@pytest.mark.parametrize("name", ["kl", "js", "reverse_kl", "total_variation"])
def test_quick_stacks_agree_with_careful_ones(name):
    part = Part("law", (3, 3))
    joints = part.decode(part.starts(500, np.random.default_rng(3)))
    labels = np.array([0, 1, 1])
    quick, careful = (law(joints).sufficiency(labels, name) for law in (Screen.of, ss.FiniteStack))
    finite = np.isfinite(careful.value)
    np.testing.assert_array_equal(np.isfinite(quick.value), finite)
    # The generous bound of the quick ones covers the rounding of both.
    assert (np.abs(quick.value[finite] - careful.value[finite]) <= quick.error[finite]).all()


def test_exact_arithmetic_has_the_last_word():
    """A rounding at which the statement holds is no counterexample, whatever floats said."""
    entry = statements.get("A6-total_variation")
    space = spaces_of(entry, list(structures(entry, 6, np.random.default_rng(0))), SPANS)[0]
    with pytest.raises(Unrefuted):
        verified(space, exactly(space, space.start()))
    (fractions,) = rounded(space, space.start()[None], 4, 1)
    assert sum(fractions["exchangeable", "joint"].ravel()) == 1
