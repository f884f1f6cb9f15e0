"""Which of several equal ways is compiled? The slower ones have the same values, so that no value tells."""

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
