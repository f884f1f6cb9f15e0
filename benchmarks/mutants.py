"""Would the tests notice? A random sample of mutants of one room, each against the tests that run the changed lines.

`python benchmarks/mutants.py verdicts --count 200` changes one operator, number, condition, loop, handler or decorator
at a time (the operators of cosmic-ray), runs the tests of the room that cover the change until one fails, and prints
the share that is noticed with its 95 % interval, and what survives. Outcomes are appended to `--out`, so that a run can
be ended and continued; `--again` tries those that survived once more, on all tests of the room or on `--tests`.

Left out, because no result can change: mutants that Python refuses, that read as the same program, or that lie in an
annotation, a type alias, an overload, `__all__` or `if TYPE_CHECKING`. Docstrings and comments are never changed.
`mutants.md` lists the survivors that were looked at.
"""

import argparse
import difflib
import hashlib
import json
import math
import os
import random
from pathlib import Path
from typing import Any

from mutation.changes import ROOT, Mutant, lines_of, mutants_of, mutated
from mutation.trials import coverage_map, outcome, warm

# Most CPU seconds of tests for one mutant; tests beyond are not run, and counted in its record.
BUDGET = 20.0
# CPU seconds after which a mutant hangs: some times what its tests take, and a start.
FACTOR, START = 4, 6


def wilson(noticed: int, tried: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, noticed / tried
    middle = share + z * z / (2 * tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return (middle - half) / (1 + z * z / tried), (middle + half) / (1 + z * z / tried)


def digest(*folders: Path) -> str:
    """What stands in the Python files of these folders: records of mutants and of lines are about one text alone."""
    files = (path for folder in folders for path in sorted(folder.rglob("*.py")))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:8]


def tests_of(mutant: Mutant, known: dict[str, Any]) -> list[str]:
    """The tests that run the statement around a mutant, fastest first; all where it runs at import, its file's first."""
    lines, seconds = known["lines"].get(mutant.path, {}), known["seconds"]
    names = {name for line in lines_of(mutant) for name in lines.get(str(line), [])}
    of_file = {name for line in lines.values() for name in line}
    wanted = seconds if "" in names else names & seconds.keys()
    return sorted(wanted, key=lambda test: (test not in of_file, seconds[test]))


def judged(
    mutant: Mutant, text: str, tests: list[str], seconds: dict[str, float], budget: float
) -> dict[str, Any]:
    """The record of a mutant; a test without known seconds is a file, which may take as long as the room."""
    total, chosen = 0.0, []
    for test in tests:
        cost = seconds.get(test, sum(seconds.values()))
        if chosen and total + cost > budget:
            break
        total += cost
        chosen.append(test)
    result, who = outcome(mutant.path, text, chosen, START + FACTOR * total) if chosen else ("survived", "")
    before = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines()
    diff = list(difflib.unified_diff(before, text.splitlines(), mutant.path, mutant.path, n=0, lineterm=""))
    return {
        "mutant": mutant,
        "outcome": result,
        "by": who,
        "tests": len(chosen),
        "not_run": len(tests) - len(chosen),
        "diff": "\n".join(diff[1:]),
    }


def summary(room: str, records: list[dict[str, Any]]) -> str:
    """The score, and a diff for each survivor."""
    survivors = [record for record in records if record["outcome"] == "survived"]
    tried, noticed = len(records), len(records) - len(survivors)
    low, high = wilson(noticed, tried) if tried else (0.0, 1.0)
    # Of these the tests could not even be collected.
    broken = sum(record["outcome"].startswith("broken") for record in records)
    head = (
        f"{room}: {tried} tried, {noticed} noticed ({broken} where tests are loaded), {len(survivors)} survived: "
        f"{noticed / max(tried, 1):.1%}"
    )
    shown = [
        f"{record['diff']}\n({record['tests']} tests, {record['not_run']} not run)" for record in survivors
    ]
    return "\n\n".join([f"{head} ({low:.1%}–{high:.1%})", *shown])


def main() -> None:
    """Try mutants, and print what survives."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "mutants")
    parser.add_argument("--again", action="store_true", help="only those that survived so far")
    parser.add_argument(
        "--tests", nargs="*", default=[], metavar="TEST", help="with --again: these files or tests"
    )
    arguments = parser.parse_args()
    room, out = arguments.room, arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    warm(room)
    file = out / f"{room}-{arguments.seed}-{digest(ROOT / 'simsuff' / room)}.jsonl"
    stored = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    # The last record of a mutant is the one that counts.
    records = {json.dumps(record["mutant"]): record for record in stored}
    known = coverage_map(
        room, out / f"{room}-{digest(ROOT / 'simsuff' / room, ROOT / 'tests' / room)}.map.json"
    )
    print(f"{room}: {len(known['seconds'])} tests; left out: {known['left_out']}")

    def keep(mutant: Mutant, text: str, tests: list[str], budget: float) -> None:
        record = records[json.dumps(mutant)] = judged(mutant, text, tests, known["seconds"], budget)
        with file.open("a") as lines:
            lines.write(json.dumps(record) + "\n")
        print(record["outcome"], record["diff"].splitlines()[-1], flush=True)

    if arguments.again:
        tests = arguments.tests or sorted(known["seconds"], key=known["seconds"].__getitem__)
        for record in [record for record in records.values() if record["outcome"] == "survived"]:
            mutant = Mutant(*record["mutant"])
            keep(mutant, mutated(mutant) or "", tests, math.inf)
    else:
        everything = list(mutants_of(room))
        random.Random(arguments.seed).shuffle(everything)
        print(f"{len(everything)} mutants")
        for mutant in everything:
            if len(records) >= arguments.count:
                break
            if json.dumps(mutant) not in records and (text := mutated(mutant)) is not None:
                keep(mutant, text, tests_of(mutant, known), BUDGET)
    print(summary(room, list(records.values())))


if __name__ == "__main__":
    main()
