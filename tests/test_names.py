"""Is a name that is nearly right answered by the right one, wherever a name is an argument?"""

import numpy as np
import pytest

import simsuff as ss
from simsuff.certificates import Claim, certify
from simsuff.cli import main
from simsuff.losses import get_loss
from simsuff.models.topic.model import random_topics
from simsuff.statements.paper import item
from simsuff.studies import Axes, Settings, prepare, study
from simsuff.sufficiency.contrastive_risk import contrastive_risk
from simsuff.verdicts import compare

U = np.eye(3)
FINITE = ss.FiniteModel([[0.4, 0.1], [0.2, 0.3]])
ENCODER = ss.LinearEncoder(np.eye(3))


def draw(n, rng):
    """An experiment."""


ALMOST = {
    "divergence": (lambda: ss.divergence("k1"), "kl"),
    "information": (lambda: FINITE.information("squared_helinger"), "squared_hellinger"),
    "form": (lambda: FINITE.sufficiency([0, 0], "kl", form="bregmann"), "bregman"),
    "statement": (lambda: ss.statements.get("C3-k"), "C3-kl"),
    "argument": (
        lambda: ss.statements.get("A1").evaluate(model=FINITE, lables=[0, 0], divergence="kl"),
        "labels",
    ),
    "divergence of a statement": (
        lambda: ss.statements.get("A1").evaluate(model=FINITE, labels=[0, 0], divergence="chi"),
        "chi2",
    ),
    "item": (lambda: item("regresion"), "regression"),
    "loss": (lambda: ss.fit((U, U), ENCODER, loss="infonc", batch=3), "infonce"),
    "get_loss": (lambda: get_loss("Spectral"), "spectral"),
    "optimizer": (lambda: ss.fit((U, U), ENCODER, batch=3, optimizer="L-BFGS"), "lbfgs"),
    "schedule": (lambda: ss.fit((U, U), ENCODER, batch=3, schedule="cosin"), "cosine"),
    "option": (lambda: ss.fit((U, U), ENCODER, batch=3, temprature=0.5), "temperature"),
    "link": (lambda: ss.losses.infonce(U, U, link="ident"), "identity"),
    "offset": (lambda: ss.losses.f_contrastive(U, U, "kl", offset="rows"), "row"),
    "link of an excess": (
        lambda: ss.encoder_excess(FINITE, ss.LookupEncoder(np.eye(2)), 2, link="lg"),
        "log",
    ),
    "activation": (lambda: ss.HiddenLayerEncoder.random(2, 3, 0, hidden_activation="tan"), "tanh"),
    "separation": (lambda: random_topics(2, 4, 0, "seperated"), "separated"),
    "kind of plugin": (lambda: ss.register("divergance", "x", None), "divergence"),
    "parameter": (
        lambda: ss.Divergence("d", "a*(t-1)**2", parameters={"a": 1.0}).with_parameters(A=2.0),
        "a",
    ),
    "function of a formula": (lambda: ss.Divergence("d", "t*lgo(t)-t+1"), "log"),
    "claim": (lambda: Claim("js <= kll"), "kl"),
    "hunt": (lambda: ss.hunt("C3-klx"), "C3-kl"),
    "axis": (lambda: Axes(x="n", xscale="logg"), "log"),
    "scale of replicates": (lambda: study(default={"n": [1]}, replicates={"smok": 2})(draw), "smoke"),
}


@pytest.mark.parametrize("name", ALMOST)
def test_the_right_name_is_guessed(name):
    call, meant = ALMOST[name]
    with pytest.raises(ValueError, match=f"did you mean .*'{meant}'"):
        call()


def test_python_guesses_a_public_name():
    with pytest.raises(AttributeError) as caught:
        ss.divergance  # noqa: B018
    assert caught.value.name == "divergance"
    assert caught.value.obj is ss
    assert "divergence" in dir(ss)


STUDY = '''"""A study."""
from simsuff.studies import Comparison, study

@study(default={"size": [1, 2]})
def growth(size):
    """Larger."""
    return Comparison(0.0, "<=", float(size))
'''

COMMANDS = {
    "command": (["rnu"], "run"),
    "option": (["hunt", "B4", "--buget=3"], "--budget"),
    "scale": (["run", "PLACE", "--scale", "smoek"], "smoke"),
    "backend": (["run", "PLACE", "--backend", "task"], "dask"),
    "experiment": (["run", "PLACE", "--only", "grwth"], "growth"),
    "experiment of a study": (["run", "PLACE", "--only", "mine:grwth"], "mine:growth"),
    "value": (["run", "PLACE", "--set", "sise=3"], "size"),
    "path": (["run", "PLACE/mien.py"], "mine.py"),
    "statement": (["hunt", "B44"], "B4"),
    "shown": (["show", "C3-k1"], "C3-kl"),
    "ledger": (["ledger", "--only", "C3-k1"], "C3-kl"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line_guesses_too(name, tmp_path, capsys):
    (tmp_path / "mine.py").write_text(STUDY)
    arguments, meant = COMMANDS[name]
    with pytest.raises(SystemExit) as ended:
        main([word.replace("PLACE", str(tmp_path)) for word in arguments])
    assert ended.value.code == 2
    assert f"'{meant}'" in capsys.readouterr().err.partition("did you mean ")[2]


def test_what_is_far_from_every_name_is_not_guessed(capsys):
    with pytest.raises(SystemExit):
        main(["zzzzz"])
    shown = capsys.readouterr().err
    assert "COMMAND must be one of accuracy, certify" in shown
    assert "did you mean" not in shown


BY_NAME = {
    "FiniteModel.information": lambda of: FINITE.information(of("js")),
    "FiniteModel.sufficiency": lambda of: FINITE.sufficiency([0, 0], of("js")),
    "FiniteStack.information": lambda of: ss.FiniteStack(FINITE.joint[None]).information(of("js")).value[0],
    "FiniteStack.sufficiency": lambda of: (
        ss.FiniteStack(FINITE.joint[None]).sufficiency([0, 0], of("js")).value[0]
    ),
    "GaussianModel.information": lambda of: ss.GaussianModel.from_correlations([0.5]).information(of("chi2")),
    "GaussianModel.sufficiency": lambda of: ss.GaussianModel.from_correlations([0.5]).sufficiency(
        [[1.0]], of("chi2")
    ),
    "SphereModel.information": lambda of: ss.SphereModel(3, 2.0).information(of("kl")),
    "SphereModel.sufficiency": lambda of: ss.SphereModel(3, 2.0).sufficiency([[1.0, 0, 0]], of("kl")),
    "TopicModel.information": lambda of: TOPIC.information(of("kl")),
    "TopicModel.information_estimate": lambda of: TOPIC.information_estimate(of("kl"), 9, 0).value,
    "TopicModel.sufficiency": lambda of: TOPIC.sufficiency([0, 0, 1], of("kl")),
    "f_contrastive": lambda of: ss.losses.f_contrastive(U, U, of("js"))[0],
    "fit": lambda of: ss.fit((U, U), ENCODER, "f_contrastive", 3, steps=2, divergence=of("js")).value,
    "compiled fit": lambda of: (
        ss.fit((U, U), ENCODER, "f_contrastive", 3, "adam", 0, steps=120, divergence=of("js")).value
    ),
    "contrastive_risk": lambda of: contrastive_risk(FINITE, np.eye(2) / 9, of("js")),
    "statement": lambda of: ss.statements.get("A1").evaluate(FINITE, [0, 1], of("js")).lhs,
    "statement on a stack": lambda of: (
        ss.statements.get("A1")
        .evaluate_each(ss.FiniteStack(FINITE.joint[None]), [0, 1], of("js"))
        .lhs.value[0]
    ),
    "claim": lambda of: certify(Claim("mine <= kl", {"mine": of("squared_hellinger")})).boxes,
}
TOPIC = ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_name_serves_wherever_a_divergence_does(name):
    call = BY_NAME[name]
    assert float(call(str)) == float(call(ss.divergence))


def test_a_statement_of_ones_own_takes_names_for_what_it_annotates():
    def function(model: ss.FiniteModel, f: ss.Divergence):
        return compare(0.0, "<=", model.information(f))

    own = ss.statements.registry.Statement("own", "", function)
    assert own.evaluate(FINITE, "js").rhs == FINITE.information("js")


def test_a_list_of_few_names_is_spelled_out_and_one_of_many_is_not():
    with pytest.raises(ValueError, match=r"id must be one of C3-kl, .*… \(\d+ names\)"):
        ss.statements.get("C3-k")


def test_prepare_refuses_a_scale_before_anything_runs(tmp_path):
    (tmp_path / "mine.py").write_text(STUDY)
    with pytest.raises(
        ValueError, match="scale must be one of smoke, default, full: scale = 'ful'; did you mean 'full'"
    ):
        prepare(Settings(paths=[str(tmp_path)], scale="ful"))
