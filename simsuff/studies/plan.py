"""The plan of a run: studies, experiments, cells and replicates, and which tasks ``--only`` picks."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from simsuff.numerics.validation import guess, integer, one_of, refuse, require
from simsuff.studies.experiment import SCALES, Axes, Study
from simsuff.studies.grid import Cell, cell_text, cells, plain, read_value
from simsuff.studies.provenance import experiment_digest

# Names of studies become names of files and parts of labels.
_STEM = re.compile(r"\w[\w .+-]*")
_SELECTOR = re.compile(
    r"(?:(?P<study>[^:\[\]#]+):)?(?P<experiment>\w+)(?:\[(?P<cell>.*)\])?(?:#(?P<replicate>\d+))?"
)
# A cell of a run: study, experiment, and its number in the experiment's plan.
CellKey = tuple[str, str, int]
_SELECTOR_FORM = "write experiment, study:experiment, experiment[K=2] or experiment[K=2,M=10]#3"


@dataclass(frozen=True, slots=True)
class Task:
    """One replicate of one cell."""

    study: str
    experiment: str
    cell: int
    replicate: int
    label: str


@dataclass(frozen=True)
class ExperimentPlan:
    """An experiment at one scale, without its function.

    `draws` where the function takes a Generator; `code` is the digest of what it depends on in its file; `more` holds
    the replicates of the cells, by their number in `cells`, that a run gave more than `replicates` (`rounds`).
    """

    name: str
    description: str
    statement: str
    cells: list[Cell]
    replicates: int
    axes: Axes | None
    draws: bool = False
    code: str = ""
    more: Mapping[str, int] = field(default_factory=dict)

    def planned(self, cell: int) -> int:
        return max(self.replicates, self.more.get(str(cell), 0))


@dataclass(frozen=True)
class StudyPlan:
    """A study at one scale, as the run directory records it; `report` needs nothing else."""

    name: str
    title: str
    description: str
    path: str
    digest: str
    experiments: list[ExperimentPlan] = field(default_factory=list)

    def __post_init__(self) -> None:
        way_out = "rename the file: letters, digits, _ . + - and spaces"
        require(_STEM.fullmatch(self.name), "study", self.name, "be a plain name", way_out)

    def tasks(self) -> Iterator[Task]:
        """Every task, in the order of the tables."""
        for experiment in self.experiments:
            for cell, setting in enumerate(experiment.cells):
                text = f"{self.name}:{experiment.name}[{cell_text(setting)}]"
                for replicate in range(experiment.planned(cell)):
                    yield Task(self.name, experiment.name, cell, replicate, f"{text}#{replicate}")

    def to_json(self) -> dict[str, Any]:
        """The plan as a JSON object, equal to what a file gives back."""
        return dict(json.loads(json.dumps(asdict(self))))

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The inverse of `to_json`.

        Raises
        ------
        ValueError : for data that `to_json` cannot have written.
        """
        try:
            experiments = [_experiment_from_json(**entry) for entry in data["experiments"]]
            plan = cls(**(data | {"experiments": experiments}))
            texts = [plan.title, plan.description, plan.path, plan.digest]
            texts += [text for e in experiments for text in (e.name, e.description, e.statement)]
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("a text is none")
        except (TypeError, KeyError, AttributeError) as error:
            raise refuse("studies", f"plan = {str(data)[:60]}", "be plans of studies", str(error)) from error
        return plan


def _experiment_from_json(axes: Any, replicates: Any, **others: Any) -> ExperimentPlan:
    integer("replicates", replicates, 1, "restore the file")
    panel = Axes(**axes) if axes else None
    count = len(cells(others["cells"]))
    for cell, replicates_of_cell in others.get("more", {}).items():
        integer("replicates of a cell", replicates_of_cell, 1, "restore the file")
        require(cell.isdecimal() and int(cell) < count, "more", cell, "number a cell", "restore the file")
    return ExperimentPlan(axes=panel, replicates=replicates, **others)


def plan_study(study: Study, scale: str, replicates: int | None = None) -> StudyPlan:
    """The plan of one study; `replicates` in place of what its experiments that draw ask for.

    Raises
    ------
    ValueError : for an unknown scale, or a file name that labels and reports cannot carry.
    """
    one_of("scale", scale, SCALES)
    experiments = [
        ExperimentPlan(
            experiment.name,
            experiment.description,
            experiment.statement,
            [plain("cell", cell) for cell in experiment.grids[scale]],
            replicates if replicates and experiment.takes_rng else experiment.replicates[scale],
            experiment.axes,
            experiment.takes_rng,
            experiment_digest(study.source.text, experiment.name),
        )
        for experiment in study.experiments.values()
    ]
    source = study.source
    return StudyPlan(study.name, study.title, study.description, source.path, source.digest, experiments)


def codes(plans: Iterable[StudyPlan]) -> dict[str, str]:
    """What each experiment depends on in its file, by the beginning of its tasks' labels, ``study:experiment``."""
    return {f"{plan.name}:{e.name}": e.code for plan in plans for e in plan.experiments}


def with_more(plans: Sequence[StudyPlan], before: Sequence[StudyPlan]) -> list[StudyPlan]:
    """The plans with the replicates that rounds of an earlier run gave to cells that are still there."""
    given = {
        (study.name, e.name, e.code, cell_text(e.cells[int(cell)])): count
        for study in before
        for e in study.experiments
        for cell, count in e.more.items()
    }
    counts: dict[CellKey, int] = {}
    for plan in plans:
        for e in plan.experiments:
            for number, cell in enumerate(e.cells):
                count = given.get((plan.name, e.name, e.code, cell_text(cell)), 0)
                if count > e.replicates:
                    counts[plan.name, e.name, number] = count
    return grown(plans, counts)


def grown(plans: Sequence[StudyPlan], counts: Mapping[CellKey, int]) -> list[StudyPlan]:
    """The plans with these numbers of replicates in these cells."""
    changed = []
    for plan in plans:
        experiments = []
        for e in plan.experiments:
            more = {str(cell): n for (s, name, cell), n in counts.items() if (s, name) == (plan.name, e.name)}
            experiments.append(replace(e, more={**e.more, **more}))
        changed.append(replace(plan, experiments=experiments))
    return changed


@dataclass(frozen=True)
class Selector:
    """A parsed `--only`, as ``study:experiment[K=2,M=10]#3``; what it leaves out matches everything."""

    text: str
    study: str | None
    experiment: str
    cell: Mapping[str, Any]
    replicate: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for a text of another form."""
        match = _SELECTOR.fullmatch(text)
        require(match is not None, "--only", text, "name an experiment", _SELECTOR_FORM)
        assert match is not None
        cell: dict[str, Any] = {}
        rest = match["cell"] or ""
        while rest.strip():
            name, equals, rest = rest.partition("=")
            named = equals and name.strip()
            require(named, "--only", text, "hold NAME=VALUE pairs in [ ]", _SELECTOR_FORM)
            try:  # a JSON value, which may hold commas; a string without quotes ends at the next one
                _, end = json.JSONDecoder().raw_decode(rest)
            except ValueError:
                end = 0
            end = rest.index(",", end) if "," in rest[end:] else len(rest)
            cell[name.strip()] = read_value(rest[:end].strip())
            rest = rest[end + 1 :]
        replicate = match["replicate"]
        return cls(text, match["study"], match["experiment"], cell, int(replicate) if replicate else None)

    @property
    def name(self) -> str:
        """``experiment`` or ``study:experiment``."""
        return f"{self.study}:{self.experiment}" if self.study else self.experiment

    def matches(self, task: Task, cell: Mapping[str, Any]) -> bool:
        """Whether the task of this cell is meant."""
        return (
            self.study in (None, task.study)
            and self.experiment in (task.experiment, task.study)
            and self.replicate in (None, task.replicate)
            and all(name in cell and _same(cell[name], value) for name, value in self.cell.items())
        )


def select(plans: Sequence[StudyPlan], only: Sequence[str]) -> list[Task]:
    """The tasks of the plans that one of the texts in `only` picks; all of them where `only` is empty.

    Raises
    ------
    ValueError : for a text that cannot be parsed or picks nothing.
    """
    selectors = [Selector.parse(text) for text in only]
    settings = {(plan.name, e.name): e.cells for plan in plans for e in plan.experiments}
    tasks = [task for plan in plans for task in plan.tasks()]
    if not selectors:
        return tasks
    picked: set[str] = set()
    for selector in selectors:
        hits = [t for t in tasks if selector.matches(t, settings[t.study, t.experiment][t.cell])]
        pairs = sorted(f"{study}:{experiment}" for study, experiment in settings)
        short = {name for pair in settings for name in pair}
        hint = guess(selector.name, [*pairs, *sorted(short)]) if selector.name not in {*pairs, *short} else ""
        way_out = f"{hint}known here: {', '.join(pairs)}; `simsuff list` shows their grids"
        shown = f"--only = {selector.text}"
        require(hits, "--only", shown, "pick at least one task at this scale", way_out)
        picked.update(task.label for task in hits)
    return [task for task in tasks if task.label in picked]


def _same(value: Any, other: Any) -> bool:
    """Equal as settings: 2 is 2.0, but True is not 1."""
    value = plain("cell", value)
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)
