"""The decorator ``@study`` and what it makes: an experiment, a function with the grids it is swept over."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies.grid import Cell, Grid, cells

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
            require(scale in AXIS_SCALES, name, scale, f"be one of {list(AXIS_SCALES)}", "pick one")


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
        """Call the function itself."""
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        """The name of the function."""
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
    """
    given = {"smoke": smoke, "default": default, "full": full}
    grids = {scale: cells(default if grid is None else grid) for scale, grid in given.items()}
    counts = _replicates(replicates)

    def decorate(function: Function) -> Experiment:
        takes_rng = "rng" in inspect.signature(function).parameters
        for grid in grids.values():
            _check_signature(function, grid)
        names = {name for grid in grids.values() for cell in grid for name in cell}
        if axes is not None and axes.x not in {*names, *axes.own}:
            way_out = (
                f"name one of {sorted(names)}, or list it in Axes(own=[...]) where rows set it themselves"
            )
            raise refuse("Axes.x", f"x = {axes.x!r}", f"be in the grid of {function.__name__}", way_out)
        way_out = "add an `rng` argument or drop `replicates`: repetitions without randomness are equal"
        require(takes_rng or max(counts.values()) == 1, "replicates", counts, "be 1 without `rng`", way_out)
        return Experiment(function, statement, grids, counts, axes, takes_rng)

    return decorate


def _replicates(replicates: int | Mapping[str, int]) -> dict[str, int]:
    """The number of replicates at each scale."""
    if not isinstance(replicates, Mapping):
        return dict.fromkeys(SCALES, integer("replicates", replicates, 1, "run at least one"))
    unknown = sorted(set(replicates) - set(SCALES))
    require(not unknown, "replicates", f"scale = {unknown}", f"name scales of {list(SCALES)}", "rename it")
    for scale, count in replicates.items():
        integer(f"replicates[{scale!r}]", count, 1, "run at least one")
    return {scale: replicates.get(scale, replicates.get("default", 1)) for scale in SCALES}


def _check_signature(function: Function, grid: list[Cell]) -> None:
    """Every name of the grid is an argument, and every argument without a default is in the grid."""
    parameters = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    required = {
        name
        for name, p in parameters.items()
        if p.default is p.empty and name != "rng" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    for cell in grid:
        unknown = sorted(name for name in cell if name == "rng" or not (takes_any or name in parameters))
        shown = f"grid names = {sorted(cell)}"
        where = f"the grid of {function.__name__}"
        require(not unknown, where, shown, f"fit its signature, which lacks {unknown}", "rename or add it")
        missing = sorted(required - set(cell))
        require(
            not missing, where, shown, f"give each argument a value, also {missing}", "add it to the grid"
        )
