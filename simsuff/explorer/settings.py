"""What can be varied on the explorer's page: settings with their ranges, checked, and read from a request."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from simsuff.divergences import DIVERGENCES
from simsuff.numerics.validation import refuse, require


@dataclass(frozen=True)
class Control:
    """A number that a slider sets: its range, its step, and what the page says about it."""

    name: str
    group: str
    label: str
    low: float
    high: float
    step: float
    hint: str
    logarithmic: bool = False
    unit: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return isinstance(self.step, int)


CONTROLS = (
    Control(
        "candidates",
        "run",
        "Candidates K",
        2,
        65_536,
        1,
        "The positive and its negatives: the batch size for CLIP, 2N − 1 for NT-Xent with N images, queue + 1 for MoCo.",
        logarithmic=True,
    ),
    Control(
        "temperature",
        "run",
        "Temperature",
        0.01,
        10.0,
        0.01,
        "Scores are cosines of unit-length embeddings, divided by this.",
        logarithmic=True,
    ),
    Control(
        "correlation",
        "data",
        "Strongest correlation",
        0.0,
        0.99,
        0.01,
        "The first canonical correlation of the two views, before noise.",
    ),
    Control(
        "decay", "data", "Decay", 0.0, 1.0, 0.01, "Each further correlation is this times the one before."
    ),
    Control(
        "dimension", "data", "Shared directions", 1, 16, 1, "How many directions the views have in common."
    ),
    Control(
        "noise",
        "data",
        "Added noise",
        0.0,
        3.0,
        0.05,
        "Standard deviation σ of noise added to both views, each of variance 1: it divides the correlations by 1 + σ².",
    ),
    Control("rank", "encoder", "Directions kept", 1, 16, 1, "The encoder keeps the strongest of them."),
)


@dataclass(frozen=True)
class Settings:
    """A position of every slider; `value` is your own InfoNCE loss in nats, or None.

    Raises
    ------
    ValueError : for numbers out of their range, a rank above `dimension`, an unknown divergence.

    Examples
    --------
    >>> Settings(correlation=1.0)
    Traceback (most recent call last):
    ...
    ValueError: correlation must lie in [0, 0.99]: correlation = 1.0; move the slider
    """

    candidates: int = 512
    temperature: float = 0.5
    correlation: float = 0.95
    decay: float = 0.8
    dimension: int = 8
    noise: float = 0.2
    rank: int = 4
    divergence: str = "kl"
    value: float | None = None

    def __post_init__(self) -> None:
        for control in CONTROLS:
            number = getattr(self, control.name)
            kinds = int if control.is_whole else int | float
            allowed = f"be {'an integer' if control.is_whole else 'a number'}"
            right = isinstance(number, kinds) and not isinstance(number, bool)
            require(right, control.name, number, allowed, "move the slider")
            allowed = f"lie in [{control.low:g}, {control.high:g}]"
            inside = control.low <= number <= control.high
            require(inside, control.name, number, allowed, "move the slider")
        way_out = "keep fewer directions, or let the views share more"
        allowed = f"be at most the {self.dimension} shared directions"
        require(self.rank <= self.dimension, "rank", self.rank, allowed, way_out)
        allowed = f"be one of {', '.join(DIVERGENCES)}"
        require(
            self.divergence in DIVERGENCES, "divergence", self.divergence, allowed, "choose from the list"
        )
        if self.value is not None:
            right = isinstance(self.value, int | float) and abs(self.value) < VALUES
            allowed = f"be a number below {VALUES:g} in size"
            require(right, "value", self.value, allowed, "type the mean loss of your run in nats")

    @classmethod
    def of(cls, words: Iterable[tuple[str, str]]) -> "Settings":
        """The settings that a request spells, each at most once; those it leaves out keep their defaults.

        Raises
        ------
        ValueError : for unknown or repeated names, words that are no numbers, and as the class.
        """
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {}
        for name, text in words:
            allowed, way_out = f"be one of {', '.join(sorted(known))}", "send a setting of the explorer"
            require(name in known, "setting", name[:SHOWN], allowed, way_out)
            require(name not in given, name, text[:SHOWN], "be given once", "send each setting once")
            given[name] = text if name == "divergence" else _number(name, text)
        return cls(**given)


# InfoNCE values beyond this come from scores that no training survives.
VALUES = 1e6
# Letters of unusable words that an error repeats.
SHOWN = 40
WHOLE = {control.name for control in CONTROLS if control.is_whole}


def _number(name: str, text: str) -> float:
    try:
        return int(text) if name in WHOLE else float(text)
    except ValueError as error:
        kind = "an integer" if name in WHOLE else "a number"
        raise refuse(name, text[:SHOWN], f"be {kind}", "write it in digits, with a point") from error
