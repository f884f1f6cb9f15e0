"""A table for a paper as LaTeX, Markdown, CSV or HTML."""

import csv
import html
import io
import re
from collections.abc import Callable, Mapping, Sequence

from simsuff.reporting.row import visible
from simsuff.reporting.statement_table import Column, StatementTable, readable
from simsuff.reporting.table import PAGE, grid, latex_line
from simsuff.reporting.table import escape as markdown_escape
from simsuff.reporting.typeset import latex

_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:\((\d+)\))?(?:e(-?)(\d+))?")


def as_latex(tables: Sequence[StatementTable]) -> str:
    """Floats with booktabs and columns of siunitx; a longtable where the rows need more than a page."""
    packages = r"% needs \usepackage{booktabs,siunitx,longtable} and \usepackage[T1]{fontenc}"
    return "\n".join([packages, *map(_latex, tables)]) + "\n"


def _latex(table: StatementTable) -> str:
    columns = list(zip(*table.rows, strict=True))
    forms = [_form(column, cells) for column, cells in zip(table.columns, columns, strict=True)]
    head = latex_line(rf"{{{latex(column.header)}}}" for column in table.columns)
    body = [latex_line(map(_latex_cell, table.columns, row)) for row in table.rows]
    caption, label = rf"\caption{{{latex(table.caption)}}}", rf"\label{{{table.label}}}"
    notes = " ".join(map(latex, table.notes))
    start = "{" + "".join(forms) + "}"
    if len(body) > PAGE:
        wide = rf"\multicolumn{{{len(forms)}}}{{p{{0.95\linewidth}}}}{{\footnotesize {notes}}} \\"
        lines = [
            rf"\begin{{longtable}}{start}",
            rf"{caption}{label} \\",
            r"\toprule",
            head,
            r"\midrule",
            r"\endhead",
        ]
        return "\n".join([*lines, *body, r"\bottomrule", *[wide] * bool(notes), r"\end{longtable}"])
    lines = [r"\begin{table}", r"  \centering", f"  {caption}", f"  {label}", rf"  \begin{{tabular}}{start}"]
    lines += [f"    {line}" for line in [r"\toprule", head, r"\midrule", *body, r"\bottomrule"]]
    lines += [r"  \end{tabular}", *[rf"  \par\smallskip{{\footnotesize {notes}\par}}"] * bool(notes)]
    return "\n".join([*lines, r"\end{table}"])


def _form(column: Column, cells: Sequence[str]) -> str:
    """``l``, or a column of siunitx with room for the longest sign, digits, error and exponent."""
    if not column.is_numeric:
        return "l"
    found = [match for cell in cells if (match := _NUMBER.fullmatch(cell))]
    if not found:
        return "c"
    parts = [[match[group] or "" for match in found] for group in range(1, 7)]
    sign, whole, decimals, error, exponent_sign, exponent = (max(part, key=len) for part in parts)
    form = f"{sign}{len(whole)}" + f".{len(decimals)}" * bool(decimals) + f"({len(error)})" * bool(error)
    form += f"e{exponent_sign}{len(exponent)}" * bool(exponent)
    return f"S[table-format={form}]"


def _latex_cell(column: Column, cell: str) -> str:
    """A number as siunitx reads it; anything else as text, in braces where numbers are expected."""
    if not column.is_numeric:
        return latex(cell)
    return cell if _NUMBER.fullmatch(cell) else "{" + latex(readable(cell)) + "}"


def as_markdown(tables: Sequence[StatementTable]) -> str:
    """Pipe tables with their captions above and notes below."""
    parts = []
    for table in tables:
        parts.append(f"**{markdown_escape(table.caption)}**")
        parts.append(grid([column.header for column in table.columns], _shown(table)))
        parts += [markdown_escape(note) for note in table.notes]
    return "\n\n".join(parts) + "\n"


def as_html(tables: Sequence[StatementTable]) -> str:
    """Tables with caption, head and foot, to be put into a page; the columns of numbers have the class ``number``."""
    return "\n".join(map(_html, tables)) + "\n"


def _html(table: StatementTable) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        kinds = [' class="number"' if column.is_numeric else "" for column in table.columns]
        inside = [
            f"<{tag}{kind}>{html.escape(visible(cell))}</{tag}>"
            for kind, cell in zip(kinds, cells, strict=True)
        ]
        return f"<tr>{''.join(inside)}</tr>"

    head = line("th", [column.header for column in table.columns])
    body = [line("td", row) for row in _shown(table)]
    lines = [
        f'<table id="{html.escape(table.label)}">',
        f"<caption>{html.escape(visible(table.caption))}</caption>",
    ]
    lines += [f"<thead>{head}</thead>", "<tbody>", *body, "</tbody>"]
    if table.notes:
        notes = "<br>".join(html.escape(visible(note)) for note in table.notes)
        lines.append(f'<tfoot><tr><td colspan="{len(table.columns)}">{notes}</td></tr></tfoot>')
    return "\n".join([*lines, "</table>"])


def _shown(table: StatementTable) -> list[list[str]]:
    numeric = [column.is_numeric for column in table.columns]
    return [[readable(c) if n else c for n, c in zip(numeric, row, strict=True)] for row in table.rows]


def as_csv(tables: Sequence[StatementTable]) -> str:
    """One line for each row, with its study and experiment; columns that a table lacks are empty.

    Numbers are rounded as in the other formats: `simsuff run` writes them in full to ``tables/``.
    """
    headers = dict.fromkeys(column.header for table in tables for column in table.columns)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["study", "experiment", *headers], restval="", lineterminator="\n")
    writer.writeheader()
    for table in tables:
        for row in table.rows:
            line = {"study": table.study, "experiment": table.experiment}
            for column, cell in zip(table.columns, row, strict=True):
                # A spreadsheet would execute such a text as a formula.
                is_formula = not column.is_numeric and cell.startswith(("=", "+", "-", "@"))
                line[column.header] = "'" * is_formula + cell
            writer.writerow(line)
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Sequence[StatementTable]], str]] = {
    "latex": as_latex,
    "markdown": as_markdown,
    "csv": as_csv,
    "html": as_html,
}
