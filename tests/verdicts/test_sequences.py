"""Do confidence sequences miss the mean as rarely as they say, however often one looks?"""

import math

import numpy as np
import pytest
from scipy import integrate, stats
from ville import BernoulliCS, _boundaries

from simsuff.verdicts import Comparison, Estimate, Verdict, judge
from simsuff.verdicts.sequences import PRIOR_DRAWS, half_width, student_boundary

LEVEL = 0.05


@pytest.mark.parametrize("n", [3, 8, 40])
def test_the_boundary_is_where_a_mixture_of_t_laws_outweighs_the_centred_one(n):
    """The density of Student's ratio under N(δσ, σ²), averaged over δ, against that under N(0, σ²), by quadrature."""
    level = 0.02
    edge = student_boundary(n, level)
    width = 1 / math.sqrt(PRIOR_DRAWS)

    def weighed(effect):
        return stats.nct.pdf(edge, n - 1, effect * math.sqrt(n)) * stats.norm.pdf(effect, scale=width)

    mixed = sum(
        integrate.quad(weighed, *ends, limit=400)[0] for ends in ((-60, -2), (-2, 2), (2, 8), (8, 60))
    )
    assert mixed / stats.t.pdf(edge, n - 1) == pytest.approx(1 / level, rel=1e-4)


@pytest.mark.parametrize("level", [0.05, 1e-4])
def test_many_draws_have_the_boundary_of_known_variance(level):
    """Robbins' mixture for normal draws of variance 1 after n of them, by another library."""
    n = 200_000
    radius = float(_boundaries.normal_mixture(np.array([float(n)]), level, PRIOR_DRAWS)[0])
    assert student_boundary(n, level) * math.sqrt(n) == pytest.approx(radius, rel=1e-3)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 10), (10, 10), (40, 2000)])
def test_rates_have_the_interval_of_another_library(hits, n):
    draws = np.r_[np.ones(hits), np.zeros(n - hits)]
    found = BernoulliCS(alpha=LEVEL / 2, prior=(0.5, 0.5), intersect=False)
    low, high = found.fit(draws).interval()
    arms = high - hits / n, hits / n - low
    assert half_width(Estimate.of_rate(hits, n), LEVEL) == pytest.approx(max(arms), abs=1e-9)


def test_a_known_range_scales_the_interval():
    draws = np.random.default_rng(0).random(50)
    unit = half_width(Estimate.from_samples(draws, (0, 1)), LEVEL)
    assert half_width(Estimate.from_samples(5 - 3 * draws, (2, 5)), LEVEL) == pytest.approx(3 * unit)
    assert half_width(2 - 3 * Estimate.from_samples(draws, (0, 1)), LEVEL) == pytest.approx(3 * unit)


def test_little_spread_narrows_a_proved_interval():
    draws = 0.5 + 1e-3 * np.random.default_rng(0).normal(size=20_000)
    narrow, wide = (Estimate.from_samples(d, (0, 1)) for d in (draws, np.round(np.arange(20_000) % 2)))
    assert half_width(narrow, LEVEL) < half_width(wide, LEVEL) / 5


@pytest.mark.parametrize(("n", "stderr"), [(2_000, 0.0), (2_000, 1e-4), (30_000, 2e-3)])
def test_draws_of_little_spread_have_the_bound_of_maurer_and_pontil(n, stderr):
    """Their Theorem 4 for a sample variance n·stderr² and a range of 2, on each side, at δ_n with Σ δ_n = a quarter."""
    delta = LEVEL / 4 / (n * (n - 1))
    variance, logarithm = (stderr / 2) ** 2 * n, math.log(2 / delta)
    radius = math.sqrt(2 * variance * logarithm / n) + 7 * logarithm / (3 * (n - 1))
    found = half_width(Estimate(0.3, stderr, n, support=(-1.0, 1.0)), LEVEL)
    assert found == pytest.approx(2 * radius, rel=1e-9)


@pytest.mark.parametrize(("n", "skewness"), [(16, 0.0), (64, 0.8), (64, -0.8), (2_500, 2.0)])
def test_skewed_draws_widen_the_boundary_by_a_term_of_their_edgeworth_series(n, skewness):
    """Student's ratio has the quantile q − γ(2q² + 1)/(6√n); γ is known up to three standard errors √(6/n)."""
    edge = student_boundary(n, LEVEL)
    largest = abs(skewness) + 3 * math.sqrt(6 / n)
    expected = 0.5 * (edge + largest * (2 * edge**2 + 1) / (6 * math.sqrt(n)))
    assert half_width(Estimate(7.0, 0.5, n, skewness), LEVEL) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 2.0])
def test_what_is_no_error_probability_has_no_interval(level):
    assert half_width(Estimate(0.0, 1.0, 100), level) == math.inf


def test_too_few_draws_have_no_interval():
    assert half_width(Estimate(0.0, 1.0, 1), 0.5) == math.inf
    assert half_width(Estimate(0.0, 1.0, 3), 1e-5) == math.inf
    assert half_width(Estimate(0.0, math.inf, 100), 0.5) == math.inf
    assert half_width(Estimate.of_rate(1, 1), 1e-5) < 1


def missed(draws, level, first=2):
    """The share of rows of `draws`, shape (rows, n), whose interval misses 0 at some number of draws."""
    n = np.arange(1, draws.shape[1] + 1)
    mean = np.cumsum(draws, axis=1) / n
    square = np.cumsum(draws**2, axis=1) / n - mean**2
    cube = np.cumsum(draws**3, axis=1) / n - 3 * mean * (square + mean**2) + 2 * mean**3
    out = np.zeros(len(draws), bool)
    for k in range(first, draws.shape[1] + 1):
        for i in np.flatnonzero(~out):
            spread = max(square[i, k - 1], 0.0)
            skewness = cube[i, k - 1] / spread**1.5 if spread > 0 else 0.0
            estimate = Estimate(mean[i, k - 1], math.sqrt(spread / max(1, k - 1)), k, skewness)
            out[i] = abs(estimate.value) > half_width(estimate, level)
    return out.mean()


LAWS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
    "heavy tails": lambda rng, size: rng.standard_t(3, size=size),
}


@pytest.mark.parametrize("law", LAWS)
def test_looking_after_every_draw_errs_at_most_at_the_level(law):
    rows = 300
    rate = missed(LAWS[law](np.random.default_rng(1), (rows, 40)), LEVEL)
    assert rate <= LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / rows)


def test_the_boundary_itself_is_no_wider_than_it_must_be():
    """Without the allowance for skewness, normal draws looked at up to 2,000 times miss at a rate near the level."""
    rng, level, rows = np.random.default_rng(2), 0.2, 1000
    draws = rng.normal(size=(rows, 2000))
    n = np.arange(1, 2001)
    mean = np.cumsum(draws, axis=1) / n
    spread = np.sqrt(np.maximum(np.cumsum(draws**2, axis=1) / n - mean**2, 0) / np.maximum(1, n - 1))
    edges = np.array([min(student_boundary(k, level), 1e9) for k in n])
    out = (np.abs(mean[:, 1:]) > edges[1:] * spread[:, 1:]).any(axis=1)
    assert 0.3 * level < out.mean() <= level + 3 * math.sqrt(level * (1 - level) / rows)


@pytest.mark.parametrize("law", [*LAWS, "lognormal"])
def test_a_family_of_few_draws_errs_at_most_at_its_level(law):
    laws = {**LAWS, "lognormal": lambda rng, size: np.exp(rng.normal(size=size)) - math.exp(0.5)}
    rng, families, size, level = np.random.default_rng(3), 300, 20, 0.05
    wrong = 0
    for _ in range(families):
        rows = [Comparison(Estimate.from_samples(row), "==", 0.0) for row in laws[law](rng, (size, 8))]
        wrong += Verdict.VIOLATED in judge(rows, level)
    assert wrong <= families * level + 3 * math.sqrt(families * level * (1 - level))


def test_enough_draws_show_an_error_of_a_tenth():
    rng = np.random.default_rng(4)
    found = [
        Comparison(Estimate.from_samples(rng.normal(1.1, 0.1, 64)), "<=", 1.0).verdict for _ in range(50)
    ]
    assert found.count(Verdict.VIOLATED) >= 40
