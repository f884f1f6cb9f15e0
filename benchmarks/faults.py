"""Nothing lost: a run is killed at random moments (the parent, or a worker), resumed, and compared byte for byte.

`python benchmarks/faults.py --kills 50` starts a small sweep on two workers, kills it again and again with SIGKILL at
random moments, resumes it after each kill of the parent, and compares all tables and figures with those of a run that
nothing disturbed. Finished tasks must stay what they are; no worker may outlive its parent.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = '''
"""Determinants of random matrices, and their logarithms."""

import time

import numpy as np

from simsuff.studies import Axes, Comparison, study


@study(default={"d": [2, 3, 5, 8, 13, 21, 34, 55]}, replicates=20, axes=Axes(x="d"))
def determinants(d, rng):
    """Two ways to a logarithm."""
    time.sleep(0.02)
    a = rng.normal(size=(d, d))
    return Comparison(float(np.linalg.slogdet(a)[1]), "==", float(np.log(abs(np.linalg.det(a)))))
'''
COMMAND = [sys.executable, "-m", "simsuff", "run", "study.py", "--jobs", "2"]


def main() -> int:
    """Kill, resume, compare; exit status 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", default="processes", choices=["processes", "dask"])
    arguments = parser.parse_args()
    COMMAND.extend(["--backend", arguments.backend])
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "study.py").write_text(STUDY.lstrip())
        start = time.monotonic()
        subprocess.run([*COMMAND, "--out", "calm"], cwd=folder, check=True, capture_output=True)
        length = time.monotonic() - start
        kills = {"parent": 0, "worker": 0}
        runs = 0
        while sum(kills.values()) < arguments.kills:
            runs += 1
            start = time.monotonic()
            done = disturbed(folder / f"run{runs}", draw, length, arguments.kills - sum(kills.values()))
            kills = {victim: kills[victim] + done[victim] for victim in kills}
            if not any(done.values()):  # the machine may be less busy now
                length = min(length, time.monotonic() - start)
            if reports(folder / f"run{runs}") != reports(folder / "calm"):
                print(f"LOST: run {runs} differs after {done}")
                return 1
            print(f"run {runs}: the same bytes after {done}", flush=True)
        print(
            f"nothing lost: {kills['parent']} kills of the parent, {kills['worker']} of workers, {runs} runs"
        )
    return 0


def disturbed(out: Path, draw: random.Random, length: float, most: int) -> dict[str, int]:
    """One run to its end through random kills; how many there were."""
    kills = {"parent": 0, "worker": 0}
    kept: list[str] = []
    while True:
        # A kill before run.json was written leaves nothing to resume.
        resume = ["--resume"] if (out / "run.json").exists() else []
        command = [*COMMAND, "--out", out.name, *resume]
        pipe = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=out.parent, stdout=pipe, stderr=pipe, start_new_session=True)
        while process.poll() is None:
            if sum(kills.values()) >= most or draw.random() < 0.1:
                process.wait()
                break
            moment = time.monotonic() + draw.uniform(0.0, length)
            while time.monotonic() < moment and process.poll() is None:
                time.sleep(0.005)
            workers = children(process.pid)
            if workers and draw.random() < 0.4:
                os.kill(draw.choice(workers), signal.SIGKILL)
                kills["worker"] += 1
            elif process.poll() is None:
                process.kill()
                process.wait()
                kills["parent"] += 1
                wait_for_the_end(process.pid)
        lines = finished_lines(out)
        if lines[: len(kept)] != kept:
            raise SystemExit(f"LOST: {out} forgot finished tasks")
        kept = lines
        if process.returncode == 0:
            labels = [json.loads(line)["task"] for line in kept]
            if len(labels) != len(set(labels)) or len(labels) != 160:
                raise SystemExit(f"LOST: {out} holds {len(labels)} records of {len(set(labels))} tasks")
            return kills
        if process.returncode > 0:
            raise SystemExit(f"LOST: {' '.join(map(str, command))} ended with {process.returncode}")


def children(parent: int) -> list[int]:
    """The worker processes of a run (Linux); not the tracker of shared resources."""
    found = subprocess.run(
        ["pgrep", "-P", str(parent), "-f", "spawn_main"], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def wait_for_the_end(group: int) -> None:
    """Every process of the run ends with its parent."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise SystemExit("LOST: a worker outlived its parent by a minute")


def finished_lines(out: Path) -> list[str]:
    """The whole lines of tasks.jsonl."""
    path = out / "tasks.jsonl"
    return path.read_text().rpartition("\n")[0].split("\n") if path.exists() and path.stat().st_size else []


def reports(out: Path) -> dict[str, bytes]:
    """The bytes of every table and figure."""
    files = [out / "summary.md", *(out / "tables").iterdir(), *(out / "figures").iterdir()]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


if __name__ == "__main__":
    sys.exit(main())
