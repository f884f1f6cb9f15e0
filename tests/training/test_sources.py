"""Are the batches those of theory.md G, and does no pair appear twice in an epoch?"""

from itertools import islice

import numpy as np

from simsuff.models import GaussianModel, Pairs
from simsuff.training.sources import ModelSource, PairSource, as_source

PAIRS = Pairs(np.arange(10), 10 * np.arange(10))


def test_whole_cuts_consecutive_batches_and_drops_the_remainder():
    source = PairSource(PAIRS, 4)
    whole = source.whole()
    np.testing.assert_array_equal(whole.z1, [[0, 1, 2, 3], [4, 5, 6, 7]])
    np.testing.assert_array_equal(whole.z2, 10 * whole.z1)
    assert source.n_used(123) == 8


def test_an_epoch_has_no_repetitions_and_keeps_pairs_together():
    batches = list(islice(PairSource(PAIRS, 4).stream(np.random.default_rng(0)), 4))
    for first, second in (batches[:2], batches[2:]):
        assert len(np.unique(np.concatenate([first.z1, second.z1]))) == 8
    assert all(np.array_equal(b.z2, 10 * b.z1) for b in batches)
    assert not np.array_equal(batches[0].z1, batches[2].z1)


def test_every_pair_has_its_turn():
    seen = np.concatenate([b.z1 for b in islice(PairSource(PAIRS, 4).stream(np.random.default_rng(1)), 100)])
    counts = np.bincount(seen, minlength=10)
    # 50 epochs leave out 2 of 10 pairs each: Bin(50, 4/5) with mean 40; six standard deviations, 2.83 each.
    assert np.abs(counts - 40).max() <= 6 * 2.83


def test_a_model_is_sampled_afresh():
    source = as_source(GaussianModel.from_correlations([0.5]), 3)
    assert isinstance(source, ModelSource)
    first, second = islice(source.stream(np.random.default_rng(0)), 2)
    assert first.z1.shape == (3, 1)
    assert not np.array_equal(first.z1, second.z1)
    assert source.n_used(5) == 15
