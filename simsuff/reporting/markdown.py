"""How does a table look in Markdown?"""

from collections.abc import Sequence

from simsuff.reporting.row import HEADER
from simsuff.reporting.table import Group, Table


def markdown_table(table: Table, heading: str = "#") -> str:
    """The study with its title, description, one table for each experiment, and the notes."""
    parts = [f"{heading} {table.title}"]
    if table.description:
        parts.append(table.description)
    parts += [_group(group, heading + "#") for group in table.groups]
    parts += [f"Note {number}: {note}" for number, note in enumerate(table.notes, start=1)]
    return "\n\n".join(parts) + "\n"


def _group(group: Group, heading: str) -> str:
    title = f"{heading} {group.name}"
    text = f"{title}\n\n{group.description}" if group.description else title
    return f"{text}\n\n{grid(HEADER, group.rows)}"


def grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A pipe table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(escape, line)) + " |" for line in lines)


def escape(text: str) -> str:
    """Text that neither ends a cell nor starts markup."""
    for letter in "\\|*_`<":
        text = text.replace(letter, "\\" + letter)
    return text.replace("\n", " ")
