"""Does `simsuff hunt` print what was found, and end with the status that it promises?"""

import json

import pytest

from simsuff.cli import main

CONJECTURES = """
from simsuff.statements import statement


@statement("mine-false", "information in total variation is at most a tenth")
def small(model):
    return model.information("total_variation"), "<=", 0.1


@statement("mine-true", "information is not negative")
def signed(model):
    return model.information("chi2") >= 0
"""


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "conjectures.py"
    place.write_text(CONJECTURES)
    return place


def test_a_file_of_conjectures_is_hunted(file, capsys):
    assert main(["hunt", str(file), "--budget", "2", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["statement"] == "mine-false"
    assert first["outcome"] == "refuted"
    assert first["verified"].startswith("exact fractions")
    assert all("/" in entry or entry in "01" for row in first["arguments"]["model"]["joint"] for entry in row)
    assert second["outcome"] == "stands"
    assert {"ratio", "evaluations", "seconds", "lhs", "rhs"} <= set(first)


def test_one_conjecture_of_a_file(file, capsys):
    assert main(["hunt", f"{file}::mine-true", "--budget", "0.5"]) == 0
    assert "that is no proof" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("Z99", "id must be one of"),
        ("nowhere.py", "PATH must exist"),
        ("E9", "speak about every single draw"),
    ],
)
def test_what_cannot_be_used_ends_with_two(target, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["hunt", target])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_an_unknown_parameter_is_refused_with_the_list(tmp_path, capsys):
    place = tmp_path / "weather.py"
    place.write_text(CONJECTURES.replace("signed(model)", "signed(model, rain)"))
    with pytest.raises(SystemExit) as ended:
        main(["hunt", f"{place}::mine-true"])
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert "name = rain" in shown
    assert "simsuff.strategies.register(name, strategy)" in shown
