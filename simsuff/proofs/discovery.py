"""Proof files: the functions under ``@identities``, what they yield, and the way a file runs by itself."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from simsuff.discovery import Kind, execute, find, reason, run_alone
from simsuff.numerics.validation import refuse, require
from simsuff.proofs.identity import Provable

_PROOFS = Kind("identities", "group of identities")


@dataclass(frozen=True, eq=False)
class Group:
    """A decorated function that yields identities."""

    function: Callable[[], Iterable[Provable]]

    def __call__(self) -> Iterable[Provable]:
        """Call the function itself."""
        return self.function()

    @cached_property
    def identities(self) -> list[Provable]:
        """What the function yields.

        Raises
        ------
        ValueError : where the function raises, exits or yields something else.
        """
        try:
            found = list(self.function())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also SystemExit: one function must not end the run
            why = reason(error, inspect.getfile(self.function))
            raise refuse(self.name, why, "build its identities", "correct its expressions") from error
        strays = [value for value in found if not isinstance(value, Provable)]
        allowed = "yield Identity or Inequality objects"
        require(found and not strays, self.name, strays[:1], allowed, "yield at least one")
        return found

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def identities(function: Callable[[], Iterable[Provable]]) -> Group:
    """Make a function that yields identities or inequalities a group of its file, for ``simsuff prove`` to find."""
    return Group(function)


@dataclass(frozen=True)
class ProofFile:
    """A file with its groups in the order of their definition."""

    path: str
    title: str
    groups: list[Group]

    @property
    def name(self) -> str:
        """The stem of the file."""
        return Path(self.path).stem

    @property
    def identities(self) -> list[Provable]:
        """The identities of all groups."""
        return [identity for group in self.groups for identity in group.identities]


def discover(paths: Sequence[str | Path]) -> list[ProofFile]:
    """The proof files in files and directories, in the order of the paths, then by name.

    Files of a directory (and below) that define no group are not executed.

    Raises
    ------
    ValueError : for a missing path, a file that cannot be imported, two identities of one id, or no identity.
    """
    files = []
    for source in find(paths, _PROOFS):
        module = execute(source)
        groups = [
            value
            for value in vars(module).values()
            if isinstance(value, Group) and value.function.__module__ == module.__name__
        ]
        title = (module.__doc__ or source.name).strip().partition("\n")[0]
        files.append(ProofFile(source.path, title, groups))
    homes: dict[str, str] = {}
    for file in files:
        for identity in file.identities:
            clash = f"{identity.id} in {homes.get(identity.id)} and {file.path}"
            require(identity.id not in homes, "identities", clash, "have ids of their own", "rename one")
            homes[identity.id] = file.path
    return files


def main(path: str) -> None:
    """Prove one file with the options of this command line; the last line of a proof file.

    ``if __name__ == "__main__": main(__file__)`` makes ``python proofs_check/NAME.py --json`` the same as
    ``simsuff prove proofs_check/NAME.py --json``.
    """
    run_alone("prove", path)
