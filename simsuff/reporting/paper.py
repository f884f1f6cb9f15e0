"""The page docs/paper.md: the items of the paper in its order, what carries each, how tight it is, and what we found.

How tight: how near to equality the comparisons of a statement come, in the rows of a run and over random draws.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simsuff.reporting.row import tightness
from simsuff.statements import Statement, all
from simsuff.statements.paper import ITEMS, SECTIONS, TITLE, Item
from simsuff.verdicts import Comparison, Verdict

# The draws are the same each time.
SEED = 20250317

HEADER = ("statement", "says", "status", "in a run", "over draws")
INTRODUCTION = f"""Licong Lin and Song Mei, *{TITLE}*, arXiv 2503.17538
(2025): each definition, lemma, theorem, example and experiment in the order of the paper, by its name and in our words,
with what stands for it here. The page is written by `simsuff paper`.

* **statement**: a callable of `simsuff.statements`, with its formula and proof in [the theory](theory.md);
  `simsuff show ID` prints an example that runs. Where several stand beside one item, they are the paper's bound with
  the constants of its proof, and ours.
* **status**: whether it holds, or is false, which the tests then demand a counterexample of.
* **in a run**: verdicts of the rows of a run of the studies{{run}}, empty where it had none. **over draws**: of random
  arguments from the strategies of the property tests{{draws}}, always the same ones. What neither holds nor fails is
  undecided: the sides agree within rounding, or both are infinite. The two numbers after the verdicts are the least and
  the largest share of a bound that was measured, 1 where it is attained."""


@dataclass(frozen=True)
class Measure:
    """Counts of verdicts, and the least and the largest share of the bound that was measured.

    For ``<=`` the share is lhs/rhs, for ``>=`` rhs/lhs, where both exceed their errors. None: no bound, or no such row.
    """

    rows: int
    holds: int
    violated: int
    loosest: float | None = None
    tightest: float | None = None

    @classmethod
    def of(cls, comparisons: Iterable[Comparison]) -> "Measure":
        """The measure of some comparisons of one statement."""
        rows = list(comparisons)
        verdicts = [row.verdict for row in rows]
        shares = [share for row in rows if (share := tightness(row)) is not None]
        held = verdicts.count(Verdict.HOLDS), verdicts.count(Verdict.VIOLATED)
        return cls(len(rows), *held, *((min(shares), max(shares)) if shares else ()))

    def text(self) -> str:
        """``holds in 98 of 100, 0.02 to 1``."""
        if not self.rows:
            return "no row"
        counts = f"holds in {self.holds} of {self.rows}"
        if self.violated:
            counts = f"fails in {self.violated} of {self.rows}"
        if self.loosest is None or self.tightest is None:
            return counts
        return f"{counts}, {self.loosest:.3g} to {self.tightest:.3g}"


@dataclass(frozen=True)
class Measures:
    """What was measured of each statement, by id: in the rows of a run and over draws, and how that was done."""

    run: Mapping[str, Measure] = field(default_factory=dict)
    draws: Mapping[str, Measure] = field(default_factory=dict)
    scale: str = ""
    count: int = 0


@dataclass(frozen=True)
class Evidence:
    """The statements, the files of studies and those of identities that carry an item."""

    statements: Sequence[Statement]
    studies: Sequence[str]
    proofs: Sequence[str]


def paper_page(root: Path, measures: Measures | None = None) -> str:
    """The page as Markdown; `root` is the checkout, whose studies and identities are named."""
    known = measures or Measures()
    run = f" at scale {known.scale}" if known.scale else ""
    draws = f", {known.count} for each" if known.count else ""
    parts = ["# The paper, item by item", INTRODUCTION.format(run=run, draws=draws)]
    evidence = {item.key: evidence_of(item, root) for item in ITEMS}
    for number, section in enumerate(SECTIONS):
        parts.append(f"## {section}")
        parts += [_item(entry, evidence[entry.key], known) for entry in ITEMS if entry.section == number]
    parts += ["## What we found in the text", FOUND]
    parts += [_finding(entry, evidence[entry.key]) for entry in ITEMS if entry.counterexample]
    return "\n\n".join(parts) + "\n"


FOUND = """In each case the conclusions of the paper survive, since its constants are absolute ones; what needs a repair
is a step, a constant or a condition. The counterexamples are small enough to check by hand; tests check them exactly."""


def evidence_of(item: Item, root: Path) -> Evidence:
    """What carries `item`: statements that name it, studies that evaluate those, identities of the same section."""
    statements = [entry for entry in all() if item.key in entry.paper]
    ids = {entry.id for entry in statements}
    bases = {id.partition("-")[0] for id in ids}
    studies = set(item.studies) | _naming(root / "simulations", ids, exact=True)
    return Evidence(statements, sorted(studies), sorted(_naming(root / "proofs_check", bases, exact=False)))


def _naming(folder: Path, ids: set[str], exact: bool) -> set[str]:
    """The files of `folder` that quote one of the ids, or, unless `exact`, an id that begins with one and a hyphen."""
    if not ids:
        return set()
    names = "|".join(map(re.escape, sorted(ids)))
    pattern = re.compile(rf"""["'](?:{names}){"" if exact else '(?:-[^"]*)?'}["']""")
    return {file.name for file in folder.glob("*.py") if pattern.search(file.read_text(encoding="utf-8"))}


def _item(item: Item, evidence: Evidence, measures: Measures) -> str:
    """One item: its name, what it says, its statements, and the other evidence."""
    parts = [f'### <a id="{item.key}"></a>{_capital(item.name)}', f"{_capital(item.claim)}."]
    if evidence.statements:
        parts.append(_table(evidence.statements, measures))
    links = [f"[{name}](../simulations/{name})" for name in evidence.studies]
    proofs = [f"[{name}](../proofs_check/{name})" for name in evidence.proofs]
    lines = [f"Studies: {', '.join(links)}."] if links else []
    lines += [f"Identities: {', '.join(proofs)}."] if proofs else []
    lines += [f"Not checked: {item.unchecked}."] if item.unchecked else []
    found = f"[What we found](#found-{item.key})." if item.counterexample else f"{_capital(item.finding)}."
    lines += [found] if item.finding else []
    return "\n\n".join([*parts, " ".join(lines)] if lines else parts)


def _table(statements: Sequence[Statement], measures: Measures) -> str:
    lines = [_row(HEADER), _row(["---"] * len(HEADER))]
    for entry in statements:
        status = "holds" if entry.holds else "false, refuted"
        measured = [
            found[entry.id].text() if entry.id in found else "" for found in (measures.run, measures.draws)
        ]
        lines.append(_row([_link(entry), entry.title, status, *measured]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _link(entry: Statement) -> str:
    return f"[`{entry.id}`](theory.md#{entry.id.partition('-')[0]})"


def _finding(item: Item, evidence: Evidence) -> str:
    """What a check of the printed form showed, with the counterexample, what survives and the repair."""
    parts = [f'### <a id="found-{item.key}"></a>{_capital(item.name)}', f"In print: {item.claim}."]
    parts += [f"Found: {item.finding}.", f"Counterexample: {item.counterexample}."]
    parts.append(f"What survives: {item.survives}.")
    false = [_link(entry) for entry in evidence.statements if not entry.holds]
    true = [_link(entry) for entry in evidence.statements if entry.holds]
    if false:
        parts.append(f"Refuted: {', '.join(false)}; in its place: {', '.join(true) or 'nothing yet'}.")
    return "\n\n".join(parts)


def _capital(text: str) -> str:
    """The first letter in upper case, if it begins a word and not a formula."""
    begins_a_word = len(text) > 1 and text[0].isalpha() and (text[1].islower() or text[1] == " ")
    return text[0].upper() + text[1:] if begins_a_word else text


def over_draws(statement: Statement, draws: int) -> Measure:
    """The measure over `draws` arguments from the strategies of `statement`, the same ones each time."""
    return Measure.of(drawn_comparisons(statement, draws))


def drawn_comparisons(statement: Statement, draws: int) -> list[Comparison]:
    """Comparisons at random arguments, the same ones each time, without those that a condition excludes."""
    from simsuff.strategies.arguments import drawn_arguments

    found = []
    for arguments in drawn_arguments(statement, draws, SEED):
        try:
            found.append(statement.evaluate(**arguments))
        except ValueError as error:
            if "the condition of A1" not in str(error):
                raise
    return found


def in_run(folder: Path) -> tuple[dict[str, Measure], str]:
    """The measure of each statement in the rows of a run directory, and the scale of that run; raises as the next."""
    rows, scale = rows_by_statement(folder)
    return {id: Measure.of(found) for id, found in rows.items()}, scale


def rows_by_statement(folder: Path) -> tuple[dict[str, list[Comparison]], str]:
    """The rows of a run directory by what they speak about, and the scale of that run.

    Raises
    ------
    ValueError : where `folder` is not a run directory.
    """
    from simsuff.studies import stored_results

    results, header, _ = stored_results(folder)
    rows: dict[str, list[Comparison]] = {}
    for result in results:
        for row in result.rows:
            rows.setdefault(row.comparison.statement, []).append(row.comparison)
    return rows, str(header["scale"])
