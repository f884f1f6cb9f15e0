"""A point of a space as an example that one can read, repeat and trust."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.hunting.exact.numbers import BALLS, Number
from simsuff.hunting.exact.world import ExactSides
from simsuff.hunting.result import Example, enclosure_of, ratio_of
from simsuff.hunting.shrink import (
    DENOMINATORS,
    OTHERS,
    Float,
    Fractions,
    Unrefuted,
    exactly,
    floats,
    in_floats,
    rounded,
    verified,
)
from simsuff.hunting.spaces import Space
from simsuff.statements.vocabulary import call_of, imports_of

# A readable example may have this much less of the ratio than the one that it was rounded from.
KEPT = 0.99
# Fractions beyond this many digits are shown as floats.
DIGITS = 12


def example(space: Space, fractions: Fractions, sides: ExactSides | None, note: str = "") -> Example:
    """The example at fractions, with its exact sides where there are some."""
    arguments = space.arguments(in_floats(fractions))
    found = space.statement.evaluate(**arguments)
    shown = {name: _shown(name, space, fractions) for name in space.forms}
    if sides is None:
        lhs, rhs, ratio = enclosure_of(found.lhs), enclosure_of(found.rhs), ratio_of(found)
        how = f"floats: fails by {-found.slack:.3g}, rounding explains {found.error:.2g}"
    else:
        with BALLS.working():
            (lhs, left), (rhs, right) = map(_enclosed, (sides.lhs, sides.rhs))
            exact = sides.lhs.exact is not None and sides.rhs.exact is not None
            least = abs(sides.lhs - sides.rhs).ends[0]
        ratio = ratio_of(found, (left, right))
        how = f"{'exact fractions' if exact else BALLS.name}: fails by at least {least:.6g}"
    return Example(arguments, shown, _code_of(space, fractions), found, lhs, rhs, ratio, note or how)


def _enclosed(number: Number) -> tuple[str, tuple[float, float]]:
    """A number in words, and two doubles that enclose it."""
    if number.exact is None:
        return "in [{!r}, {!r}]".format(*number.ends), number.ends
    short = len(str(number.exact)) <= 2 * DIGITS
    text = f"= {number.exact}" if short else "in [{!r}, {!r}]".format(*number.ends)
    return text, (float(number.exact), float(number.exact))


def confirmed(space: Space) -> Example | None:
    """The champion of a space in fractions that keep its ratio; None where exact arithmetic confirms none of them."""
    if space.champion is None:
        return None
    best: Example | None = None
    for fractions in [*_roundings(space, space.champion), exactly(space, space.champion)]:
        try:
            sides = verified(space, fractions)
            found = example(space, fractions, sides)
        except (Unrefuted, ValueError):
            continue
        if found.comparison.verdict != "violated":
            continue
        if found.ratio >= KEPT * _ratio_from(space.best):
            return found
        best = found if best is None or found.ratio > best.ratio else best
    return best


def nearest_example(space: Space) -> Example | None:
    """The champion of a space in which the statement stands, in fractions that keep its ratio."""
    if space.champion is None:
        return None
    try:
        nearest = example(space, exactly(space, space.champion), None, "floats: holds")
    except ValueError:
        return None
    for fractions in _roundings(space, space.champion):
        values = {place: array[None] for place, array in in_floats(fractions).items()}
        if nearest.ratio * (1 - 1e-4) <= _ratio_from(space.judged(values, 1)[0]) <= 1:
            return example(space, fractions, None, "floats: holds")
    return nearest


def _ratio_from(merit: float) -> float:
    """The ratio that a merit (a − b)/(a + b) of positive sides means."""
    return (1 + merit) / max(1 - merit, 1e-300)


def _roundings(space: Space, point: Float) -> list[Fractions]:
    pairs = itertools.product(DENOMINATORS, OTHERS[-2:])
    return [found for pair in pairs for found in rounded(space, point[None], *pair)]


def _shown(name: str, space: Space, fractions: Fractions) -> Any:
    form = space.forms[name]
    if not form.parts:
        fixed = form.fixed
        return [*map(str, fixed)] if isinstance(fixed, np.ndarray) else str(getattr(fixed, "name", fixed))
    texts = {key: _texts(fractions[name, key]) for key in form.parts}
    return texts[""] if list(texts) == [""] else texts


def _texts(array: NDArray[np.object_]) -> Any:
    if array.ndim == 0:
        return str(array[()])
    return [_texts(np.asarray(row, dtype=object)) for row in array]


def _code_of(space: Space, fractions: Fractions) -> str:
    """Python that evaluates the statement at these arguments."""
    arguments = {}
    for name, form in space.forms.items():
        code = {key: _code(fractions[name, key]) for key in form.parts}
        unnamed = [code.pop("")] if "" in code else []
        arguments[name] = form.code.format(*unnamed, **code) if form.parts else form.code
    call = call_of(space.statement, arguments)
    return "\n".join([*imports_of(call), call])


def _code(array: NDArray[np.object_]) -> str:
    """Numbers over their common denominator."""
    numbers = [Fraction(x) for x in array.ravel()]
    common = int(np.lcm.reduce(np.array([x.denominator for x in numbers], dtype=object)))
    if len(str(common)) > DIGITS:
        doubles = floats(array).tolist()
        return f"np.array({doubles!r})" if array.ndim else repr(doubles)
    whole = np.array([int(x * common) for x in numbers], dtype=object).reshape(array.shape)
    if array.ndim == 0:
        return f"{whole[()]}" if common == 1 else f"{whole[()]} / {common}"
    text = str(whole.tolist())
    return f"np.array({text}) / {common}" if common != 1 else f"np.array({text}, dtype=float)"
