"""Does a change anywhere in the library end the life of all cached kernels?"""

import numba
import pytest

from simsuff.kernels import jit as module
from simsuff.kernels.jit import index_of, jit, library_stamp


def _twice(x):
    return 2 * x


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is cached in plain Python")
def test_kernels_carry_the_stamp_of_the_library(monkeypatch):
    assert library_stamp() in index_of(jit(_twice))._source_stamp
    monkeypatch.setattr(module, "library_stamp", lambda: (0, 0, 0))
    assert library_stamp() not in index_of(jit(_twice))._source_stamp


def test_the_stamp_sees_a_new_file(tmp_path, monkeypatch):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "jit.py").write_text("")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "room" / "jit.py"))
    before = library_stamp.__wrapped__()
    (tmp_path / "room" / "other.py").write_text("1")
    assert library_stamp.__wrapped__() != before
