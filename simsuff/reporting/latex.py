"""How does a table look in LaTeX? With booktabs, ready for ``\\input``."""

from collections.abc import Sequence

from simsuff.reporting.glyphs import rewrite
from simsuff.reporting.row import HEADER
from simsuff.reporting.table import Table

# More rows than a page holds need a table that breaks.
PAGE = 40
COLUMNS = "llrrlrl"

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

_LETTERS = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta"}
_LETTERS |= {
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
}
_LETTERS |= {"ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega"}
_LETTERS |= {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma"}
_LETTERS |= {"Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"}


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
    title = f"% {table.title}"
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
    return rewrite(text.replace("\n", " "), _letter, _mathematics)


def _mathematics(tex: str) -> str:
    """Composed letters in dollars, with the Greek ones among them by name."""
    return f"${''.join(_named(letter) for letter in tex)}$"


def _named(letter: str) -> str:
    return rf"\{_LETTERS[letter]}" if letter in _LETTERS else letter


def _letter(letter: str) -> str:
    return f"${_named(letter)}$" if letter in _LETTERS else _ESCAPES.get(letter, letter)
