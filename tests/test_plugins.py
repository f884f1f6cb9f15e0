"""Elements of a package outside the repository, registered through its entry point, are found like the library's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import simsuff as ss
from simsuff.plugins import registry_of

ROOT = Path(__file__).parents[1]

PACKAGE = '''
"""One element of each kind."""

import numpy as np
from hypothesis import strategies as st

import simsuff as ss
from simsuff.statements import statement
from simsuff.verdicts import Comparison


def scaled(u, v):
    """InfoNCE of doubled embeddings."""
    value, du, dv = ss.losses.infonce(2 * np.asarray(u), v)
    return value, 2 * du, dv


class FairBits(ss.FiniteModel):
    """A bit seen twice through noise."""

    def __init__(self, noise):
        super().__init__([[(1 - noise) / 2, noise / 2], [noise / 2, (1 - noise) / 2]])


ss.register("divergence", "quartic", ss.Divergence("quartic", f="(t-1)**4 + (t-1)**2"))
ss.register("loss", "scaled", scaled)
ss.register("model", "fair_bits", lambda rng: FairBits(rng.uniform(0.1, 0.4)))
ss.register("encoder", "table_of_mine", ss.LookupEncoder)


@statement("Z1", "information is not negative")
def information_is_not_negative(model: FairBits) -> Comparison:
    """I(z₁; z₂) ≥ 0."""
    return Comparison(model.information(ss.divergence("kl")), ">=", 0.0)
'''

STUDY = '''"""A study of mine."""

import simsuff as ss
from mine import FairBits
from simsuff.studies import study


@study(default={"noise": [0.1, 0.3]})
def bits(noise):
    """Z1 on bits."""
    return ss.statements.get("Z1").evaluate(FairBits(noise))
'''

# What the test of a project of one's own would do with its elements.
USE = """
import numpy as np, simsuff as ss
from hypothesis import given, settings
from simsuff import statements
from simsuff.strategies import arguments_of
from simsuff.losses import LOSSES
from simsuff.models import MODELS

model = ss.FiniteModel([[0.4, 0.1], [0.1, 0.4]])
assert model.information(ss.divergence("quartic")) > 0
rng = np.random.default_rng(0)
pairs = ss.GaussianModel.from_correlations([0.9, 0.3]).sample(256, rng)
start = ss.LinearEncoder.random(1, 2, rng)
assert ss.fit(pairs, start, loss="scaled", batch=64, rng=rng, steps=120).n_steps > 0
u, v = rng.normal(size=(2, 5, 3))
value, du, dv = LOSSES["scaled"](u, v)
shifted = (LOSSES["scaled"](u + 1e-6 * np.eye(5, 3), v)[0] - LOSSES["scaled"](u - 1e-6 * np.eye(5, 3), v)[0]) / 2e-6
assert abs(shifted - np.sum(du * np.eye(5, 3))) < 1e-7
drawn = MODELS["fair_bits"](rng).sample(100, rng)
assert drawn.z1.shape == (100,)

@settings(max_examples=5, deadline=None, database=None)
@given(arguments_of(statements.get("Z1")))
def check(arguments):
    assert type(arguments["model"]).__name__ == "FairBits"
    assert statements.get("Z1").evaluate(**arguments).verdict != "violated"

check()
"""


@pytest.fixture
def installed(tmp_path):
    """A package with an entry point, as pip would lay it out, and the environment in which it is found."""
    site = tmp_path / "site"
    (site / "mine-1.0.dist-info").mkdir(parents=True)
    (site / "mine.py").write_text(PACKAGE)
    (site / "mine-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (site / "mine-1.0.dist-info" / "entry_points.txt").write_text("[simsuff.plugins]\nmine = mine\n")
    (tmp_path / "study_of_mine.py").write_text(STUDY)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)])}


def run(environment, folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_lists_shows_and_runs_them(installed, tmp_path):
    listing = json.loads(run(installed, tmp_path, "-m", "simsuff", "list", "study_of_mine.py", "--json"))
    names = {kind: {entry.get("name") or entry["id"] for entry in listing[kind]} for kind in listing}
    assert names["studies"] == {"study_of_mine"}
    assert "quartic" in names["divergences"]
    assert "scaled" in names["losses"]
    assert "fair_bits" in names["models"]
    assert "table_of_mine" in names["encoders"]
    assert "Z1" in names["statements"]
    assert "I(z₁; z₂) ≥ 0." in run(installed, tmp_path, "-m", "simsuff", "show", "Z1")
    assert "2 holds" in run(installed, tmp_path, "-m", "simsuff", "run", "study_of_mine.py")


def test_divergences_losses_models_and_strategies_know_them(installed, tmp_path):
    run(installed, tmp_path, "-c", USE)


@pytest.fixture
def clean(monkeypatch):
    """A registry of losses that forgets what the test adds."""
    registry = registry_of("loss")
    before = dict(registry)
    monkeypatch.setattr(sys.modules["simsuff.plugins"], "_added", {})
    yield
    registry.clear()
    registry.update(before)


@pytest.mark.usefixtures("clean")
def test_names_of_the_library_stay_and_ones_own_may_change():
    def loss(u, v):
        """Nothing."""
        return 0.0, np.zeros_like(u), np.zeros_like(v)

    assert ss.register("loss", "none", loss) is loss
    ss.register("loss", "none", lambda u, v: loss(u, v))
    with pytest.raises(ValueError, match="name must be new"):
        ss.register("loss", "infonce", loss)
    with pytest.raises(ValueError, match="name must be new"):
        ss.register("divergence", "kl", ss.divergence("chi2"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("statement", "x", print), "kind must be one of divergence, model, loss, encoder"),
        (("loss", "", print), "name must be a string"),
        (("loss", "x", 3), "element must be callable"),
        (("divergence", "x", print), "element must be a Divergence"),
    ],
)
def test_what_cannot_be_registered_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ss.register(*arguments)
