"""Does every row of the accuracy table keep the promise of eight ulp, and can the table tell when one does not?"""

import mpmath
import numpy as np
import pytest

from simsuff.divergences.accuracy import PROMISED_ULP, Case, Row, catalogue_cases, measure, scipy_cases, table
from simsuff.divergences.source import error_in_ulp

CASES = list(catalogue_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.subject} {case.quantity}")
def test_eight_ulp(case: Case) -> None:
    row = measure(case)
    assert row.max_ulp <= PROMISED_ULP, row
    assert row.mean_ulp <= row.max_ulp
    assert row.points > 100


def test_scipy_stands_beside() -> None:
    """kl_div loses every digit near t = 1, so the table is able to show a failure; rel_entr is right."""
    kl_div, rel_entr = (measure(case) for case in scipy_cases())
    assert kl_div.max_ulp > 1e12
    assert rel_entr.max_ulp <= PROMISED_ULP


def test_other_rooms_bring_their_own_cases() -> None:
    own = Case("sin", "numpy", lambda: [(f"x = {x}", np.sin(x), mpmath.sin(x)) for x in (0.5, 1.0)])
    (row,) = table([own])
    assert isinstance(row, Row)
    assert (row.quantity, row.subject, row.points) == ("sin", "numpy", 2)
    assert row.max_ulp <= 1


@pytest.mark.parametrize(
    ("value", "truth", "ulp"),
    [
        (1.0, mpmath.mpf(1), 0),
        (1.0 + 2**-52, mpmath.mpf(1), 1),
        (np.inf, mpmath.mpf(10) ** 400, 0),
        (1e308, mpmath.mpf(10) ** 400, np.inf),
        (np.nan, mpmath.mpf(1), np.inf),
        (0.0, mpmath.mpf(10) ** -400, 0),
        (5e-324, mpmath.mpf(0), 1),
    ],
)
def test_ulp(value: float, truth: mpmath.mpf, ulp: float) -> None:
    assert error_in_ulp(value, truth) == pytest.approx(ulp, rel=0, abs=1e-70)  # 10^-400 is not exactly 0


def test_a_wrong_digit_is_seen() -> None:
    wrong = Case("f", "wrong", lambda: [("t", 1.0 + 1e-14, mpmath.mpf(1))])
    assert measure(wrong).max_ulp > PROMISED_ULP
