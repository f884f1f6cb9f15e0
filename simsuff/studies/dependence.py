"""What an experiment depends on in its file: a digest that other experiments, grids and replicates leave alone."""

import ast
import copy
import hashlib

# Code that uses these may see anything in its file.
REFLECTIVE = {"globals", "locals", "vars", "eval", "exec", "modules", "inspect"}


def experiment_digest(text: str, name: str) -> str:
    """SHA-256 (its first 16 digits) of all that the experiment `name` can see in its file.

    Its own function without what `@study` says about grids and replicates, and what it names, directly or through one
    another, whether function, class, constant or import. A statement that may have side effects always counts.

    Examples
    --------
    >>> one = "@study(default={'k': [1]})\\ndef f(k): return g(k)\\ndef g(k): return k\\ndef h(k): return 0"
    >>> experiment_digest(one, "f") == experiment_digest(one.replace("[1]", "[1, 2]").replace("0", "7"), "f")
    True
    >>> experiment_digest(one, "f") == experiment_digest(one.replace("return k", "return -k"), "f")
    False
    """
    tree = ast.parse(text)
    everywhere = _names(tree)
    statements = [_bare(statement) for statement in tree.body]
    used = [_names(statement) for statement in statements]
    counts = [_binds(statement) is None for statement in statements]
    for i, statement in enumerate(statements):
        counts[i] |= isinstance(statement, ast.FunctionDef) and statement.name == name
        if isinstance(
            statement, ast.Import | ast.ImportFrom
        ):  # one that nobody uses is there for what it does
            counts[i] |= not (_binds(statement) or set()) & everywhere
    while True:
        needed = set().union(*(names for names, kept in zip(used, counts, strict=True) if kept))
        if needed & REFLECTIVE:
            counts = [True] * len(counts)
        more = [bool((_binds(s) or set()) & needed) for s in statements]
        if not any(new and not old for new, old in zip(more, counts, strict=True)):
            break
        counts = [new or old for new, old in zip(more, counts, strict=True)]
    seen = [ast.dump(statement) for statement, kept in zip(statements, counts, strict=True) if kept]
    return hashlib.sha256("\n".join(seen).encode(errors="backslashreplace")).hexdigest()[:16]


def _bare(statement: ast.stmt) -> ast.stmt:
    """An experiment without `@study` and its description; any other statement as it is."""
    if not isinstance(statement, ast.FunctionDef):
        return statement
    decorators = [d for d in statement.decorator_list if not (isinstance(d, ast.Call) and _is_study(d.func))]
    if len(decorators) == len(statement.decorator_list):
        return statement
    bare = copy.copy(statement)
    bare.decorator_list = decorators
    bare.body = statement.body[ast.get_docstring(statement) is not None :]
    return bare


def _is_study(function: ast.expr) -> bool:
    return "study" in (getattr(function, "id", ""), getattr(function, "attr", ""))


def _binds(statement: ast.stmt) -> set[str] | None:
    """The names that a statement defines and nothing else; None where it may do more."""
    if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        return None if _calls_when_defined(statement) else {statement.name}
    if isinstance(statement, ast.ClassDef):
        plain = not (statement.decorator_list or statement.bases or statement.keywords)
        plain = plain and not any(map(_calls_when_defined, statement.body))
        return {statement.name} if plain else None
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
        return None if "*" in names or getattr(statement, "module", "") == "__future__" else names
    if isinstance(statement, ast.Assign) and not any(isinstance(n, ast.Call) for n in ast.walk(statement)):
        targets = [t.id if isinstance(t, ast.Name) else "" for t in statement.targets]
        return set(targets) if all(targets) else None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return set()
    return None


def _calls_when_defined(statement: ast.stmt) -> bool:
    """Whether executing a definition calls something: in defaults and annotations, or in the body of a class."""
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        parts = [statement.args, *statement.decorator_list, *filter(None, [statement.returns])]
    return any(isinstance(node, ast.Call) for part in parts for node in ast.walk(part))


def _names(statement: ast.AST) -> set[str]:
    """Every name that occurs, attributes included."""
    nodes = [*ast.walk(statement)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
