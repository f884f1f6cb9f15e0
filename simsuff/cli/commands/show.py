"""``simsuff show ID``: what a statement says, its formula, its arguments and conditions, and an example that runs."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simsuff.cli.common import usable

if TYPE_CHECKING:
    from simsuff.statements import Statement

HELP = "what a statement says: formula, arguments, conditions, an example"
# Beside the package in a checkout; an installed package has no pages.
THEORY = Path(__file__).parents[3] / "docs" / "theory.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", metavar="ID", help="a statement (A1, C3-chi2) or a section of the theory (P5, G)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    from simsuff.cli.common import print_json, print_text

    with usable():
        found = described(arguments.id)
    if arguments.json:
        print_json(found, ensure_ascii=False)
    else:
        print_text("\n".join(lines(found)) + "\n")
    return 0


def described(id: str) -> dict[str, Any]:
    """What there is to say about a statement, or about a section of the theory with the statements below it.

    Raises
    ------
    ValueError : for an id that is neither, with those that are close.
    """
    from simsuff import statements
    from simsuff.numerics.validation import unknown

    known = {entry.id: entry for entry in statements.all()}
    if id in known:
        return _statement(known[id])
    section = theory_section(id)
    below = [{"id": name, "title": entry.title} for name, entry in known.items() if name.startswith(id)]
    if section or (below and len(id) <= 2):
        return {"id": id, "theory": section, "statements": below}
    raise unknown("id", id, known, "see simsuff list", "a section of the theory, or ")


def _statement(entry: "Statement") -> dict[str, Any]:
    import inspect

    from simsuff.statements.vocabulary import example, meanings

    conditions = {
        False: "false: there are counterexamples, which the tests demand",
        True: "holds in expectation: one evaluation is a random draw" if entry.in_expectation else "holds",
    }
    return {
        "id": entry.id,
        "title": entry.title,
        "formula": inspect.getdoc(entry.function) or "",
        "status": conditions[entry.holds],
        "arguments": dict(meanings(entry)),
        "takes_stacks": entry.takes_stacks,
        "example": example(entry),
        "theory": f"docs/theory.md#{entry.id.partition('-')[0]}",
    }


def theory_section(id: str) -> str:
    """The text of docs/theory.md below the heading of an id; empty where there is none."""
    if not re.fullmatch(r"[A-Z]\d*", id) or not THEORY.is_file():
        return ""
    level = "##" if len(id) == 1 else "###"
    pattern = rf'^{level} <a id="{id}"></a>(.*?)(?=^#{{2,{len(level)}}} |\Z)'
    found = re.search(pattern, THEORY.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return re.sub(r'<a id="\w+"></a>', "", found[1]).strip() if found else ""


def lines(found: dict[str, Any]) -> list[str]:
    """As text for a terminal."""
    if "title" not in found:
        listed = [f"    {entry['id']}  {entry['title']}" for entry in found["statements"]]
        return [found["theory"] or found["id"], *(["", "statements in code", *listed] if listed else [])]
    width = max(map(len, found["arguments"]), default=0)
    shown = [f"{found['id']}  {found['title']}", ""]
    shown += [f"    {line}".rstrip() for line in found["formula"].splitlines()]
    shown += ["", f"status: {found['status']}", f"proof: {found['theory']}", "", "arguments"]
    shown += [f"    {name:{width}}  {meaning}" for name, meaning in found["arguments"].items()]
    if found["takes_stacks"]:
        shown += ["    evaluate_each takes a FiniteStack of laws at once"]
    if found["example"]:
        shown += ["", "example", *(f"    {line}".rstrip() for line in found["example"].splitlines())]
    return shown
