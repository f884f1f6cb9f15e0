"""Is an InfoNCE value good? What it proves by itself, and what it proves about an encoder where the data are known."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsuff.explorer.optimum import infonce_optimum, temperature_floor
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, Estimate, value_of
from simsuff.numerics.validation import integer, require
from simsuff.population.sharpness import efficiency

# Standard errors of the optimum within which a value is called equal to it.
ERRORS = 3.0
# From this share of the most that K or the temperature allow, a value says more about these than about the encoder.
SATURATED = 0.9

# What findings rest on, as docs/theory.md has it with a proof.
STATEMENTS = {
    "B2": "log K less any InfoNCE value is at most I_K, the information that K candidates can show, and "
    "I_K ≤ min(I, log K). The same holds for the encoder's output in place of the view.",
    "B3": "The excess over the optimum grows with K, to the excess against all negatives.",
    "B4": "Suff ≤ excess/(1 − η), η = (M/K)(1 − (1 − 1/M)^K), where M bounds density ratio and normalised scores.",
    "B5": "Where the density ratio has no bound, no constant turns an excess at fixed K into a bound on sufficiency.",
}


@dataclass(frozen=True)
class Finding:
    """One sentence, and the id of the statement of docs/theory.md that it rests on ("" for arithmetic alone)."""

    text: str
    statement: str = ""

    def __str__(self) -> str:
        return f"{self.text} [{self.statement}]" if self.statement else self.text


@dataclass(frozen=True)
class Assessment:
    """What an InfoNCE value says; all numbers in nats.

    Attributes
    ----------
    verdict : "impossible", "no better than chance", "below the optimum", "at the optimum", "above the optimum", or
        "informative" where nothing is assumed about the data.
    chance : log K, the loss of a constant score.
    floor : below it no loss can be: 0, or `temperature_floor` for unit-length embeddings.
    shown : log K less the value, which bounds the information that the encoder carries from below (B2).
    optimum, excess, lost : the least loss with K candidates, what the value exceeds it by, and a bound on the encoder's
        KL-sufficiency; None where no model is given, the last also where nothing can be concluded.
    findings : the same in sentences.
    """

    value: float
    K: int
    verdict: str
    chance: float
    floor: float
    shown: float
    optimum: Bounded | Estimate | None
    excess: float | None
    lost: float | None
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.value:.4g} nats with K = {self.K}: {self.verdict}", *map(str, self.findings)]
        )


@dataclass(frozen=True)
class Known:
    """What is taken for granted about the data: I(z₁; z₂), the least loss with K candidates, sup r. In nats."""

    information: float
    optimum: Bounded | Estimate
    largest_ratio: float


def assess_infonce(
    value: float,
    K: int,
    *,
    temperature: float | None = None,
    model: Any = None,
    rng: np.random.Generator | None = None,
) -> Assessment:
    """Is this InfoNCE value good, and what does it prove about the encoder?

    Without a model only what holds for every law of the data; with one, how far the value is from the optimum.

    Parameters
    ----------
    value : the mean cross-entropy −log softmax of the positive among K candidates, in nats, on pairs that the encoder
        was not trained on. Either direction, or the mean of both.
    K : candidates for each anchor, the positive among them: the batch for CLIP, 2N − 1 for NT-Xent with N images, the
        queue and one for MoCo.
    temperature : t, where embeddings have unit length and scores are ⟨u, v⟩/t.
    model : the law that the data are believed to follow, a `FiniteModel` or a `GaussianModel`.
    rng : source of the draws of the optimum; a finite model needs none.

    Raises
    ------
    ValueError : for a value that is not finite, K < 2, a temperature that is not positive, and as `infonce_optimum`.

    Examples
    --------
    >>> import simsuff as ss
    >>> print(ss.assess_infonce(4.5, K=512, temperature=0.5))
    4.5 nats with K = 512: informative
    The encoder carries at least 1.74 nats about the other view. [B2]
    With unit-length embeddings at temperature 0.5 no value is below 4.251 nats, however informative the data: this \
one shows 87% of what the temperature allows.
    """
    draws = integer("K", K, 2, "count the positive among the K candidates")
    if model is None:
        return assess(value, draws, temperature)
    optimum = infonce_optimum(model, draws, rng)
    largest = float(model.ratio.max()) if isinstance(model, FiniteModel) else math.inf
    return assess(value, draws, temperature, Known(float(model.information("kl")), optimum, largest))


def assess(value: float, K: int, temperature: float | None, known: Known | None = None) -> Assessment:
    """`assess_infonce` from what is known about the data."""
    is_real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    way_out = "pass the mean loss of your run in nats"
    require(is_real and math.isfinite(value), "value", value, "be a finite number", way_out)
    chance = math.log(K)
    floor = 0.0 if temperature is None else temperature_floor(K, temperature)
    shown = chance - value
    verdict, findings = _alone(value, K, temperature, floor)
    excess = None if known is None else value - value_of(known.optimum)
    lost = None
    if known is not None and excess is not None and verdict != "impossible":
        doubt = ERRORS * known.optimum.stderr if isinstance(known.optimum, Estimate) else known.optimum.error
        if excess < -doubt:
            verdict = "below the optimum"
            text = (
                f"The value is {-excess:.3g} nats below the least that any score reaches on the assumed data, so these "
                "do not fit yours and nothing follows about the encoder. The views may share more than assumed, or the "
                "loss may be that of training pairs, or of a smaller K."
            )
            findings.append(Finding(text, "B2"))
        else:
            is_best = excess <= doubt
            text = "On the assumed data the value is the optimum, as far as this can be told."
            if not is_best:
                text = (
                    f"On the assumed data the best score would have {excess:.3g} nats less. Against all negatives "
                    "instead of K − 1 the scores are at least this far from optimal."
                )
            findings.append(Finding(text, "B2" if is_best else "B3"))
            if shown > 0:
                verdict = "at the optimum" if is_best else "above the optimum"
                lost, about = _bound_on_loss(max(excess, 0.0), shown, K, temperature, known)
                findings += about
    optimum = known.optimum if known else None
    return Assessment(float(value), K, verdict, chance, floor, shown, optimum, excess, lost, tuple(findings))


def _alone(value: float, K: int, temperature: float | None, floor: float) -> tuple[str, list[Finding]]:
    """The verdict on a value of which the data are unknown, and what K or the temperature keep any from showing."""
    chance = math.log(K)
    shown = chance - value
    if value < 0:
        text = (
            "No InfoNCE value is negative: it is −log of a probability. Add log K if your code takes the mean over the "
            "candidates where this takes their sum."
        )
        return "impossible", [Finding(text)]
    if value < floor:
        text = (
            f"Unit-length embeddings at temperature {temperature:g} cannot have a loss below {floor:.4g} nats in "
            "population. Check K, the temperature, and whether the embeddings are normalised."
        )
        return "impossible", [Finding(text)]
    if shown <= 0:
        text = (
            f"A score that ignores its input has log K = {chance:.4g} nats, so this value shows nothing about the "
            "encoder, which may be good all the same: scores on a wrong scale are enough to cause it."
        )
        return "no better than chance", [Finding(text, "B2")]
    findings = [Finding(f"The encoder carries at least {shown:.3g} nats about the other view.", "B2")]
    if temperature is not None and floor > (1 - SATURATED) * chance:
        text = (
            f"With unit-length embeddings at temperature {temperature:g} no value is below {floor:.4g} nats, however "
            f"informative the data: this one shows {shown / (chance - floor):.0%} of what the temperature allows."
        )
        findings.append(Finding(text))
    elif shown > SATURATED * chance:
        text = f"No value with K = {K} shows more than log K = {chance:.3g} nats: raise K to see further."
        findings.append(Finding(text, "B2"))
    return "informative", findings


def _bound_on_loss(
    excess: float, shown: float, K: int, temperature: float | None, known: Known
) -> tuple[float, list[Finding]]:
    """The smaller of the bounds on Suff_KL that apply, with the reason."""
    total = known.information
    lost, statement = min(total, total - shown), "B2"
    findings = []
    if temperature is not None:
        M = max(known.largest_ratio, math.exp(min(2 / temperature, 700.0)))
        if math.isinf(M):
            findings.append(
                Finding("B4 adds nothing: the density ratio of the assumed data is unbounded.", "B5")
            )
        elif excess / efficiency(K, M) < lost:
            lost, statement = excess / efficiency(K, M), "B4"
    text = f"It loses at most {lost:.3g} of the {total:.3g} nats that the views share (its KL-sufficiency)"
    if statement == "B2" and lost < total:
        text += f"; {max(lost - excess, 0.0):.3g} of them are what K candidates cannot show"
    return lost, [Finding(f"{text}.", statement), *findings]
