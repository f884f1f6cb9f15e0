"""Studies as users write them: the decorator ``@study``, the experiments that it makes, and the files that hold them."""

import functools
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simsuff.discovery import Kind, Source, execute, find, run_alone
from simsuff.numerics.validation import guess, integer, one_of, refuse, require
from simsuff.studies.grid import Cell, Grid, cell_text, cells, read_value

SCALES = ("smoke", "default", "full")
AXIS_SCALES = ("linear", "log", "symlog", "logit")

Function = Callable[..., Any]


@dataclass(frozen=True)
class Axes:
    """One panel of the study's figure: theory and empirics against `x`, one colour for each value of `by`.

    `x` and `by` name a parameter of the grid, or an entry of the comparisons' own settings that `own` lists
    (for `by` it need not be listed). Where a cell has several rows, `show` picks those to draw by their statement
    or case; all of them where it is empty.
    """

    x: str
    by: str | None = None
    xscale: str = "linear"
    yscale: str = "linear"
    xlabel: str = ""
    ylabel: str = ""
    title: str = ""
    show: str | Sequence[str] = ()
    own: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, scale in (("xscale", self.xscale), ("yscale", self.yscale)):
            one_of(name, scale, AXIS_SCALES)

    @property
    def shown(self) -> list[str]:
        """What `show` picks, one by one."""
        return [self.show] if isinstance(self.show, str) and self.show else list(self.show)


@dataclass(eq=False)
class Experiment:
    """A decorated function: still callable, and it knows its grids, replicates, statement and panel."""

    function: Function
    statement: str
    grids: Mapping[str, list[Cell]]
    replicates: Mapping[str, int]
    axes: Axes | None
    takes_rng: bool

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        lines = (inspect.getdoc(self.function) or "").splitlines()
        return lines[0] if lines else ""


def study(
    *,
    statement: str = "",
    smoke: Grid | None = None,
    default: Grid | None = None,
    full: Grid | None = None,
    replicates: int | Mapping[str, int] = 1,
    axes: Axes | None = None,
) -> Callable[[Function], Experiment]:
    """Make a function an experiment of the study that its file is.

    Parameters
    ----------
    statement : the id shown where a returned Comparison names none.
    smoke, default, full : the grid at each scale: names with lists of values (cells are their product), or a
        list of dicts. A scale that is not given uses `default`; without any grid there is one cell.
    replicates : independent repetitions of each cell, one number or one for each scale; they are pooled.
    axes : the experiment's panel in the figure; None for no panel.

    The function takes the names of the grid, and `rng` (a NumPy Generator) if it draws. It returns one
    Comparison, or a list or dict of them (several rows for each cell).

    Raises
    ------
    ValueError : for a grid that is empty or does not fit the signature, unusable replicates, and axes whose `x` no
        grid has.

    Examples
    --------
    >>> import simsuff as ss
    >>> @ss.study(statement="A3-range", default={"noise": [0.1, 0.3]})
    ... def a_noisy_bit(noise):
    ...     model = ss.FiniteModel([[(1 - noise) / 2, noise / 2], [noise / 2, (1 - noise) / 2]])
    ...     return ss.statements.get("A3-range").evaluate(model, [0, 0], "kl")
    >>> print(a_noisy_bit(0.1).verdict)  # `simsuff run FILE` sweeps the grid
    holds
    """
    given = {"smoke": smoke, "default": default, "full": full}
    grids = {scale: cells(default if grid is None else grid) for scale, grid in given.items()}
    counts = _replicates(replicates)

    def decorate(function: Function) -> Experiment:
        signature, names = inspect.signature(function), set[str]()
        takes_rng = "rng" in signature.parameters
        for cell in (cell for grid in grids.values() for cell in grid):
            names |= cell.keys()
            try:
                signature.bind(**cell, **({"rng": None} if takes_rng else {}))
            except TypeError as error:
                shown = f"grid names = {sorted(cell)}"
                raise refuse(
                    f"the grid of {function.__name__}", shown, "fit its signature", str(error)
                ) from error
        if axes is not None and axes.x not in {*names, *axes.own}:
            known = sorted(names)
            own = "list it in Axes(own=[...]) where rows set it themselves"
            way_out = f"{guess(axes.x, known)}name one of {known}, or {own}"
            raise refuse("Axes.x", f"x = {axes.x!r}", f"be in the grid of {function.__name__}", way_out)
        way_out = "add an `rng` argument or drop `replicates`: repetitions without randomness are equal"
        require(takes_rng or max(counts.values()) == 1, "replicates", counts, "be 1 without `rng`", way_out)
        return Experiment(function, statement, grids, counts, axes, takes_rng)

    return decorate


def _replicates(replicates: int | Mapping[str, int]) -> dict[str, int]:
    if not isinstance(replicates, Mapping):
        return dict.fromkeys(SCALES, integer("replicates", replicates, 1, "run at least one"))
    for scale, count in replicates.items():
        one_of("scale of replicates", scale, SCALES, "rename it")
        integer(f"replicates[{scale!r}]", count, 1, "run at least one")
    return {scale: replicates.get(scale, replicates.get("default", 1)) for scale in SCALES}


@dataclass(frozen=True)
class Study:
    """A file with its experiments in the order of their definition."""

    source: Source
    title: str
    description: str
    experiments: dict[str, Experiment]

    @property
    def name(self) -> str:
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
    studies = [load(source) for source in find(paths, Kind("study", "study"))]
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
        values[one_of("--set", name, sorted(known), "name a parameter of a grid")] = read_value(value)
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
