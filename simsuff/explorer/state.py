"""All numbers that the explorer's page shows at one position of its sliders, each from the library's own definition."""

import math
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from simsuff.encoders import LinearEncoder
from simsuff.explorer.assessment import Known, assess
from simsuff.explorer.optimum import infonce_optimum, temperature_floor, unit_length_excess
from simsuff.explorer.settings import Settings
from simsuff.models import GaussianModel
from simsuff.numerics.numbers import Bounded, Estimate, error_of, value_of

# One seed for all positions: equal draws make the numbers move as smoothly as the sliders.
SEED = 0


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
    judged = None
    if settings.value is not None:
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
        "python": _python(settings),
    }


# Correlations below it are 0 to every number on the page.
FAINT = 1e-12


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


def _python(settings: Settings) -> str:
    """Code whose assessment has the numbers of the page."""
    value = "..." if settings.value is None else repr(float(settings.value))
    return f"""import numpy as np
import simsuff as ss

rho = {settings.correlation} * {settings.decay} ** np.arange({settings.dimension}) / (1 + {settings.noise}**2)
views = ss.GaussianModel.from_correlations(rho)
rng = np.random.default_rng({SEED})
print(ss.assess_infonce({value}, K={settings.candidates}, temperature={settings.temperature}, model=views, rng=rng))"""
