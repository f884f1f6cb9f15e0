"""Same seed, same bytes: every study on one, two and four workers, on Dask, interrupted, from a cold and a warm cache.

`python benchmarks/same_bytes.py` runs the studies at the smoke scale in each of these ways and compares the SHA-256 of
the exported tables; exit status 1 where one differs. PATH and `--scale` choose other studies.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

WAYS = {
    "one process": ["--jobs", "1"],
    "two processes": ["--jobs", "2"],
    "four processes": ["--jobs", "4"],
    "two under Dask": ["--jobs", "2", "--backend", "dask"],
    "killed and resumed": ["--jobs", "2"],
    "cold cache": ["--jobs", "2"],
    "warm cache": ["--jobs", "1"],
}


def run(out: Path, options: Sequence[str], cache: Path | None, kill: bool) -> dict[str, str]:
    """One run; the digests of its tables."""
    environment = dict(os.environ)
    if cache is not None:
        environment |= {"NUMBA_CACHE_DIR": str(cache / "numba"), "SIMSUFF_CACHE_DIR": str(cache / "simsuff")}
    command = [sys.executable, "-m", "simsuff", "run", *options, "--out", str(out)]
    log = out.with_suffix(".log")
    with log.open("w") as file:
        streams = {"stdout": file, "stderr": file}
        if kill:
            process = subprocess.Popen(command, env=environment, start_new_session=True, **streams)
            tasks = out / "tasks.jsonl"
            while process.poll() is None and not (tasks.exists() and tasks.read_bytes().count(b"\n") >= 5):
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            command.append("--resume")
        done = subprocess.run(command, env=environment, check=False, **streams)
    if done.returncode not in (0, 1) or not (out / "tables").is_dir():
        raise SystemExit(log.read_text()[-2000:])
    tables = sorted((out / "tables").iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in tables}


def main() -> int:
    """Run in every way and compare with the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=["simulations"], metavar="PATH")
    parser.add_argument("--scale", default="smoke")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS), metavar="WAY")
    arguments = parser.parse_args()
    first: dict[str, str] = {}
    differ = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for way in arguments.ways:
            start = time.monotonic()
            options = [*arguments.paths, "--scale", arguments.scale, *WAYS[way]]
            cache = folder / "cache" if "cache" in way else None
            tables = run(folder / way.replace(" ", "-"), options, cache, kill="killed" in way)
            first = first or tables
            changed = sorted(key for key in {*first, *tables} if first.get(key) != tables.get(key))
            differ |= bool(changed)
            verdict = (
                f"DIFFERENT: {', '.join(changed)}" if changed else f"{len(tables)} tables, the same bytes"
            )
            print(f"{way:20} {verdict}  ({time.monotonic() - start:.0f} s)", flush=True)
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
