"""Does every refusal name the argument, its value, the allowed range and the way out?"""

import numpy as np
import pytest

from simsuff.numerics import validation as check


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check.real_array("x", [1, np.nan]), r"x must be finite: x\[1\] = nan; remove NaN"),
        (
            lambda: check.real_array("x", [[1.0]], 1),
            r"x must have 1 dimensions: x = 'shape = \(1, 1\)'|shape",
        ),
        (lambda: check.real_array("x", []), "x must be non-empty"),
        (lambda: check.real_array("x", ["a"]), "x must be an array of real numbers"),
        (lambda: check.probabilities("p", [0.5, 0.6], 1), "p must sum to 1: sum = 1.1; divide"),
        (lambda: check.probabilities("p", [-0.5, 1.5], 1), r"p must be non-negative: p\[0\] = -0.5"),
        (lambda: check.channel("c", [[0.5, 0.5], [0.5, 0.4]]), "rows that sum to 1: sum of row 1 = 0.9"),
        (
            lambda: check.covariance("S", [[1.0, 2.0], [0.0, 1.0]]),
            "S must be symmetric: largest asymmetry = 2.0",
        ),
        (
            lambda: check.covariance("S", [[1.0, 2.0], [2.0, 1.0]]),
            "positive definite: smallest eigenvalue = -1",
        ),
        (lambda: check.covariance("S", [[1.0, 2.0]]), "S must be square"),
        (
            lambda: check.integer("K", 1, 2, "add a negative"),
            "K must be an integer >= 2: K = 1; add a negative",
        ),
        (lambda: check.integer("K", 2.0, 2, "x"), "K must be an integer"),
        (lambda: check.integer("K", True, 0, "x"), "K must be an integer"),
        (lambda: check.integer("k", 5, 1, "shrink it", high=3), r"k must be an integer in \[1, 3\]: k = 5"),
        (lambda: check.positive("s", 0.0), "s must be positive and finite: s = 0.0"),
        (lambda: check.positive("s", np.inf), "s must be positive and finite"),
        (lambda: check.labels("T", [0.5, 1.0], 2), "T must hold integers: dtype = float64"),
        (lambda: check.labels("T", [0], 2), r"T must have shape \(2,\)"),
        (lambda: check.generator("rng", None), r"or a seed .*: rng = None; pass numpy.random.default_rng"),
        (lambda: check.generator("rng", np.random.RandomState(0)), "rng must be a numpy.random.Generator"),
        (lambda: check.generator("rng", -1), "rng = -1"),
        (lambda: check.generator("rng", True), "rng = True"),
        (lambda: check.generator("rng", 1.0), "rng = 1.0"),
        (lambda: check.generator("rng", "7"), "rng = '7'"),
        (lambda: check.generator("rng", []), r"rng = \[\]"),
        (lambda: check.generator("rng", [1, -2]), r"rng = \[1, -2\]"),
        (lambda: check.one_of("loss", "infonc", ["spectral", "infonce"]), "did you mean 'infonce'\\? pick"),
        (
            lambda: check.one_of("loss", 3, ["spectral", "infonce"]),
            "loss must be one of spectral, infonce: loss = 3; p",
        ),
        (lambda: check.one_of("loss", "zzz", ["spectral"]), "loss = 'zzz'; pick one"),
        (
            lambda: check.one_of("id", "B444", [f"B{i}" for i in range(60)]),
            r"be one of B4?4, .*… \(60 names\)",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_tables_are_normalised_exactly():
    assert check.probabilities("p", [0.1] * 10, 1).sum() == 1.0
    assert np.array_equal(
        check.covariance("S", [[1.0, 0.5], [0.5 + 1e-12, 1.0]]), [[1, 0.5 + 5e-13], [0.5 + 5e-13, 1]]
    )


def test_labels_are_renumbered():
    assert check.labels("T", [7, -1, 7], 3).tolist() == [1, 0, 1]


SEEDS = {
    "int": lambda: 7,
    "numpy int": lambda: np.int64(7),
    "sequence": lambda: [7, 8],
    "SeedSequence": lambda: np.random.SeedSequence(7),
    "BitGenerator": lambda: np.random.Philox(7),
}


@pytest.mark.parametrize("kind", SEEDS)
def test_seeds_are_what_default_rng_makes_of_them(kind):
    expected = np.random.default_rng(SEEDS[kind]()).random(3)
    assert np.array_equal(check.generator("rng", SEEDS[kind]()).random(3), expected)


def test_a_generator_goes_on_where_it_stands():
    rng = np.random.default_rng(7)
    assert check.generator("rng", rng) is rng


def test_guesses_ignore_case_and_dashes_and_symbols():
    known = ["kl", "chi2", "total_variation", "reverse_kl"]
    assert check.nearest("Total-Variation", known) == ["total_variation"]
    assert check.nearest("k1", known)[0] == "kl"
    assert (
        check.guess("nothing alike", known)
        == check.guess("=<", ["<=", ">="])
        == check.guess(None, known)
        == ""
    )


def test_masked_and_complex_arrays_are_refused():
    with pytest.raises(ValueError, match="x must be without a mask"):
        check.real_array("x", np.ma.masked_array([1.0], [True]))
    with pytest.raises(ValueError, match="x must hold real numbers: dtype = complex"):
        check.real_array("x", [1j])
