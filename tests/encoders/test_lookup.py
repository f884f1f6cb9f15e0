"""Does the lookup table return, and collect gradients for, exactly the rows it is asked for?"""

import numpy as np
import pytest

from simsuff.encoders import LookupEncoder, lookup


def test_forward_picks_rows():
    encoder = LookupEncoder([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(encoder(np.array([1, 0, 1])), [[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]])
    assert encoder(np.array([[0, 1, 1]])).shape == (1, 3, 2)


def test_pullback_adds_up_repeated_symbols():
    encoder = LookupEncoder(np.zeros((3, 1)))
    gradient = encoder.pullback(
        np.array([0, 2, 2]),
        np.array([2, 2, 0]),
        np.array([[1.0], [2.0], [4.0]]),
        np.array([[8.0], [16], [32]]),
    )
    np.testing.assert_array_equal(gradient, [33.0, 0.0, 30.0])


def test_pullback_takes_strided_cotangents():
    encoder = LookupEncoder(np.zeros((2, 2)))
    z = np.array([[0, 1], [1, 1]])
    du = np.arange(8.0).reshape(2, 2, 2).swapaxes(1, 2)
    expected = np.zeros((2, 2))
    np.add.at(expected, z, du)
    np.testing.assert_array_equal(encoder.pullback(z, z, du, 0 * du), expected.ravel())


def test_compiled_kernel_is_its_plain_self():
    rng = np.random.default_rng(0)
    symbols, rows = rng.integers(5, size=40), rng.standard_normal((40, 3))
    form, nothing = lookup.TableMap(5, 3), np.empty(0)
    gradients = np.zeros((2, 15))
    for pull, gradient in zip((lookup._pullback, lookup._pullback.py_func), gradients, strict=True):
        pull(form, nothing, symbols, 0, rows, rows, gradient, nothing)
    assert gradients[0].tobytes() == gradients[1].tobytes()
    assert gradients.any()


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.array([0, 3]), r"z1 must lie in \[0, 2\]: range = \[0, 3\]"),
        (np.array([-1, 0]), r"range = \[-1, 0\]"),
        (np.array([0.0, 1.0]), "z1 must hold integer symbols: dtype = float64"),
    ],
)
def test_bad_symbols_are_refused(z, message):
    with pytest.raises(ValueError, match=message):
        LookupEncoder(np.zeros((3, 2))).embed(z, np.array([0, 1]))


@pytest.mark.parametrize("table", [np.zeros((0, 2)), np.zeros((2, 0)), [[np.nan]], [1.0, 2.0]])
def test_bad_tables_are_refused(table):
    with pytest.raises(ValueError, match="table must"):
        LookupEncoder(table)
