"""A run directory to work with: its rows and replicates, as objects, as DataFrames and as Parquet files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Self

from simsuff.numerics.display import card, frame, optional, table
from simsuff.reporting.records import PREFIX, row_record, side_record
from simsuff.reporting.row import Row, count, rows_of
from simsuff.studies.collect import StudyResult, collect
from simsuff.studies.plan import Task
from simsuff.studies.store import read_run
from simsuff.studies.tasks import Record, decode
from simsuff.verdicts.comparison import LEVEL

# Fields of a row that are text; the others are numbers, of which JSON writes those that are not finite as words.
TEXTS = {"study", "experiment", "statement", "relation", "exactness", "verdict", "expected", "decided_by"}


@dataclass(frozen=True, eq=False)
class Run:
    """What ``simsuff run --out DIR`` left in a directory, finished or not. Nothing is ever written there.

    Attributes
    ----------
    folder : the directory.
    header : its run.json: seed, scale, command, versions, machine, status.
    studies : the results study by study: pooled rows and failures, with the plan.
    tasks : the finished tasks in the order of the plan: one replicate of one cell each, with its rows or its error.
    planned : how many tasks there are.
    level : the family-wise error level at which `rows` are judged.

    Examples
    --------
    >>> import simsuff as ss
    >>> run = ss.Run.open("results/default")  # doctest: +SKIP
    >>> run.to_frame()[["statement", "lhs", "rhs", "verdict"]]  # doctest: +SKIP
    >>> ss.Run.open("results/nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: DIR must be a run directory: DIR = ...
    """

    folder: Path
    header: Mapping[str, Any]
    studies: Sequence[StudyResult]
    tasks: Sequence[tuple[Task, Record]]
    planned: int
    level: float = LEVEL

    @classmethod
    def open(cls, folder: str | PathLike[str], level: float = LEVEL) -> Self:
        """Read a run directory.

        Raises
        ------
        ValueError : where `folder` is not a run directory, or its files are damaged.
        """
        place = Path(folder)
        header, plans, tasks, records = read_run(place)
        done = [(task, records[task.label]) for task in tasks if task.label in records]
        return cls(place, header, collect(plans, tasks, records), done, len(tasks), level)

    @property
    def is_complete(self) -> bool:
        """Whether every task has finished, be it with an error."""
        return len(self.tasks) == self.planned

    @cached_property
    def rows(self) -> list[Row]:
        """Every row of every study: the comparison pooled over its replicates, and its verdict."""
        return [row for rows in rows_of(self.studies, self.level) for row in rows]

    def to_frame(self, replicates: bool = False) -> Any:
        """The rows as a pandas DataFrame; with `replicates` those of each task before they are pooled.

        The columns are those of the CSV tables: settings are called ``setting.NAME``, and floats keep their bits.
        Replicates have ``replicate`` and ``seconds`` instead of verdicts, which one draw alone does not give.

        Raises
        ------
        ImportError : where pandas is not installed.
        """
        records = self._replicates() if replicates else [_flat(row_record(row)) for row in self.rows]
        found = frame(records)
        # Numbers of draws stay integers beside rows that have none.
        return found.astype({"n": "Int64"}) if "n" in found else found

    def to_parquet(self, path: str | PathLike[str], replicates: bool = False) -> None:
        """Write `to_frame` as a Parquet file; settings of mixed kinds as JSON, which one column can hold.

        Raises
        ------
        ImportError : where pandas or pyarrow is not installed.
        """
        optional("pyarrow", "to_parquet")
        found = self.to_frame(replicates)
        for name in found.columns:
            known = found[name].notna()
            kinds = set(map(type, found[name][known])) if str(found[name].dtype) == "object" else set()
            if len(kinds) > 1 or kinds & {list, dict}:
                texts = [json.dumps(value) for value in found[name][known]]
                found[name] = found[name].where(~known, None).astype(object)
                found.loc[known, name] = texts
        found.to_parquet(path, engine="pyarrow", index=False)

    def _replicates(self) -> list[dict[str, Any]]:
        cells = {
            (result.plan.name, e.name): e.cells for result in self.studies for e in result.plan.experiments
        }
        records = []
        for task, record in self.tasks:
            place = {"study": task.study, "experiment": task.experiment, "replicate": task.replicate}
            for row in map(decode, record.rows or []):
                about = place | {"statement": row.statement, "relation": str(row.relation)}
                sides = side_record("lhs", row.lhs) | side_record("rhs", row.rhs) | {"slack": row.slack}
                setting = {**cells[task.study, task.experiment][task.cell], **row.setting}
                records.append(_flat(about | sides | {"setting": setting}) | {"seconds": record.seconds})
        return records

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {len(self.tasks)} of {self.planned} tasks, {len(self.rows)} rows)"

    def _repr_html_(self) -> str:
        header = self.header
        facts = {
            "scale": header["scale"],
            "seed": header["seed"],
            "status": header["status"],
            "tasks": f"{len(self.tasks)} of {self.planned}",
        }
        counts = []
        for result in self.studies:
            rows = [row for row in self.rows if row.study == result.plan.name]
            counts.append({"study": result.plan.name, **asdict(count(rows, len(result.failures)))})
        listed = table([list(entry.values()) for entry in counts], list(counts[0])) if counts else ""
        return card(f"Run {self.folder}", facts) + listed


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object as the fields of a table; floats are numbers again, settings come last."""
    fields = {
        name: float(value) if isinstance(value, str) and name not in TEXTS else value
        for name, value in record.items()
        if name != "setting"
    }
    return fields | {PREFIX + name: value for name, value in record["setting"].items()}
