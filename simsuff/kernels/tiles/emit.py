"""Which instructions does a function of tiles become?"""

from collections.abc import Callable
from typing import Any

from numba.core import cgutils

from simsuff.kernels.tiles.blocks import Block, Matrix, exponential_block, for_each, product_block
from simsuff.kernels.tiles.lanes import INDEX, Builder, Lanes, Registers, Value, registers

Emitter = Callable[[Lanes, Registers, list[Matrix]], None]


def arguments(
    context: Any, builder: Builder, array_types: Any, values: list[Value]
) -> tuple[Lanes, Registers, list[Matrix]]:
    """Lanes of the type of the first array, as this processor has them, and the arrays."""
    shape = registers(context.codegen()._tm_features)
    size = array_types[0].dtype.bitwidth // 8
    arrays = [Matrix.of(context, builder, t, v) for t, v in zip(array_types, values, strict=True)]
    return Lanes(builder, size, shape.bytes // size), shape, arrays


def multiply_add(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
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


def exponential_sums(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
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


def exponential_weights(lanes: Lanes, shape: Registers, arrays: list[Matrix]) -> None:
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
