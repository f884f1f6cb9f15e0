"""Do the examples of the docstrings run, print what they say, and is there one for each public name?"""

import doctest
import importlib
import inspect
import sys
from pathlib import Path

import pytest

import simsuff as ss
from simsuff.plugins import REGISTRIES, registry_of
from simsuff.statements import registry as statements

ROOT = Path(__file__).parents[1]
FILES = sorted(path for path in (ROOT / "simsuff").rglob("*.py") if ">>> " in path.read_text())
HOMES = {"simsuff": ss, "simsuff.losses": ss.losses, "simsuff.statements": ss.statements}
PUBLIC = {
    f"{home}.{name}": getattr(module, name)
    for home, module in HOMES.items()
    for name in module.__all__
    if inspect.isroutine(getattr(module, name)) or inspect.isclass(getattr(module, name))
}
# What is only returned or annotated with: an enumeration and the protocol of a loss.
WITHOUT = {"simsuff.Status", "simsuff.losses.Loss"}
# Where the examples of public names stand; they run as they would be pasted, without the module's own names.
PASTED = {f"{PUBLIC[name].__module__}.{PUBLIC[name].__qualname__}" for name in PUBLIC.keys() - WITHOUT}


class Finder(doctest.DocTestFinder):
    """Finds the examples of decorated functions too."""

    def _from_module(self, module, object):
        return super()._from_module(module, inspect.unwrap(object))


@pytest.fixture
def registries(monkeypatch):
    """Registries that forget what an example adds."""
    monkeypatch.setattr(sys.modules["simsuff.plugins"], "_added", {})
    shared = [statements._STATEMENTS, *(registry_of(kind) for kind in REGISTRIES if kind != "divergence")]
    shared.append(registry_of("divergence")._built)
    before = [dict(entries) for entries in shared]
    yield
    for entries, old in zip(shared, before, strict=True):
        entries.clear()
        entries.update(old)


@pytest.mark.usefixtures("registries")
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_print_what_they_say(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    examples = [found for found in Finder().find(module, module.__name__) if found.examples]
    assert examples
    for found in examples:
        found.globs["__name__"] = "example"  # what it defines is the reader's, not the library's
        if found.name not in PASTED:
            runner.run(found)
    assert runner.failures == 0


@pytest.mark.usefixtures("registries")
@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - WITHOUT))
def test_every_public_name_has_an_example_that_can_be_pasted(name):
    documented = inspect.getdoc(PUBLIC[name]) or ""
    assert "\nExamples\n--------\n>>> " in documented
    pasted = doctest.DocTestParser().get_doctest(documented, {"__name__": "example"}, name, None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(pasted).failed == 0
