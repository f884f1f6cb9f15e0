"""Tables in LaTeX with booktabs, and text as LaTeX prints it."""

import re
import unicodedata
from collections.abc import Sequence

from simsuff.reporting.row import HEADER, visible
from simsuff.reporting.table import Table
from simsuff.reporting.typeset import rewrite

# More rows than a page holds need a table that breaks.
PAGE = 40
COLUMNS = "llrrlrrl"

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "→": r"$\to$",
    "±": r"$\pm$",
    "−": "$-$",
    "∞": r"$\infty$",
    "⋆": r"$\star$",
    "√": r"$\surd$",
    "·": r"$\cdot$",
    "∼": r"$\sim$",
    "×": r"$\times$",
    "…": r"\dots{}",
    "⟨": r"$\langle$",
    "⟩": r"$\rangle$",
    "‖": r"$\Vert$",
    "∥": r"$\Vert$",
    "∫": r"$\int$",
    "∑": r"$\sum$",
    "≈": r"$\approx$",
    "≠": r"$\ne$",
    "∈": r"$\in$",
    "–": "--",
    "—": "---",
} | {letter: "\\" + letter for letter in "&%$#_{}"}

# Greek letters by the names that TeX shares with Unicode, except for the small lambda.
_LETTERS = {
    letter: name.capitalize() if letter.isupper() else name.lower()
    for letter in "αβγδεζηθικλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ"
    if (name := unicodedata.name(letter).rpartition(" ")[2].replace("LAMDA", "LAMBDA"))
}


def latex_table(table: Table) -> str:
    """A tabular, or a longtable where the rows need more than a page."""
    body = [_heading(HEADER), r"\midrule"]
    for number, group in enumerate(table.groups):
        if number:
            body.append(r"\addlinespace")
        caption = f"{group.name}: {group.description}" if group.description else group.name
        body.append(_wide(caption, r"\itshape"))
        body += [_line(row) for row in group.rows]
    environment = "longtable" if len(body) > PAGE else "tabular"
    notes = [_wide(f"Note {n}: {note}", r"\footnotesize") for n, note in enumerate(table.notes, start=1)]
    packages = r"% needs \usepackage{booktabs,longtable} and \usepackage[T1]{fontenc}"
    start, end = rf"\begin{{{environment}}}{{{COLUMNS}}}", rf"\end{{{environment}}}"
    title = f"% {visible(table.title)}"
    lines = [packages, title, start, r"\toprule", *body, r"\bottomrule", *notes, end]
    return "\n".join(lines) + "\n"


def _wide(text: str, font: str) -> str:
    """A paragraph across the table."""
    return rf"\multicolumn{{{len(HEADER)}}}{{p{{0.95\linewidth}}}}{{{font} {escape(text)}}} \\"


def _heading(header: Sequence[str]) -> str:
    return _line([name[0].upper() + name[1:] for name in header])


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def escape(text: str) -> str:
    """Text that LaTeX prints as it stands; variables, indices, Greek letters and relations become mathematics."""
    return rewrite(visible(text), _letter, _mathematics)


def _letter(letter: str) -> str:
    """A letter by itself; one that LaTeX cannot print is named by its number."""
    if letter in _LETTERS:
        return rf"$\{_LETTERS[letter]}$"
    is_latin = letter < "ƀ" and unicodedata.normalize("NFD", letter)[0].isascii()
    return _ESCAPES.get(letter, letter if is_latin or letter in "ßæøœÆØŒłŁ" else f"[U+{ord(letter):04X}]")


def _mathematics(tex: str) -> str:
    named = re.sub(f"([{''.join(_LETTERS)}])(?=([A-Za-z]?))", _named, tex)
    return f"${named}$"


def _named(match: re.Match[str]) -> str:
    """The name of a Greek letter, and a blank where a letter follows."""
    return rf"\{_LETTERS[match[1]]}" + " " * bool(match[2])
