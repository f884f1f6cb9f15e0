"""How does one sparse row meet the lines of a matrix without leaving the registers? In explicit vector code.

Compilers keep the sums of such a loop in memory, because they do not know how many there are. Both functions have a
plain twin, which runs where Numba is disabled.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from simsuff.numerics.tiles.blocks import ZERO, Matrix, for_each
from simsuff.numerics.tiles.lanes import INDEX, Builder, Lanes, Value, registers
from simsuff.numerics.validation import Float

# Indices of 32 or 64 bits.
Columns = NDArray[Any]

# Vectors at a time, the most first.
STRIPS = (4, 3, 2, 1)


# Doubles, of unit column stride; `table` and `lines` have the same number of columns.
def gather(
    columns: Columns, entries: Float, first: int, end: int, table: Float, lines: Float, i: int
) -> None:
    """lines[i] = Σ_p entries_p · table[columns_p] over first ≤ p < end, in this order."""
    lines[i] = 0.0
    for p in range(first, end):
        lines[i] += entries[p] * table[columns[p]]


def scatter(
    columns: Columns, entries: Float, first: int, end: int, table: Float, lines: Float, i: int
) -> None:
    """table[columns_p] += entries_p · lines[i] over first ≤ p < end, in this order."""
    for p in range(first, end):
        table[columns[p]] += entries[p] * lines[i]


class _Row(NamedTuple):
    """What either function was called with, in compiled code."""

    columns: Matrix
    entries: Matrix
    first: Value
    end: Value
    table: Matrix
    lines: Matrix
    i: Value

    @classmethod
    def of(cls, context: Any, builder: Builder, kinds: Any, values: list[Value]) -> "_Row":
        arrays = (isinstance(kind, types.Array) for kind in kinds)
        triples = zip(arrays, kinds, values, strict=True)
        return cls(*(Matrix.of(context, builder, k, v) if is_array else v for is_array, k, v in triples))

    def line(self, lanes: Lanes, vectors: int, j: Value) -> list[Value]:
        """Where the vectors of a strip of line i begin."""
        return [self.lines.at(lanes.builder, self.i, j, 0, n * lanes.count) for n in range(vectors)]

    def each(self, lanes: Lanes, vectors: int, j: Value, body: Callable[[Value, list[Value]], None]) -> None:
        """body(entry, where the vectors of its strip of `table` begin), entry by entry."""
        builder = lanes.builder
        with cgutils.for_range_slice(builder, self.first, self.end, INDEX(1)) as (p, _):
            column, entry = (builder.load(x.at(builder, ZERO, p)) for x in (self.columns, self.entries))
            column = column if column.type == INDEX else builder.sext(column, INDEX)
            places = [self.table.at(builder, column, j, 0, n * lanes.count) for n in range(vectors)]
            body(lanes.spread(entry), places)


Way = Callable[[_Row, Lanes, int, Value], None]


def _gather(row: _Row, lanes: Lanes, vectors: int, j: Value) -> None:
    builder = lanes.builder
    sums = [cgutils.alloca_once(builder, lanes.type) for _ in range(vectors)]
    for pointer in sums:
        builder.store(lanes.constant(0.0), pointer)

    def add(entry: Value, places: list[Value]) -> None:
        for pointer, place in zip(sums, places, strict=True):
            total = lanes.multiply_add(entry, lanes.load(place), builder.load(pointer))
            builder.store(total, pointer)

    row.each(lanes, vectors, j, add)
    for pointer, place in zip(sums, row.line(lanes, vectors, j), strict=True):
        lanes.store(builder.load(pointer), place)


def _scatter(row: _Row, lanes: Lanes, vectors: int, j: Value) -> None:
    parts = [lanes.load(place) for place in row.line(lanes, vectors, j)]

    def add(entry: Value, places: list[Value]) -> None:
        for part, place in zip(parts, places, strict=True):
            lanes.store(lanes.multiply_add(entry, part, lanes.load(place)), place)

    row.each(lanes, vectors, j, add)


def _strips(row: _Row, way: Way, lanes: Lanes, widths: tuple[int, ...], j: Value) -> Value:
    """From column j on, as many strips of each of these numbers of vectors as fit; returns the first column left."""
    for vectors in widths:
        strip = partial(way, row, lanes, vectors)
        j = for_each(lanes.builder, row.lines.columns, vectors * lanes.count, strip, j)
    return j


def _emit(way: Way) -> Any:
    """Numba's code generator for a function that goes one `way` through each strip of columns."""

    def generate(context: Any, builder: Builder, signature: Any, values: list[Value]) -> Value:
        row = _Row.of(context, builder, signature.args, values)
        count = registers(context.codegen()._tm_features).bytes // 8
        j = _strips(row, way, Lanes(builder, 8, count), STRIPS, ZERO)
        with builder.if_then(builder.icmp_signed("<", j, row.lines.columns)):
            # Widths that vectors do not fill end in shorter ones.
            while count > 1:
                count //= 2
                j = _strips(row, way, Lanes(builder, 8, count), STRIPS[-1:], j)
        return context.get_dummy_value()

    return generate


def _typed(way: Way) -> Any:
    def typed(_: Any, c: Any, e: Any, first: Any, end: Any, t: Any, x: Any, i: Any) -> Any:  # noqa: ARG001
        size = types.int64
        return types.void(c, e, size, size, t, x, size), _emit(way)

    return intrinsic(typed)


_gather_line, _scatter_line = _typed(_gather), _typed(_scatter)

# Under compilation a call of the twin becomes a call of the intrinsic.
overload(gather, strict=False)(lambda *_: lambda c, e, p, q, t, x, i: _gather_line(c, e, p, q, t, x, i))
overload(scatter, strict=False)(lambda *_: lambda c, e, p, q, t, x, i: _scatter_line(c, e, p, q, t, x, i))
