"""What does a run leave on disk, and how does it continue after an interruption?

A run directory holds ``run.json`` (what was run, with what), ``tasks.jsonl`` (one line for each finished task,
written by the parent alone) and the reports. A directory that holds other files is never emptied: a new run
replaces the files of the run before it and leaves everything else alone. The tasks of a run that had not
finished are kept as ``run.json.bak`` and ``tasks.jsonl.bak``.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simsuff.numerics.validation import refuse, require
from simsuff.studies.files import write_atomically
from simsuff.studies.tasks import Record

FORMAT = "simsuff run 1"

# What must be equal for two halves of a run to belong together.
IDENTITY = ("seed", "scale", "only", "studies", "versions", "code")

# Where reports may have written: these names below the run directory are ours to replace.
REPORTS = ("summary.md", "tables/*.csv", "tables/*.md", "tables/*.tex", "figures/*.png", "figures/*.svg")


class Store:
    """The open run directory of the run that is under way."""

    def __init__(self, folder: Path, header: dict[str, Any], records: list[Record]) -> None:
        self.folder = folder
        self.header = header
        self.records = records
        folder.mkdir(parents=True, exist_ok=True)
        self._write_header()
        self._lines = (folder / "tasks.jsonl").open("a", encoding="utf-8")

    @classmethod
    def create(cls, folder: Path, header: dict[str, Any]) -> "Store":
        """A fresh run; raises ValueError where `folder` is not empty and not a run directory."""
        _check_folder(folder)
        if (folder / "run.json").exists():
            _clear(folder)
        return cls(folder, header, [])

    @classmethod
    def resume(cls, folder: Path, header: dict[str, Any]) -> "Store":
        """Continue the run in `folder`; raises ValueError where it was another run."""
        before = read_header(folder)
        for name in IDENTITY:
            then, now = _identity(before.get(name)), _identity(header.get(name))
            way_out = "run without --resume to start anew, or use another --out"
            require(then == now, "--resume", _difference(then, now), f"keep the same {name}", way_out)
        records, size = read_records(folder)
        os.truncate(folder / "tasks.jsonl", size)
        started = {"started": before["started"], "seconds_before": _seconds_so_far(before)}
        return cls(folder, header | started, records)

    def append(self, record: Record) -> None:
        """Keep a finished task; it survives a kill of this process."""
        self._lines.write(json.dumps(record.to_json(), allow_nan=False) + "\n")
        self._lines.flush()

    def close(self, status: str) -> None:
        """Record how the run ended."""
        os.fsync(self._lines.fileno())
        self._lines.close()
        now = time.time()
        seconds = now - self.header["clock"] + self.header["seconds_before"]
        self.header |= {"status": status, "ended": timestamp(now), "wall_seconds": round(seconds, 3)}
        self._write_header()

    def _write_header(self) -> None:
        text = json.dumps(self.header, indent=1, allow_nan=False, ensure_ascii=False)
        write_atomically(self.folder / "run.json", text + "\n")


def timestamp(seconds: float) -> str:
    """UTC in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def read_header(folder: Path) -> dict[str, Any]:
    """The run.json of a run directory; raises ValueError where there is none."""
    path = folder / "run.json"
    way_out = "name a directory that `simsuff run --out DIR` wrote"
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse("DIR", str(folder), "be a run directory", way_out) from error
    ours = isinstance(header, dict) and header.get("format") == FORMAT
    require(ours, "DIR", str(path), f"have the format {FORMAT!r}", way_out)
    return dict(header)


def read_records(folder: Path) -> tuple[list[Record], int]:
    """The finished tasks and the length of the file up to the last whole line; a torn last line is ignored."""
    path = folder / "tasks.jsonl"
    data = path.read_bytes() if path.exists() else b""
    size = data.rfind(b"\n") + 1
    return list(_parse(path, data[:size])), size


def _parse(path: Path, data: bytes) -> Iterator[Record]:
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            yield Record(**json.loads(line))
        except (ValueError, TypeError) as error:
            way_out = "restore the file, or run without --resume"
            raise refuse("tasks.jsonl", f"line {number} of {path}", "be JSON records", way_out) from error


def _check_folder(folder: Path) -> None:
    """A run may go into a missing or empty directory, or into an earlier run's."""
    way_out = "use another --out; nothing was touched"
    require(folder.is_dir() or not folder.exists(), "--out", str(folder), "be a directory", way_out)
    if folder.exists() and any(folder.iterdir()):
        allowed = "be new, empty, or the directory of an earlier run"
        require((folder / "run.json").exists(), "--out", str(folder), allowed, way_out)
        read_header(folder)


def _clear(folder: Path) -> None:
    """Remove what the run before left, by name; the tasks of an unfinished run are kept aside."""
    header = read_header(folder)
    for name in ("tasks.jsonl", "run.json"):
        path = folder / name
        if header.get("status") == "finished":
            path.unlink(missing_ok=True)
        elif path.exists():
            os.replace(path, folder / f"{name}.bak")
    studies = {study["name"] for study in header["studies"]}
    for path in (path for pattern in REPORTS for path in folder.glob(pattern)):
        if path.stem in studies or path.name == "summary.md":
            path.unlink()


def _identity(setting: Any) -> Any:
    """The part of a setting that must not change; studies by name, wherever their files lie."""
    if not isinstance(setting, list):
        return setting
    studies = [entry for entry in setting if isinstance(entry, dict)]
    if len(studies) < len(setting) or not studies:
        return setting
    return {study["name"]: {k: v for k, v in study.items() if k != "path"} for study in studies}


def _difference(then: Any, now: Any) -> str:
    """A short account of two unequal settings."""
    if not (isinstance(then, Mapping) and isinstance(now, Mapping)):
        return f"then = {_brief(then)}, now = {_brief(now)}"
    changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    parts = [f"{name} = {_brief(then.get(name))} then, {_brief(now.get(name))} now" for name in changed]
    return "; ".join(parts)


def _brief(value: Any) -> str:
    """Settings in full, digests and plans by their beginning."""
    if isinstance(value, Mapping):
        return f"version {str(value.get('digest'))[:12]}"
    return "missing" if value is None else str(value)[:60]


def _seconds_so_far(header: Mapping[str, Any]) -> float:
    return float(header.get("wall_seconds", header.get("seconds_before", 0.0)))
