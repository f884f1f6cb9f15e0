"""How do time and memory grow with K, d, n and threads? `python benchmarks/scaling.py --help` says what to ask."""

import argparse
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from growth.sweeps import sweeps
from growth.table import report
from side_by_side.machine import without_out


def main(arguments: list[str]) -> int:
    """Measure and print; 2 where no sweep has such a name."""
    parser = argparse.ArgumentParser(description="Growth of time and memory, with fitted exponents.")
    parser.add_argument("--rows", default="", help="only sweeps whose name holds this text")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="measuring time for each point (default: 0.5)"
    )
    parser.add_argument(
        "--no-memory", action="store_true", help="leave out the processes that measure memory"
    )
    parser.add_argument("--out", type=Path, help="also write what is printed into this file")
    options = parser.parse_args(arguments)
    chosen = [sweep for sweep in sweeps() if options.rows in sweep.name]
    if not chosen:
        print(f"error: no sweep holds {options.rows!r}", file=sys.stderr)
        return 2
    command = shlex.join(["python", "benchmarks/scaling.py", *without_out(arguments)])
    shown = report(chosen, options.seconds, not options.no_memory, command)
    print(shown, end="")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
