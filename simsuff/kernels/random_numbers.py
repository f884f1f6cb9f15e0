"""Random numbers in compiled loops, with the bits of the Generator that was passed in: uniform, normal, permutations.

NumPy's default generator, PCG64 (O'Neill 2014, *PCG: A family of simple fast space-efficient statistically good
algorithms*, variant XSL-RR 128/64), is stepped here without a call for each number: a linear congruential generator of
128 bits, in memory four words, low and high half of the state, then of the increment. Any other generator is asked
number by number. Training takes a third less time so.
"""

import ctypes
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numba.np.random import _constants as ziggurat

from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.numerics.validation import Float, Integer

# The words in the order of memory.
Words = tuple[Any, Any, Any, Any]

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645

# The name under which compiled code, also from a cache, finds NumPy's step in this process.
SYMBOL = "simsuff_pcg64_next"

_I64, _I128 = ir.IntType(64), ir.IntType(128)
_FOUR = types.UniTuple(types.uint64, 4)


def _address_of_step() -> int | None:
    """Where NumPy's step is; None where its words don't lie in memory as they do here."""
    generator = np.random.PCG64(1)
    interface = generator.ctypes
    words = ctypes.cast(interface.state, ctypes.POINTER(ctypes.POINTER(ctypes.c_uint64 * 4)))[0][0]
    found = {"state": words[0] | words[1] << 64, "inc": words[2] | words[3] << 64}
    step: int | None = ctypes.cast(interface.next_uint64, ctypes.c_void_p).value
    return step if found == generator.state["state"] else None


# No generator steps at the address of a number.
_nowhere = ctypes.c_uint64()
binding.add_symbol(SYMBOL, _address_of_step() or ctypes.addressof(_nowhere))


def _words_of(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    generator = cgutils.create_struct_proxy(signature.args[0])(context, builder, values[0])
    kind = types.NumPyRandomBitGeneratorType("bit_generator")
    bits = cgutils.create_struct_proxy(kind)(context, builder, generator.bit_generator)
    signature_of_step = ir.FunctionType(_I64, [_I64])
    step = cgutils.get_or_insert_function(builder.module, signature_of_step, SYMBOL)
    known = builder.icmp_unsigned("==", bits.fnptr_next_uint64, builder.ptrtoint(step, _I64))
    found = cgutils.alloca_once_value(builder, ir.Constant(_I64, 0))
    with builder.if_then(known):
        builder.store(builder.load(builder.inttoptr(bits.state, _I64.as_pointer())), found)
    return builder.load(found)


def _load(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    place = builder.inttoptr(values[0], _I64.as_pointer())
    words = [builder.load(builder.gep(place, [ir.Constant(_I64, n)])) for n in range(4)]
    return context.make_tuple(builder, signature.return_type, words)


def _store(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
    place = builder.inttoptr(values[0], _I64.as_pointer())
    for n in range(2):
        word = builder.extract_value(values[1], n)
        builder.store(word, builder.gep(place, [ir.Constant(_I64, n)]))
    return context.get_dummy_value()


def _advance(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
    half, words = ir.Constant(_I128, 64), values[0]
    low, high, more_low, more_high = (builder.zext(builder.extract_value(words, n), _I128) for n in range(4))
    state = builder.or_(builder.shl(high, half), low)
    more = builder.or_(builder.shl(more_high, half), more_low)
    state = builder.add(builder.mul(state, ir.Constant(_I128, MULTIPLIER)), more)
    words = builder.insert_value(words, builder.trunc(state, _I64), 0)
    return builder.insert_value(words, builder.trunc(builder.lshr(state, half), _I64), 1)


# The address of the words of a generator that runs on PCG64; 0 for any other.
words_of: Any = intrinsic(lambda _, rng: (types.uint64(rng), _words_of))

# The words at an address, read and written; the increment stays as it is.
load: Any = intrinsic(lambda _, address: (_FOUR(address), _load))
store: Any = intrinsic(lambda _, address, words: (types.void(address, words), _store))

# One step: state × multiplier + increment, modulo 2^128.
advance: Any = intrinsic(lambda _, words: (_FOUR(words), _advance))


@jit(**WRITTEN_OUT)
def output(words: Words) -> Any:
    """The 64 random bits of a state: the halves mixed, then rotated by its six highest bits."""
    mixed, turn = words[1] ^ words[0], words[1] >> np.uint64(58)
    return mixed >> turn | mixed << (np.uint64(64) - turn & np.uint64(63))


# Marsaglia and Tsang's ziggurat as NumPy cuts it: of 256 layers, the widths over 2^52, then the same with the other
# sign, and the share, times 2^52, within which a point is under the curve for sure. A sign from a table needs no
# branch, which no processor could predict.
WIDTHS = np.concatenate([ziggurat.wi_double, -ziggurat.wi_double])
INSIDE = ziggurat.ki_double

LAYER, SIGNED_LAYER, MAGNITUDE = np.uint64(0xFF), np.uint64(0x1FF), np.uint64((1 << 52) - 1)
NINE, ELEVEN = np.uint64(9), np.uint64(11)


def fill_uniforms(rng: np.random.Generator, out: Float) -> None:
    """Fill a vector with numbers in [0, 1): the bits of rng.random(out.size)."""
    rng.random(out=out)


def fill_normals(rng: np.random.Generator, out: Float) -> None:
    """Fill a vector with standard normal numbers: the bits of rng.standard_normal(out.size)."""
    rng.standard_normal(out=out)


@jit
def _uniforms(rng: np.random.Generator, out: Float) -> None:
    address = words_of(rng)
    if address == 0:
        for i in range(out.size):
            out[i] = rng.random()
        return
    words = load(address)
    for i in range(out.size):
        words = advance(words)
        out[i] = float(output(words) >> ELEVEN) * 2.0**-53
    store(address, words)


@jit
def _normals(rng: np.random.Generator, out: Float) -> None:
    address = words_of(rng)
    if address == 0:
        for i in range(out.size):
            out[i] = rng.standard_normal()
        return
    words = load(address)
    for i in range(out.size):
        after = advance(words)
        bits = output(after)
        magnitude = bits >> NINE & MAGNITUDE
        if magnitude < INSIDE[bits & LAYER]:
            out[i] = float(magnitude) * WIDTHS[bits & SIGNED_LAYER]
            words = after
        else:
            # One in a hundred lies near the edge of its layer or in the tail: NumPy's method, from the same bits.
            store(address, words)
            out[i] = rng.standard_normal()
            words = load(address)
    store(address, words)


# Under compilation a call of the plain function becomes a call of the kernel.
overload(fill_uniforms, strict=False)(lambda *_: lambda rng, out: _uniforms(rng, out))
overload(fill_normals, strict=False)(lambda *_: lambda rng, out: _normals(rng, out))


@jit
def permute(rng: np.random.Generator, order: Integer) -> None:
    """Fill `order` (n,) with ``rng.permutation(n)``, which takes Numba four times as long to compile."""
    for i in range(order.size):
        order[i] = i
    rng.shuffle(order)
