"""Pages of HTML that need no other file: one frame, stylesheet and script, and Jinja, which escapes what is filled in."""

import base64
import functools
import hashlib
from importlib import resources
from typing import Any

from simsuff.reporting.row import visible


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

    from simsuff.reporting.html.mathematics import paragraphs, typeset

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
