"""How does a table fit a terminal of any width?"""

import textwrap
from collections.abc import Sequence

from simsuff.reporting.row import HEADER
from simsuff.reporting.table import Table

GAP = "  "
# Below this a column cannot be read; a terminal too narrow for seven of them gets longer lines.
NARROWEST = 6
# Text columns stand to the left, numbers to the right.
RIGHT = {2, 3, 5}


def terminal_table(table: Table, width: int) -> str:
    """The table of a study; cells wrap where the terminal is narrow."""
    # Only the longest word of a heading holds its column open.
    words = [max(heading.split(), key=len) for heading in HEADER]
    widths = column_widths([words, *(row for group in table.groups for row in group.rows)], width)
    title = textwrap.fill(f"{table.name}: {table.title}", width)
    lines = [title, *_lines(HEADER, widths), GAP.join("─" * w for w in widths)]
    for group in table.groups:
        lines += textwrap.wrap(f"[{group.name}] {group.description}".rstrip(), width)
        for row in group.rows:
            lines += _lines(row, widths)
    for number, note in enumerate(table.notes, start=1):
        lines += textwrap.wrap(f"note {number}: {note}", width, subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Natural widths; the widest column is narrowed until the line fits, by breaking words only at last."""
    columns = list(zip(*rows, strict=True))
    widths = [max(NARROWEST, *map(len, column)) for column in columns]
    words = [max(NARROWEST, *(len(word) for cell in column for word in cell.split())) for column in columns]
    room = width - len(GAP) * (len(widths) - 1)
    for smallest in (words, [NARROWEST] * len(widths)):
        while sum(widths) > room and any(w > s for w, s in zip(widths, smallest, strict=True)):
            _, column = max((w, i) for i, (w, s) in enumerate(zip(widths, smallest, strict=True)) if w > s)
            widths[column] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """One row, on as many lines as its longest cell needs."""
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [_line(parts, widths) for parts in zip(*padded, strict=True)]


def _line(parts: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        part.rjust(width) if column in RIGHT else part.ljust(width)
        for column, (part, width) in enumerate(zip(parts, widths, strict=True))
    ]
    return GAP.join(aligned).rstrip()
