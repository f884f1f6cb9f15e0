"""Are kernels the same on a first and on a later run, whatever happens to their cache, and who is told?"""

import re
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import pytest

import simsuff
from simsuff.kernels import cache
from simsuff.kernels.cache import UNCOMPILED, library_stamp
from simsuff.kernels.jit import compiled_so_far, jit, ufunc

compiled_only = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="nothing is compiled or cached in plain Python"
)

LIBRARY = Path(simsuff.__file__).parent

# A study in small: InfoNCE under the log link, whose value came out otherwise on a first run, and ufuncs of a formula.
STUDY = """
import numpy as np
import simsuff as ss
from simsuff.kernels.jit import compiled_so_far

u, v = np.random.default_rng(0).dirichlet(np.ones(3), (2, 16, 64))
value, du, dv = ss.losses.infonce(u, v, link="log")
f = ss.divergence("js").f(u).tobytes().hex()
fit = ss.fit((u[0], v[0]), ss.LinearEncoder.random(2, 3, np.random.default_rng(1)), loss="spectral", batch=32, steps=5)
fit_bytes = fit.encoder.parameters.tobytes().hex()
print(value.hex(), hash(du.tobytes() + dv.tobytes()), hash(f), fit_bytes, file=open(PLACE, "w"))
print(compiled_so_far())
"""


def study(room, name, **variables):
    """The bytes that a study in small writes, and its process."""
    place = room.folder / name
    process = room.run(STUDY.replace("PLACE", repr(str(place))), PYTHONHASHSEED="0", **variables)
    assert process.returncode == 0, process.stderr
    return place.read_bytes(), process


@compiled_only
def test_a_first_run_gives_the_bytes_of_later_ones_also_where_cached_files_were_damaged(room):
    """Truncated, overwritten and emptied files of kernels and ufuncs: compiled anew, without a word."""
    first, process = study(room, "first")
    assert "compiling for this machine, once" in process.stderr
    assert process.stderr.count("compiling") == 1
    assert int(process.stdout) > 10
    later, process = study(room, "later")
    assert later == first
    assert process.stdout == "0\n"
    # On a busy machine loading alone takes as long as a compilation that is announced.
    assert process.stderr in ("", "simsuff: compiling for this machine, once\n")
    for n, file in enumerate(sorted(room.cache.rglob("*.nb[ic]"))):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0x55
        file.write_bytes([data[: len(data) // 2], data, b""][n % 3])
    mended, process = study(room, "mended")
    assert mended == first
    assert "Error" not in process.stderr
    again, process = study(room, "again")
    assert again == first
    assert process.stdout == "0\n"


@compiled_only
def test_without_a_cache_directory_kernels_are_compiled_with_one_warning(room):
    room.cache.write_text("a file where the directory should be")
    # Numba's other places, beside the source and in the home directory, are taken away as well.
    code = """
from numba.core import caching

name = "UserProvidedCacheLocator"
locator = getattr(caching, name, None) or getattr(caching, "_" + name)  # with an underscore before Numba 0.62
caching.CacheImpl._locator_classes = [locator]
import numpy as np
import simsuff as ss

print(ss.divergence("js").f(0.5), ss.FiniteModel(np.eye(2) / 2).information("kl"))
"""
    process = room.run(code)
    assert process.returncode == 0, process.stderr
    assert process.stderr.count("cannot be kept") == 1


def _twice(x):
    return 2.0 * x


@compiled_only
def test_a_full_disk_is_no_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache._Files, "_write", full)
    cache._warn.cache_clear()
    with pytest.warns(RuntimeWarning, match="No space left on device.*NUMBA_CACHE_DIR"):
        compiled = ufunc(_twice, 1)
    assert compiled(np.ones(2)).tolist() == [2.0, 2.0]
    assert jit(_twice)(np.float32(2.0)) == 4.0  # a second warning would be an error


class Named(NamedTuple):
    """What must not come back from compiled code."""

    x: float


@compiled_only
def test_no_kernel_hands_a_named_tuple_to_python():
    @jit(cache=False)
    def named(x):
        return 1, Named(x)

    @jit(cache=False)
    def used_inside(x):
        return named(x)[1].x

    assert used_inside(2.0) == 2.0
    with pytest.raises(TypeError, match="named would hand a NamedTuple to Python: return a plain tuple"):
        named(3)


@compiled_only
def test_a_callee_takes_no_freedom_from_its_first_caller():
    """(x + 1e16) − 1e16 is x where additions may be reordered."""

    @jit(cache=False)
    def lossy(x):
        return (x + 1e16) - 1e16

    @jit(cache=False, fastmath={"reassoc", "nsz"})
    def free(x):
        return lossy(x)

    assert free(1.0) == lossy(1.0) == 0.0


@compiled_only
def test_compilations_are_counted():
    before = compiled_so_far()
    kernel = jit(cache=False)(_twice)
    kernel(1.0)
    kernel(2.0)
    assert compiled_so_far() == before + 1


@compiled_only
def test_kernels_carry_the_stamp_of_the_library(monkeypatch):
    assert library_stamp() in jit(_twice)._cache._cache_file._source_stamp
    monkeypatch.setattr(cache, "library_stamp", lambda: (0, 0, 0))
    assert library_stamp() not in jit(_twice)._cache._cache_file._source_stamp


def test_the_stamp_sees_a_new_file(tmp_path, monkeypatch):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "cache.py").write_text("")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "room" / "cache.py"))
    before = library_stamp.__wrapped__()
    (tmp_path / "room" / "other.py").write_text("1")
    assert library_stamp.__wrapped__() != before


def test_rooms_left_out_of_the_stamp_hold_no_kernels_and_none_below_imports_them():
    rooms = {room: "".join(f.read_text() for f in (LIBRARY / room).rglob("*.py")) for room in UNCOMPILED}
    assert all(rooms.values())
    assert not [room for room, text in rooms.items() if "kernels.jit" in text or "@jit" in text]
    kept = [p for p in LIBRARY.rglob("*.py") if p.relative_to(LIBRARY).parts[0] not in UNCOMPILED]
    compiled = [p.read_text() for p in kept if "@jit" in p.read_text()]
    assert compiled
    assert not [t for t in compiled if re.search(rf"simsuff\.({'|'.join(UNCOMPILED)})\b", t)]
