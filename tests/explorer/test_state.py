"""Are the numbers of the page those of the library, at every position of its sliders?"""

import itertools
import json
import math

import numpy as np
import pytest

import simsuff as ss
from simsuff.explorer import Settings, explore
from simsuff.explorer.state import CONTROLS, SEED

SETTINGS = Settings(
    candidates=20, temperature=0.4, correlation=0.9, decay=0.5, dimension=3, noise=0.5, rank=2, value=2.5
)


@pytest.mark.parametrize("name", ["kl", "chi2", "js"])
def test_the_numbers_are_those_of_direct_calls(name):
    shown = explore(Settings(**{**vars(SETTINGS), "divergence": name}))
    model = ss.GaussianModel.from_correlations(np.array([0.9, 0.45, 0.225]) / 1.25)
    div = ss.divergence(name)
    assert shown["correlations"] == pytest.approx(model.canonical_correlations)
    assert shown["information"]["value"] == pytest.approx(float(model.information(div)))
    assert shown["lost"]["value"] == pytest.approx(float(model.sufficiency(model.optimal_encoder(2), div)))
    assert shown["chance"] == math.log(20)
    judged = ss.assess_infonce(2.5, 20, model=model, temperature=0.4, rng=np.random.default_rng(SEED))
    assert shown["optimum"]["value"] == pytest.approx(judged.optimum.value)
    assert shown["assessment"]["lost"] == pytest.approx(judged.lost)
    assert [f["text"] for f in shown["assessment"]["findings"]] == [f.text for f in judged.findings]
    assert shown["encoder"]["value"] == pytest.approx(shown["optimum"]["value"] + shown["excess"]["value"])


def test_the_python_of_the_page_gives_its_assessment(capsys):
    shown = explore(SETTINGS)
    exec(shown["python"], {})
    printed = capsys.readouterr().out.splitlines()
    judged = shown["assessment"]
    assert printed[0] == f"2.5 nats with K = 20: {judged['verdict']}"
    assert [line.partition(" [")[0] for line in printed[1:]] == [f["text"] for f in judged["findings"]]


def test_noise_and_rank_act_as_theory_says():
    less, more = (explore(Settings(noise=noise, candidates=16)) for noise in (0.0, 1.0))
    assert more["information"]["value"] < less["information"]["value"]
    assert more["optimum"]["value"] > less["optimum"]["value"]
    few, all_ = (explore(Settings(rank=rank, dimension=4, candidates=16)) for rank in (1, 4))
    assert few["lost"]["value"] > all_["lost"]["value"] == 0.0


def test_without_a_value_nothing_is_assessed():
    assert explore(Settings(candidates=16))["assessment"] is None


# Both ends of every slider of the data and the encoder, at the ends of those of the run where the others stand still.
ENDS = [
    {"correlation": rho, "decay": decay, "dimension": d, "noise": noise, "rank": min(rank, d)}
    for rho, decay, d, noise, rank in itertools.product((0.0, 0.99), (0.0, 1.0), (1, 16), (0.0, 3.0), (1, 16))
]
RUNS = [{"candidates": 65_536}, {"temperature": 0.01}, {"temperature": 10.0}]


@pytest.mark.parametrize("given", [{**ends, "candidates": 2} for ends in ENDS] + RUNS, ids=str)
def test_the_ends_of_the_sliders_have_numbers(given):
    shown = explore(Settings(**given, value=0.5))
    json.dumps(shown, allow_nan=False)
    assert 0 <= shown["lost"]["value"] <= shown["information"]["value"]
    assert shown["floor"] <= shown["chance"]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_settings_out_of_range_are_refused(control):
    beyond = control.high + control.step
    for number in (beyond, math.nan, -math.inf, "1", None, True):
        with pytest.raises(ValueError, match=f"^{control.name} must "):
            Settings(**{control.name: number})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rank": 5, "dimension": 4}, "rank must be at most the 4 shared directions"),
        ({"divergence": "euclid"}, "divergence must be one of kl, "),
        ({"value": math.nan}, "value must be a number below"),
        ({"value": 1e300}, "value must be a number below"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Settings(**given)


def test_settings_are_read_from_words():
    words = [("candidates", "64"), ("temperature", "0.07"), ("divergence", "js"), ("value", "3.5")]
    assert Settings.of(words) == Settings(candidates=64, temperature=0.07, divergence="js", value=3.5)
    assert Settings.of([]) == Settings()
