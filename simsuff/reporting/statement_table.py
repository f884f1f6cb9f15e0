"""Tables for papers: what a run says about a statement, one table for each experiment, one column for each parameter.

Numbers are rounded to their error, 1.234(5), or to a fixed count of digits.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from difflib import get_close_matches

from simsuff.numerics.numbers import Bounded, Estimate, error_of, value_of
from simsuff.numerics.validation import refuse
from simsuff.reporting.row import SYMBOLS, Row, draws, rows_of, tightness
from simsuff.reporting.series import is_number
from simsuff.studies.collect import StudyResult
from simsuff.studies.grid import canonical, value_text
from simsuff.studies.plan import ExperimentPlan
from simsuff.verdicts.comparison import LEVEL
from simsuff.verdicts.rules import Number, stderr_of

# Significant digits of a number that has no error worth printing.
DIGITS = 4
# Outside this range a power of ten is shorter than zeros.
SMALLEST, LARGEST = 1e-5, 1e6
# Below this share of the other side a number is rounding of that side.
NOTHING = 1e-13
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
THEORY = {"<=": "upper bound", ">=": "lower bound", "==": "theory", "->": "limit", "vs": "measured beside it"}


@dataclass(frozen=True)
class Column:
    """A column: how it is asked for, what stands above it, and whether numbers stand in it."""

    name: str
    header: str
    is_numeric: bool


@dataclass(frozen=True)
class StatementTable:
    """A table of text; numbers are in the notation of siunitx (`rounded_text`)."""

    study: str
    experiment: str
    caption: str
    label: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


# What a column beside the parameters shows: the numbers and words of a row.
SIDES: Mapping[str, Callable[[Row], str]] = {
    "statement": lambda row: row.comparison.statement,
    "relation": lambda row: SYMBOLS[str(row.comparison.relation)],
    "measured": lambda row: number_cell(row.comparison.lhs, value_of(row.comparison.rhs)),
    "theory": lambda row: number_cell(row.comparison.rhs, value_of(row.comparison.lhs)),
    "ratio": lambda row: "" if (share := tightness(row.comparison)) is None else rounded_text(share),
    "slack": lambda row: rounded_text(row.comparison.slack),
    "power": lambda row: "" if row.power is None else rounded_text(row.power),
    "sample_size": lambda row: str(draws(row.comparison) or ""),
    "replicates": lambda row: str(row.replicates),
    "verdict": lambda row: str(row.verdict),
}
WORDS = {"statement", "relation", "verdict"}
QUANTITIES = {"measured", "theory", "slack"}


def statement_tables(
    results: Sequence[StudyResult],
    statement: str,
    *,
    studies: Sequence[str] = (),
    columns: Sequence[str] = (),
    caption: str = "",
    label: str = "",
    unit: str = "",
    level: float = LEVEL,
) -> list[StatementTable]:
    """The tables of one statement, or of all that begin with its id and a hyphen where none has just that id.

    Parameters
    ----------
    studies : those to read; all of the run where none is named.
    columns : parameters of the grids and any of ``statement relation measured theory ratio slack sample_size
        replicates verdict``, in this order. By default: what varies, both sides, and the verdict; what does not vary
        is in the caption. ``ratio`` is the share of a bound that was measured.
    caption, label : in place of those made of the experiment; several tables get study and experiment behind the label.
    unit : of both sides, such as ``nats``; where none is given, that of the experiment's panel in the figure, if it
        shows the statement.
    level : family-wise error level of the verdicts.

    Raises
    ------
    ValueError : for a study, statement or column that the run does not have, with those that it has.

    Examples
    --------
    >>> from simsuff.studies.collect import PooledRow
    >>> from simsuff.studies.plan import StudyPlan
    >>> from simsuff.verdicts import Comparison
    >>> plan = StudyPlan("mine", "", "", "", "", [ExperimentPlan("f", "An example", "B4", [{}], 1, None)])
    >>> measured = Estimate(0.51234, 0.004, 9)
    >>> rows = [PooledRow("f", Comparison(measured, "<=", 2.0, "B4", {"K": K}), 9, 9) for K in (2, 4)]
    >>> (table,) = statement_tables([StudyResult(plan, rows, [])], "B4")
    >>> table.rows
    [['2', '0.512(4)', '2', 'holds'], ['4', '0.512(4)', '2', 'holds']]
    """
    names = [result.plan.name for result in results]
    chosen = [known("--study", name, names) for name in studies] or names
    judged = [row for rows in rows_of(results, level) for row in rows]
    everything = [row for row in judged if row.study in chosen]
    ids = list(dict.fromkeys(row.comparison.statement for row in everything if row.comparison.statement))
    family = [id for id in ids if id == statement] or [id for id in ids if id.startswith(f"{statement}-")]
    wanted = family or [known("--statement", statement, ids)]
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in everything:
        if row.comparison.statement in wanted:
            rows.setdefault((row.study, row.experiment), []).append(row)
    plans = [(result.plan.name, experiment) for result in results for experiment in result.plan.experiments]
    groups = [(study, e, rows[study, e.name]) for study, e in plans if (study, e.name) in rows]
    parameters = list(
        dict.fromkeys(name for *_, found in groups for row in found for name in row.comparison.setting)
    )
    asked = [known("--columns", name, [*parameters, *SIDES]) for name in columns]
    tables = []
    for study, experiment, found in groups:
        ending = f"-{study}-{experiment.name}" if len(groups) > 1 else ""
        tables.append(_table(study, experiment, found, asked, unit, caption, label and label + ending))
    return tables


def known(argument: str, name: str, names: Sequence[str]) -> str:
    """The name, if it is one of `names`.

    Raises
    ------
    ValueError : for any other, with those that are close.
    """
    if name in names:
        return name
    near = get_close_matches(name, names, 3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise refuse(argument, f"{argument} = {name}", "be in this run", f"{meant}it has {', '.join(names)}")


def _table(
    study: str,
    experiment: ExperimentPlan,
    rows: Sequence[Row],
    asked: Sequence[str],
    unit: str,
    caption: str,
    label: str,
) -> StatementTable:
    settings = [row.comparison.setting for row in rows]
    parameters = list(dict.fromkeys(name for setting in settings for name in setting))
    varying = [name for name in parameters if len({canonical(one.get(name)) for one in settings}) > 1]
    statements = list(dict.fromkeys(row.comparison.statement for row in rows))
    relations = list(dict.fromkeys(str(row.comparison.relation) for row in rows))
    default = ["statement"] * (len(statements) > 1) + varying
    default += ["measured", *["relation"] * (len(relations) > 1), "theory", "verdict"]
    names = list(asked or default)
    unit = unit or _unit(experiment, rows)
    columns = []
    for name in names:
        header, is_numeric = name, name not in WORDS
        if name in parameters:
            is_numeric = all(is_number(setting.get(name, 0)) for setting in settings)
        else:
            header = THEORY[relations[0]] if name == "theory" and len(relations) == 1 else name
            header += f" ({unit})" * (bool(unit) and name in QUANTITIES)
        columns.append(Column(name, header, is_numeric))
    cells = [[_cell(name, row, name in parameters) for name in names] for row in rows]
    constant = [name for name in parameters if name not in [*varying, *names]]
    fixed = ", ".join(f"{name} = {value_text(settings[0][name])}" for name in constant)
    text = f"{', '.join(statements)}: {experiment.description or experiment.name}".rstrip(".") + "."
    text = caption or (f"{text} Here {fixed}." if fixed else text)
    label = re.sub(r"[^A-Za-z0-9:._+/-]+", "-", label or f"tab:{study}-{experiment.name}-{statements[0]}")
    return StatementTable(study, experiment.name, text, label, columns, cells, _notes(rows, names, cells))


def _cell(name: str, row: Row, is_parameter: bool) -> str:
    if not is_parameter:
        return SIDES[name](row)
    value = row.comparison.setting.get(name, "")
    if not is_number(value):
        return value if isinstance(value, str) else value_text(value)
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), text)


def _unit(experiment: ExperimentPlan, rows: Sequence[Row]) -> str:
    """What stands in parentheses at the end of the panel's label, if the panel shows these rows."""
    axes = experiment.axes
    found = re.search(r"\(([^()]+)\)$", axes.ylabel) if axes else None
    if axes is None or not found:
        return ""
    in_panel = not axes.shown or all(row.comparison.statement in axes.shown for row in rows)
    return found[1] if in_panel else ""


def _notes(rows: Sequence[Row], names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """What the parentheses and stars of the printed numbers mean."""
    sides = [row.comparison.lhs for row in rows] * ("measured" in names)
    sides += [row.comparison.rhs for row in rows] * ("theory" in names)
    printed = [cell for line in cells for cell in line]
    estimates = sorted({side.n for side in sides if isinstance(side, Estimate) and side.n > 1})
    notes = []
    if estimates:
        least, most = estimates[0], estimates[-1]
        count = f"n = {least}" if least == most else f"n = {least} to {most}"
        notes.append(f"In parentheses: the standard error of the last digits ({count}).")
    if any(isinstance(side, Bounded) and "(" in number_cell(side) for side in sides):
        notes.append("In parentheses beside computed numbers: a bound on their error.")
    if any(cell.endswith("*") for cell in printed):
        notes.append("* A single draw, whose error is not known.")
    reasons = dict.fromkeys(row.note for row in rows if row.note)
    return notes + [
        f"{reason[0].upper()}{reason[1:].rstrip('.')}." for reason in reasons if "verdict" in names
    ]


def rounded_text(value: float, error: float = 0.0) -> str:
    """A number in the notation of siunitx: ``1.234(5)``, ``1.23(45)e-6``, ``0.3333``, ``inf``.

    The error keeps one digit, or two where the first is 1; in parentheses are the last digits' units. Without one the
    number has `DIGITS` significant digits.

    Examples
    --------
    >>> rounded_text(1.23449, 0.0052), rounded_text(-0.00123, 0.18), rounded_text(1 / 3)
    ('1.234(5)', '0.00(18)', '0.3333')
    >>> rounded_text(1.5e-7, 2.1e-9), rounded_text(123456.0, 789.0), rounded_text(20.0)
    ('1.50(2)e-7', '1.235(8)e5', '20')
    """
    if not math.isfinite(value):
        return str(value)
    if not 0 < error < math.inf:
        return _plain(value)
    # The unit of the last digit that the error leaves; 0.00096 rounds to 0.0010, which is two digits again.
    digits, exponent = f"{error:.1e}".split("e")
    place = Decimal(1).scaleb(int(exponent) - (digits[0] == "1"))
    exact = Decimal(value).quantize(place, ROUND_HALF_EVEN)
    units = int(Decimal(error).quantize(place, ROUND_HALF_EVEN) / place)
    largest = max(abs(value), error)
    decimals = -int(place.as_tuple().exponent)
    if SMALLEST <= largest < LARGEST and decimals >= 0:
        return f"{exact or abs(exact):f}({units})"
    power = math.floor(math.log10(largest))
    mantissa = exact.scaleb(-power)
    return f"{mantissa or abs(mantissa):.{max(decimals + power, 0)}f}({units})e{power}"


def _plain(value: float) -> str:
    """Four significant digits; whole numbers stay whole."""
    if value == 0 or (value == int(value) and abs(value) < LARGEST):
        return str(int(value))
    if SMALLEST <= abs(value) < LARGEST:
        return f"{value:.{max(DIGITS - 1 - math.floor(math.log10(abs(value))), 0)}f}"
    mantissa, power = f"{value:.{DIGITS - 1}e}".split("e")
    return f"{mantissa}e{int(power)}"


def number_cell(number: Number, beside: float = 0.0) -> str:
    """A side of a comparison, rounded to its standard error or stated error; a star where one draw gives none.

    `beside` is the other side: what is nothing against it is 0.

    Examples
    --------
    >>> number_cell(Estimate(0.51234, 0.004, 100)), number_cell(Estimate(0.51234, math.inf, 1)), number_cell(0.51234)
    ('0.512(4)', '0.5123*', '0.5123')
    >>> number_cell(-5.6e-17, beside=0.3), number_cell(Bounded(0.51234, 1e-9)), number_cell(Bounded(0.51234, 1e-3))
    ('0', '0.5123', '0.5123(10)')
    """
    value, error = value_of(number), stderr_of(number) or error_of(number)
    size = abs(value) + (error if math.isfinite(error) else 0.0)
    if math.isfinite(beside) and size < NOTHING * abs(beside):
        return "0"
    if isinstance(number, Estimate):
        return rounded_text(value, error) if number.n > 1 else _plain(value) + "*"
    # A bound on an error that the digits do not reach says nothing.
    return rounded_text(value, error if error > 0.5 * 10.0**-DIGITS * abs(value) else 0.0)


def readable(cell: str) -> str:
    """The notation of siunitx for readers: ``1.23(45)×10⁻⁶``, ``∞``.

    Examples
    --------
    >>> readable("1.23(45)e-6"), readable("-inf")
    ('1.23(45)×10⁻⁶', '-∞')
    """
    digits, _, power = cell.replace("inf", "∞").partition("e")
    return f"{digits}×10{power.translate(_SUPERSCRIPTS)}" if power else digits
