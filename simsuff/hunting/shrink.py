"""A counterexample made small: fewer symbols first, then fractions with small denominators, each verified anew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.hunting.exact.numbers import NotExact
from simsuff.hunting.exact.world import ExactSides, exact_sides
from simsuff.hunting.forms import AXES, Form, form_of
from simsuff.hunting.parts import law_sums
from simsuff.hunting.search import Effort, evolve
from simsuff.hunting.spaces import Place, Space

Float = NDArray[np.float64]
Fractions = Mapping[Place, NDArray[np.object_]]

# Denominators of laws, and for each those of other numbers, from the simplest on.
DENOMINATORS = (*range(2, 41), 50, 60, 80, 100, 200, 500, 1_000, 10_000, 100_000, 10**6, 10**9)
OTHERS = (1, 2, 4, 10, 100)
# Violators that are rounded: where laws are evaluated one by one, and where in stacks.
ROUNDED, STACKED_ROUNDED = 6, 64
# Generations that a space with a symbol less gets to show that the statement fails there too.
RETRY = 6


def with_fewer_symbols(space: Space, effort: Effort, rng: np.random.Generator) -> Space:
    """The space of the fewest symbols in which the statement still fails, reached by removing them one at a time."""
    while not effort.late:
        smaller = next((found for found in _smaller(space) if _still_fails(found, effort, rng)), None)
        if smaller is None:
            return space
        space = smaller
    return space


def _still_fails(space: Space, effort: Effort, rng: np.random.Generator) -> bool:
    space.merits(np.array(space.seen))
    if space.stacked and space.dimension:
        # Among these are the counterexamples that one can write down.
        space.merits(space.starts(STACKED_ROUNDED, rng))
    if space.best <= 0 and space.dimension and space.champion is not None:
        evolve(space, RETRY, effort, rng)
    return space.best > 0


def _smaller(space: Space) -> Iterator[Space]:
    """The spaces with one symbol less of one alphabet, from the champion on."""
    if space.champion is None:
        return
    values = {place: array[0] for place, array in space.decode(space.champion[None]).items()}
    sizes = [(a, n) for _, part in space.places for n, a in zip(part.shape, part.axes, strict=False)]
    for axis in ("x", "z1", "z2", "s", "y"):
        size = max((n for a, n in sizes if a == axis), default=0)
        for index in range(size if size > 1 else 0):
            forms = _removed(space, values, axis, index)
            if forms is not None:
                found = Space(space.statement, forms)
                found.seen.append(found.start())
                yield found


def _removed(space: Space, values: Mapping[Place, Float], axis: str, index: int) -> dict[str, Form] | None:
    """The forms without one symbol; None where a law has no mass left."""
    forms, groups = {}, None
    same_alphabet = any(form.same_alphabet for form in space.forms.values())
    for name, form in space.forms.items():
        if isinstance(form.fixed, np.ndarray) and AXES.get(name):
            # Labels are renumbered; what is given for each group keeps the groups that are left.
            own = "z1" if same_alphabet and AXES[name][0] == "z2" else AXES[name][0]
            labels = form.fixed[groups] if own == "t" and groups is not None else form.fixed
            if own == axis:
                labels = np.delete(labels, index)
                groups = np.unique(labels) if name in ("labels", "statistic") else groups
            labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
            forms[name] = form_of(labels, name, (0.0, 0.0))
            continue
        parts, start = {}, {}
        for key, part in form.parts.items():
            array = values[name, key]
            for dimension, own in enumerate(part.axes):
                if own == axis:
                    array = np.delete(array, index, dimension)
                elif own == "t" and groups is not None:
                    array = np.take(array, groups, dimension)
            if array.size == 0 or (part.is_law and not (law_sums(array, part.kind) > 0).all()):
                return None
            if part.is_law:
                array = array / law_sums(array, part.kind)
            parts[key], start[key] = replace(part, shape=array.shape), array
        forms[name] = replace(form, parts=parts, start=start)
    return forms


def simplest(space: Space, effort: Effort) -> tuple[Fractions, ExactSides | None] | None:
    """Fractions with the smallest denominators at which the statement fails, and its exact sides where there are some.

    Each is rounded from one of the violators of the space. None where no rounding keeps the failure.
    """
    # The champion and violators, evenly from the first found to the last.
    champion = [] if space.champion is None else [space.champion]
    count = min((STACKED_ROUNDED if space.stacked else ROUNDED) - 1, len(space.violators))
    picked = np.linspace(0, max(0, len(space.violators) - 1), count).astype(int)
    points = np.array(champion + [space.violators[i] for i in picked])
    laws_only = all(part.is_law for _, part in space.places)
    for denominator in DENOMINATORS:
        for other in (1,) if laws_only else OTHERS:
            found = _first_failure(space, rounded(space, points, denominator, other))
            if found is not None:
                return found
        if effort.late:
            return None
    return None


def rounded(space: Space, points: Float, denominator: int, other: int) -> list[Fractions]:
    """The distinct roundings of the points, laws to one denominator and other numbers to another."""
    found: dict[tuple[Any, ...], Fractions] = {}
    values = space.decode(points)
    for i in range(len(points)):
        arrays: dict[Place, NDArray[np.object_]] = {}
        for place, part in space.places:
            fractions = part.fractions(values[place][i], denominator if part.is_law else other)
            if fractions is None or (part.is_law and not (law_sums(fractions, part.kind) == 1).all()):
                break
            arrays[place] = fractions
        else:
            found[tuple(number for array in arrays.values() for number in array.ravel())] = arrays
    return [*found.values()]


def _first_failure(
    space: Space, candidates: Sequence[Fractions]
) -> tuple[Fractions, ExactSides | None] | None:
    if not candidates:
        return None
    stacked = {place: np.array([floats(c[place]) for c in candidates]) for place, _ in space.places}
    merits = space.judged(stacked, len(candidates))
    for i in np.argsort(-merits, kind="stable"):
        if merits[i] <= 0:
            return None
        try:
            sides = verified(space, candidates[i])
        except Unrefuted:
            continue
        if sides is None:  # then floats alone must say so, evaluated by themselves
            found = space.comparison(in_floats(candidates[i]))
            if found is None or found.verdict != "violated":
                continue
        return candidates[i], sides
    return None


class Unrefuted(Exception):
    """Exact arithmetic says that the relation holds, or cannot tell."""


def verified(space: Space, fractions: Fractions) -> ExactSides | None:
    """The exact sides of a counterexample; None where the statement needs more than exact arithmetic has.

    Raises
    ------
    Unrefuted : where the relation holds in exact arithmetic, or the balls overlap.
    """
    try:
        arguments = space.exact_arguments(fractions)
        if arguments is None:
            return None
        sides = exact_sides(space.statement.function, arguments)
    except NotExact:
        return None
    try:
        refuted = sides.refuted
    except NotExact as error:
        raise Unrefuted from error
    if not refuted:
        raise Unrefuted
    return sides


def floats(array: NDArray[np.object_]) -> Float:
    found: Float = np.array([float(number) for number in array.ravel()]).reshape(array.shape)
    return found


def in_floats(fractions: Fractions) -> dict[Place, Float]:
    return {place: floats(array) for place, array in fractions.items()}


def exactly(space: Space, point: Float) -> Fractions:
    """The fractions that the doubles of a point are, laws divided by their sum."""
    found: dict[Place, NDArray[np.object_]] = {}
    for place, part in space.places:
        array = space.decode(point[None])[place][0]
        flat = np.array([Fraction(float(x)) for x in array.ravel()], dtype=object).reshape(array.shape)
        if part.is_law:
            flat = flat / law_sums(flat, part.kind)
        found[place] = np.asarray(flat, dtype=object).reshape(array.shape)
    return found
