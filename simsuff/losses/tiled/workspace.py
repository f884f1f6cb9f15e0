"""The arrays that an evaluation of InfoNCE writes to, and how its anchors are cut into chunks."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.losses.tiled.layout import TILE_ROWS, up

Array = NDArray[Any]


# Places in the line of a chunk's facts.
COST, FAULT = range(2)


class Workspace(NamedTuple):
    """Results for each anchor (K',), and for each chunk c of anchors the results for all others, [c] (K',).

    A `top` is a shift t near the largest score, a `sum` is Σ 2^(S − t), a `weight` its reciprocal times the share of
    its side in the loss. `store` holds tiles: all of them where they are few, [0] (K', K'), else one for each chunk, and
    `spare` [c] a row of one. `du` (K', D) and `dv` [c] (K', D), or (D, K') if `narrow`, are sums of weights times others
    and anchors. `facts` [1 + c] is what is known of a chunk.
    """

    facts: Array
    row_top: Array
    row_sum: Array
    row_weight: Array
    column_top: Array
    column_sum: Array
    column_weight: Array
    store: Array
    spare: Array
    du: Array
    dv: Array


@jit
def chunk(index: int, chunks: int, rows: int) -> tuple[int, int]:
    """Start and stop of chunk `index`: whole tiles, and as equal as that allows."""
    tiles = up(rows, TILE_ROWS) // TILE_ROWS
    return index * tiles // chunks * TILE_ROWS, min((index + 1) * tiles // chunks * TILE_ROWS, rows)


@jit
def keeps_all(work: Workspace) -> bool:
    """Do the exponentials of the sums stay for the gradient?"""
    return bool(work.store.shape[1] == len(work.row_sum))


@jit
def home(work: Workspace, index: int) -> Array:
    """Where chunk `index` keeps its tiles: a contiguous table, of which compilers make vector code."""
    table: Array = work.store[0 if keeps_all(work) else index]
    return table


@jit
def corner(work: Workspace, i: int, j: int) -> tuple[int, int]:
    """Where in its home the tile from (i, j) on begins."""
    return (i, j) if keeps_all(work) else (0, 0)
