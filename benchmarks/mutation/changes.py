"""The mutants of a room: single changes by the operators of cosmic-ray, without those that can change no result."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

# Line from 1 and column from 0, in characters.
Place = tuple[int, int]

TYPE_PARTS = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.Constant, ast.BinOp, ast.BitOr, ast.Load)


class Mutant(NamedTuple):
    """The change number `occurrence` that an operator makes in a file, between two places."""

    path: str
    operator: str
    occurrence: int
    start: Place
    end: Place


def files_of(room: str) -> list[str]:
    """The paths of a room's files, from the root of the repository."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "simsuff" / room).rglob("*.py"))


def mutants_of(room: str) -> Iterator[Mutant]:
    """All that the operators change in a room, but for what lies in places that are `unseen`."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.operators.provider import OperatorProvider

    provider = OperatorProvider()
    # Those with arguments rename variables that somebody has to choose.
    operators = {name: provider[name] for name in provider if not provider[name].arguments()}
    for path in files_of(room):
        text = (ROOT / path).read_text(encoding="utf-8")
        places, nodes = unseen(text), list(ast_nodes(get_ast(text)))
        for name, operator in operators.items():
            positions = [place for node in nodes for place in operator().mutation_positions(node)]
            for occurrence, (start, end) in enumerate(positions):
                if not any(first <= start and end <= last for first, last in places):
                    yield Mutant(path, name, occurrence, start, end)


def mutated(mutant: Mutant) -> str | None:
    """The text of the file with the change; None where Python refuses it, or reads it as the same program."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.operators.provider import OperatorProvider

    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    changed: str = mutate_code(text, OperatorProvider()[mutant.operator](), mutant.occurrence)
    try:
        tree = ast.parse(changed)
        compile(tree, mutant.path, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    return None if ast.dump(tree) == ast.dump(ast.parse(text)) else changed


def unseen(text: str) -> list[tuple[Place, Place]]:
    """Where a change alters no result: annotations, type aliases, overloads, `__all__` and `if TYPE_CHECKING`."""
    tree, lines = ast.parse(text), text.splitlines()
    found: list[Any] = [node for node in tree.body if isinstance(node, ast.Assign) and _names_types(node)]
    for node in ast.walk(tree):
        found += [getattr(node, name, None) for name in ("annotation", "returns")]
        marks = [node.test] if isinstance(node, ast.If) else getattr(node, "decorator_list", [])
        if any(ast.unparse(mark).endswith(("TYPE_CHECKING", "overload")) for mark in marks):
            found.append(node)

    def place(line: int, column: int) -> Place:
        return line, len(lines[line - 1].encode()[:column].decode())

    return [
        (place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset))
        for node in found
        if node is not None
    ]


def _names_types(node: ast.Assign) -> bool:
    """Whether an assignment at the top of a module is `__all__`, or a type alias by the look of its name and value."""
    name = ast.unparse(node.targets[0])
    is_alias = isinstance(node.value, ast.Subscript | ast.BinOp) and name[0].isupper() and not name.isupper()
    return name == "__all__" or (
        is_alias and all(isinstance(part, TYPE_PARTS) for part in ast.walk(node.value))
    )


def lines_of(mutant: Mutant) -> range:
    """The lines of the smallest statement around a mutant; of a compound one, those of its head."""
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and mutant.start[0] in range(first_line(node), _last(node))
    ]
    statement = max(around, key=first_line)
    body = getattr(statement, "body", None)
    return range(first_line(statement), max(mutant.end[0] + 1, body[0].lineno if body else _last(statement)))


def first_line(node: Any) -> int:
    """The first line of a statement, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _last(node: Any) -> int:
    return int(node.end_lineno) + 1
