"""Tables in LaTeX with booktabs, and letters that fonts lack (script capitals, hats, superscripts) as TeX."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence

from simsuff.reporting.row import HEADER, visible
from simsuff.reporting.table import Table

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
    "–": "--",
    "—": "---",
} | {letter: "\\" + letter for letter in "&%$#_{}"}

HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"
_KINDS = {"<sub>": "_{%s}", "<super>": "^{%s}", "<font>": r"\mathcal{%s}"}

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
    """Text that LaTeX prints as it stands; Greek letters, relations and composed letters become mathematics."""
    return rewrite(visible(text), _letter, lambda tex: f"${''.join(map(_named, tex))}$")


def _named(letter: str) -> str:
    return rf"\{_LETTERS[letter]}" if letter in _LETTERS else letter


def _letter(letter: str) -> str:
    return f"${_named(letter)}$" if letter in _LETTERS else _ESCAPES.get(letter, letter)


def rewrite(text: str, letter: Callable[[str], str], mathematics: Callable[[str], str]) -> str:
    """`text` with composed letters as TeX mathematics and every other one by `letter`.

    Runs of composed letters (log⁻¹, I₁₂) become one piece; `mathematics` puts it into its dollars. Unicode itself says
    what they are made of (a compatibility decomposition), so no list of letters is needed.
    """
    pieces = []
    for run in re.findall(rf".{HAT}|[^\x00-\x7f]|[\x00-\x7f]", text):
        composed = decompose(run)
        pieces.append((composed is not None, letter(run) if composed is None else composed))
    joined = ""
    for is_composed, group in itertools.groupby(pieces, key=lambda piece: piece[0]):
        run = "".join(piece for _, piece in group)
        # Neighbouring exponents (or indices) become one: TeX refuses a double superscript.
        merged = re.sub(r"([\^_])\{[^{}]*\}(?:\1\{[^{}]*\})+", _merge, run) if is_composed else run
        joined += mathematics(merged) if is_composed else merged
    return joined


def _merge(match: re.Match[str]) -> str:
    return match[1] + "{" + "".join(re.findall(r"\{([^{}]*)\}", match[0])) + "}"


def decompose(letter: str) -> str | None:
    """The TeX of a composed letter; None for the others."""
    if len(letter) == 2:
        return rf"\hat{{{letter[0]}}}"
    kind, _, codes = unicodedata.decomposition(letter).partition(" ")
    parts = [chr(int(code, 16)) for code in codes.split()]
    if kind == "<fraction>":
        return rf"\frac{{{parts[0]}}}{{{''.join(parts[2:])}}}"
    if kind not in _KINDS:
        return None
    return _KINDS[kind] % "".join("-" if part == "\N{MINUS SIGN}" else part for part in parts)
