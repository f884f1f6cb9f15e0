"""Does a compiled loop call the right implementation, and load itself from disk?"""

import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from numba import config
from numba.core.errors import TypingError

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised

compiled_only = pytest.mark.parametrize("enabled", [True] if not config.DISABLE_JIT else [])


class Line(NamedTuple):
    slope: float


class Parabola(NamedTuple):
    top: float


class Step(NamedTuple):
    height: float


class Stranger(NamedTuple):
    x: float


AT = Specialised("at")
at = AT.function


@AT.register(Line)
def _line(curve, x):
    return curve.slope * x


@AT.register(Parabola)
def _parabola(curve, x):
    return curve.top - x * x


@AT.register(Step)
@jit(cache=False)
def _step(curve, x):
    return curve.height if x > 0 else 0.0


@AT.register(np.ndarray)
def _array(curve, x):
    return curve[0] + x


def _total(curve, n):
    total = 0.0
    for i in range(n):
        total += at(curve, i)
    return total


total = jit(_total, cache=False)
CURVES = [(Line(2.0), 12.0), (Parabola(1.0), -10.0), (Step(2.0), 6.0), (np.array([1.0]), 10.0)]


@pytest.mark.parametrize(("curve", "expected"), CURVES)
def test_the_class_of_the_first_argument_chooses(curve, expected):
    assert _total(curve, 4) == total(curve, 4) == expected


def test_unknown_classes_are_refused():
    assert AT.handles(Line)
    assert not AT.handles(Stranger)
    with pytest.raises((TypingError, KeyError)):
        total(Stranger(1.0), 4)


SHAPES = """
from typing import NamedTuple
from simsuff.kernels.specialised import Specialised
AREA = Specialised("area")
area = AREA.function
class {name}(NamedTuple):
    side: float
@AREA.register({name})
def _area(shape):
    return {factor} * shape.side
"""
LOOP = """
from simsuff.kernels.jit import jit
from rooms.shapes import area
def _areas(shape, n):
    total = 0.0
    for _ in range(n):
        total += area(shape)
    return total
areas = jit(_areas)
"""
MAIN = """
import rooms.loop, rooms.shapes
print(rooms.loop.areas(rooms.shapes.{name}(2.0), 3), sum(rooms.loop.areas.stats.cache_hits.values()))
"""


@compiled_only
def test_a_loop_is_loaded_from_disk_unless_its_class_is_gone_or_was_edited(tmp_path, enabled):  # noqa: ARG001
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    (rooms / "__init__.py").touch()
    (rooms / "loop.py").write_text(LOOP)

    def run(name, factor):
        shapes, text = rooms / "shapes.py", SHAPES.format(name=name, factor=factor)
        if not shapes.exists() or shapes.read_text() != text:
            shapes.write_text(text)
        path = os.pathsep.join([str(tmp_path), *sys.path])
        variables = os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, "-B", "-c", MAIN.format(name=name)]
        return subprocess.run(
            command, env=variables, capture_output=True, text=True, check=True
        ).stdout.split()

    assert run("Square", 4.0) == ["24.0", "0"]
    assert run("Circle", 3.0) == ["18.0", "0"]
    assert run("Circle", 3.0) == ["18.0", "1"]
    assert run("Circle", 12.0) == ["72.0", "0"]  # the file of the loop is the same as before
