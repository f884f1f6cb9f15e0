"""The pytest plugin: tests marked with the statement that they speak about leave evidence in a record file.

``@pytest.mark.statement("B4")`` marks a property test, ``@pytest.mark.statement("B4", kind="exact")`` one against brute
force; ``pytest --ledger FILE`` appends what became of them. It loads nothing of simsuff unless that option is given.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Before the kind of evidence, in the name of a property of a report.
MARKED = "simsuff-statement:"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--ledger FILE``."""
    about = "append the outcome of tests marked with a statement to this record file (simsuff ledger)"
    parser.getgroup("simsuff").addoption("--ledger", metavar="FILE", help=about)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    about = 'statement(*ids, kind="property"): evidence about these statements, for simsuff ledger'
    config.addinivalue_line("markers", about)
    path = config.getoption("ledger")
    # Workers of pytest-xdist send their reports to the process that has none of this attribute.
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(path)), "simsuff-ledger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the statements of each test where its reports carry them, to another process too."""
    for item in items:
        for mark in item.iter_markers("statement"):
            kind = mark.kwargs.get("kind", "property")
            item.user_properties += [(MARKED + kind, id) for id in mark.args]


class _Recorder:
    """Gathers what reports say, and appends it when the session ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: dict[tuple[str, str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test is as good as its worst phase."""
        for name, value in report.user_properties:
            if name.startswith(MARKED):
                key = (str(value), name.removeprefix(MARKED), report.nodeid)
                worst = self.outcomes.get(key, "passed")
                self.outcomes[key] = worst if worst != "passed" else report.outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Iterator[Any]:
        """Append; after an interruption too, for what has run."""
        from simsuff.ledger.evidence import Evidence, State, append, today

        states = {"passed": State.CONFIRMED, "failed": State.CONTRADICTED}
        append(
            self.path,
            [
                Evidence(id, kind, states.get(outcome, State.OPEN), test, today())
                for (id, kind, test), outcome in self.outcomes.items()
            ],
        )
        return (yield)
