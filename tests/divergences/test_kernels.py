"""Do compiled kernels say what their plain selves say, and are the quadrature tables right?"""

import mpmath
import numpy as np
import pytest

from simsuff.divergences import DIVERGENCES, Divergence
from simsuff.divergences.compiling import (
    FUNCTIONS,
    JS,
    LE_CAM,
    POWER,
    TOTAL_VARIATION,
    Elementwise,
    Family,
)
from simsuff.divergences.kernels import quadrature

# NumPy's scalar functions and the compiler's libm may differ by an ulp each; a dozen of them meet in a kernel.
RELATIVE = 16 * np.finfo(np.float64).eps

A = np.array([1e-200, 1e-5, 0.3, 0.5, 0.99, 1.0, 1.01, 1.9, 2.0, 5.0, 1e4, 1e200])
SLOPES = np.array([-1.4, -0.3, -1e-9, 0.0, 1e-9, 0.1, 0.3])

FAMILIES = {
    "alpha(1.0)": Family(POWER, 1.0),
    "alpha(0.0)": Family(POWER, 0.0),
    "alpha(0.5)": Family(POWER, 0.5),
    "alpha(2.0)": Family(POWER, 2.0),
    "alpha(-3.3)": Family(POWER, -3.3),
    "alpha(7.0)": Family(POWER, 7.0),
    "js": Family(JS),
    "le_cam": Family(LE_CAM),
    "tv": Family(TOTAL_VARIATION),
}

ARGUMENTS = {"generator": (A, A - 1), "bregman": tuple(np.meshgrid(A, A)), "conjugate": (SLOPES,)}


def by_loop(function: Elementwise, *arguments: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return function._loop(*arguments)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", FAMILIES)
def test_compiled_against_plain(name: str, function: str) -> None:
    kernels = FAMILIES[name].kernels()
    arguments = ARGUMENTS.get(function, (A,))
    if name == "alpha(-3.3)" and function == "conjugate":
        arguments = (SLOPES[SLOPES < 1 / 4.3],)
    compiled = kernels(function, *arguments)
    plain = by_loop(kernels._elementwise[function], *arguments, *kernels.parameters)
    np.testing.assert_allclose(compiled, plain, rtol=RELATIVE)


def test_a_user_f_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """One f with all that can occur: smooth terms, kinks, a linear term, panels of several widths."""
    monkeypatch.setenv("SIMSUFF_CACHE_DIR", str(tmp_path))
    f = "abs(t - 1) + max(t - 3, 0) + (exp(t - 1) - t)/2 + (1/t - 1)/4 - (t - 1)/5"
    div = Divergence("mine", f)
    a, b = np.meshgrid(np.array([0.01, 0.4, 1.0, 1.7, 3.0, 3.5, 9.0]), np.array([0.3, 1.0, 2.0, 3.0, 8.0]))
    kernels = div._kernels
    for name, arguments in (
        ("bregman", (a, b)),
        ("generator", (a, a - 1)),
        ("conjugate", (np.array([0.5, 1.0, 9.0]),)),
    ):
        plain = by_loop(kernels._elementwise[name], *arguments)
        np.testing.assert_allclose(kernels(name, *arguments), plain, rtol=RELATIVE, atol=RELATIVE)


def test_powers_of_every_order_share_one_compilation() -> None:
    first, second = Family(POWER, 1.25).kernels(), Family(POWER, -0.7).kernels()
    assert first._elementwise is second._elementwise
    assert DIVERGENCES["chi2"]._kernels._elementwise is first._elementwise


@pytest.mark.parametrize(("rule", "weight"), [("JACOBI_12", 1), ("JACOBI_20", 1), ("LEGENDRE_12", 0)])
def test_quadrature_tables(rule: str, weight: int) -> None:
    """Nodes are the zeros of the Jacobi polynomial, weights integrate u^k exactly, both correctly rounded."""
    nodes, weights = getattr(quadrature, f"{rule}_NODES"), getattr(quadrature, f"{rule}_WEIGHTS")
    with mpmath.workdps(40):
        roots = [
            mpmath.findroot(lambda u: mpmath.jacobi(nodes.size, weight, 0, 2 * u - 1), mpmath.mpf(node))
            for node in nodes
        ]
        assert [float(root) for root in roots] == nodes.tolist()
        for k in range(2 * nodes.size):
            exact = mpmath.beta(k + 1, weight + 1)
            found = mpmath.fsum(
                mpmath.mpf(w) * root**k for w, root in zip(weights.tolist(), roots, strict=True)
            )
            assert abs(found - exact) <= np.finfo(np.float64).eps * exact


@pytest.mark.parametrize("alpha", [2.0**-20, -(2.0**-20), 1 - 2.0**-20, 1 + 2.0**-20])
@pytest.mark.parametrize(
    ("a", "b"),
    [(1e-3, 1.0), (1.0, 1e-3), (30.0, 0.02), (0.02, 30.0), (1e200, 1e-100), (1e-250, 1e30), (1e-290, 1.0)],
)
def test_orders_next_to_those_with_a_logarithm_keep_their_digits(alpha: float, a: float, b: float) -> None:
    """(a^α − b^α − α b^(α−1)(a − b))/(α(α − 1)): differences of powers that a double hardly tells from 1."""
    found = float(Family(POWER, alpha).kernels()("bregman", a, b))
    with mpmath.workdps(700):
        x, y, order = (mpmath.mpf(value) for value in (a, b, alpha))
        truth = (x**order - y**order - order * y ** (order - 1) * (x - y)) / (order * (order - 1))
        assert abs(mpmath.mpf(found) / truth - 1) <= RELATIVE
