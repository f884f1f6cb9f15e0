"""How are letters written that fonts lack: script capitals, hats, super- and subscripts, fractions?

Unicode itself says what they are made of (a compatibility decomposition), so no list of letters is needed.
"""

import re
import unicodedata
from collections.abc import Callable

HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"
_KINDS = {"<sub>": "_{%s}", "<super>": "^{%s}", "<font>": r"\mathcal{%s}"}


def rewrite(text: str, letter: Callable[[str], str], mathematics: Callable[[str], str]) -> str:
    """`text` with composed letters as TeX mathematics and every other one by `letter`.

    Runs of composed letters (log⁻¹, I₁₂) become one piece; `mathematics` puts it into its dollars.
    """
    pieces = []
    for run in re.findall(rf".{HAT}|[^\x00-\x7f]|[\x00-\x7f]", text):
        composed = decompose(run)
        pieces.append((composed is not None, letter(run) if composed is None else composed))
    joined = ""
    while pieces:
        is_composed = pieces[0][0]
        length = next((i for i, (flag, _) in enumerate(pieces) if flag != is_composed), len(pieces))
        run = "".join(piece for _, piece in pieces[:length])
        joined += mathematics(_merged(run)) if is_composed else run
        del pieces[:length]
    return joined


def _merged(tex: str) -> str:
    """Neighbouring exponents (or indices) as one: TeX refuses a double superscript."""
    return re.sub(r"([\^_])\{([^{}]*)\}(?:\1\{([^{}]*)\})+", _merge, tex)


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
