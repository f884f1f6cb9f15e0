"""Formulas as MathML, written when the site is built: pages need no script and fetch nothing."""

import re
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.errors import ExtensionError

# Chromium does not stretch a delimiter of a given size that carries an index, as in \big)^2; nothing beside it can.
SIZED = re.compile(r"(\\[bB]igg?[lr]?\s*(?:\\[a-zA-Z]+|\\?[^\\\s]))(?=[\^_])")
CONVERTER = LatexToMathML(annotation=True, fancy_error=False)


def mathml(latex: str, display: bool = False) -> str:
    """The formula as an element of HTML, with its LaTeX as an annotation that is not shown.

    Raises
    ------
    ExtensionError : for LaTeX that is not understood.
    """
    written = SIZED.sub(r"\1{}", latex)
    numbered = rf"\begin{{equation}}{written}\end{{equation}}" if r"\tag" in latex else written
    try:
        return CONVERTER.convert_with_local_state(numbered, displaystyle=display)
    except LatexError as error:
        raise ExtensionError(f"{error} in {latex}") from error


def _inline(self: Any, node: nodes.Node) -> None:
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display(self: Any, node: nodes.Node) -> None:
    self.body.append(f'<div class="math-display">{mathml(node.astext(), display=True)}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Make it the way in which Sphinx writes mathematics."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
