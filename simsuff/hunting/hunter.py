"""Is a statement false? `hunt` searches for a counterexample, makes it small, and verifies it in exact arithmetic."""

import numpy as np

from simsuff import statements
from simsuff.hunting import shrink
from simsuff.hunting.conjectures import is_huntable
from simsuff.hunting.draws import drawn_arguments
from simsuff.hunting.examples import confirmed, example, nearest_example
from simsuff.hunting.result import Hunt
from simsuff.hunting.search import Effort, climb, encore, scatter
from simsuff.hunting.spaces import Space, spaces_of, spans
from simsuff.hunting.structures import SPANS, is_known, structures
from simsuff.numerics.validation import refuse, require
from simsuff.statements import Statement

# Evaluations that a second of budget plans, for laws one by one and in stacks: what a slow machine does.
PER_SECOND, STACKED_PER_SECOND = 250, 40_000
# Structures of the vocabulary, and sets of arguments that strategies draw for what it does not hold.
STRUCTURES, DRAWS = 120, 80
# Failing spaces that are shrunk until one of them is confirmed, the simplest first.
CANDIDATES = 3


def hunt(statement: Statement | str, seed: int = 0, budget: float = 30.0) -> Hunt:
    """Search for arguments at which a statement fails.

    Parameters
    ----------
    statement : a `Statement`, or the id of one.
    seed : the same seed gives the same result, unless the time ends the search (`Hunt.finished`).
    budget : seconds, more than 0. They bound the time, and plan the number of evaluations.

    Returns
    -------
    A `Hunt`: "refuted" with the smallest and the most dramatic counterexample, or "stands" with the arguments that
    come nearest to failing. A difference that rounding explains is no counterexample.

    Raises
    ------
    ValueError : for an unknown id, a parameter outside the vocabulary (with its names and how to add one), a statement
        about means of random draws, and a budget or seed out of range.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.hunt("D2-no_floor", budget=1.0).outcome
    'refuted'
    """
    target = statements.get(statement) if isinstance(statement, str) else statement
    require(0 < budget < np.inf, "budget", budget, "be a positive number of seconds", "30 is the default")
    require(isinstance(seed, int) and seed >= 0, "seed", seed, "be an integer from 0 on", "0 is the default")
    _refuse_random(target)
    rng = np.random.default_rng(seed)
    spaces = _spaces(target, seed, rng)
    # Before the clock starts: the first evaluation compiles what a process has not met.
    rate = STACKED_PER_SECOND if spaces[-1].stacked else PER_SECOND
    spaces[-1].merits(np.array(spaces[-1].seen))
    effort = Effort(int(budget * rate), budget)
    scatter(spaces, effort, rng)
    finished = True
    if not any(space.best > 0 for space in spaces):
        finished = climb(spaces, effort, rng) and not effort.late
    evaluated = sum(space.evaluations for space in spaces)
    failing = [space for space in spaces if space.best > 0]
    refuted = _refuted(target, failing, effort, rng, seed, evaluated) if failing else None
    if refuted is not None:
        return refuted
    champion = max(spaces, key=lambda space: min(space.best, 0.0))
    nearest = nearest_example(champion) if champion.champion is not None else None
    return Hunt(
        target.id,
        target.title,
        "stands",
        nearest.ratio if nearest else 0.0,
        nearest,
        nearest,
        evaluated,
        effort.spent,
        finished,
        target.sharp,
        seed,
    )


def _refuse_random(target: Statement) -> None:
    if not is_huntable(target):
        allowed = "speak about every single draw"
        way_out = "simulate its mean: write a study (docs/studies.md)"
        raise refuse("statement", f"id = {target.id}", allowed, way_out)


def _spaces(target: Statement, seed: int, rng: np.random.Generator) -> list[Space]:
    if is_known(target):
        return spaces_of(target, list(structures(target, STRUCTURES, rng)), SPANS)
    drawn = drawn_arguments(target, DRAWS, seed)
    return spaces_of(target, drawn, spans(drawn))


def _refuted(
    target: Statement,
    failing: list[Space],
    effort: Effort,
    rng: np.random.Generator,
    seed: int,
    evaluated: int,
) -> Hunt | None:
    """The smallest and the most dramatic example; None where exact arithmetic confirms none of them."""
    smallest = None
    for space in sorted(failing, key=lambda space: space.complexity)[:CANDIDATES]:
        small = shrink.with_fewer_symbols(space, effort, rng)
        found = shrink.simplest(small, effort)
        smallest = example(small, *found) if found else confirmed(small)
        if smallest is not None:
            break
    encore(failing, effort, rng)
    dramatic = confirmed(max(failing, key=lambda space: space.best))
    first = smallest or dramatic
    if first is None:
        return None
    examples = [found for found in (smallest, dramatic) if found is not None]
    worst = max(examples, key=lambda found: found.ratio)
    total = sum(space.evaluations for space in failing)
    return Hunt(
        target.id,
        target.title,
        "refuted",
        worst.ratio,
        first,
        worst,
        max(total, evaluated),
        effort.spent,
        not effort.late,
        target.sharp,
        seed,
    )
