"""Are the numbers those of NumPy, for every bit generator, in plain Python and compiled, and none lost between calls?"""

import numpy as np
import pytest
from numba import config

from simsuff.kernels import random_numbers as pcg64
from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import advance, fill_normals, fill_uniforms, load, output, store, words_of

BITS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]


def _address(rng):
    return words_of(rng)


def _stepped(rng, steps):
    """The outputs of `steps` steps, which the generator remembers."""
    address = words_of(rng)
    words = load(address)
    out = np.empty(steps, dtype=np.uint64)
    for n in range(steps):
        words = advance(words)
        out[n] = output(words)
    store(address, words)
    return out


address, stepped = jit(_address), jit(_stepped)
compiles = not config.DISABLE_JIT


def _filled(fill):
    """`fill` as compiled code calls it."""
    return jit(lambda rng, out: fill(rng, out), cache=False)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(
    ("functions", "method"),
    [
        ((fill_normals, _filled(fill_normals)), "standard_normal"),
        ((fill_uniforms, _filled(fill_uniforms)), "random"),
    ],
)
def test_the_bits_are_those_of_the_generator(bits, functions, method):
    for function in functions:
        ours, theirs = (np.random.Generator(bits(3)) for _ in range(2))
        # Of the normal numbers, one in a hundred comes from the edge of a layer, one in four thousand from the tail.
        for size in (0, 1, 30_000):
            out = np.empty(size)
            function(ours, out)
            np.testing.assert_array_equal(out.view(np.int64), getattr(theirs, method)(size).view(np.int64))
        assert ours.random() == theirs.random()


def test_half_a_word_that_waits_is_kept():
    ours, theirs = (np.random.default_rng(5) for _ in range(2))
    assert [rng.integers(10, dtype=np.uint32) for rng in (ours, theirs)]
    out = np.empty(3)
    _filled(fill_uniforms)(ours, out)
    theirs.random(3)
    assert ours.bit_generator.state == theirs.bit_generator.state


@pytest.mark.skipif(not compiles, reason="plain Python calls the generator")
def test_only_pcg64_shows_its_words():
    assert [bits.__name__ for bits in BITS if address(np.random.Generator(bits(1))) != 0] == ["PCG64"]


@pytest.mark.skipif(not compiles, reason="plain Python calls the generator")
def test_steps_are_those_of_the_generator():
    ours, theirs = np.random.default_rng(7), np.random.PCG64(7)
    np.testing.assert_array_equal(stepped(ours, 1000), theirs.random_raw(1000))
    assert ours.bit_generator.state == theirs.state


def test_words_that_lie_elsewhere_are_left_alone(monkeypatch):
    class Other(np.random.PCG64):
        @property
        def state(self):
            known = super().state
            return known | {"state": known["state"] | {"state": known["state"]["state"] ^ 1}}

    assert pcg64._address_of_step() is not None
    monkeypatch.setattr(np.random, "PCG64", Other)
    assert pcg64._address_of_step() is None
