"""Conjectures to hunt: a statement by its id, or those that a Python file defines."""

from pathlib import Path

from simsuff import statements
from simsuff.discovery import Kind, execute, find
from simsuff.numerics.validation import one_of
from simsuff.statements import Statement

ALL = "all"
CONJECTURES = Kind("statement", "conjecture")


def conjectures(target: str) -> list[Statement]:
    """The statements that ``ID``, ``FILE`` or ``FILE::ID`` names, in the order of the file.

    ``all`` are those of the library, without those about means of random draws, which cannot be hunted.

    Raises
    ------
    ValueError : for an id that is unknown, and a file that is missing, broken or without statements.
    """
    if target == ALL:
        return [entry for entry in statements.all() if is_huntable(entry)]
    path, _, id = target.partition("::")
    if not id and not Path(path).exists() and not path.endswith(".py"):
        return [statements.get(path)]
    (source,) = find([path], CONJECTURES)
    found = [value for value in vars(execute(source)).values() if isinstance(value, Statement)]
    own = {entry.id: entry for entry in found if not entry.function.__module__.startswith("simsuff.")}
    return [own[one_of("ID", id, own, f"name a conjecture of {path}")]] if id else [*own.values()]


def is_huntable(statement: Statement) -> bool:
    """Whether a statement speaks about every single set of arguments, and not about the mean of random draws."""
    return not (statement.in_expectation or "rng" in statement.arguments)
