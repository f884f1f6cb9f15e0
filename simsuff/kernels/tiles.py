"""Tiles of scores that live in cache: products and exponentials of small matrices in explicit vector code.

LLVM vectorises none of these loops as well by itself: the sums of a product must stay in registers over the inner
loop. Each function has a plain twin in NumPy, which runs where Numba is disabled. First the vectors of the processor,
then products block by block, then what becomes of the blocks, and last the functions themselves.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from simsuff.kernels.elementary import EXP2_DOUBLE, EXP2_SINGLE

# llvmlite's builders, types and values carry no annotations.
Builder = Any
Value = Any

INDEX = ir.IntType(64)


class Registers(NamedTuple):
    """Bytes of a vector, and the block of a product that fits into the registers: rows × vectors."""

    bytes: int
    rows: int
    vectors: int


def registers(features: str) -> Registers:
    """The block for a processor with these LLVM `features`: 16 sums in 32 registers, or 8 in 16."""
    names = features.split(",")
    if "+avx512f" in names:
        return Registers(64, 8, 2)
    return Registers(32 if "+avx" in names else 16, 4, 2)


class Lanes:
    """Vectors of `count` numbers of one type, and what can be done with them.

    Multiply-adds are contracted where the processor can, so that their last digit depends on the processor. No
    other freedom is given to the compiler: NaN stays NaN.
    """

    def __init__(self, builder: Builder, size: int, count: int) -> None:
        """`size` is 8 for double, 4 for float."""
        self.builder, self.size, self.count = builder, size, count
        self.mantissa = 52 if size == 8 else 23
        self.scalar = ir.DoubleType() if size == 8 else ir.FloatType()
        self.type = ir.VectorType(self.scalar, count)
        self.bits = ir.VectorType(ir.IntType(8 * size), count)

    def load(self, pointer: Value) -> Value:
        """`count` numbers from `pointer` on, which need not be aligned."""
        return self.builder.load(self.builder.bitcast(pointer, self.type.as_pointer()), align=self.size)

    def store(self, vector: Value, pointer: Value) -> None:
        """Write `vector` from `pointer` on."""
        self.builder.store(vector, self.builder.bitcast(pointer, self.type.as_pointer()), align=self.size)

    def add_to(self, pointer: Value, vector: Value) -> None:
        """Add `vector` to the numbers from `pointer` on."""
        self.store(self.builder.fadd(self.load(pointer), vector), pointer)

    def spread(self, scalar: Value) -> Value:
        """`scalar` in each lane."""
        undefined, lane = ir.Constant(self.type, ir.Undefined), ir.IntType(32)
        first = self.builder.insert_element(undefined, scalar, lane(0))
        return self.builder.shuffle_vector(
            first, undefined, ir.Constant(ir.VectorType(lane, self.count), None)
        )

    def constant(self, value: float) -> Value:
        """`value` in each lane."""
        return ir.Constant(self.type, [value] * self.count)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once where the processor has such an instruction."""
        product = self.builder.fmul(a, b, flags=["contract"])
        return self.builder.fadd(product, c, flags=["contract"])

    @property
    def wide(self) -> "Lanes":
        """As many lanes of doubles."""
        return self if self.size == 8 else Lanes(self.builder, 8, self.count)

    def widened(self, vector: Value) -> Value:
        """`vector` in double precision."""
        return vector if self.size == 8 else self.builder.fpext(vector, self.wide.type)

    def total(self, vector: Value) -> Value:
        """The sum of the lanes of `vector`, halves first."""
        name = f"llvm.vector.reduce.fadd.v{self.count}f{8 * self.size}"
        signature = ir.FunctionType(self.scalar, [self.scalar, self.type])
        reduce = cgutils.get_or_insert_function(self.builder.module, signature, name)
        return self.builder.call(reduce, [self.scalar(-0.0), vector], fastmath=["reassoc"])

    def exp2(self, xs: list[Value]) -> list[Value]:
        """2^x for finite x within ±1000 (double), ±120 (float); one instruction of each in turn hides latency.

        x = n + r with n whole: adding 1.5·2^52 leaves n in the last bits, from where it moves into the exponent
        of 2^r.
        """
        builder = self.builder
        magic = self.constant(1.5 * 2.0**self.mantissa)
        shifted = [builder.fadd(x, magic) for x in xs]
        rests = [builder.fsub(x, builder.fsub(s, magic)) for x, s in zip(xs, shifted, strict=True)]
        first, *others = reversed(EXP2_DOUBLE if self.size == 8 else EXP2_SINGLE)
        powers = [self.constant(first)] * len(xs)
        for coefficient in others:
            c = self.constant(coefficient)
            powers = [self.multiply_add(p, r, c) for p, r in zip(powers, rests, strict=True)]
        return [self._scaled(p, s) for p, s in zip(powers, shifted, strict=True)]

    def _scaled(self, power: Value, shifted: Value) -> Value:
        """power × 2^n, n in the last bits of `shifted`."""
        builder = self.builder
        places = ir.Constant(self.bits, [self.mantissa] * self.count)
        exponent = builder.shl(builder.bitcast(shifted, self.bits), places)
        return builder.bitcast(builder.add(builder.bitcast(power, self.bits), exponent), self.type)


ZERO = INDEX(0)

# Independent chains of instructions at a time: enough to hide the latency, few enough for the registers.
CHAINS = 8

Block = list[list[Value]]


class Matrix(NamedTuple):
    """An array of one or two dimensions in compiled code; strides count entries."""

    pointer: Value
    rows: Value
    columns: Value
    row_stride: Value
    column_stride: Value

    @classmethod
    def of(cls, context: Any, builder: Builder, array_type: Any, value: Value) -> "Matrix":
        """The array `value` of Numba's `array_type`; a vector is a matrix of one row."""
        array = context.make_array(array_type)(context, builder, value)
        size = INDEX(array_type.dtype.bitwidth // 8)
        shape = cgutils.unpack_tuple(builder, array.shape)
        strides = [builder.sdiv(s, size) for s in cgutils.unpack_tuple(builder, array.strides)]
        if array_type.ndim == 1:
            shape, strides = [INDEX(1), *shape], [INDEX(0), *strides]
        return cls(array.data, *shape, *strides)

    def at(self, builder: Builder, i: Value, j: Value, row: int = 0, column: int = 0) -> Value:
        """Where entry (i + row, j + column) lies."""
        down = builder.mul(builder.add(i, INDEX(row)), self.row_stride)
        across = builder.mul(builder.add(j, INDEX(column)), self.column_stride)
        return builder.gep(self.pointer, [builder.add(down, across)])


def opaque(builder: Builder, pointer: Value) -> Value:
    """`pointer`, of which the optimiser knows nothing: else it walks from row to row, and each step waits."""
    same = ir.FunctionType(pointer.type, [pointer.type])
    return builder.asm(same, "", "=r,0", [pointer], side_effect=False)


def product_block(lanes: Lanes, a: Matrix, b: Matrix, i: Value, j: Value, rows: int, vectors: int) -> Block:
    """Entries (i … i + rows − 1, j … j + vectors·lanes − 1) of a·b, summed in the order of memory.

    `b` has unit column stride; `a` any strides.
    """
    builder = lanes.builder
    before, loop, after = builder.block, *(builder.append_basic_block(name) for name in ("depth", "sums"))
    left = [opaque(builder, a.at(builder, i, ZERO, row=m)) for m in range(rows)]
    right = builder.gep(b.pointer, [j])
    builder.branch(loop)
    builder.position_at_end(loop)
    t = builder.phi(INDEX)
    sums = [[builder.phi(lanes.type) for _ in range(vectors)] for _ in range(rows)]
    down, across = builder.mul(t, b.row_stride), builder.mul(t, a.column_stride)
    vs = [lanes.load(builder.gep(right, [builder.add(down, INDEX(n * lanes.count))])) for n in range(vectors)]
    us = [lanes.spread(builder.load(builder.gep(pointer, [across]))) for pointer in left]
    new = [
        [lanes.multiply_add(u, v, s) for v, s in zip(vs, line, strict=True)]
        for u, line in zip(us, sums, strict=True)
    ]
    following = builder.add(t, INDEX(1))
    for phi, value in [(t, following), *zip(chain(*sums), chain(*new), strict=True)]:
        phi.add_incoming(phi.type(0) if phi is t else lanes.constant(0.0), before)
        phi.add_incoming(value, loop)
    builder.cbranch(builder.icmp_signed("<", following, a.columns), loop, after)
    builder.position_at_end(after)
    return new


def exponential_block(lanes: Lanes, a: Matrix, b: Matrix, i: Value, j: Value, shape: Registers) -> Block:
    """2^x of a block of a·b."""
    scores = list(chain(*product_block(lanes, a, b, i, j, shape.rows, shape.vectors)))
    powers = []
    for start in range(0, len(scores), CHAINS):
        powers += lanes.exp2(scores[start : start + CHAINS])
    return [powers[m : m + shape.vectors] for m in range(0, len(powers), shape.vectors)]


def for_each(
    builder: Builder, count: Value, step: int, body: Callable[[Value], None], start: Value = ZERO
) -> Value:
    """body(i) for i = start, start + step, … as long as i + step ≤ count; returns the first i that was left out."""
    rounds = builder.sdiv(builder.sub(count, start), INDEX(step))
    with cgutils.for_range(builder, rounds) as loop:
        body(builder.add(start, builder.mul(loop.index, INDEX(step))))
    return builder.add(start, builder.mul(rounds, INDEX(step)))


Emitter = Callable[[Lanes, Registers, list[Matrix]], None]


def arguments(
    context: Any, builder: Builder, array_types: Any, values: list[Value]
) -> tuple[Lanes, Registers, list[Matrix]]:
    """Lanes of the type of the first array, as this processor has them, and the arrays."""
    shape = registers(context.codegen()._tm_features)
    size = array_types[0].dtype.bitwidth // 8
    arrays = [Matrix.of(context, builder, t, v) for t, v in zip(array_types, values, strict=True)]
    return Lanes(builder, size, shape.bytes // size), shape, arrays


def emit_multiply_add(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
    """c += a·b, in strips as wide as the block and then, for the rest, as one vector."""
    a, b, c = arrays
    builder = lanes.builder

    def block(i: Value, j: Value, vectors: int) -> None:
        for m, line in enumerate(product_block(lanes, a, b, i, j, shape.rows, vectors)):
            for n, sums in enumerate(line):
                lanes.add_to(c.at(builder, i, j, m, n * lanes.count), sums)

    def strip(j: Value, vectors: int) -> None:
        for_each(builder, c.rows, shape.rows, lambda i: block(i, j, vectors))

    wide = shape.vectors * lanes.count
    done = for_each(builder, c.columns, wide, lambda j: strip(j, shape.vectors))
    for_each(builder, c.columns, lanes.count, lambda j: strip(j, 1), done)


def emit_exponential_sums(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
    """Row by row of blocks; a row's sums stay in vectors until its end."""
    a, b, row_sums, column_sums, out = arrays
    builder, wide = lanes.builder, shape.vectors * lanes.count
    sums = [cgutils.alloca_once(builder, lanes.type) for _ in range(shape.rows)]

    def block(i: Value, j: Value) -> None:
        powers = exponential_block(lanes, a, b, i, j, shape)
        _store(lanes, powers, out, i, j)
        for line, pointer in zip(powers, sums, strict=True):
            builder.store(builder.fadd(builder.load(pointer), _sum(builder, line)), pointer)
        for n, column in enumerate(zip(*powers, strict=True)):
            _add_columns(lanes, column_sums.at(builder, INDEX(0), j, 0, n * lanes.count), column)

    def strip(i: Value) -> None:
        for pointer in sums:
            builder.store(lanes.constant(0.0), pointer)
        for_each(builder, b.columns, wide, lambda j: block(i, j))
        for m, pointer in enumerate(sums):
            total = row_sums.at(builder, INDEX(0), i, 0, m)
            row = lanes.wide.total(lanes.widened(builder.load(pointer)))
            builder.store(builder.fadd(builder.load(total), row), total)

    for_each(builder, a.rows, shape.rows, strip)


def emit_exponential_weights(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
    """The powers of a block times the sum of its two weights."""
    a, b, row_weights, column_weights, out = arrays
    builder, wide = lanes.builder, shape.vectors * lanes.count

    def block(i: Value, j: Value) -> None:
        powers = exponential_block(lanes, a, b, i, j, shape)
        at = [column_weights.at(builder, INDEX(0), j, 0, n * lanes.count) for n in range(shape.vectors)]
        columns = [lanes.load(pointer) for pointer in at]
        rows = [builder.load(row_weights.at(builder, INDEX(0), i, 0, m)) for m in range(shape.rows)]
        weighted = [
            [builder.fmul(p, builder.fadd(lanes.spread(row), c)) for p, c in zip(line, columns, strict=True)]
            for line, row in zip(powers, rows, strict=True)
        ]
        _store(lanes, weighted, out, i, j)

    def strip(i: Value) -> None:
        for_each(builder, b.columns, wide, lambda j: block(i, j))

    for_each(builder, a.rows, shape.rows, strip)


def _store(lanes: Lanes, block: Block, out: Matrix, i: Value, j: Value) -> None:
    for m, line in enumerate(block):
        for n, vector in enumerate(line):
            lanes.store(vector, out.at(lanes.builder, i, j, m, n * lanes.count))


def _sum(builder: Builder, vectors: Any) -> Value:
    """Halves first: the additions of a block do not wait for each other."""
    left = list(vectors)
    while len(left) > 1:
        left = [builder.fadd(x, y) for x, y in zip(left[::2], left[1::2], strict=True)]
    return left[0]


def _add_columns(lanes: Lanes, pointer: Value, column: Any) -> None:
    """Add the sum of a column of vectors to the doubles from `pointer` on."""
    lanes.wide.add_to(pointer, lanes.widened(_sum(lanes.builder, column)))


Array = NDArray[Any]

# Tiles have a multiple of this many rows.
ROWS = 8

# The widest block has two vectors of 64 bytes.
BYTES = 128


def columns_at_once(size: int) -> int:
    """Tiles of numbers of `size` bytes have a multiple of this many columns (half as many for `multiply_add`)."""
    return BYTES // size


def multiply_add(a: Array, b: Array, c: Array) -> None:
    """c += a·b for a (m, t) of any strides, b (t, n) and c (m, n) of unit column stride.

    m is a multiple of `ROWS`, n of half of `columns_at_once`; all three of one type, t ≥ 1.
    """
    c += a @ b


def exponential_sums(a: Array, b: Array, row_sums: Array, column_sums: Array, out: Array) -> None:
    """out = 2^(a·b), entries within ±1000 (float32: ±120); adds its sums over columns and over rows in double.

    a (m, t), b (t, n), row_sums (m,), column_sums (n,), out (m, n): m a multiple of `ROWS`, n of `columns_at_once`.
    """
    out[:] = np.exp2(a @ b)
    row_sums += out.sum(axis=1)
    column_sums += out.sum(axis=0, dtype=np.float64)


def exponential_weights(a: Array, b: Array, row_weights: Array, column_weights: Array, out: Array) -> None:
    """out = 2^(a·b) × (row_weights_i + column_weights_j), sizes and range as for `exponential_sums`."""
    out[:] = np.exp2(a @ b) * (row_weights[:, None] + column_weights)


def _generator(emitter: Emitter) -> Any:
    """Numba's code generator for a function of arrays and without result."""

    def generate(context: Any, builder: Builder, signature: Any, values: list[Value]) -> Value:
        emitter(*arguments(context, builder, signature.args, values))
        return context.get_dummy_value()

    return generate


# Numba reads the number of arguments off a signature.
_multiply_add: Any = intrinsic(lambda _, a, b, c: (types.void(a, b, c), _generator(emit_multiply_add)))
_exponential_sums: Any = intrinsic(
    lambda _, a, b, c, d, e: (types.void(a, b, c, d, e), _generator(emit_exponential_sums))
)
_exponential_weights: Any = intrinsic(
    lambda _, a, b, c, d, e: (types.void(a, b, c, d, e), _generator(emit_exponential_weights))
)

# Under compilation a call of the twin becomes a call of the intrinsic.
overload(multiply_add, strict=False)(lambda *_: lambda a, b, c: _multiply_add(a, b, c))
overload(exponential_sums, strict=False)(lambda *_: lambda a, b, c, d, e: _exponential_sums(a, b, c, d, e))
overload(exponential_weights, strict=False)(
    lambda *_: lambda a, b, c, d, e: _exponential_weights(a, b, c, d, e)
)
