"""What is done to a tile? A product, or exponentials of a product with their sums or weights."""

from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from simsuff.kernels.tiles import emit
from simsuff.kernels.tiles.lanes import Builder, Value

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


def _generator(emitter: emit.Emitter) -> Any:
    """Numba's code generator for a function of arrays and without result."""

    def generate(context: Any, builder: Builder, signature: Any, values: list[Value]) -> Value:
        emitter(*emit.arguments(context, builder, signature.args, values))
        return context.get_dummy_value()

    return generate


# Numba reads the number of arguments off a signature, so there is one for three arrays and one for five.
def _of_three(emitter: emit.Emitter) -> Any:
    def typed(_: Any, a: Any, b: Any, c: Any) -> Any:
        return types.void(a, b, c), _generator(emitter)

    return intrinsic(typed)


def _of_five(emitter: emit.Emitter) -> Any:
    def typed(_: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
        return types.void(a, b, c, d, e), _generator(emitter)

    return intrinsic(typed)


_multiply_add = _of_three(emit.multiply_add)
_exponential_sums = _of_five(emit.exponential_sums)
_exponential_weights = _of_five(emit.exponential_weights)

# Under compilation a call of the twin becomes a call of the intrinsic.
overload(multiply_add, strict=False)(lambda *_: lambda a, b, c: _multiply_add(a, b, c))
overload(exponential_sums, strict=False)(lambda *_: lambda a, b, c, d, e: _exponential_sums(a, b, c, d, e))
overload(exponential_weights, strict=False)(
    lambda *_: lambda a, b, c, d, e: _exponential_weights(a, b, c, d, e)
)
