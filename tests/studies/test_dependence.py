"""Does the digest of an experiment change with all that it can see, and with nothing else?"""

import pytest

from simsuff.studies.provenance import experiment_digest

TEXT = '''
"""A study."""
from __future__ import annotations

import math
import os
import registers_itself
from simsuff.studies import study

NS = [1, 2]
SHIFT = 1
SCALE: float = 2.0
TABLE = {}
TABLE["a"] = 3
LOADED = open(os.devnull).read()


def helper(n):
    return deeper(n) + SHIFT


def deeper(n):
    return 7 * n


class Unused:
    """Nobody needs it."""


@study(statement="A", default={"n": NS}, replicates=3)
def f(n, rng):
    """The first."""
    return math.sqrt(helper(n))


@study(default={"n": [1]})
def g(n):
    return f(n, None) - 11
'''


def changed(old, new):
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


DEFINES = '''
TABLE = {"k": 1}


class Fill:
    """Its body runs at once."""

    TABLE.update(k=2)


def other(x=TABLE.update(k=3)):
    """So do its defaults."""


@study()
def f():
    return TABLE["k"]
'''


@pytest.mark.parametrize("change", ["k=2", "k=3"])
def test_definitions_that_call_something_count(change):
    assert experiment_digest(DEFINES, "f") != experiment_digest(DEFINES.replace(change, "k=9"), "f")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7 * n", "8 * n"),
        ("SHIFT = 1", "SHIFT = 2"),
        ("sqrt", "exp"),
        ("n, rng", "n, rng, m=1"),
        ("import math", "import cmath as math"),
        ("import registers_itself", "import registers_another"),
        ('TABLE["a"] = 3', 'TABLE["a"] = 4'),
        ("2.0", "3.0"),  # an annotated constant may come from anywhere: it counts
        ("LOADED = open(os.devnull)", "LOADED = open(os.curdir)"),
        ("import annotations", "import generators"),
    ],
)
def test_what_an_experiment_sees_changes_its_digest(old, new):
    assert experiment_digest(changed(old, new), "f") != experiment_digest(TEXT, "f")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NS = [1, 2]", "NS = [1, 2, 3]"),
        ("replicates=3", "replicates=30, full={'n': [4]}"),
        ('statement="A"', 'statement="B"'),
        ('"""A study."""', '"""A better title."""'),
        ('"""The first."""', '"""A better description."""'),
        ("- 11", "- 12"),
        ("Nobody needs it", "Nobody"),
        ("@study(default={", "@study(replicates=1, default={"),
        ("SHIFT = 1", "SHIFT = 1  # a comment"),
    ],
)
def test_grids_replicates_titles_and_other_experiments_leave_it_alone(old, new):
    text = TEXT.replace(old, new, 1) if old.startswith("@study") else changed(old, new)
    assert text != TEXT
    assert experiment_digest(text, "f") == experiment_digest(TEXT, "f")
    added = text + "\n\nfrom numpy import pi\n\n@study(default={'k': [pi]})\ndef h(k):\n    return k\n"
    assert experiment_digest(added, "f") == experiment_digest(TEXT, "f")


def test_an_experiment_that_calls_another_depends_on_it():
    assert experiment_digest(changed("sqrt", "exp"), "g") != experiment_digest(TEXT, "g")
    assert experiment_digest(changed("7 * n", "8 * n"), "g") != experiment_digest(TEXT, "g")


@pytest.mark.parametrize("word", ["globals()['NS']", "eval('NS')", "sys.modules[__name__].NS"])
def test_code_that_may_see_anything_depends_on_everything(word):
    one = TEXT.replace("helper(n))", f"{word})")
    assert experiment_digest(one.replace("NS = [1, 2]", "NS = [1]"), "f") != experiment_digest(one, "f")
