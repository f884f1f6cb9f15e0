"""How is a product of matrices computed without leaving the registers? Block by block of the result."""

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils

from simsuff.kernels.tiles.lanes import INDEX, Builder, Lanes, Registers, Value

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
