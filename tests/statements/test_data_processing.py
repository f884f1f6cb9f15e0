"""A3, A5–A7: how far do random tables go, where the statements hold and where they fail, and sides by plain sums."""

from fractions import Fraction

import numpy as np
import pytest
from by_hand import known, sides

from simsuff import statements
from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.models.finite.random import random_model
from simsuff.numerics.numbers import value_of


def ratios(id, symmetric):
    """lhs/rhs over random 3 × 3 tables with two symbols merged on each side."""
    rng = np.random.default_rng(0)
    statement, found = statements.get(id), []
    for _ in range(150):
        table = random_model(3, 3, rng, rng.choice([0.3, 1.0])).joint
        model = FiniteModel((table + table.T) / 2 if symmetric else table)
        merged = [rng.permutation([0, 0, 1]) for _ in range(1 if symmetric else 2)]
        row = statement.evaluate(model, *merged)
        if value_of(row.rhs) > 1e-6:
            found.append(value_of(row.lhs) / value_of(row.rhs))
    return np.array(found)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.statement(f"A6-{name}", "A6-lower")) for name in ("kl", "chi2")],
)
def test_two_sided_loss_comes_near_twice_the_sufficiency(name):
    """A6: the ratio to 2 Suff exceeds ½, the lower bound, and comes within a percent of 1."""
    found = ratios(f"A6-{name}", symmetric=True)
    assert found.min() >= 0.5 - 1e-9
    assert 0.99 < found.max() <= 1 + 1e-9


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.statement(f"A5-{name}"))
        for name in ("squared_hellinger", "js", "reverse_kl")
    ],
)
def test_other_divergences_fail_by_a_lot(name):
    assert ratios(f"A5-{name}", symmetric=False).max() > 1.1


# f as theory.md prints it.
GENERATORS = {
    "kl": lambda t: t * np.log(t) - t + 1,
    "reverse_kl": lambda t: -np.log(t) + t - 1,
    "chi2": lambda t: (t - 1) ** 2,
    "squared_hellinger": lambda t: (1 - np.sqrt(t)) ** 2,
    "js": lambda t: (t * np.log(t) - (t + 1) * np.log((t + 1) / 2)) / 2,
    "le_cam": lambda t: (1 - t) ** 2 / (2 * (1 + t)),
    "total_variation": lambda t: abs(t - 1) / 2,
    **{f"alpha({a})": lambda t, a=a: (t**a - 1 - a * (t - 1)) / (a * (a - 1)) for a in (0.25, 1.5, 2.5, 3.0)},
}
# Merges the first two of three symbols, and so do the labels.
MERGE, MERGED = np.array([[1, 1, 0], [0, 0, 1]]), np.array([0, 0, 1])


def plain(name, table):
    """E_⊗ f(r) of a table of counts."""
    joint = table / table.sum()
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    return float(np.sum(product * GENERATORS[name](joint / product)))


@pytest.mark.parametrize(
    "id",
    [
        pytest.param(entry.id, marks=pytest.mark.statement(entry.id, kind="exact"))
        for entry in statements.all()
        if entry.id.startswith("A5-") and entry.id != "A5-noise"
    ],
)
def test_processed_views_by_plain_sums(id):
    """A5: T and φ merge two symbols of a table of counts on which all fail that can; those with α > 2 have their own."""
    name, entry = id.removeprefix("A5-"), statements.get(id)
    steep = name in ("alpha(2.5)", "alpha(3.0)")
    table = np.array([[3, 1, 4], [5, 1, 8], [1, 9, 3]] if steep else [[1, 2, 9], [1, 6, 1], [9, 1, 1]])
    lhs = plain(name, table @ MERGE.T) - plain(name, MERGE @ table @ MERGE.T)
    rhs = plain(name, table) - plain(name, MERGE @ table)
    assert sides(id, FiniteModel(table / table.sum()), MERGED, MERGED) == known(lhs, rhs)
    assert (lhs <= rhs) == entry.holds


@pytest.mark.parametrize(
    "id",
    [
        pytest.param(entry.id, marks=pytest.mark.statement(entry.id, "A6-lower", kind="exact"))
        for entry in statements.all()
        if entry.id.startswith("A6-") and entry.id != "A6-lower"
    ],
)
def test_two_encoded_views_by_plain_sums(id):
    """A6: T merges two symbols of a symmetric table of counts, on which all fail that can."""
    name, entry = id.removeprefix("A6-"), statements.get(id)
    table = np.array([[2, 1, 1], [1, 1, 9], [1, 9, 3]])
    model, lost = FiniteModel(table / 28), plain(name, table) - plain(name, MERGE @ table)
    both = plain(name, table) - plain(name, MERGE @ table @ MERGE.T)
    assert sides(id, model, MERGED) == known(both, 2 * lost)
    assert sides("A6-lower", model, MERGED, divergence(name)) == known(lost, both)
    assert lost < both
    assert (both <= 2 * lost) == entry.holds


def two_rare_symbols(name, b):
    """A6: the law along which the two-sided loss outgrows Suff; another one, without empty cells, where f(0) = ∞."""
    if name == "reverse_kl":
        rest = (1 - 5 * b - 2 * b * b) / 2
        return FiniteModel([[b, b * b, b], [b * b, b, rest], [b, rest, b]])
    a = b**1.5
    return FiniteModel([[b * b, 0, a - b * b], [0, 0, b], [a - b * b, b, 1 - 2 * a - 2 * b + b * b]])


@pytest.mark.parametrize(
    ("name", "times"),
    [
        pytest.param(name, times, marks=pytest.mark.statement(f"A5-{name}", f"A6-{name}", kind="exact"))
        for name, times in {
            "squared_hellinger": 32.51,
            "js": 170.3,
            "le_cam": 445.5,
            "alpha(0.25)": 176.0,
            "reverse_kl": 11832.7,
        }.items()
    ],
)
def test_no_constant_bounds_the_loss_of_two_views(name, times):
    """A5, A6: the loss by T on both sides is of order b² (for reverse KL ¼ log 2), Suff of a smaller one."""
    f, found = divergence(name), []
    for b in (1e-2, 1e-4, 1e-6):
        model, merged = two_rare_symbols(name, b), np.array([0, 0, 1])
        both, twice = sides(f"A6-{name}", model, merged)
        least = np.log(2) / 4 if name == "reverse_kl" else b**2 * (f.at_zero + f.slope_at_infinity)
        assert both >= 0.6 * least
        found.append(2 * both / twice)
        reduced, full = sides(f"A5-{name}", model, merged, merged)
        assert reduced / full == pytest.approx(found[-1] - 1, rel=1e-3)
    assert 2 < found[0] < found[1] / 2 < found[2] / 4
    assert found[2] == pytest.approx(times, rel=1e-3)


@pytest.mark.statement("A5-noise", kind="exact")
def test_an_erased_view_has_three_quarters_to_lose():
    """A5: z₂ is erased with probability ¼, whatever it is: I(·; z₂') = ¾ I(·; z₂) for z₁ and for T."""
    table = np.array([[1, 2, 9], [1, 6, 1], [9, 1, 1]])
    lost = plain("kl", table) - plain("kl", MERGE @ table)
    noise = np.hstack([0.75 * np.eye(3), np.full((3, 1), 0.25)])
    assert sides("A5-noise", FiniteModel(table / 31), MERGED, noise) == known(0.75 * lost, lost)


def chi2(rows):
    """Σ p²/(p₁ p₂) − 1 of a table of fractions."""
    columns = [sum(column) for column in zip(*rows, strict=True)]
    return sum(p * p / (sum(row) * q) for row in rows for p, q in zip(row, columns, strict=True)) - 1


@pytest.mark.statement("A1", "A3", "A3-order", kind="exact")
def test_losses_of_nested_statistics_in_fractions():
    """A3 in χ²: four rows, of which T merges the last two and φ(T) the first two as well."""
    rows = [[Fraction(a, 24), Fraction(b, 24)] for a, b in ((4, 1), (3, 4), (2, 3), (1, 6))]
    pair = lambda a, b: [x + y for x, y in zip(a, b, strict=True)]  # noqa: E731
    whole, fine, coarse = (
        chi2(table) for table in (rows, [*rows[:2], pair(*rows[2:])], [pair(*rows[:2]), pair(*rows[2:])])
    )
    assert 0 < whole - fine < whole - coarse
    model, labels, coarser = (
        FiniteModel(np.array(rows, dtype=float)),
        np.array([0, 1, 2, 2]),
        np.array([0, 0, 1]),
    )
    of = divergence("chi2")
    first, last = float(whole - fine), float(whole - coarse)
    assert sides("A1", model, labels, of) == known(first, first)
    assert sides("A3", model, labels, coarser, of) == known(last, last)
    assert sides("A3-order", model, labels, coarser, of) == known(first, last)


@pytest.mark.statement("A7", kind="exact")
def test_noise_given_the_label_says_nothing_of_x():
    """A7: z = (t, noise), noise from t alone: I(z; x) = I(t; x), two plain sums."""
    prior, channel = np.array([0.25, 0.75]), np.array([[0.5, 0.5], [0.125, 0.875]])
    split = np.array([[0.3, 0.7], [0.8, 0.2]])
    joint = prior[:, None] * channel
    fine = (joint[:, :, None] * split).reshape(2, 4)
    assert plain("kl", fine) == pytest.approx(plain("kl", joint), rel=1e-12)
    row = statements.get("A7").evaluate(prior, channel, split)
    assert abs(value_of(row.lhs)) <= row.lhs.error
