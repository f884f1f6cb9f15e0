"""Tables for papers: what a run says about a statement, one table for each experiment, one column for each parameter."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from simsuff.numerics.numbers import Bounded, value_of
from simsuff.numerics.validation import refuse
from simsuff.reporting.rounding import number_cell, rounded_text
from simsuff.reporting.row import SYMBOLS, Row, draws, rows_of, tightness
from simsuff.reporting.series import is_number
from simsuff.studies.collect import StudyResult
from simsuff.studies.grid import canonical, value_text
from simsuff.studies.plan import ExperimentPlan
from simsuff.verdicts import Estimate
from simsuff.verdicts.comparison import LEVEL

THEORY = {"<=": "upper bound", ">=": "lower bound", "==": "theory", "->": "limit", "vs": "measured beside it"}


@dataclass(frozen=True)
class Column:
    """A column: how it is asked for, what stands above it, and whether numbers stand in it."""

    name: str
    header: str
    is_numeric: bool


@dataclass(frozen=True)
class StatementTable:
    """A table of text; numbers are in the notation of siunitx (`simsuff.reporting.rounding`)."""

    study: str
    experiment: str
    caption: str
    label: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def _ratio(row: Row) -> str:
    share = tightness(row.comparison)
    return "" if share is None else rounded_text(share)


# What a column beside the parameters shows: the numbers and words of a row.
SIDES: Mapping[str, Callable[[Row], str]] = {
    "statement": lambda row: row.comparison.statement,
    "relation": lambda row: SYMBOLS[str(row.comparison.relation)],
    "measured": lambda row: number_cell(row.comparison.lhs, value_of(row.comparison.rhs)),
    "theory": lambda row: number_cell(row.comparison.rhs, value_of(row.comparison.lhs)),
    "ratio": _ratio,
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
    values: dict[str, list[str]] = {}
    for row in rows:
        for name in row.comparison.setting:
            values.setdefault(name, [])
    for name, found in values.items():
        found += dict.fromkeys(canonical(row.comparison.setting.get(name)) for row in rows)
    statements = list(dict.fromkeys(row.comparison.statement for row in rows))
    relations = list(dict.fromkeys(str(row.comparison.relation) for row in rows))
    varying = [name for name, found in values.items() if len(found) > 1]
    default = ["statement"] * (len(statements) > 1) + varying
    default += ["measured", *["relation"] * (len(relations) > 1), "theory", "verdict"]
    names = list(asked or default)
    unit = unit or _unit(experiment, rows)
    columns = [_column(name, rows, values, relations, unit) for name in names]
    cells = [[_cell(name, row, name in values) for name in names] for row in rows]
    constant = {name: rows[0].comparison.setting[name] for name in values if name not in [*varying, *names]}
    text = caption or _caption(statements, experiment, constant)
    label = re.sub(r"[^A-Za-z0-9:._+/-]+", "-", label or f"tab:{study}-{experiment.name}-{statements[0]}")
    return StatementTable(study, experiment.name, text, label, columns, cells, _notes(rows, names, cells))


def _column(
    name: str, rows: Sequence[Row], parameters: Mapping[str, Any], relations: Sequence[str], unit: str
) -> Column:
    if name in parameters:
        numeric = all(is_number(row.comparison.setting.get(name, 0)) for row in rows)
        return Column(name, name, numeric)
    header = THEORY[relations[0]] if name == "theory" and len(relations) == 1 else name
    header += f" ({unit})" * (bool(unit) and name in QUANTITIES)
    return Column(name, header, name not in WORDS)


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
    shown = (
        [axes.show] if axes and isinstance(axes.show, str) and axes.show else list(axes.show) if axes else []
    )
    found = re.search(r"\(([^()]+)\)$", axes.ylabel) if axes else None
    in_panel = not shown or all(row.comparison.statement in shown for row in rows)
    return found[1] if found and in_panel else ""


def _caption(statements: Sequence[str], experiment: ExperimentPlan, constant: Mapping[str, Any]) -> str:
    """``B4-sharp: … Here M = 10.``"""
    text = f"{', '.join(statements)}: {experiment.description or experiment.name}".rstrip(".") + "."
    fixed = ", ".join(f"{name} = {value_text(value)}" for name, value in constant.items())
    return f"{text} Here {fixed}." if fixed else text


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
