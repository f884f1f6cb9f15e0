"""Is a statement false? `hunt` searches for a counterexample, makes it small, and verifies it in exact arithmetic."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from simsuff import statements
from simsuff.discovery import Kind, execute, find
from simsuff.hunting import shrink
from simsuff.hunting.exact.numbers import NotExact
from simsuff.hunting.exact.world import ExactSides, exact_sides
from simsuff.hunting.examples import confirmed, example, nearest_example
from simsuff.hunting.result import Example, Hunt
from simsuff.hunting.search import Effort, climb, encore, scatter
from simsuff.hunting.spaces import Space, spaces_of, spans
from simsuff.hunting.structures import SPANS, is_known, structures
from simsuff.numerics.validation import one_of, refuse, require
from simsuff.statements import Statement
from simsuff.verdicts import Comparison

CONJECTURES = Kind("statement", "conjecture")
MISSING = "hunting needs hypothesis, which is not installed: python -m pip install 'simsuff[strategies]'"

# Evaluations that a second of budget plans, for laws one by one and in stacks: what a slow machine does.
PER_SECOND, STACKED_PER_SECOND = 250, 40_000
# Structures of the vocabulary, and sets of arguments that strategies draw for what it does not hold.
STRUCTURES, DRAWS = 120, 80
# Structures of the vocabulary that are looked through for points at which a statement is evaluated exactly.
POINT_STRUCTURES = 24
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
    if not is_huntable(target):
        allowed = "speak about every single draw"
        way_out = "simulate its mean: write a study (docs/studies.md)"
        raise refuse("statement", f"id = {target.id}", allowed, way_out)
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
    examples = _counterexamples(failing, effort, rng) if failing else []
    if examples:
        outcome, finished = "refuted", not effort.late
        evaluated = max(sum(space.evaluations for space in failing), evaluated)
    else:
        outcome = "stands"
        nearest = nearest_example(max(spaces, key=lambda space: min(space.best, 0.0)))
        examples = [nearest] if nearest else []
    worst = max(examples, key=lambda found: found.ratio, default=None)
    return Hunt(
        target.id,
        target.title,
        outcome,
        worst.ratio if worst else 0.0,
        examples[0] if examples else None,
        worst,
        evaluated,
        effort.spent,
        finished,
        target.sharp,
        seed,
    )


def _spaces(target: Statement, seed: int, rng: np.random.Generator) -> list[Space]:
    """The spaces of the structures of the vocabulary; of arguments that strategies draw where it does not know one."""
    if is_known(target):
        return spaces_of(target, list(structures(target, STRUCTURES, rng)), SPANS)
    try:
        from simsuff.strategies import arguments
    except ImportError as error:
        raise ImportError(MISSING) from error
    drawn = arguments.drawn_arguments(target, DRAWS, seed)
    if not drawn:
        raise refuse("statement", f"id = {target.id}", "have arguments", "name what it speaks about")
    return spaces_of(target, drawn, spans(drawn))


def _counterexamples(failing: list[Space], effort: Effort, rng: np.random.Generator) -> list[Example]:
    """The smallest example, and the most dramatic one; those of them that exact arithmetic confirms."""
    smallest = None
    for space in sorted(failing, key=lambda space: space.complexity)[:CANDIDATES]:
        small = shrink.with_fewer_symbols(space, effort, rng)
        found = shrink.simplest(small, effort)
        smallest = example(small, *found) if found else confirmed(small)
        if smallest is not None:
            break
    encore(failing, effort, rng)
    dramatic = confirmed(max(failing, key=lambda space: space.best))
    return [found for found in (smallest, dramatic) if found is not None]


def conjectures(target: str) -> list[Statement]:
    """The statements that ``ID``, ``FILE`` or ``FILE::ID`` names, in the order of the file.

    ``all`` are those of the library, without those about means of random draws, which cannot be hunted.

    Raises
    ------
    ValueError : for an id that is unknown, and a file that is missing, broken or without statements.
    """
    if target == "all":
        return [entry for entry in statements.all() if is_huntable(entry)]
    path, _, id = target.partition("::")
    if not id and not Path(path).exists() and not path.endswith(".py"):
        return [statements.get(path)]
    (source,) = find([path], CONJECTURES)
    found = [value for value in vars(execute(source)).values() if isinstance(value, Statement)]
    own = {entry.id: entry for entry in found if not entry.function.__module__.startswith("simsuff.")}
    return [own[one_of("ID", id, own, f"name a conjecture of {path}")]] if id else [*own.values()]


def is_huntable(statement: Statement) -> bool:
    """Whether a statement speaks about every single set of arguments, and not about the mean of random draws."""
    return not (statement.in_expectation or "rng" in statement.arguments)


def exact_points(statement: Statement, count: int, seed: int = 1) -> Iterator[tuple[Comparison, ExactSides]]:
    """Both sides, in floats and exactly, at up to `count` typical arguments in fractions, the same for each `seed`.

    None where a quantity has no exact twin.
    """
    if not is_known(statement):
        return
    rng = np.random.default_rng(seed)
    found = 0
    for space in spaces_of(statement, list(structures(statement, POINT_STRUCTURES, rng)), SPANS):
        for point in space.starts(2, rng):
            fractions = shrink.exactly(space, point)
            comparison = space.comparison(shrink.in_floats(fractions))
            arguments = space.exact_arguments(fractions)
            if comparison is None or arguments is None:
                continue
            try:
                sides = exact_sides(statement.function, arguments)
            except NotExact:
                continue
            yield comparison, sides
            found += 1
            if found == count:
                return
