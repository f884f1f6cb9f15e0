"""Do the Gaussian closed forms keep the promised digits?"""

import pytest

from simsuff.divergences.accuracy import PROMISED_ULP, Case, measure
from simsuff.models.gaussian.accuracy import correlations, gaussian_cases


@pytest.mark.parametrize("case", list(gaussian_cases()), ids=lambda case: case.subject)
def test_information_is_within_the_promise(case):
    assert measure(case).max_ulp <= PROMISED_ULP


def test_a_cancelling_formula_would_be_seen():
    """The textbook 1 − ρ² at the same arguments: thousands of ulp near ρ = 1."""
    import mpmath
    import numpy as np

    def points():
        for rho in correlations().tolist():
            with mpmath.workdps(60):
                truth = -mpmath.log((1 - mpmath.mpf(rho)) * (1 + mpmath.mpf(rho))) / 2
            yield f"{rho}", float(-0.5 * np.log(1 - rho**2)), truth

    assert measure(Case("textbook", "kl", points)).max_ulp > 1000
