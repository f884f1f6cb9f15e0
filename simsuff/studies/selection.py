"""Which tasks does ``--only 'study:experiment[K=2,M=10]#3'`` pick?"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.numerics.validation import require
from simsuff.studies.grid import plain
from simsuff.studies.plan import StudyPlan, Task

_FORM = re.compile(
    r"(?:(?P<study>[^:\[\]#]+):)?(?P<experiment>\w+)(?:\[(?P<cell>.*)\])?(?:#(?P<replicate>\d+))?"
)
_WAY_OUT = "write experiment, study:experiment, experiment[K=2] or experiment[K=2,M=10]#3"


@dataclass(frozen=True)
class Selector:
    """A parsed `--only`; what it leaves out matches everything."""

    text: str
    study: str | None
    experiment: str
    cell: Mapping[str, Any]
    replicate: int | None

    @classmethod
    def parse(cls, text: str) -> "Selector":
        """Raises ValueError for a text of another form."""
        match = _FORM.fullmatch(text)
        require(match is not None, "--only", text, "name an experiment", _WAY_OUT)
        assert match is not None
        replicate = match["replicate"]
        cell = dict(_pair(text, part) for part in _split(match["cell"] or ""))
        return cls(text, match["study"], match["experiment"], cell, int(replicate) if replicate else None)

    def matches(self, task: Task, cell: Mapping[str, Any]) -> bool:
        """Whether the task of this cell is meant."""
        return (
            self.study in (None, task.study)
            and self.experiment in (task.experiment, task.study)
            and self.replicate in (None, task.replicate)
            and all(name in cell and plain(name, cell[name]) == value for name, value in self.cell.items())
        )


def select(plans: Sequence[StudyPlan], only: Sequence[str]) -> list[Task]:
    """The tasks of the plans that one of the texts in `only` picks; all of them where `only` is empty.

    Raises
    ------
    ValueError : for a text that cannot be parsed or picks nothing.
    """
    selectors = [Selector.parse(text) for text in only]
    tasks = [(task, _cell(plan, task)) for plan in plans for task in plan.tasks()]
    for selector in selectors:
        hit = any(selector.matches(task, cell) for task, cell in tasks)
        known = sorted({f"{task.study}:{task.experiment}" for task, _ in tasks})
        shown = f"--only = {selector.text}"
        way_out = f"known here: {', '.join(known)}; `simsuff list` shows their grids"
        require(hit, "--only", shown, "pick at least one task at this scale", way_out)
    if not selectors:
        return [task for task, _ in tasks]
    return [task for task, cell in tasks if any(selector.matches(task, cell) for selector in selectors)]


def _cell(plan: StudyPlan, task: Task) -> Mapping[str, Any]:
    experiment = next(e for e in plan.experiments if e.name == task.experiment)
    return experiment.cells[task.cell]


def _split(text: str) -> list[str]:
    """Split at commas that stand outside quotes and brackets."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for letter in text:
        if letter == "," and depth == 0 and not quoted:
            parts.append("")
            continue
        parts[-1] += letter
        quoted ^= letter == '"' and not escaped
        escaped = letter == "\\" and not escaped
        if not quoted:
            depth += (letter in "[{") - (letter in "]}")
    return [part for part in parts if part.strip()]


def _pair(text: str, part: str) -> tuple[str, Any]:
    """``K=2`` as a name and a JSON value; what is not JSON is a string."""
    name, equals, value = part.partition("=")
    require(equals and name.strip(), "--only", text, "hold NAME=VALUE pairs in [ ]", _WAY_OUT)
    try:
        return name.strip(), json.loads(value)
    except json.JSONDecodeError:
        return name.strip(), value.strip()
