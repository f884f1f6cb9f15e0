"""How are the sweeps shown? One line for each: the points, and the exponents with their standard errors."""

import os
import sys
from collections.abc import Callable

from side_by_side import machine
from side_by_side.table import table
from side_by_side.timing import Plan, interleaved

from growth.fit import Exponent, fitted_exponent
from growth.memory import peak_bytes
from growth.sweeps import Sweep

HEADER: tuple[str, ...] = ("workload", "axis", "measured", "points", "exponent", "between the last two")


def report(sweeps: list[Sweep], seconds: float, memory: bool, command: str) -> str:
    """Everything measured; progress goes to stderr."""
    rows = [HEADER]
    for number, sweep in enumerate(sweeps, start=1):
        print(f"[{number}/{len(sweeps)}] {sweep.name} against {sweep.axis}", file=sys.stderr, flush=True)
        rows.append(line(sweep, "ms", times(sweep, seconds), lambda value: f"{1e3 * value:.3g}"))
        if memory and sweep.memory:
            grown = [float(peak_bytes(sweep, value)) for value in sweep.values]
            rows.append(line(sweep, "MB", grown, lambda value: f"{value / 1e6:.3g}"))
    facts = [
        f"* command: `{command}`",
        f"* machine: {machine.processor()}, {os.cpu_count()} processors, {machine.processors()} used",
        f"* versions: {', '.join(f'{name} {version}' for name, version in machine.versions().items())}",
        "* times are medians; memory is the growth of the resident set during one call, results included",
        "* exponents are least squares on logarithms, ± standard error; fixed costs bend the small end",
    ]
    return "\n".join(["# How time and memory grow", "", *facts, "", *table(rows)]) + "\n"


def times(sweep: Sweep, seconds: float) -> list[float]:
    """Median seconds at each value; the values take turns."""
    runs = {str(value): sweep.build(value) for value in sweep.values}
    for run in runs.values():
        run()
    timings = interleaved(runs, Plan(seconds * len(runs), fewest=3))
    return [timings[str(value)].median for value in sweep.values]


def line(sweep: Sweep, measured: str, values: list[float], shown: Callable[[float], str]) -> tuple[str, ...]:
    """One row."""
    points = ", ".join(f"{x}: {shown(y)}" for x, y in zip(sweep.values, values, strict=True))
    exponent = fitted_exponent(sweep.values, values)
    return (sweep.name, sweep.axis, measured, points, *shown_exponent(exponent))


def shown_exponent(exponent: Exponent | None) -> tuple[str, str]:
    """The slope with its standard error, and the last one."""
    if exponent is None:
        return "—", "—"
    return f"{exponent.slope:.2f} ± {exponent.stderr:.2f}", f"{exponent.last:.2f}"
