"""Proofs of P5, each searched for once and shared."""

from collections.abc import Callable
from functools import cache

import pytest

from simsuff.certificates import Answer, certify


@cache
def _answer(text: str) -> Answer:
    return certify(text)


@pytest.fixture(scope="session")
def answer() -> Callable[[str], Answer]:
    """The answer to a claim, computed on first use."""
    return _answer
