"""The compiled kernels of the population risk against their plain selves."""

import numpy as np
import pytest

from simsuff.kernels import compositions
from simsuff.population import finite_kernel

JOINT = np.array([[0.25, 0.0, 0.25], [0.125, 0.0, 0.375]])
SCORE = np.array([[0.5, 2.0, -1.0], [1.0, -3.0, 0.25]])
# The plain and the compiled path may differ by a few units of the C library, and by fused multiply-adds.
RELATIVE = 64 * float(np.finfo(np.float64).eps)


@pytest.mark.parametrize("draws", [1, 2, 5])
@pytest.mark.parametrize("excess", [False, True])
def test_plain_and_compiled(excess, draws):
    compiled = finite_kernel.risk_kernel
    plain = compiled.py_func(JOINT, SCORE, draws, excess)
    assert compiled(JOINT, SCORE, draws, excess) == pytest.approx(plain, rel=RELATIVE)


@pytest.mark.parametrize("excess", [False, True])
def test_plain_and_compiled_limits(excess):
    compiled = finite_kernel.limit_kernel
    plain = compiled.py_func(JOINT, SCORE, excess)
    assert compiled(JOINT, SCORE, excess) == pytest.approx(plain, rel=RELATIVE)


def test_plain_and_compiled_parts():
    for excess in (True, False):
        for plain, compiled in zip(
            finite_kernel.support.py_func(JOINT, SCORE, excess),
            finite_kernel.support(JOINT, SCORE, excess),
            strict=True,
        ):
            assert compiled == pytest.approx(plain, rel=RELATIVE)
    _, second, ratio, kept = finite_kernel.support(JOINT, SCORE, False)
    for name in ("posterior_gap", "contrast"):
        arguments = (second, ratio[0], kept[0]) + ((2.0,) if name == "contrast" else ())
        plain = getattr(finite_kernel, name).py_func(*arguments)
        assert getattr(finite_kernel, name)(*arguments) == pytest.approx(plain, rel=RELATIVE)
    for x in (-3.0, -0.2, 0.0, 0.4, 2.0):
        plain = finite_kernel.expm1_minus.py_func(x)
        assert finite_kernel.expm1_minus(x) == pytest.approx(plain, rel=RELATIVE)
    terms = compositions.log_terms.py_func(second, 4)
    assert compositions.log_terms(second, 4) == pytest.approx(terms, rel=RELATIVE)
    counts, other = np.array([3, 1]), np.array([3, 1])
    assert compositions.advance.py_func(counts) == compositions.advance(other)
    assert np.array_equal(counts, other)
    plain = compositions.probability.py_func(counts, terms, 4)
    assert compositions.probability(counts, terms, 4) == pytest.approx(plain, rel=RELATIVE)


def test_compensated_sum_keeps_what_a_plain_sum_drops():
    total, carry = 0.0, 0.0
    for term in (1.0, 1e-17, 1e100, 1.0, -1e100):
        total, carry = finite_kernel.add(total, carry, term)
    assert total + carry == 2.0
