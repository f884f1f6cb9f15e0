"""On which machine and with which versions was the table made? No names of hosts, users or paths."""

import argparse
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

PACKAGES = ("simsuff", "numpy", "scipy", "numba", "llvmlite", "jax", "jaxlib", "torch")
VARIABLE = "SIMSUFF_THREADS"
CPU_INFO = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Versions of everything that takes part; "missing" where it is not installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The model of the processor and the widest vectors that it has."""
    if not CPU_INFO.exists():
        return platform.processor() or platform.machine()
    entries = dict(_entry(line) for line in CPU_INFO.read_text().splitlines() if ":" in line)
    flags = entries.get("flags", "").split()
    widest = next((name for name in ("avx512f", "avx2", "avx") if name in flags), "no AVX")
    return f"{entries.get('model name', platform.machine())} ({widest})"


def _entry(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


@contextmanager
def library_threads(count: int) -> Iterator[None]:
    """Let simsuff use `count` threads inside; it asks the environment at each call."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(count)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def restrict_to(threads: int) -> None:
    """Let this process and all libraries in it use `threads` processors; call it before they are imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", VARIABLE):
        os.environ[name] = str(threads)


def without_out(arguments: list[str]) -> list[str]:
    """The command without where its output went."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--out")
    return parser.parse_known_args(arguments)[1]
