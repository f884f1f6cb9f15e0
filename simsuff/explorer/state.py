"""What can be varied on the explorer's page, and all numbers that it shows at one position of its sliders.

Settings are checked against their ranges and read from a request; each number is the library's own definition.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from simsuff.divergences import DIVERGENCES
from simsuff.encoders import LinearEncoder
from simsuff.explorer.assessment import Known, assess
from simsuff.explorer.optimum import infonce_optimum, temperature_floor, unit_length_excess
from simsuff.models import GaussianModel
from simsuff.numerics.numbers import Bounded, Estimate, error_of, value_of
from simsuff.numerics.validation import refuse, require

# One seed for all positions: equal draws make the numbers move as smoothly as the sliders.
SEED = 0
# InfoNCE values beyond this come from scores that no training survives.
VALUES = 1e6
# Letters of unusable words that an error repeats.
SHOWN = 40
# Correlations below it are 0 to every number on the page.
FAINT = 1e-12
# Code whose assessment has the numbers of the page.
PYTHON = """import numpy as np
import simsuff as ss

rho = {correlation} * {decay} ** np.arange({dimension}) / (1 + {noise}**2)
views = ss.GaussianModel.from_correlations(rho)
rng = np.random.default_rng({seed})
print(ss.assess_infonce({value}, K={candidates}, temperature={temperature}, model=views, rng=rng))"""


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

    @property
    def is_whole(self) -> bool:
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
WHOLE = {control.name for control in CONTROLS if control.is_whole}


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
            try:
                given[name] = text if name == "divergence" else int(text) if name in WHOLE else float(text)
            except ValueError as error:
                kind = "an integer" if name in WHOLE else "a number"
                raise refuse(name, text[:SHOWN], f"be {kind}", "write it in digits, with a point") from error
        return cls(**given)


def explore(settings: Settings) -> dict[str, Any]:
    """What the page shows, as JSON takes it: finite numbers in nats, None where one is infinite.

    The views are Gaussian with canonical correlations ρ_i = `correlation` · `decay`^{i−1}/(1 + `noise`²) (E7). The
    encoder keeps the `rank` strongest canonical directions, weighted by √ρ_i as in the best bilinear score (E6), and
    its embeddings have unit length.

    Returns
    -------
    dict
        "correlations" ρ after noise; "information" I_f and "lost" Suff_f of the encoder for the chosen divergence
        (E1, E3); "information_kl" I; "chance" log K; "floor", below which unit length keeps every loss at this
        temperature; "optimum" log K − I_K; "encoder", the loss of this encoder, and "excess", what it exceeds the optimum
        by; "assessment" of the value, None without one; "python" that gives it. Numbers that are not known to rounding
        are {"value", "error"}, the error that of a `Bounded` or a standard error.

    Examples
    --------
    >>> shown = explore(Settings(dimension=2, rank=1, candidates=8))
    >>> round(shown["chance"], 3), 0 < shown["lost"]["value"] < shown["information"]["value"]
    (2.079, True)
    """
    K, t = settings.candidates, settings.temperature
    rho = tuple(
        settings.correlation * settings.decay**i / (1 + settings.noise**2) for i in range(settings.dimension)
    )
    rho = tuple(value if value > FAINT else 0.0 for value in rho)
    model = GaussianModel.from_correlations(rho)
    statistic = model.optimal_encoder(settings.rank)
    optimum, excess = _optimum(rho, K), _excess(rho, settings.rank, K, t)
    reached = Estimate(optimum.value + excess.value, math.hypot(optimum.stderr, excess.stderr), optimum.n)
    information = float(model.information("kl"))
    judged, value = None, "..."
    if settings.value is not None:
        value = repr(float(settings.value))
        judged = asdict(assess(settings.value, K, t, Known(information, optimum, math.inf)))
        judged.pop("optimum")
    return {
        "settings": asdict(settings),
        "correlations": list(rho),
        "information": _shown(model.information(settings.divergence)),
        "lost": _shown(model.sufficiency(statistic, settings.divergence)),
        "information_kl": information,
        "chance": math.log(K),
        "floor": temperature_floor(K, t),
        "optimum": _shown(optimum),
        "encoder": _shown(reached),
        "excess": _shown(excess),
        "assessment": judged,
        "python": PYTHON.format(**vars(settings) | {"value": value, "seed": SEED}),
    }


@lru_cache(maxsize=64)
def _optimum(rho: tuple[float, ...], K: int) -> Estimate:
    found = infonce_optimum(GaussianModel.from_correlations(rho), K, np.random.default_rng(SEED))
    assert isinstance(found, Estimate)
    return found


@lru_cache(maxsize=64)
def _excess(rho: tuple[float, ...], rank: int, K: int, temperature: float) -> Estimate:
    model = GaussianModel.from_correlations(rho)
    # Directions of correlation 0 are noise that the encoder keeps all the same; all of them 0 leave nothing to weigh.
    weights = np.sqrt(rho[:rank]) if rho[0] > 0 else np.ones(rank)
    encoder = LinearEncoder(weights[:, None] * model.optimal_encoder(rank).weight)
    return unit_length_excess(model, encoder, K, temperature, np.random.default_rng(SEED))


def _shown(number: Bounded | Estimate) -> dict[str, float | None]:
    value = value_of(number)
    error = number.stderr if isinstance(number, Estimate) else error_of(number)
    return {
        "value": value if math.isfinite(value) else None,
        "error": error if math.isfinite(error) else None,
    }
