"""Mathematics in plain text (𝓔_∞, χ², z^{2N}, θ̂) as TeX: in LaTeX (`latex`), and in labels of figures (`lettered`).

What counts: single letters, their indices and exponents, and letters that Unicode composes of others. A name such as
``log_link`` is none, so the names of parameters stay what they are.
"""

import functools
import itertools
import re
import textwrap
import unicodedata
from collections.abc import Callable

from simsuff.reporting.row import visible

ACCENTS = {
    "\N{COMBINING CIRCUMFLEX ACCENT}": r"\hat",
    "\N{COMBINING TILDE}": r"\tilde",
    "\N{COMBINING MACRON}": r"\bar",
    "\N{COMBINING OVERLINE}": r"\bar",
}
# What may follow the letter that it stands on, in regular expressions.
HAT = f"[{''.join(ACCENTS)}]"
_KINDS = {"<sub>": "_{%s}", "<super>": "^{%s}", "<font>": r"\mathcal{%s}"}
# The blank ends the name where a letter follows.
_SYMBOLS = {"∞": r"\infty ", "⋆": r"\star ", "ℓ": r"\ell "}

# Variables are Latin, Greek, or of the mathematical alphabets; words have accents, too.
_BASE = "A-Za-z\u0391-\u03c9\U0001d400-\U0001d7ff"
_LETTER = _BASE + "À-ÖØ-öø-ɏ"
_INSIDE = rf"[{_LETTER}{HAT[1:-1]}0-9∞⋆,+*=/ \u2070-\u209c²³¹−-]+"
_MARK = rf"[_^]\{{{_INSIDE}\}}|[_^](?:∞|⋆|\d*[{_LETTER}]{HAT}?|\d+)(?![{_LETTER}_])|⋆"
_MARKED = rf"(?<![{_LETTER}_])(?:[{_BASE}]{HAT}?|\d+(?=\^))(?:{_MARK})+|[A-Za-z]{{2,}}_\{{{_INSIDE}\}}"
# "a" is a word far more often than a variable, J2 and E5-i are statements, and e.g. is an abbreviation.
_VARIABLE = rf"(?<![{_LETTER}_'’.])(?<!\w-)(?![aA](?![²³]))[{_BASE}](?![{_LETTER}0-9_'’{HAT[1:-1]}]|\.[a-z])"
_RUN = re.compile(
    rf"(?P<marked>{_MARKED})|(?P<variable>{_VARIABLE})|.{HAT}|[^\x00-\x7f]|[\x00-\x7f]", re.DOTALL
)

# A label that goes on for longer is cut.
MOST_LINES = 3
# Names of divergences and losses as papers write them.
NAMES = {
    "kl": "KL",
    "reverse_kl": "reverse KL",
    "chi2": "χ²",
    "js": "JS",
    "le_cam": "Le Cam",
    "squared_hellinger": "squared Hellinger",
    "infonce": "InfoNCE",
}

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
_GREEK = {
    letter: name.capitalize() if letter.isupper() else name.lower()
    for letter in "αβγδεζηθικλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ"
    if (name := unicodedata.name(letter).rpartition(" ")[2].replace("LAMDA", "LAMBDA"))
}


def rewrite(text: str, letter: Callable[[str], str], mathematics: Callable[[str], str]) -> str:
    """`text` with its mathematics as TeX and every other letter by `letter`.

    Neighbours (log⁻¹, I₁₂, B_S²) become one piece; `mathematics` puts it into its dollars. Greek letters stay as they
    are.

    Examples
    --------
    >>> rewrite("n × 𝓔_∞ ≤ 3 B_S² for log_link", str, lambda tex: f"${tex}$")
    '$n$ × $\\\\mathcal{E}_{\\\\infty }$ ≤ 3 $B_{S}^{2}$ for log_link'
    """
    pieces: list[tuple[bool, str]] = []
    for found in _RUN.finditer(text):
        run = found[0]
        is_script = found["marked"] is None and found["variable"] is None
        tex = decompose(run) if is_script else _marked(run)
        pieces.append((tex is not None, letter(run) if tex is None else tex))
    joined = ""
    for is_tex, group in itertools.groupby(pieces, key=lambda piece: piece[0]):
        run = "".join(piece for _, piece in group)
        # Neighbouring exponents (or indices) become one: TeX refuses a double superscript.
        joined += mathematics(re.sub(r"([\^_])\{[^{}]*\}(?:\1\{[^{}]*\})+", _merge, run)) if is_tex else run
    return joined


def _marked(run: str) -> str:
    """The TeX of a variable, or of a letter with indices and exponents."""
    base, marks = re.fullmatch(rf"([A-Za-z]{{2,}}|\d+|.{HAT}?)(.*)", run, re.DOTALL).groups()  # type: ignore[union-attr]
    is_word = len(base) > 1 and base.isascii() and base.isalpha()
    tex = rf"\mathrm{{{base}}}" if is_word else (not base.isdigit() and decompose(base)) or base
    for sign, inside in re.findall(rf"([_^⋆])(\{{[^{{}}]*\}}|∞|⋆|\d*[{_LETTER}]{HAT}?|\d+|)", marks):
        parts = re.findall(rf".{HAT}?", inside.strip("{}").replace("−", "-"))
        content = "".join(decompose(part) or _SYMBOLS.get(part, part) for part in parts)
        tex += r"^{\star}" if sign == "⋆" else f"{sign}{{{content}}}"
    return tex


def _merge(match: re.Match[str]) -> str:
    return match[1] + "{" + "".join(re.findall(r"\{([^{}]*)\}", match[0])) + "}"


def decompose(letter: str) -> str | None:
    """The TeX of a letter that Unicode composes of others; None for the rest."""
    if letter in _SYMBOLS and letter.isalpha():
        return _SYMBOLS[letter]
    if len(letter) == 2:
        return f"{ACCENTS[letter[1]]}{{{letter[0]}}}"
    kind, _, codes = unicodedata.decomposition(letter).partition(" ")
    parts = [chr(int(code, 16)) for code in codes.split()]
    if kind == "<fraction>":
        return rf"\frac{{{parts[0]}}}{{{''.join(parts[2:])}}}"
    if kind not in _KINDS:
        return None
    return _KINDS[kind] % "".join("-" if part == "\N{MINUS SIGN}" else part for part in parts)


def latex(text: str) -> str:
    """Text that LaTeX prints as it stands; variables, indices, Greek letters and relations become mathematics."""
    return rewrite(visible(text), _latex_letter, _latex_mathematics)


def _latex_letter(letter: str) -> str:
    """A letter by itself; one that LaTeX cannot print is named by its number."""
    if letter in _GREEK:
        return rf"$\{_GREEK[letter]}$"
    is_latin = letter < "ƀ" and unicodedata.normalize("NFD", letter)[0].isascii()
    return _ESCAPES.get(letter, letter if is_latin or letter in "ßæøœÆØŒłŁ" else f"[U+{ord(letter):04X}]")


def _latex_mathematics(tex: str) -> str:
    """TeX in dollars, Greek letters by their names, with a blank where a letter follows."""

    def name(match: re.Match[str]) -> str:
        return rf"\{_GREEK[match[1]]}" + " " * bool(match[2])

    greek = "".join(_GREEK)
    return "$" + re.sub(rf"([{greek}])(?=([A-Za-z]?))", name, tex) + "$"


def lettered(text: str, letters: int = 1_000, lines: int = MOST_LINES) -> str:
    """Text for Matplotlib in lines of about `letters` letters; text with dollars is the author's own TeX.

    What Matplotlib cannot set stands there as it was written.

    Examples
    --------
    >>> lettered("excess 𝓔_K (nats)")
    'excess $\\\\mathcal{E}_{K}$ (nats)'
    >>> lettered("costs $5"), lettered("an $\\\\unknown{x}$")
    ('costs \\\\$5', 'an \\\\$\\\\unknown{x}\\\\$')
    """
    text = visible(text, kept="\n")
    own = "$" in text
    # A blank inside mathematics is no place to break a line.
    kept = re.sub(r"\$[^$]*\$", lambda found: found[0].replace(" ", "\0"), text) if own else text
    wrapped = textwrap.wrap(kept, max(letters, 8), max_lines=lines, placeholder=" …")
    text = "\n".join(wrapped).replace("\0", " ")
    tex = text if own else rewrite(text, str, lambda tex: f"${tex}$")
    return tex if is_settable(tex) else text.replace("$", r"\$")


def named(text: str) -> str:
    """A name of the code in words.

    Examples
    --------
    >>> named("contrastive chi2"), named("total_variation")
    ('contrastive χ²', 'total variation')
    """
    return " ".join(NAMES.get(word, word.replace("_", " ")) for word in text.split(" "))


@functools.cache
def is_settable(text: str) -> bool:
    """Whether Matplotlib can set the text, its mathematics included."""
    from matplotlib.mathtext import MathTextParser

    for line in text.split("\n"):
        dollars = len(re.findall(r"(?<!\\)\$", line))
        if dollars % 2:
            return False
        try:
            if dollars:
                MathTextParser("path").parse(line)
        except (ValueError, RuntimeError, RecursionError):
            return False
    return True
