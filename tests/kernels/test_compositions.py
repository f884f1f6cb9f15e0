"""Every count vector once, with its multinomial probability."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.kernels.compositions import advance, log_terms, probability, state_count

EPS = float(np.finfo(np.float64).eps)


def visited(draws, symbols):
    counts = np.zeros(symbols, dtype=np.int64)
    counts[0] = draws
    seen = [tuple(counts)]
    while advance(counts):
        seen.append(tuple(counts))
    return seen


@pytest.mark.parametrize(("draws", "symbols"), [(1, 1), (5, 1), (1, 4), (4, 3), (6, 2), (3, 5)])
def test_every_count_vector_is_visited_once(draws, symbols):
    seen = visited(draws, symbols)
    expected = [c for c in itertools.product(range(draws + 1), repeat=symbols) if sum(c) == draws]
    assert sorted(seen) == sorted(expected)
    assert len(seen) == state_count(draws, symbols)


@given(st.integers(1, 12), st.lists(st.integers(1, 1000), min_size=1, max_size=4))
def test_probabilities_are_multinomial(draws, weights):
    law = np.array(weights) / sum(weights)
    terms = log_terms(law, draws)
    # Relative error of e^x is the absolute error of x: a few units of each of its terms.
    bound = 4 * EPS * (len(law) + 2) * (1 + 2 * math.lgamma(draws + 1) - draws * math.log(law.min()))
    for counts in visited(draws, len(law)):
        ways = math.factorial(draws) // math.prod(math.factorial(n) for n in counts)
        exact = ways * math.prod(p**n for p, n in zip(law, counts, strict=True))
        assert probability(np.array(counts), terms, draws) == pytest.approx(exact, rel=bound)
