"""Study files: their experiments, and the way they run by themselves."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simsuff.discovery import Kind, Source, execute, find, run_alone
from simsuff.numerics.validation import require
from simsuff.studies.experiment import Experiment
from simsuff.studies.grid import Cell, cell_text, read_value

_STUDY = Kind("study", "study")


@dataclass(frozen=True)
class Study:
    """A file with its experiments in the order of their definition."""

    source: Source
    title: str
    description: str
    experiments: dict[str, Experiment]

    @property
    def name(self) -> str:
        """The stem of the file."""
        return self.source.name


_loaded: dict[tuple[str, str], Study] = {}
_lock = threading.Lock()


def discover(paths: Sequence[str | Path]) -> list[Study]:
    """The studies in files and directories, in the order of the paths, then by name.

    Files of a directory (and below) that define no study are not executed.

    Raises
    ------
    ValueError : for a missing path, a file that cannot be imported, two studies of one name, or no study.
    """
    studies = [load(source) for source in find(paths, _STUDY)]
    by_name: dict[str, Study] = {}
    for study in studies:
        other = by_name.setdefault(study.name, study)
        clash = f"{other.source.path} and {study.source.path}"
        require(
            other is study, "studies", clash, "have different file names", "rename one, or run them apart"
        )
    return studies


def load(source: Source) -> Study:
    """Execute the file once in each process and gather its experiments."""
    with _lock:
        key = (source.path, source.digest)
        if key not in _loaded:
            module = execute(source)
            experiments = {
                value.name: value
                for value in vars(module).values()
                if isinstance(value, Experiment) and value.function.__module__ == module.__name__
            }
            title, _, description = (module.__doc__ or source.name).strip().partition("\n")
            _loaded[key] = Study(source, title.strip(), description.strip(), experiments)
        return _loaded[key]


def main(path: str) -> None:
    """Run one study file with the options of this command line; the last line of a study file.

    ``if __name__ == "__main__": main(__file__)`` makes ``python simulations/NAME.py --scale smoke`` the same as
    ``simsuff run simulations/NAME.py --scale smoke``.
    """
    run_alone("run", path)


def read_assignments(texts: Sequence[str], studies: Sequence[Study]) -> dict[str, Any]:
    """The values of texts ``NAME=VALUE``, for names that some grid of the studies has.

    Raises
    ------
    ValueError : for a text of another form, or a name that no grid has.
    """
    experiments = [experiment for study in studies for experiment in study.experiments.values()]
    known = {name for e in experiments for grid in e.grids.values() for cell in grid for name in cell}
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        require(
            equals and name.isidentifier(), "--set", text, "be NAME=VALUE", "name a parameter of the grid"
        )
        way_out = f"known here: {', '.join(sorted(known)) or 'none'}"
        require(name in known, "--set", f"--set = {name}", "be a parameter of a grid", way_out)
        values[name] = read_value(value)
    return values


def with_values(study: Study, values: Mapping[str, Any]) -> Study:
    """The study with these values in place of what its grids say for their names; cells that become equal are one."""
    if not values:
        return study

    def changed(grid: Sequence[Cell]) -> list[Cell]:
        found = [{name: values.get(name, value) for name, value in cell.items()} for cell in grid]
        return list({cell_text(cell): cell for cell in found}.values())

    experiments = {
        name: replace(e, grids={scale: changed(grid) for scale, grid in e.grids.items()})
        for name, e in study.experiments.items()
    }
    return replace(study, experiments=experiments)
