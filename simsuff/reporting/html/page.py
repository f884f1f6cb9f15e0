"""Pages of HTML that need no other file: one frame, stylesheet and script, and Jinja, which escapes what is filled in.

Formulas of docstrings, written in letters of Unicode, are set without any font or network.
"""

import base64
import functools
import hashlib
import re
import unicodedata
from importlib import resources
from typing import Any

from simsuff.reporting.row import visible

# What is set upright and can follow the letter a without making it an article.
FUNCTIONS = {"log", "exp", "min", "max", "sup", "inf", "det", "diag", "if", "with", "and", "or", "is", "for"}

# Letters that Unicode raises or lowers (the 1 of z₁, the 2 of χ²) and fractions belong to no word.
_LETTER = r"[^\W\d_\u00b2\u00b3\u00b9\u00bc-\u00be\u1d2c-\u1d6a\u2070-\u209f\u2150-\u215f\u2c7c]"
_WORD = re.compile(rf"(?:{_LETTER}[\u0300-\u036f]*)+(?:'{_LETTER}+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CODE = re.compile(r"`([^`]+)`")
# References to statements (C3-kl), the signs of sums and products, and names of the library stand upright.
_UPRIGHT = re.compile(r"[A-Z]\d+(?:-[a-z]\w*)?\b|[ΣΠ]|[a-z]+\.[a-z_]+\b")
_SIDES = {"(": ")", "{": "}", "[": "]"}


def render(template: str, **context: Any) -> str:
    """A template of this folder, filled in; unprintable letters become escapes.

    Raises
    ------
    ImportError : where Jinja is not installed.

    Examples
    --------
    >>> page = render("message.html", title="<b>1 < 2</b>", text="said")
    >>> "<h1>&lt;b&gt;1 &lt; 2&lt;/b&gt;</h1>" in page
    True
    """
    return str(_environment().get_template(template).render(context))


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    script = resources.files(__package__).joinpath("templates", "page.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("simsuff.reporting.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    # The browser runs this script and no other, and may ask nobody for anything.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": script, "script_digest": digest}
    environment.filters |= {"typeset": typeset, "paragraphs": paragraphs}
    return environment


def _shown(value: Any) -> Any:
    """Text without letters that nothing can print; markup is as it was made."""
    return visible(value, kept="\n") if type(value) is str else value


def paragraphs(text: str) -> list[Any]:
    """The paragraphs of a text, each typeset."""
    return [typeset(" ".join(part.split())) for part in re.split(r"\n\s*\n", text) if part.strip()]


def typeset(text: str) -> Any:
    """Safe HTML: variables slanted, X_K and X^{K+1} with indices and exponents, roots with their bar, `names` as code.

    Examples
    --------
    >>> str(typeset("I_K ≤ √(r/2), 1 < K"))
    '<i>I</i><sub><i>K</i></sub> ≤ √<span class="root"><i>r</i>/2</span>, 1 &lt; <i>K</i>'
    """
    from markupsafe import Markup

    return Markup(_set(text))


def _set(text: str) -> str:
    from markupsafe import escape

    parts, at = [], 0
    while at < len(text):
        found, end = _piece(text, at)
        parts.append(found if found else str(escape(text[at:end])))
        at = end
    return "".join(parts)


def _piece(text: str, at: int) -> tuple[str, int]:
    """The markup of what begins at `at`, and where it ends; no markup for what is to be shown as it stands."""
    letter = text[at]
    if code := _CODE.match(text, at):
        from markupsafe import escape

        return f"<code>{escape(code[1])}</code>", code.end()
    if letter in "_^" and at + 1 < len(text):
        tag = "sub" if letter == "_" else "sup"
        if text[at + 1] in "{(":
            end = _closing(text, at + 1)
            return f"<{tag}>{_set(_bare(text[at + 1 : end]))}</{tag}>", end
        word = _WORD.match(text, at + 1) or _NUMBER.match(text, at + 1)
        end = word.end() if word else at + 2
        return f"<{tag}>{_set(text[at + 1 : end])}</{tag}>", end
    if (kind := _script(letter)) is not None:
        end = at
        while end < len(text) and _script(text[end]) == kind:
            end += 1
        plain = unicodedata.normalize("NFKD", text[at:end])
        return f"<{kind}>{_set(plain)}</{kind}>", end
    if letter == "√":
        end = _operand(text, at + 1)
        inner = text[at + 1 : end]
        bare = _bare(inner) if inner.startswith("(") else inner
        return f'√<span class="root">{_set(bare)}</span>' if inner else "", end
    if letter == "'":
        return "′", at + 1
    if upright := _UPRIGHT.match(text, at):
        return "", upright.end()
    if word := _WORD.match(text, at):
        return f"<i>{word[0]}</i>" if _is_variable(text, *word.span()) else "", word.end()
    return "", at + 1


def _script(letter: str) -> str | None:
    """``sup`` or ``sub`` for a letter that Unicode raises or lowers."""
    return {"<super>": "sup", "<sub>": "sub"}.get(unicodedata.decomposition(letter).partition(" ")[0])


def _closing(text: str, at: int) -> int:
    """Where the bracket that opens at `at` has been closed; the end of the text where it never is."""
    depth, pair = 0, (text[at], _SIDES[text[at]])
    for place in range(at, len(text)):
        depth += (text[place] == pair[0]) - (text[place] == pair[1])
        if depth == 0:
            return place + 1
    return len(text)


def _bare(text: str) -> str:
    """Without the brackets around it, of which the second may be missing."""
    return text[1:-1] if text.endswith(_SIDES[text[0]]) else text[1:]


def _operand(text: str, at: int) -> int:
    """Where that ends of which a root is taken: a bracket, a number, or a name with its indices and argument."""
    if at < len(text) and text[at] == "(":
        return _closing(text, at)
    if number := _NUMBER.match(text, at):
        return number.end()
    end = at
    if word := _WORD.match(text, at):
        end = word.end()
        while end < len(text) and (text[end] in "_^(" or _script(text[end])):
            end = _closing(text, end) if text[end] == "(" else _piece(text, end)[1]
    return end


def _is_variable(text: str, start: int, end: int) -> bool:
    """Whether a word is a variable or a product of some: one letter, no article, or letters as in 2nt, kα and Wz₁."""
    letters = [c for c in unicodedata.normalize("NFKD", text[start:end]) if not unicodedata.combining(c)]
    if len(letters) > 1:
        is_product = text[start - 1 : start].isdecimal() or any(letter in "αβκλ" for letter in letters)
        raised = end < len(text) and _script(text[end]) is not None and not text[start:end].isupper()
        return is_product or (len(letters) == 2 and raised)
    word = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
    is_article = letters[0] in "aA" and word and len(word[0]) > 1 and word[0] not in FUNCTIONS
    return not is_article
