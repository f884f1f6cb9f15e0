"""How does a table of symbols run inside a compiled loop?"""

from typing import NamedTuple

from simsuff.encoders.compiled.maps import FORWARD, PULLBACK
from simsuff.encoders.lookup import scatter_add
from simsuff.numerics.validation import Float, Integer


class TableMap(NamedTuple):
    """z ↦ table[z], θ = table (symbols, dim) row by row."""

    symbols: int
    dim: int


@FORWARD.register(TableMap)
def _lookup(encoder: TableMap, theta: Float, z: Integer, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    table = theta.reshape(encoder.symbols, encoder.dim)
    for i in range(z.size):
        out[i] = table[z[i]]


@PULLBACK.register(TableMap)
def _pull_lookup(
    encoder: TableMap,
    theta: Float,  # noqa: ARG001
    z: Integer,
    side: int,  # noqa: ARG001
    out: Float,  # noqa: ARG001
    cotangents: Float,
    gradient: Float,
    work: Float,  # noqa: ARG001
) -> None:
    scatter_add(z, cotangents, gradient.reshape(encoder.symbols, encoder.dim))
