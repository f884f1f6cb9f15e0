"""How often do verdicts err, and what do they notice? Tables of true claims at equality, and constants a little wrong.

`python benchmarks/calibration.py` judges 10,000 tables of 20 estimated rows for each law of the draws and each number of
replicates, as the runs of studies are judged, and prints the share of tables with a false alarm beside the level, with
the interval of Clopper and Pearson at 95 %. *Looked at* tables are judged at 2, 3, 4, 6, … replicates up to the number
given, and err where any look does. The second table is the share of single rows that notice a constant which is wrong.
"""

import argparse
import math
from collections.abc import Callable

import numpy as np
from scipy.stats import beta

from simsuff.verdicts import Comparison, Estimate, Verdict
from simsuff.verdicts.sequences import student_boundary

ROWS, LEVEL = 20, 0.01
LOOKS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
CHUNK = 500  # tables that are drawn at once
Law = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]

# Draws of mean 0; the range of a draw where the table may know it.
LAWS: dict[str, tuple[Law, tuple[float, float] | None]] = {
    "normal": (lambda rng, size: rng.normal(size=size), None),
    "uniform": (lambda rng, size: rng.random(size) - 0.5, None),
    "exponential": (lambda rng, size: rng.exponential(size=size) - 1, None),
    "χ² with 1 degree": (lambda rng, size: rng.normal(size=size) ** 2 - 1, None),
    "lognormal": (lambda rng, size: np.exp(rng.normal(size=size)) - math.exp(0.5), None),
    "Pareto, exponent 3": (lambda rng, size: rng.pareto(3, size) - 0.5, None),
    "Student, 3 degrees": (lambda rng, size: rng.standard_t(3, size), None),
    "gamma, shape 0.2": (lambda rng, size: rng.gamma(0.2, size=size) - 0.2, None),
    "beta(0.1, 0.1)": (lambda rng, size: rng.beta(0.1, 0.1, size) - 0.5, None),
    "Bernoulli(0.5)": (lambda rng, size: (rng.random(size) < 0.5) - 0.5, None),
    "Bernoulli(0.1)": (lambda rng, size: (rng.random(size) < 0.1) - 0.1, None),
    "Bernoulli(0.1), range known": (lambda rng, size: (rng.random(size) < 0.1) - 0.1, (-0.1, 0.9)),
    "beta(0.1, 0.1), range known": (lambda rng, size: rng.beta(0.1, 0.1, size) - 0.5, (-0.5, 0.5)),
}


def is_refuted(sample: np.ndarray, relation: str, support: tuple[float, float] | None) -> bool:
    """Whether a true row of 20 is called violated: in a table without a violation, Holm's share is that of all rows."""
    return (
        Comparison(Estimate.from_samples(sample, support), relation, 0.0).verdict_at(LEVEL / ROWS)
        is Verdict.VIOLATED
    )


def false_alarms(name: str, n: int, relation: str, looked_at: bool, tables: int, seed: int) -> int:
    """The number of tables that call a true statement violated."""
    law, support = LAWS[name]
    rng = np.random.default_rng([seed, n, list(LAWS).index(name)])
    wrong = 0
    for first in range(0, tables, CHUNK):
        draws = law(rng, (min(CHUNK, tables - first), ROWS, n))
        alarms = np.zeros(draws.shape[:2], bool)
        for k in [k for k in LOOKS if k <= n] if looked_at else [n]:
            seen = draws[..., :k]
            # Inside the boundary without its allowance, or within two standard errors, no row can be refuted.
            edge = student_boundary(k, LEVEL / ROWS) if support is None else 2.0
            if edge < math.inf:
                spread = seen.std(axis=-1, ddof=1) / math.sqrt(k)
                for place in np.argwhere(np.abs(seen.mean(axis=-1)) >= 0.999 * edge * spread):
                    alarms[tuple(place)] |= is_refuted(seen[tuple(place)], relation, support)
        wrong += int(alarms.any(axis=1).sum())
    return wrong


def noticed(error: float, n: int, tables: int, seed: int) -> float:
    """How often a row among 20 notices a bound that is too small by `error`, where draws vary by a tenth."""
    rng = np.random.default_rng([seed, n])
    found = 0
    for _ in range(tables):
        sample = rng.normal(1, 0.1, n)
        row = Comparison(Estimate.from_samples(sample), "<=", 1 - error)
        found += row.verdict_at(LEVEL / ROWS) is Verdict.VIOLATED
    return found / tables


def share(wrong: int, tables: int) -> str:
    """A rate with its interval, in bold where that lies above the level."""
    low = float(beta.ppf(0.025, wrong, tables - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(0.975, wrong + 1, tables - wrong)) if wrong < tables else 1.0
    text = f"{wrong / tables:.4f} ({low:.4f}–{high:.4f})"
    return f"**{text}**" if low > LEVEL else text


def main() -> None:
    """Print both tables as Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--relation", default="==", choices=["==", "<=", ">="])
    parser.add_argument("--laws", nargs="*", default=list(LAWS), choices=list(LAWS))
    arguments = parser.parse_args()
    columns = [(n, False) for n in (2, 3, 8, 16, 64)] + [(64, True)]
    heads = [f"n = {n}" + (", looked at" if looked else "") for n, looked in columns]
    print(
        f"{arguments.tables} tables of {ROWS} rows `{arguments.relation}`, level {LEVEL}, seed {arguments.seed}\n"
    )
    print(f"| law of a draw | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for name in arguments.laws:
        cells = [
            share(
                false_alarms(name, n, arguments.relation, looked, arguments.tables, arguments.seed),
                arguments.tables,
            )
            for n, looked in columns
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    sizes = (8, 16, 32, 64, 128, 512)
    print(
        f"\n| the bound is too small by | {' | '.join(f'n = {n}' for n in sizes)} |\n|---|{'---|' * len(sizes)}"
    )
    for error in (0.01, 0.02, 0.05, 0.1):
        cells = [f"{noticed(error, n, arguments.tables // 10, arguments.seed):.3f}" for n in sizes]
        print(f"| {error:.0%} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
