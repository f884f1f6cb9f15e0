"""Text in figures: mathematics set by Matplotlib, lines of a stated width, and plain text where a label is no TeX."""

import functools
import re
import textwrap

from simsuff.reporting.row import visible
from simsuff.reporting.typeset import rewrite

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
