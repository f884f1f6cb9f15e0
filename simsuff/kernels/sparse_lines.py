"""How do sparse rows meet the lines of a matrix without leaving the registers? In explicit vector code.

Compilers keep the sums of such a loop in memory, because they do not know how many there are. Both functions have a
plain twin, which runs where Numba is disabled.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from simsuff.kernels.tiles.blocks import ZERO, Matrix, for_each
from simsuff.kernels.tiles.lanes import INDEX, Builder, Lanes, Value, registers
from simsuff.numerics.validation import Float, Integer

# body(factor, places): one entry in each lane, and pointers.
Body = Callable[[Value, list[Value]], None]

# Indices of 32 or 64 bits.
Columns = NDArray[Any]

# Vectors at a time, the most first.
STRIPS = (4, 3, 2, 1)


# Row i holds the entries p from first[i] to end[i]. `table` and `lines` are doubles of unit column stride and of
# equally many columns. Both functions leave a row where its columns reach `below`, and say in `left`[i] where that is.
def gather(
    first: Integer,
    end: Integer,
    columns: Columns,
    entries: Float,
    below: int,
    table: Float,
    lines: Float,
    left: Integer,
) -> None:
    """lines[i] = Σ_p entries_p · table[columns_p], in this order."""
    lines[:] = 0.0
    for i, p in _met(first, end, columns, below, left):
        lines[i] += entries[p] * table[columns[p]]


def scatter(
    first: Integer,
    end: Integer,
    columns: Columns,
    entries: Float,
    below: int,
    table: Float,
    lines: Float,
    left: Integer,
) -> None:
    """table[columns_p] += entries_p · lines[i], in this order."""
    for i, p in _met(first, end, columns, below, left):
        table[columns[p]] += entries[p] * lines[i]


def _met(
    first: Integer, end: Integer, columns: Columns, below: int, left: Integer
) -> Iterator[tuple[int, int]]:
    for i in range(len(first)):
        left[i] = first[i]
        while left[i] < end[i] and columns[left[i]] < below:
            yield i, left[i]
            left[i] += 1


class _Rows(NamedTuple):
    """What either function was called with, in compiled code."""

    first: Matrix
    end: Matrix
    columns: Matrix
    entries: Matrix
    below: Value
    table: Matrix
    lines: Matrix
    left: Matrix

    def line(self, lanes: Lanes, vectors: int, i: Value, j: Value) -> list[Value]:
        """Where the vectors of a strip of line i begin."""
        return [self.lines.at(lanes.builder, i, j, 0, n * lanes.count) for n in range(vectors)]

    def each(self, lanes: Lanes, vectors: int, i: Value, j: Value, body: Body) -> None:
        """body(entry, where the vectors of its strip of `table` begin), entry by entry of row i."""
        builder = lanes.builder
        first, end = (_index(builder, x.at(builder, ZERO, i)) for x in (self.first, self.end))
        before, blocks = builder.block, [builder.append_basic_block() for _ in range(4)]
        there, below, inside, after = blocks
        builder.branch(there)
        builder.position_at_end(there)
        p = builder.phi(INDEX)
        builder.cbranch(builder.icmp_signed("<", p, end), below, after)
        builder.position_at_end(below)
        column = _index(builder, self.columns.at(builder, ZERO, p))
        builder.cbranch(builder.icmp_signed("<", column, self.below), inside, after)
        builder.position_at_end(inside)
        places = [self.table.at(builder, column, j, 0, n * lanes.count) for n in range(vectors)]
        body(lanes.spread(builder.load(self.entries.at(builder, ZERO, p))), places)
        p.add_incoming(first, before)
        p.add_incoming(builder.add(p, INDEX(1)), inside)
        builder.branch(there)
        builder.position_at_end(after)
        builder.store(p, self.left.at(builder, ZERO, i))


def _index(builder: Builder, pointer: Value) -> Value:
    """The index of 32 or 64 bits that lies there."""
    index = builder.load(pointer)
    return index if index.type == INDEX else builder.sext(index, INDEX)


# The code for row i of a strip of so many vectors from column j on: way(rows, lanes, vectors, j, i).
Way = Callable[[_Rows, Lanes, int, Value, Value], None]


def _gather(rows: _Rows, lanes: Lanes, vectors: int, j: Value, i: Value) -> None:
    builder = lanes.builder
    sums = [cgutils.alloca_once(builder, lanes.type) for _ in range(vectors)]
    for pointer in sums:
        builder.store(lanes.constant(0.0), pointer)

    def add(entry: Value, places: list[Value]) -> None:
        for pointer, place in zip(sums, places, strict=True):
            total = lanes.multiply_add(entry, lanes.load(place), builder.load(pointer))
            builder.store(total, pointer)

    rows.each(lanes, vectors, i, j, add)
    for pointer, place in zip(sums, rows.line(lanes, vectors, i, j), strict=True):
        lanes.store(builder.load(pointer), place)


def _scatter(rows: _Rows, lanes: Lanes, vectors: int, j: Value, i: Value) -> None:
    parts = [lanes.load(place) for place in rows.line(lanes, vectors, i, j)]

    def add(entry: Value, places: list[Value]) -> None:
        for part, place in zip(parts, places, strict=True):
            lanes.store(lanes.multiply_add(entry, part, lanes.load(place)), place)

    rows.each(lanes, vectors, i, j, add)


def _strips(rows: _Rows, way: Way, lanes: Lanes, widths: tuple[int, ...], j: Value) -> Value:
    """From column j on, as many strips of each of these numbers of vectors as fit; returns the first column left."""
    builder = lanes.builder

    def strip(vectors: int, at: Value) -> None:
        for_each(builder, rows.lines.rows, 1, partial(way, rows, lanes, vectors, at))

    for vectors in widths:
        j = for_each(builder, rows.lines.columns, vectors * lanes.count, partial(strip, vectors), j)
    return j


def _emit(way: Way) -> Any:
    """Numba's code generator for a function that goes one `way` through each strip of columns."""

    def generate(context: Any, builder: Builder, signature: Any, values: list[Value]) -> Value:
        kinds = zip(signature.args, values, strict=True)
        rows = _Rows(*(v if k == types.int64 else Matrix.of(context, builder, k, v) for k, v in kinds))
        count = registers(context.codegen()._tm_features).bytes // 8
        j = _strips(rows, way, Lanes(builder, 8, count), STRIPS, ZERO)
        with builder.if_then(builder.icmp_signed("<", j, rows.lines.columns)):
            # Widths that vectors do not fill end in shorter ones.
            while count > 1:
                count //= 2
                j = _strips(rows, way, Lanes(builder, 8, count), STRIPS[-1:], j)
        return context.get_dummy_value()

    return generate


def _typed(way: Way) -> Any:
    def typed(_: Any, f: Any, g: Any, c: Any, e: Any, b: Any, t: Any, x: Any, p: Any) -> Any:  # noqa: ARG001
        return types.void(f, g, c, e, types.int64, t, x, p), _emit(way)

    return intrinsic(typed)


_gather_lines, _scatter_lines = _typed(_gather), _typed(_scatter)

# Under compilation a call of the twin becomes a call of the intrinsic.
overload(gather, strict=False)(
    lambda *_: lambda f, g, c, e, b, t, x, p: _gather_lines(f, g, c, e, b, t, x, p)
)
overload(scatter, strict=False)(
    lambda *_: lambda f, g, c, e, b, t, x, p: _scatter_lines(f, g, c, e, b, t, x, p)
)
