"""Do imports go one way, from low rooms to high ones, and never from the library to its studies?"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    "numerics",
    "kernels",
    "divergences",
    "models",
    "corpora",
    "population",
    "losses",
    "encoders",
    "optimizers",
    "training",
    "sufficiency",
    "downstream",
    "verdicts",
    "statements",
    "strategies",
    "certificates",
    "discovery",
    "hunting",
    "proofs",
    "studies",
    "reporting",
    "ledger",
    "explorer",
    "cli",
)
FILES = sorted(
    path for path in (ROOT / "simsuff").rglob("*.py") if path.parent != ROOT / "simsuff" or path.stem in ROOMS
)


def imported_modules(source: str) -> list[str]:
    """Every absolute module that the source imports, at any depth of nesting."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the house imports by absolute names"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def misplaced(room: str, source: str) -> list[str]:
    """The imports of `source` that a file in `room` may not have."""
    wrong = []
    for name in imported_modules(source):
        parts = name.split(".")
        if parts[0] in ("simulations", "proofs_check", "tests", "benchmarks"):
            wrong.append(name)
        elif parts[0] == "simsuff" and len(parts) > 1 and parts[1] in ROOMS:
            wrong += [name] if ROOMS.index(parts[1]) > ROOMS.index(room) else []
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path):
    room = path.relative_to(ROOT / "simsuff").parts[0].removesuffix(".py")
    assert room in ROOMS
    assert misplaced(room, path.read_text()) == []


def test_a_misplaced_import_is_found():
    assert misplaced("numerics", "def f():\n    from simsuff.models import FiniteModel") == [
        "simsuff.models.FiniteModel"
    ]
    assert misplaced("cli", "import simulations.x") == ["simulations.x"]


def test_the_architecture_page_lists_the_rooms_in_this_order():
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.partition("| room |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == ROOMS
