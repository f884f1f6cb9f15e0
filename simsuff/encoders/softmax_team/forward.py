"""How do threads embed sparse counts by a softmax?"""

import numpy as np

from simsuff.encoders.softmax_rows import rescaled_softmax_rows
from simsuff.encoders.softmax_team.counts import CHUNKS, Counts, copy_lines, lines_for, team_for
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_lines import gather
from simsuff.kernels.team import Turns, all_done, begin, claim, done, proceed, watch
from simsuff.numerics.validation import Float, Integer

# Each phase builds on what all threads did in those before.
TABLE, ROWS = 1, 2


def embed_counts(
    first: Counts, second: Counts, matrix: Float, bias: Float, scale: Float
) -> tuple[Float, Float]:
    """scale ∘ softmax(z · matrix + bias) of the rows of both sides, for a matrix (V, M), as (n, M) arrays."""
    inputs, width = matrix.shape
    rows = first.starts.size - 1, second.starts.size - 1
    u, v = np.empty((rows[0], width)), np.empty((rows[1], width))
    table, lines, left = lines_for(inputs, width), lines_for(sum(rows), width), np.empty(sum(rows), np.int64)
    run, _ = team_for(first, second, width)
    run(embed, first, second, _read_only(matrix), _read_only(bias), scale, u, v, table, lines, left)
    return u, v


def _read_only(values: Float) -> Float:
    """The same array in the form for which kernels are compiled."""
    view = values.view()
    view.flags.writeable = False
    return view


@jit
def embed_chunk(
    side: Counts,
    chunk: int,
    table: Float,
    bias: Float,
    scale: Float,
    lines: Float,
    left: Integer,
    out: Float,
) -> None:
    """One chunk of rows of one side; `lines` and `left` have room for this side."""
    start, stop = chunk * len(out) // CHUNKS, (chunk + 1) * len(out) // CHUNKS
    first, end = side.starts[start:stop], side.starts[start + 1 : stop + 1]
    gather(first, end, side.columns, side.entries, len(table), table, lines[start:stop], left[start:stop])
    for i in range(start, stop):
        for k in range(out.shape[1]):
            out[i, k] = lines[i, k]
    rescaled_softmax_rows(out[start:stop], bias, scale)


@jit
def embed(
    first: Counts,
    second: Counts,
    matrix: Float,
    bias: Float,
    scale: Float,
    u: Float,
    v: Float,
    table: Float,
    lines: Float,
    left: Integer,
    turns: Turns,
) -> None:
    """A copy of the matrix in aligned lines, then the rows of both sides."""
    begin(turns)
    for phase in range(TABLE, ROWS + 1):
        if not proceed(turns, phase):
            return
        for n in range(2 * CHUNKS):
            index = claim(turns, phase, n, 2 * CHUNKS)
            if index < 0:
                continue
            if phase == TABLE:
                start, stop = index * len(matrix) // (2 * CHUNKS), (index + 1) * len(matrix) // (2 * CHUNKS)
                copy_lines(matrix, start, stop, table, start)
            elif index < CHUNKS:
                embed_chunk(first, index, table, bias, scale, lines, left, u)
            else:
                embed_chunk(second, index - CHUNKS, table, bias, scale, lines[len(u) :], left[len(u) :], v)
            done(turns, phase)
        all_done(turns, phase, 2 * CHUNKS)
    if turns.place > 0:
        watch(turns)
