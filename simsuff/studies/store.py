"""The run directory: what a run leaves on disk, who may write there, and how an interrupted run continues.

A run directory holds ``run.json`` (what was run, with what), ``tasks.jsonl`` (one line for each finished task,
written by the parent alone), ``run.lock`` while a run is under way, and the reports. A directory that holds other
files is never emptied: a new run replaces the files of the run before it and leaves everything else alone. The
tasks of a run that had not finished are kept as ``run.json.bak`` and ``tasks.jsonl.bak``.
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies.experiment import SCALES
from simsuff.studies.plan import StudyPlan, Task, select
from simsuff.studies.tasks import Record

try:
    import fcntl
except ImportError:  # Windows, where a second run into one directory goes unnoticed
    fcntl = None  # type: ignore[assignment]

FORMAT = "simsuff run 1"

# What must be equal for two halves of a run to belong together.
IDENTITY = ("seed", "scale", "only", "set", "studies", "helpers", "versions", "code")

# Where reports may have written: these names below the run directory are ours to replace.
WHOLE = ("summary.md", "report.html")
REPORTS = (
    *WHOLE,
    *(f"tables/*.{kind}" for kind in ("csv", "md", "tex")),
    *(f"figures/*.{kind}" for kind in ("png", "svg", "pdf")),
)


class CannotWrite(RuntimeError):
    """The run directory takes no more data: a full disk, a quota, or a directory that went away."""


class Store:
    """The open run directory of the run that is under way; locked until `release`."""

    def __init__(self, folder: Path, lock: int | None, header: dict[str, Any], records: list[Record]) -> None:
        self.folder = folder
        self.header = header
        self.records = records
        self._lock = lock
        self._lines = os.open(folder / "tasks.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._size = os.fstat(self._lines).st_size

    @classmethod
    def create(cls, folder: Path, header: dict[str, Any], *, replace: bool = False) -> Self:
        """A fresh run.

        Raises
        ------
        ValueError : where `folder` is not empty and not a run directory, another run is writing there, or it holds
            results that this run would not compute anew and `replace` is False.
        """
        _check_folder(folder, header, replace)
        with _locked(folder) as lock:
            _check_folder(folder, header, replace)
            # On a full disk this fails, before anything of the earlier run is touched.
            write_atomically(folder / ".run.json.new", _text(header))
            if (folder / "run.json").exists():
                _clear(folder)
            os.replace(folder / ".run.json.new", folder / "run.json")
            return cls(folder, lock, header, [])

    @classmethod
    def resume(cls, folder: Path, header: dict[str, Any]) -> Self:
        """Continue the run in `folder`; raises ValueError where it was another run, or one is under way."""
        read_header(folder)
        with _locked(folder) as lock:
            before = read_header(folder)
            for name in IDENTITY:
                then, now = _identity(before.get(name)), _identity(header.get(name))
                way_out = "run without --resume to start anew, or use another --out"
                require(then == now, "--resume", _difference(then, now), f"keep the same {name}", way_out)
            records, size = read_records(folder)
            if (folder / "tasks.jsonl").exists():
                os.truncate(folder / "tasks.jsonl", size)
            seconds = float(before.get("wall_seconds", before["seconds_before"]))
            started = {"started": before["started"], "seconds_before": seconds}
            header = header | started
            write_atomically(folder / "run.json", _text(header))
            return cls(folder, lock, header, records)

    def append(self, record: Record) -> None:
        """Keep a finished task; it survives a kill of this process.

        Raises
        ------
        CannotWrite : where the disk takes no whole line; the lines before it are kept.
        """
        data = (json.dumps(record.to_json(), allow_nan=False) + "\n").encode()
        try:
            _write_all(self._lines, data)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._lines, self._size)
            raise CannotWrite(f"cannot write {self.folder / 'tasks.jsonl'}: {error.strerror}") from error
        self._size += len(data)

    def close(self, status: str) -> None:
        """Record how the run ended; the directory stays locked for the reports.

        Raises
        ------
        CannotWrite : where the disk takes no more; run.json then still says that the run is under way.
        """
        now = time.time()
        seconds = now - self.header["clock"] + self.header["seconds_before"]
        self.header |= {"status": status, "ended": timestamp(now), "wall_seconds": round(seconds, 3)}
        try:
            os.fsync(self._lines)
            write_atomically(self.folder / "run.json", _text(self.header))
        except OSError as error:
            raise CannotWrite(f"cannot write {self.folder / 'run.json'}: {error.strerror}") from error
        finally:
            os.close(self._lines)

    def release(self) -> None:
        """Let other runs use the directory."""
        if self._lock is not None:
            (self.folder / "run.lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def timestamp(seconds: float) -> str:
    """UTC in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def read_header(folder: Path) -> dict[str, Any]:
    """The run.json of a run directory; raises ValueError where there is none, or a damaged one."""
    path = folder / "run.json"
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        way_out = "name a directory that `simsuff run --out DIR` wrote"
        raise refuse("DIR", str(folder), "be a run directory", way_out) from error
    except (OSError, ValueError, RecursionError) as error:
        raise refuse("DIR", str(path), "be readable JSON", f"restore the file ({error})") from error
    ours = isinstance(header, dict) and header.get("format") == FORMAT
    require(ours, "DIR", str(path), f"have the format {FORMAT!r}", "name a directory that simsuff wrote")
    try:
        integer("seed", header["seed"], 0, "restore the file")
        good = all(isinstance(study["name"], str) for study in header["studies"])
        good = good and isinstance(header["studies"], list) and isinstance(header["started"], str)
        good = good and header["scale"] in SCALES and isinstance(header["status"], str)
        good = good and all(isinstance(text, str) for text in header["only"])
        float(header["seconds_before"]), float(header.get("wall_seconds", 0.0))
    except (KeyError, TypeError, ValueError) as error:
        raise refuse("DIR", f"{path}: {error}", "be the run.json of a run", "restore the file") from error
    require(good, "DIR", str(path), "be the run.json of a run", "restore the file")
    return dict(header)


def read_records(folder: Path) -> tuple[list[Record], int]:
    """The finished tasks and the length of the file up to the last whole line; a torn last line is ignored.

    Raises
    ------
    ValueError : for a line that is no record.
    """
    path = folder / "tasks.jsonl"
    data = path.read_bytes() if path.exists() else b""
    size = data.rfind(b"\n") + 1
    records = []
    for number, line in enumerate(data[:size].split(b"\n")[:-1], start=1):
        try:
            records.append(Record.from_json(json.loads(line)))
        except (ValueError, RecursionError) as error:
            way_out = f"restore the file, or run without --resume ({error})"
            raise refuse("tasks.jsonl", f"line {number} of {path}", "be JSON records", way_out) from error
    return records, size


def read_run(folder: Path) -> tuple[dict[str, Any], list[StudyPlan], list[Task], list[Record]]:
    """Header, plans, tasks and records of a run directory.

    Raises
    ------
    ValueError : where `folder` is not a run directory or its files are damaged, also where a run that finished lacks
        tasks: a report of the rest would replace a good one.
    """
    header = read_header(folder)
    plans = [StudyPlan.from_json(study) for study in header["studies"]]
    tasks = select(plans, header["only"])
    records, _ = read_records(folder)
    known = {record.task for record in records}
    done = sum(task.label in known for task in tasks)
    complete = done == len(tasks) or (header["status"] != "finished" and done > 0)
    shown = f"{folder / 'tasks.jsonl'} = {done} of {len(tasks)} tasks, status {header['status']}"
    require(complete, "DIR", shown, "hold finished tasks", "restore the file, or run again")
    return header, plans, tasks, records


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write to a neighbour and rename; a reader sees the old file or the new one, never a part.

    A lone surrogate, which UTF-8 cannot hold, is written as its escape.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0o022)  # the mode mask of this process can only be read by setting it
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _text(header: Mapping[str, Any]) -> str:
    return json.dumps(header, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _check_folder(folder: Path, header: Mapping[str, Any], replace: bool) -> None:
    """A run may go into a missing or empty directory, or replace an earlier run that it computes anew."""
    way_out = "use another --out; nothing was touched"
    require(folder.is_dir() or not folder.exists(), "--out", str(folder), "be a directory", way_out)
    if not folder.exists():
        return
    if not any(
        path.name != "run.lock" and not path.name.startswith(".run.json.") for path in folder.iterdir()
    ):
        return
    allowed = "be new, empty, or the directory of an earlier run"
    require((folder / "run.json").exists(), "--out", str(folder), allowed, way_out)
    before = read_header(folder)
    if replace:
        return
    names = [{study["name"] for study in one["studies"]} for one in (before, header)]
    asked = [[one.get(name, []) for name in ("scale", "only", "set")] for one in (before, header)]
    same = names[0] <= names[1] and asked[0] == asked[1]
    lost = ", ".join(sorted(map(str, names[0])))
    shown = f"{folder} = {lost} at scale {before['scale']}, --only {before['only']}"
    require(
        same, "--out", shown, "not lose what another run found", "use another --out, or --replace to lose it"
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[int | None]:
    """Take the lock of the directory; it is kept where the block succeeds, and ends with the process at the latest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.lock"
    lock = None if fcntl is None else _take(path)
    try:
        yield lock
    except BaseException:
        if lock is not None:
            path.unlink(missing_ok=True)
            os.close(lock)
        raise


def _take(path: Path) -> int:
    """An open handle of the locked file, which says who holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 200).decode(errors="replace").strip() or "another run"
            os.close(handle)
            way_out = "wait until it ends, or stop it"
            raise refuse("--out", f"{path.parent} = in use by {holder}", "be free", way_out) from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                os.ftruncate(handle, 0)
                _write_all(handle, f"process {os.getpid()} since {timestamp(time.time())}\n".encode())
                return handle
        os.close(handle)  # its holder removed it in between


def _clear(folder: Path) -> None:
    """Remove what the run before left, by name; the tasks of an unfinished run are kept aside."""
    header = read_header(folder)
    if header["status"] == "finished":
        (folder / "tasks.jsonl").unlink(missing_ok=True)
    elif (folder / "tasks.jsonl").exists():
        write_atomically(folder / "run.json.bak", (folder / "run.json").read_bytes())
        os.replace(folder / "tasks.jsonl", folder / "tasks.jsonl.bak")
    studies = {study["name"] for study in header["studies"]}
    for path in (path for pattern in REPORTS for path in folder.glob(pattern)):
        if path.stem in studies or path.name in WHOLE:
            path.unlink()


def _identity(setting: Any) -> Any:
    """The part of a setting that must not change; studies by name, wherever their files lie."""
    if not isinstance(setting, list) or not setting or not all(isinstance(entry, dict) for entry in setting):
        return setting
    return {study["name"]: {k: v for k, v in study.items() if k != "path"} for study in setting}


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
