"""How fast is simsuff beside jax, torch and NumPy? Run it: `python benchmarks/peers.py --help`."""

import argparse
import fnmatch
import json
import shlex
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from side_by_side import machine


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare simsuff with jax, torch and NumPy, in one run.")
    parser.add_argument(
        "--rows", default="*", help="only rows whose name holds this text, or matches a pattern"
    )
    parser.add_argument("--repetitions", type=positive, help="turns for each row (default: as time allows)")
    parser.add_argument(
        "--seconds", type=float, default=2.5, help="measuring time for each row (default: 2.5)"
    )
    parser.add_argument("--threads", type=positive, help="processors that all contenders use (default: all)")
    parser.add_argument(
        "--all-variants", action="store_true", help="try every way that a peer has, keep the best"
    )
    parser.add_argument("--default-allocator", action="store_true", help="leave glibc's allocator untuned")
    parser.add_argument(
        "--large", action="store_true", help="also the largest rows: peers need 10 GB, and minutes"
    )
    parser.add_argument(
        "--cold", action="store_true", help="also time the compilation of the main job (minutes)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--out", type=Path, help="also write what is printed into this file")
    return parser.parse_args(arguments)


def positive(text: str) -> int:
    """A positive whole number."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a positive whole number: {text!r}")
    return int(text)


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where our own numbers are wrong, 2 where no row has such a name."""
    options = parsed(arguments)
    threads = min(options.threads or machine.processors(), machine.processors())
    machine.restrict_to(threads)
    tuned = False if options.default_allocator else _keep_large_blocks()
    # Compilers of peers warn about themselves.
    warnings.filterwarnings("ignore")
    from side_by_side.problem import OURS
    from side_by_side.report import compare, facts
    from side_by_side.table import markdown, record
    from side_by_side.workloads import all_rows, largest_rows

    known = all_rows() + (largest_rows() if options.large else [])
    rows = [row for row in known if named(row.name, options.rows)]
    if not rows:
        print(f"error: no row matches {options.rows!r}", file=sys.stderr)
        return 2
    found = compare(rows, options, threads)
    command = shlex.join(["python", "benchmarks/peers.py", *machine.without_out(arguments)])
    found.facts = facts(command, threads, tuned)
    shown = json.dumps(record(found), indent=1) + "\n" if options.json else markdown(found)
    print(shown, end="")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(shown)
    return 1 if any(OURS in outcome.excused for outcome in found.outcomes) else 0


def _keep_large_blocks() -> bool:
    from side_by_side.allocator import keep_large_blocks

    return keep_large_blocks()


def named(name: str, pattern: str) -> bool:
    """Whether a row is asked for."""
    return pattern in name or fnmatch.fnmatchcase(name, f"*{pattern}*")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
