"""Which of several equal ways is compiled? The slower ones have the same values, so that no value tells."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import Divergence
from simsuff.divergences.compiling import Kernels
from simsuff.divergences.direct import Direct
from simsuff.divergences.generation import Generated
from simsuff.divergences.symbols import s, t


@pytest.mark.parametrize("seed", [0, 7, 9])
def test_an_ordinary_formula_has_kernels(seed: int, uncompiled: None, random_formula) -> None:  # noqa: ARG001
    assert isinstance(Divergence("mine", random_formula(seed))._kernels, Kernels)


@pytest.mark.parametrize("f", ["abs(t - 1) + (t - 1)**2", "max(t - 3, 0) + t*log(t) - t + 1"])
def test_kinks_are_compiled(f: str, uncompiled: None) -> None:  # noqa: ARG001
    assert isinstance(Divergence("kinky", f)._kernels, Kernels)


def test_singular_curvature_has_none(uncompiled: None) -> None:  # noqa: ARG001
    """f'' = ¾ |t − 2|^(−1/2) at t = 2, which no quadrature of a few nodes knows."""
    singular = Divergence("singular", sp.sqrt(sp.Abs(t - 2) ** 3) - 1)
    assert isinstance(singular._kernels, Direct)


@pytest.mark.parametrize(
    ("f", "conjugate", "is_closed"),
    [
        (sp.exp(t - 1) - t, (s + 1) * sp.log(s + 1), True),
        (sp.exp(t - 1) - t, None, False),
        # s²/8 near 0, of terms of order 1.
        ((t - 1) ** 2 / (t + 1), 4 - s - 4 * sp.sqrt(1 - s), False),
    ],
)
def test_a_closed_conjugate_is_used_where_it_keeps_its_digits(f, conjugate, is_closed: bool) -> None:
    text = Generated(f, {}, conjugate).text()
    body = text[text.index("def conjugate(") :]
    assert ("maximiser" not in body) == is_closed


@pytest.mark.parametrize("place", [1e-250, 1e-45, 1e45, 1e120])
def test_panels_beyond_the_last_decade_are_those_of_the_last(place: float, uncompiled: None) -> None:  # noqa: ARG001
    """B(a, b) of t log t + t²/2 is the sum of that of both: b·κ(a/b) + (a − b)²/2, κ(x) = x log x − x + 1."""
    mixed = Divergence("mixed", t * sp.log(t) + t**2 / 2 - sp.Rational(1, 2))
    a = place * 1.001
    with mpmath.workdps(60):
        x, y = mpmath.mpf(a), mpmath.mpf(place)
        truth = float(x * mpmath.log(x / y) - x + y + (x - y) ** 2 / 2)
    assert mixed.bregman(a, place) == pytest.approx(truth, rel=1e-12)


def test_a_difference_from_zero_that_loses_digits_is_taken_with_more(uncompiled: None) -> None:  # noqa: ARG001
    """B(0, b) = −b log b + b (log b + 1) = b, of terms that are 690 times larger."""
    mine = Divergence("mine", t * sp.log(t))
    assert mine.bregman(0.0, 1e300) == pytest.approx(1e300, rel=4 * np.finfo(float).eps)
