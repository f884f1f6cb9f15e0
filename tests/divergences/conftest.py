"""Divergences that every test of this room may ask for, and a way to run generated code without compiling it."""

import sys
from collections.abc import Iterator

import numba
import numpy as np
import pytest

# Convex building blocks with f(1) = 0; any combination with non-negative weights is a divergence.
BLOCKS = (
    "(t*log(t) - t + 1)",
    "(t - 1 - log(t))",
    "(t - 1)**2",
    "(1 - sqrt(t))**2",
    "(t - 1)**2/(t + 1)",
    "(exp(t - 1) - t)",
    "abs(t - 1)",
    "max(t - 3, 0)",
    "(t**4 - 1)",
    "(1/t - 1)",
    "(sqrt(1 + t**2) - sqrt(2))",
    "(t*log(t) - (t + 1)*log((t + 1)/2))",
)


def random_formula(seed: int) -> str:
    """A random convex f: up to three blocks with decimal weights, and a linear term that changes nothing (P3)."""
    rng = np.random.default_rng([20240, seed])
    chosen = rng.choice(len(BLOCKS), size=rng.integers(1, 4), replace=False)
    weights = np.round(rng.uniform(0.1, 3, size=chosen.size), 2)
    terms = [f"{weight}*{BLOCKS[index]}" for weight, index in zip(weights, chosen, strict=True)]
    return " + ".join([*terms, f"({round(float(rng.normal()), 1)})*(t - 1)"])


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[None]:
    """Generated modules made in the test run as plain Python, and are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    monkeypatch.setenv("SIMSUFF_CACHE_DIR", str(tmp_path))
    yield
    for name in set(sys.modules) - before:
        if name.startswith("simsuff_generated_"):
            del sys.modules[name]


@pytest.fixture(name="random_formula")
def _random_formula():
    return random_formula
