"""The run directory: what a run leaves on disk, who may write there, and how an interrupted run continues.

A run directory holds ``run.json`` (what was run, with what), ``tasks.jsonl`` (one line for each finished task,
written by the parent alone), ``run.lock`` while a run is under way, and the reports. A directory that holds other
files is never emptied: a new run replaces the files of the run before it and leaves everything else alone. The
tasks of a run that had not finished are kept as ``run.json.bak`` and ``tasks.jsonl.bak``.
"""

import contextlib
import errno
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies.experiment import SCALES
from simsuff.studies.plan import StudyPlan, Task, codes, select, with_more
from simsuff.studies.tasks import Record

try:
    import fcntl
except ImportError:  # Windows, where a second run into one directory goes unnoticed
    fcntl = None  # type: ignore[assignment]

FORMAT = "simsuff run 1"

# What must be equal for two halves of a run to belong together; the plan may grow, and an experiment whose own code
# changed runs anew.
IDENTITY = ("seed", "helpers", "versions", "code")
# A finished task may be lost to a failure of the machine (not of a process) for so long.
SYNC_SECONDS = 1.0

# Where reports may have written: these names below the run directory are ours to replace.
WHOLE = ("summary.md", "report.html")
REPORTS = (
    *WHOLE,
    *(f"tables/*.{kind}" for kind in ("csv", "md", "tex")),
    *(f"figures/*.{kind}" for kind in ("png", "svg", "pdf")),
)


class CannotWrite(RuntimeError):
    """The run directory takes no more data: a full disk, a quota, or a directory that went away."""


class RecordFile(Mapping[str, Record]):
    """The latest record of each task in ``tasks.jsonl``; read from the disk when it is asked for, never kept.

    Records of experiments whose code is not that of the plans are left out; `failed` are the tasks that gave no rows.
    """

    def __init__(self, folder: Path, plans: Iterable[StudyPlan]) -> None:
        self._path = folder / "tasks.jsonl"
        self._codes = codes(plans)
        self._places: dict[str, int] = {}
        self.failed: set[str] = set()

    def add(self, record: Record, place: int) -> None:
        """Know the record whose line begins at byte `place`."""
        if self._codes.get(record.experiment) == record.code:
            self._places[record.task] = place
            (self.failed.discard if record.rows is not None else self.failed.add)(record.task)

    def __getitem__(self, task: str) -> Record:
        place = self._places[task]
        with self._path.open("rb") as file:
            file.seek(place)
            return Record(**json.loads(file.readline()))  # a line that `read_records` or `append` knows

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, task: object) -> bool:
        return task in self._places


class Store:
    """The open run directory of the run that is under way; locked until `release`.

    `notices` say what a reader of a resumed run should know.
    """

    def __init__(
        self, folder: Path, lock: int | None, header: dict[str, Any], records: RecordFile | None = None
    ) -> None:
        self.folder = folder
        self.header = header
        self.plans = [StudyPlan.from_json(study) for study in header["studies"]]
        self.records = RecordFile(folder, self.plans) if records is None else records
        self.notices: list[str] = []
        self._lock = lock
        self._lines = os.open(folder / "tasks.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._size = os.fstat(self._lines).st_size
        self._unsynced, self._ended = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        self._syncing = threading.Thread(target=self._sync_each_second, daemon=True)
        self._syncing.start()

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
                _remove_earlier(folder)
            os.replace(folder / ".run.json.new", folder / "run.json")
            return cls(folder, lock, header)

    @classmethod
    def resume(cls, folder: Path, header: dict[str, Any]) -> Self:
        """Continue the run in `folder`, also with a plan that has grown since.

        Raises
        ------
        ValueError : where it was another run, the new plan lacks a finished task, or a run is under way.
        """
        read_header(folder)
        with _locked(folder) as lock:
            before = read_header(folder)
            for name in IDENTITY:
                then, now = before.get(name), header.get(name)
                if name == "helpers":  # of modules that only one of the two plans imports nothing can be said
                    common = {*(then or {})} & {*(now or {})}
                    then, now = ({key: helpers[key] for key in common} for helpers in (then or {}, now or {}))
                way_out = "run without --resume to start anew, or use another --out"
                require(then == now, "--resume", _difference(then, now), f"keep the same {name}", way_out)
            earlier, plans = ([StudyPlan.from_json(s) for s in h["studies"]] for h in (before, header))
            plans = with_more(plans, earlier)
            old, size = read_records(folder, earlier)
            stale = _check_growth(old, codes(earlier), plans, header["only"])
            records = old if codes(earlier) == codes(plans) else read_records(folder, plans)[0]
            if (folder / "tasks.jsonl").exists():
                os.truncate(folder / "tasks.jsonl", size)
            seconds = float(before.get("wall_seconds", before["seconds_before"]))
            started = {"started": before["started"], "seconds_before": seconds}
            header = header | started | {"studies": [plan.to_json() for plan in plans]}
            header["rounds"] = before.get("rounds", [])
            header["helpers"] = {**(before.get("helpers") or {}), **(header.get("helpers") or {})}
            write_atomically(folder / "run.json", _text(header))
            store = cls(folder, lock, header, records)
            if stale:
                store.notices.append(f"their code changed, so that they run anew: {', '.join(stale)}")
            if (before.get("machine") or {}).get("build") != (header.get("machine") or {}).get("build"):
                store.notices.append(
                    "the tasks that are kept ran on another processor or build of the kernels"
                )
            return store

    def append(self, record: Record) -> None:
        """Keep a finished task; it survives a kill of this process.

        Raises
        ------
        CannotWrite : where the disk takes no whole line, or the file is gone; the lines before it are kept.
        """
        data = (json.dumps(record.to_json(), allow_nan=False) + "\n").encode()
        path = self.folder / "tasks.jsonl"
        try:
            _write_all(self._lines, data)
            self._check_place()
            if self._failure:
                raise self._failure
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._lines, self._size)
            raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
        self.records.add(record, self._size)
        self._size += len(data)
        self._unsynced.set()

    def _check_place(self) -> None:
        """Raise OSError where the open file is no longer that of the directory."""
        if not os.path.samestat(os.fstat(self._lines), os.stat(self.folder / "tasks.jsonl")):
            raise OSError(errno.ESTALE, "the file was replaced by another one")

    def _sync_each_second(self) -> None:
        """Have the disk hold what was appended, also while a long task runs; a failure is for the next `append`."""
        while not self._ended.wait(SYNC_SECONDS):
            if self._unsynced.is_set():
                self._unsynced.clear()
                try:
                    os.fsync(self._lines)
                except OSError as error:
                    self._failure = error
                    return

    def begin_round(self, plans: Sequence[StudyPlan], about: Mapping[str, Any]) -> None:
        """Record that the plans have grown; `about` says by what.

        Raises
        ------
        CannotWrite : where the disk takes no more.
        """
        self.plans = list(plans)
        self.header["studies"] = [plan.to_json() for plan in plans]
        self.header.setdefault("rounds", []).append(dict(about))
        try:
            write_atomically(self.folder / "run.json", _text(self.header))
        except OSError as error:
            raise CannotWrite(f"cannot write {self.folder / 'run.json'}: {error.strerror}") from error

    def close(self, status: str) -> None:
        """Record how the run ended; the directory stays locked for the reports.

        Raises
        ------
        CannotWrite : where the disk takes no more; run.json then still says that the run is under way.
        """
        now = time.time()
        seconds = now - self.header["clock"] + self.header["seconds_before"]
        self.header |= {"status": status, "ended": timestamp(now), "wall_seconds": round(seconds, 3)}
        self._ended.set()
        self._syncing.join()
        try:
            os.fsync(self._lines)
            self._check_place()
            write_atomically(self.folder / "run.json", _text(self.header))
        except OSError as error:
            raise CannotWrite(f"cannot write {self.folder / 'run.json'}: {error.strerror}") from error
        finally:
            os.close(self._lines)

    def release(self) -> None:
        """Let other runs use the directory."""
        self._ended.set()
        if self._lock is not None:
            (self.folder / "run.lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def timestamp(seconds: float) -> str:
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
        lists = header["only"], header.get("set", [])
        good = good and all(
            isinstance(part, list) and all(isinstance(x, str) for x in part) for part in lists
        )
        float(header["seconds_before"]), float(header.get("wall_seconds", 0.0))
    except (KeyError, TypeError, ValueError) as error:
        raise refuse("DIR", f"{path}: {error}", "be the run.json of a run", "restore the file") from error
    require(good, "DIR", str(path), "be the run.json of a run", "restore the file")
    return dict(header)


def read_records(folder: Path, plans: Sequence[StudyPlan]) -> tuple[RecordFile, int]:
    """The finished tasks and the length of the file up to the last whole line; a torn last line is ignored.

    Raises
    ------
    ValueError : for a line that is no record.
    """
    path, records, size = folder / "tasks.jsonl", RecordFile(folder, plans), 0
    with path.open("rb") if path.exists() else io.BytesIO() as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break
            try:
                records.add(Record.from_json(json.loads(line)), size)
            except (ValueError, RecursionError) as error:
                way_out = f"restore the file, or run without --resume ({error})"
                raise refuse("tasks.jsonl", f"line {number} of {path}", "be JSON records", way_out) from error
            size += len(line)
    return records, size


def read_run(folder: Path) -> tuple[dict[str, Any], list[StudyPlan], list[Task], RecordFile]:
    """Header, plans, tasks and records of a run directory.

    Raises
    ------
    ValueError : where `folder` is not a run directory or its files are damaged.
    """
    header = read_header(folder)
    plans = [StudyPlan.from_json(study) for study in header["studies"]]
    records, _ = read_records(folder, plans)
    return header, plans, select(plans, header["only"]), records


def holder(folder: Path) -> str:
    """Who is running into a directory, as ``process 17 since …``; empty where nobody is."""
    try:
        with (folder / "run.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return (folder / "run.lock").read_text(errors="replace").strip() or "another run"
    except (OSError, AttributeError):  # no such file, or no such lock on this system
        pass
    return ""


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
    found = [path.name for path in folder.iterdir()] if folder.exists() else []
    if not any(name != "run.lock" and not name.startswith(".run.json.") for name in found):
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


def _remove_earlier(folder: Path) -> None:
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


def _check_growth(
    records: RecordFile, before: Mapping[str, str], plans: Sequence[StudyPlan], only: Sequence[str]
) -> list[str]:
    """The experiments whose code changed; refuses plans that lack a finished task of any other one."""
    now = codes(plans)
    planned = {task.label for task in select(plans, only)}
    stale, lost = set(), []
    for task in records:
        experiment = task.partition("[")[0]
        if now.get(experiment, before[experiment]) != before[experiment]:
            stale.add(experiment)
        elif task not in planned:
            lost.append(task)
    if lost:
        shown = f"{len(lost)} finished tasks, {lost[0]} among them, are not in this plan"
        way_out = "keep the same studies, scale, --only and --set or add to them; without --resume a run starts anew"
        raise refuse("--resume", shown, "keep every finished task", way_out)
    return sorted(stale)


def _difference(then: Any, now: Any) -> str:
    """A short account of two unequal settings, by their beginnings."""

    def brief(value: Any) -> str:
        return "missing" if value is None else str(value)[:60]

    if not (isinstance(then, Mapping) and isinstance(now, Mapping)):
        return f"then = {brief(then)}, now = {brief(now)}"
    changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    return "; ".join(f"{name} = {brief(then.get(name))} then, {brief(now.get(name))} now" for name in changed)
