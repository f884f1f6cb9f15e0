"""What will be run: which studies, experiments, cells and replicates, written down before the first task."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from simsuff.numerics.validation import require
from simsuff.studies.discovery import Study
from simsuff.studies.experiment import SCALES, Axes, Experiment
from simsuff.studies.grid import Cell, cell_text, plain


@dataclass(frozen=True)
class Task:
    """One replicate of one cell."""

    study: str
    experiment: str
    cell: int
    replicate: int
    label: str


@dataclass(frozen=True)
class ExperimentPlan:
    """An experiment at one scale, without its function."""

    name: str
    description: str
    statement: str
    cells: list[Cell]
    replicates: int
    axes: Axes | None


@dataclass(frozen=True)
class StudyPlan:
    """A study at one scale, as the run directory records it; `report` needs nothing else."""

    name: str
    title: str
    description: str
    path: str
    digest: str
    experiments: list[ExperimentPlan] = field(default_factory=list)

    def tasks(self) -> Iterator[Task]:
        """Every task, in the order of the tables."""
        for experiment in self.experiments:
            for cell in range(len(experiment.cells)):
                for replicate in range(experiment.replicates):
                    label = task_label(self.name, experiment.name, experiment.cells[cell], replicate)
                    yield Task(self.name, experiment.name, cell, replicate, label)

    def to_json(self) -> dict[str, Any]:
        """The plan as a JSON object, equal to what a file gives back."""
        return dict(json.loads(json.dumps(asdict(self))))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        experiments = [
            ExperimentPlan(**(e | {"axes": Axes(**e["axes"]) if e["axes"] else None}))
            for e in data["experiments"]
        ]
        return cls(**(dict(data) | {"experiments": experiments}))


def task_label(study: str, experiment: str, cell: Mapping[str, Any], replicate: int) -> str:
    """``study:experiment[K=2,M=10]#3``, the name that `--only` understands."""
    return f"{study}:{experiment}[{cell_text(cell)}]#{replicate}"


def plan_study(study: Study, scale: str) -> StudyPlan:
    """The plan of one study.

    Raises
    ------
    ValueError : for an unknown scale.
    """
    require(scale in SCALES, "scale", scale, f"be one of {list(SCALES)}", "pick one")
    experiments = [_plan_experiment(experiment, scale) for experiment in study.experiments.values()]
    source = study.source
    return StudyPlan(study.name, study.title, study.description, source.path, source.digest, experiments)


def _plan_experiment(experiment: Experiment, scale: str) -> ExperimentPlan:
    found = [plain("cell", cell) for cell in experiment.grids[scale]]
    return ExperimentPlan(
        experiment.name,
        experiment.description,
        experiment.statement,
        found,
        experiment.replicates[scale],
        experiment.axes,
    )
