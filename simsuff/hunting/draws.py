"""Arguments drawn for a statement by the strategies of its parameters: the structures that a hunt goes through."""

from typing import Any

from simsuff.numerics.validation import refuse
from simsuff.statements import Statement

MISSING = "hunting needs hypothesis, which is not installed: python -m pip install 'simsuff[strategies]'"


def drawn_arguments(statement: Statement, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` dicts of keyword arguments, from the strategies of the names and classes of the parameters.

    Raises
    ------
    ValueError : for a parameter outside the vocabulary, with the names that it holds and how to add one.
    ImportError : without hypothesis.
    """
    try:
        from simsuff.strategies import arguments
    except ImportError as error:
        raise ImportError(MISSING) from error
    found = arguments.drawn_arguments(statement, count, seed)
    if not found:
        raise refuse("statement", f"id = {statement.id}", "have arguments", "name what it speaks about")
    return found
