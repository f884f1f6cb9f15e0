"""Results in notebooks: what `_repr_html_` and `_repr_latex_` hand to Jupyter, and DataFrames of pandas.

All text is escaped, nothing is executed or fetched, and colours are those of the page, light or dark.
"""

import importlib
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from simsuff.numerics.numbers import Bounded, Estimate, value_of

# Entries of a vector, and rows and columns of a matrix, that are spelled out.
MOST = 8
_TEX = {"<=": r"\le", ">=": r"\ge", "==": "=", "->": r"\to", "vs": r"\ \text{vs}\ "}


class Html(str):
    """Text that is markup already; any other text is escaped."""

    __slots__ = ()


def text_of(value: Any) -> str:
    """A value in a few letters: floats with six digits and their error, long arrays by their beginning.

    Examples
    --------
    >>> text_of(Estimate(1.0, 0.25, 16)), text_of(np.array([0.5, 1 / 3])), text_of(np.ones((9, 9)))
    ('1 ± 0.25 (n = 16)', '(0.5, 0.333333)', 'array of shape (9, 9)')
    """
    if isinstance(value, Estimate):
        return f"{value:.6g} (n = {value.n})"
    if isinstance(value, Bounded):
        return f"{value.value + 0.0:.6g}" + (f" (error ≤ {value.error:.2g})" if value.error else "")
    if isinstance(value, float | np.floating):
        return f"{value + 0.0:.6g}"  # the sum turns -0 into 0
    if isinstance(value, np.ndarray) and value.ndim == 1:
        more = f", … ({value.size} entries)" if value.size > MOST else ""
        return f"({', '.join(map(text_of, value[:MOST]))}{more})"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array of shape {value.shape}"
    return "" if value is None else str(value)


def table(rows: Iterable[Sequence[Any]], header: Sequence[str] = (), caption: str = "") -> Html:
    """An HTML table; without a header the first cell of a row is its heading.

    Examples
    --------
    >>> "&lt;b&gt;" in table([["<b>", 1.5]]), table([]).count("<tr>")
    (True, 0)
    """
    parts = ['<table style="text-align: left">']
    parts += [f'<caption style="text-align: left">{escape(caption)}</caption>'] if caption else []
    parts += ["<thead>", _row(header, "col", len(header)), "</thead>"] if header else []
    parts += ["<tbody>", *(_row(row, "row", 0 if header else 1) for row in rows), "</tbody></table>"]
    return Html("\n".join(parts))


def _row(cells: Sequence[Any], scope: str, headings: int) -> str:
    tags = [f'th scope="{scope}"'] * headings + ["td"] * (len(cells) - headings)
    parts = [
        f'<{tag} style="text-align: left">{_cell(cell)}</{tag[:2]}>'
        for tag, cell in zip(tags, cells, strict=True)
    ]
    return f"<tr>{''.join(parts)}</tr>"


def _cell(value: Any) -> str:
    """A value as markup; a small matrix becomes a table of its own."""
    if isinstance(value, Html):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 2 and max(value.shape) <= MOST:
        rows = "".join(f"<tr>{''.join(f'<td>{text_of(x)}</td>' for x in row)}</tr>" for row in value)
        return f"<table><tbody>{rows}</tbody></table>"
    return escape(text_of(value))


def card(title: str, facts: Mapping[str, Any]) -> Html:
    """One fact for each line, those that are None left out."""
    return table([item for item in facts.items() if item[1] is not None], caption=title)


def code(text: str) -> Html:
    """Text as it stands, in lines."""
    return Html(f'<pre style="margin: 0">{escape(text)}</pre>')


def curve(values: Sequence[float] | np.ndarray[Any, Any]) -> Html:
    """The finite values in turn as a line in the colour of the text, without axes; 200 points at most."""
    y = np.asarray(values, dtype=np.float64)
    y = y[np.isfinite(y)]
    y = y[:: max(1, math.ceil(y.size / 200))]
    if y.size < 2:
        return Html("")
    span = float(y.max() - y.min()) or 1.0
    x = np.linspace(0, 160, y.size)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, 30 - 28 * (y - y.min()) / span, strict=True))
    label = f"{y.size} values from {y[0]:.4g} to {y[-1]:.4g}"
    return Html(
        f'<svg role="img" aria-label="{label}" width="160" height="32" viewBox="0 0 160 32">'
        f'<polyline points="{points}" fill="none" stroke="currentColor"/></svg>'
    )


class Shown:
    """Base of classes whose `_facts` are shown in a notebook, under the name of the class."""

    def _facts(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return card(type(self).__name__, self._facts())


def comparison_html(comparison: Any) -> Html:
    """A `Comparison` as one line, its reason below where there is one."""
    setting = ", ".join(f"{name}={text_of(value)}" for name, value in comparison.setting.items())
    sides = [comparison.lhs, comparison.relation, comparison.rhs]
    row = [comparison.statement, setting, *sides, float(comparison.slack), comparison.verdict]
    header = ["statement", "setting", "lhs", "", "rhs", "slack", "verdict"]
    return table([row], header, comparison.reason)


def comparison_latex(comparison: Any) -> str:
    r"""A `Comparison` as mathematics: ``$1 \le 2 \quad \text{(holds)}$``."""
    left, right = (number_latex(side) for side in (comparison.lhs, comparison.rhs))
    return rf"${left} {_TEX[str(comparison.relation)]} {right} \quad \text{{({comparison.verdict})}}$"


def comparisons_html(comparisons: Any) -> Html:
    """`Comparisons` by the counts of their verdicts, and the first of them."""
    verdicts = np.ma.filled(comparisons.verdicts.astype(object), "not defined")
    words, counts = np.unique(verdicts.astype(str), return_counts=True)
    found = ", ".join(f"{count} {word}" for word, count in zip(words, counts, strict=True))
    rows = [
        [i, comparisons.lhs.value[i], comparisons.relation, comparisons.rhs.value[i], verdicts[i]]
        for i in range(min(len(comparisons), MOST))
    ]
    name = f"{comparisons.statement}: " if comparisons.statement else ""
    shown = f"; the first {MOST}" if len(comparisons) > MOST else ""
    header = ["", "lhs", "", "rhs", "verdict"]
    return table(rows, header, f"{name}{len(comparisons)} comparisons, {found}{shown}")


def number_latex(value: Any) -> str:
    r"""A number with six digits as mathematics: ``1.5 \times 10^{-7}``, an estimate with its standard error.

    Examples
    --------
    >>> print(number_latex(1.5e-7), number_latex(-math.inf), number_latex(Estimate(1.0, 0.25, 16)))
    1.5 \times 10^{-7} -\infty 1 \pm 0.25
    """
    if isinstance(value, Estimate):
        return rf"{number_latex(value.value)} \pm {number_latex(value.stderr)}"
    number = value_of(value) + 0.0
    if math.isinf(number):
        return r"\infty" if number > 0 else r"-\infty"
    mantissa, letter, exponent = f"{number:.6g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if letter else mantissa


def frame(columns: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    """A pandas DataFrame of columns, or of records; floats keep their bits."""
    return optional("pandas", "to_frame").DataFrame(columns)


def optional(module: str, use: str) -> Any:
    """A module that only `use` needs.

    Raises
    ------
    ImportError : where it is not installed, with the way to get it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{use} needs {module}, which is not installed: pip install 'simsuff[frame]'"
        ) from error


def comparisons_frame(comparisons: Any) -> Any:
    """`Comparisons` as a DataFrame, one row for each; sides that are not defined are NaN, their verdict is empty."""
    verdicts = np.ma.filled(comparisons.verdicts.astype(object), "")
    left, right, size = comparisons.lhs, comparisons.rhs, len(comparisons)
    columns = {
        "statement": [comparisons.statement] * size,
        "lhs": left.value,
        "lhs_error": left.error,
        "relation": [str(comparisons.relation)] * size,
        "rhs": right.value,
        "rhs_error": right.error,
        "slack": comparisons.slack,
        "verdict": verdicts,
    }
    return frame(columns)
