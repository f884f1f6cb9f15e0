"""Do the ids, the names in backticks and the links of code and documentation point at something?"""

import functools
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import simsuff
from simsuff import statements

ROOT = Path(__file__).parents[1]
THEORY = (ROOT / "docs" / "theory.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FOLDERS = ("simsuff", "simulations", "proofs_check", "tests", "benchmarks")
SOURCES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
ANCHORS = set(re.findall(r'<a id="([A-Z]\d*)"></a>', THEORY))
# The history names what was; what it named need not be there any more.
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
ALIASES = {"np": "numpy", "sp": "sympy", "ss": "simsuff", "nb": "numba"}
# What a run writes, stand-ins for any name, and an attribute that Numba gives.
NOT_IN_REPOSITORY = {
    "report.html",
    "run.json",
    "run.lock",
    "summary.md",
    "tasks.jsonl",
    "simulations/NAME.py",
} | {"kernel.py_func"}


def in_code(part: str) -> set[str]:
    """The ids that the theory lists as statements in code, those that hold or those that are refuted."""
    lines = re.findall(r"^\*\*In code:\*\* (.*)$", THEORY, re.MULTILINE)
    found = set()
    for line in lines:
        true, _, false = line.partition("false, and refuted by the tests:")
        found |= set(re.findall(r"`([^`]+)`", true if part == "holds" else false))
    return found


def test_every_statement_stands_in_the_theory_and_the_reverse():
    known = [entry for entry in statements.all() if entry.function.__module__.startswith("simsuff.")]
    assert in_code("holds") == {entry.id for entry in known if entry.holds}
    assert in_code("refuted") == {entry.id for entry in known if not entry.holds}


def test_a_statement_is_listed_below_its_own_id():
    sections = re.split(r'^### <a id="([A-Z]\d+)"></a>.*$', THEORY, flags=re.MULTILINE)
    for id, text in zip(sections[1::2], sections[2::2], strict=True):
        for line in re.findall(r"^\*\*In code:\*\* (.*)$", text, re.MULTILINE):
            assert {name.split("-")[0] for name in re.findall(r"`([^`]+)`", line)} == {id}


def test_every_id_that_is_mentioned_has_a_place():
    """Ids in statements, identities, studies, docstrings and pages: A1, B4-sharp, P-slope-kl, …"""
    mentioned = {}
    for file in [*SOURCES, *PAGES]:
        text = file.read_text()
        found = re.findall(r"(?<![\w.\-])([A-EG]\d|F[1-9]|P\d|[IJQW]\d+)(?![\w.])", text)
        found += re.findall(r'["`]([A-HIJPQSW])-[a-z]', text)
        for id in found:
            mentioned.setdefault(id, file.name)
    assert {id: file for id, file in mentioned.items() if id not in ANCHORS} == {}


def test_statements_that_studies_and_pages_name_exist():
    """A suffix, as in B4-sharp, is that of a statement; without one the id of a section is enough."""
    known = {entry.id for entry in statements.all()}
    files = [*(ROOT / "simulations").glob("*.py"), *CURRENT]
    named = {
        (file.name, id)
        for file in files
        for id in re.findall(r"(?<![\w.\-])([A-HIJQSW]\d+-[a-z_]+\d?(?:\([\d.]+\))?)", file.read_text())
    }
    assert {entry for entry in named if entry[1] not in known} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_point_at_files_and_headings(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target or target.startswith("\\"):
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else page.parent / path
        assert file.exists(), target
        if anchor:
            assert f'id="{anchor}"' in file.read_text() or anchor in _slugs(file), target


def _slugs(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@functools.cache
def library() -> dict[str, list[object]]:
    """Modules by the last part of their name, and classes by theirs."""
    found: dict[str, list[object]] = {}
    for info in pkgutil.walk_packages(simsuff.__path__, "simsuff."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        found.setdefault(info.name.rpartition(".")[2], []).append(module)
        for name, member in inspect.getmembers(module, inspect.isclass):
            found.setdefault(name, []).append(member)
    return found


def resolves(token: str) -> bool:
    """Whether a name in backticks, ``a.b`` or ``a/b``, is a file, an object, or an attribute of some class."""
    name = re.sub(r"[(\[].*", "", token).rstrip("/")
    if name in NOT_IN_REPOSITORY or (ROOT / name).exists() or (ROOT / "simsuff" / name).exists():
        return True
    if any(file.name == name for file in SOURCES):
        return True
    first, *rest = name.replace("/", ".").split(".")
    first = ALIASES.get(first, first)
    roots = library().get(first, [])
    if any(_reaches(root, rest) for root in roots):
        return True
    try:
        if _reaches(importlib.import_module(first), rest):
            return True
    except ImportError:
        pass
    # `model.sample`: a variable, of which some class of the library must have the attribute.
    is_variable = first.islower() and len(rest) == 1 and "/" not in name
    classes = (member for members in library().values() for member in members if inspect.isclass(member))
    return is_variable and any(rest[0] in _attributes(member) for member in classes)


def _attributes(kind: type) -> set[str]:
    fields = [
        vars(base).get("__annotations__", {}) for base in kind.__mro__ if base.__module__[:7] == "simsuff"
    ]
    return {*dir(kind), *(name for annotated in fields for name in annotated)}


def _reaches(root: object, parts: list[str]) -> bool:
    for part in parts:
        if inspect.ismodule(root) and not hasattr(root, part):
            try:
                root = importlib.import_module(f"{root.__name__}.{part}")
                continue
            except ImportError:
                return False
        if inspect.isclass(root) and part in _attributes(root):
            return True
        if not hasattr(root, part):
            return False
        root = getattr(root, part)
    return True


@pytest.mark.parametrize(
    "token", ["divergences.no_such_name", "no_such_room/file", "FiniteModel.no_such_name"]
)
def test_a_dead_name_does_not_resolve(token):
    assert not resolves(token)


def test_names_in_backticks_resolve():
    dotted = re.compile(r"(?<!`)`([A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+/?(?:\([^`]*\))?)`(?!`)")
    sources = [file for file in SOURCES if file.is_relative_to(ROOT / "simsuff")]
    dead = {
        (file.name, token)
        for file in [*CURRENT, *sources]
        for token in dotted.findall(file.read_text())
        if not resolves(token)
    }
    assert dead == set()
