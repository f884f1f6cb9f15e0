"""Does an assessment say what follows from an InfoNCE value, and nothing that does not?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simsuff as ss
from simsuff import statements
from simsuff.explorer.assessment import STATEMENTS, Known, assess
from simsuff.numerics.numbers import Estimate
from simsuff.population.finite_k import infonce_risk, optimal_score
from simsuff.population.sharpness import efficiency
from simsuff.strategies import joint_tables

MODEL = ss.FiniteModel.from_views([0.5, 0.5], [[0.8, 0.15, 0.05], [0.05, 0.15, 0.8]])
KNOWN = Known(information=1.5, optimum=Estimate(3.0, 0.01, 8), largest_ratio=math.inf)


def cited(assessment):
    return [finding.statement for finding in assessment.findings]


@pytest.mark.parametrize(
    ("value", "temperature", "known", "verdict"),
    [
        (2.0, None, None, "informative"),
        (-0.1, None, None, "impossible"),
        (2.0, 0.5, None, "impossible"),
        (math.log(64), None, None, "no better than chance"),
        (9.0, None, KNOWN, "no better than chance"),
        (2.9, None, KNOWN, "below the optimum"),
        (2.98, None, KNOWN, "at the optimum"),
        (3.02, None, KNOWN, "at the optimum"),
        (3.2, None, KNOWN, "above the optimum"),
    ],
)
def test_verdicts(value, temperature, known, verdict):
    assert assess(value, 64, temperature, known).verdict == verdict


def test_without_a_model_a_value_bounds_the_information_alone():
    found = ss.assess_infonce(3.0, K=64)
    assert found.shown == math.log(64) - 3.0
    assert (found.optimum, found.excess, found.lost) == (None, None, None)
    assert cited(found) == ["B2"]
    assert "at least 1.16 nats" in str(found)


def test_a_small_value_asks_for_more_candidates():
    assert "raise K" in str(ss.assess_infonce(0.05, K=64))
    assert "raise K" not in str(ss.assess_infonce(3.0, K=64))


def test_below_the_optimum_nothing_is_concluded_about_the_encoder():
    found = assess(2.5, 64, None, KNOWN)
    assert found.lost is None
    assert "nothing follows about the encoder" in str(found)


def test_an_unbounded_ratio_leaves_the_bound_of_b2():
    found = assess(3.2, 64, 0.5, KNOWN)
    assert found.lost == pytest.approx(1.5 - (math.log(64) - 3.2))
    assert cited(found)[-1] == "B5"


def test_a_bounded_ratio_lets_b4_say_more():
    optimum = ss.assess_infonce(1.0, K=12, model=MODEL).optimum
    found = ss.assess_infonce(float(optimum) + 1e-3, K=12, model=MODEL, temperature=2.0)
    assert cited(found)[-1] == "B4"
    assert found.lost == pytest.approx(found.excess / efficiency(12, math.e))
    assert found.lost < float(MODEL.information("kl")) - found.shown


def test_a_model_of_the_data_is_that_of_its_optimum():
    found = ss.assess_infonce(2.0, K=8, model=MODEL)
    assert found.excess == 2.0 - float(found.optimum)


@given(
    joint_tables().map(ss.FiniteModel),
    st.integers(2, 6),
    st.floats(0.2, 3.0),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_what_an_encoder_loses_is_at_most_what_its_value_allows(model, K, temperature, seed, is_told):
    """Suff_KL of labels against the bound from the exact loss of a unit-length encoder of these labels (B2, B4)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, model.shape[0])
    u, v = (
        x / np.linalg.norm(x, axis=1, keepdims=True)
        for x in (rng.normal(size=(size, 2)) for size in (2, model.shape[1]))
    )
    value = math.log(K) + infonce_risk(model, u[labels] @ v.T / temperature, K)
    found = ss.assess_infonce(value, K, model=model, temperature=temperature if is_told else None)
    lost = model.sufficiency(labels, ss.divergence("kl"))
    kept = model.information("kl") - lost
    assert found.verdict not in ("impossible", "below the optimum")
    assert found.shown <= kept + 1e-12
    assert found.lost is None or lost <= found.lost + 1e-9


def test_the_best_score_of_an_encoder_shows_nearly_all_that_it_has_lost():
    """With many candidates the bound of B2 tends to Suff_KL."""
    labels, K = np.array([0, 1, 1]), 200
    best = optimal_score(MODEL.reduced(labels))[labels]
    found = ss.assess_infonce(math.log(K) + infonce_risk(MODEL, best, K), K, model=MODEL)
    assert 1 <= found.lost / float(MODEL.sufficiency(labels, "kl")) < 1.05


def test_every_statement_that_is_cited_is_one_of_the_library():
    for name, words in STATEMENTS.items():
        assert statements.get(name).id == name
        assert words.endswith(".")


@pytest.mark.parametrize("value", [math.nan, math.inf, "3", None, True])
def test_unusable_values_are_refused(value):
    with pytest.raises(ValueError, match="value must be a finite number"):
        ss.assess_infonce(value, K=64)


@pytest.mark.parametrize("K", [1, 0, -3, 2.0, "64"])
def test_unusable_candidates_are_refused(K):
    with pytest.raises(ValueError, match="K must be an integer >= 2"):
        ss.assess_infonce(3.0, K=K)
