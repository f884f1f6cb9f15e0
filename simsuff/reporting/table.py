"""Tables for people: the text of each cell, by experiment, with notes, in Markdown, in LaTeX and for a terminal."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simsuff.reporting.row import HEADER, Row, State, number_text, visible
from simsuff.reporting.typeset import latex
from simsuff.studies.collect import StudyResult

GAP = "  "
# Below this a column cannot be read; a terminal too narrow for all of them gets longer lines.
NARROWEST = 6
# Text columns stand to the left, numbers to the right.
RIGHT = {2, 3, 5, 6}
COLUMNS = "llrrlrrl"
# In LaTeX more rows than a page holds need a table that breaks.
PAGE = 40


@dataclass(frozen=True)
class Group:
    """The rows of one experiment, as text."""

    name: str
    description: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Table:
    """The table of one study."""

    name: str
    title: str
    description: str
    groups: Sequence[Group]
    notes: Sequence[str]


def table_of(result: StudyResult, rows: Sequence[Row]) -> Table:
    """The text of every row, experiments in the order of the file, without letters that control a terminal."""
    numbers = {note: n for n, note in enumerate(dict.fromkeys(row.note for row in rows if row.note), start=1)}
    texts: dict[str, list[list[str]]] = {}
    for row in rows:
        # The verdict reads ``holds``, or ``violated (expected: note 1)``.
        remarks = ["weak"] if row.state is State.WEAK else []
        expected = "expected: " if row.state is State.EXPECTED else ""
        remarks += [f"{expected}note {numbers[row.note]}"] if row.note else []
        verdict = f"{row.verdict} ({', '.join(remarks)})" if remarks else str(row.verdict)
        cells = [row.comparison.statement, row.setting, row.theory, row.empirical, row.exactness]
        cells += [number_text(row.comparison.slack), row.notices, verdict]
        texts.setdefault(row.experiment, []).append(list(map(visible, cells)))
    groups = [
        Group(visible(experiment.name), visible(experiment.description), texts[experiment.name])
        for experiment in result.plan.experiments
        if experiment.name in texts
    ]
    plan = result.plan
    description = "\n\n".join(visible(part) for part in plan.description.split("\n\n"))
    return Table(plan.name, visible(plan.title), description, groups, [visible(note) for note in numbers])


def markdown_table(table: Table, heading: str = "#") -> str:
    """The study with its title, description, one table for each experiment, and the notes."""
    parts = [f"{heading} {escape(table.title)}"]
    parts += [escape(part) for part in table.description.split("\n\n") if part]
    for group in table.groups:
        parts.append(f"{heading}# {escape(group.name)}")
        parts += [escape(group.description)] if group.description else []
        parts.append(grid(HEADER, group.rows))
    parts += [f"Note {number}: {escape(note)}" for number, note in enumerate(table.notes, start=1)]
    return "\n\n".join(parts) + "\n"


def grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A pipe table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(escape, line)) + " |" for line in lines)


def escape(text: str) -> str:
    """Text that neither ends a cell of a Markdown table nor starts markup."""
    for letter in "\\|*_`<":
        text = text.replace(letter, "\\" + letter)
    return visible(text.replace("](", "]\\(").replace("]:", "]\\:"))


def latex_table(table: Table) -> str:
    """A tabular, or a longtable where the rows need more than a page."""
    body = [latex_line(latex(name[0].upper() + name[1:]) for name in HEADER), r"\midrule"]
    for number, group in enumerate(table.groups):
        if number:
            body.append(r"\addlinespace")
        caption = f"{group.name}: {group.description}" if group.description else group.name
        body.append(_latex_wide(caption, r"\itshape"))
        body += [latex_line(map(latex, row)) for row in group.rows]
    environment = "longtable" if len(body) > PAGE else "tabular"
    notes = [
        _latex_wide(f"Note {n}: {note}", r"\footnotesize") for n, note in enumerate(table.notes, start=1)
    ]
    packages = r"% needs \usepackage{booktabs,longtable} and \usepackage[T1]{fontenc}"
    start, end = rf"\begin{{{environment}}}{{{COLUMNS}}}", rf"\end{{{environment}}}"
    title = f"% {visible(table.title)}"
    lines = [packages, title, start, r"\toprule", *body, r"\bottomrule", *notes, end]
    return "\n".join(lines) + "\n"


def _latex_wide(text: str, font: str) -> str:
    """A paragraph across the table."""
    return rf"\multicolumn{{{len(HEADER)}}}{{p{{0.95\linewidth}}}}{{{font} {latex(text)}}} \\"


def latex_line(cells: Iterable[str]) -> str:
    """A row of a table in LaTeX, of cells that are TeX already."""
    return " & ".join(cells) + r" \\"


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


def aligned(lines: Sequence[Sequence[str]], side: str = "<") -> list[str]:
    """Lines of words in columns: the first to the left, the others to this side."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = ["<", *[side] * (len(widths) - 1)]
    return [
        GAP.join(f"{word:{s}{w}}" for word, s, w in zip(line, sides, widths, strict=True)).rstrip()
        for line in lines
    ]


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
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        lines = cell + [""] * (height - len(cell))
        padded.append([line.rjust(width) if column in RIGHT else line.ljust(width) for line in lines])
    return [GAP.join(parts).rstrip() for parts in zip(*padded, strict=True)]
