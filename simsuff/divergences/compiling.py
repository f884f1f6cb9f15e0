"""Scalar kernels as NumPy ufuncs, compiled when first called; the hand-written families; files of generated source.

What Numba compiles from generated source is found again by the next process, because the source lies in a file.
"""

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]
Scalar = Callable[..., float]


class Elementwise:
    """A scalar kernel applied to arrays: a Numba ufunc, or a plain loop under ``NUMBA_DISABLE_JIT=1``."""

    def __init__(self, function: Scalar, arity: int) -> None:
        self.plain: Scalar = getattr(function, "py_func", function)
        self.arity = arity
        self._ufunc: Callable[..., Any] | None = None

    def __call__(self, *arguments: ArrayLike) -> Float:
        # Boundary values are found through zero divisors and overflows, which the result reports by itself.
        with np.errstate(all="ignore"):
            return np.asarray(self.ufunc(*arguments), dtype=np.float64)

    @property
    def ufunc(self) -> Callable[..., Any]:
        """The compiled ufunc."""
        if self._ufunc is None:
            self._ufunc = self._compile()
        return self._ufunc

    def _compile(self) -> Callable[..., Any]:
        import numba

        if getattr(numba.config, "DISABLE_JIT", False):
            return self._loop
        from simsuff.kernels.jit import ufunc

        return ufunc(self.plain, self.arity)

    def _loop(self, *arguments: ArrayLike) -> Float:
        # NumPy scalars follow IEEE arithmetic where Python floats would raise.
        rows = np.broadcast(*[np.asarray(a, dtype=np.float64) for a in arguments])
        flat = [self.plain(*row) for row in rows]
        return np.array(flat, dtype=np.float64).reshape(rows.shape)


class Kernels:
    """The scalar functions of one divergence at interior points, with the parameters they take last.

    `generator(t, d)` is f(t) where d = t − 1; `excess(t, d)` is f(t) − f'(1)(t − 1), the same where f'(1) = 0;
    the divergence is `scale` times what the functions say.
    """

    def __init__(
        self, functions: Mapping[str, Scalar], parameters: tuple[float, ...] = (), scale: float = 1.0
    ) -> None:
        arity = {"generator": 2, "excess": 2, "bregman": 2}
        self.parameters, self.scale = parameters, scale
        self._elementwise = {
            name: Elementwise(function, arity.get(name, 1) + len(parameters))
            for name, function in functions.items()
        }

    def with_parameters(self, parameters: tuple[float, ...], scale: float = 1.0) -> "Kernels":
        """The same compiled functions at other values of the parameters, times `scale`."""
        other = Kernels({}, parameters, scale)
        other._elementwise = self._elementwise
        return other

    def plain(self, name: str) -> Scalar:
        """The uncompiled scalar function called `name`."""
        return self._elementwise[name].plain

    def __contains__(self, name: str) -> bool:
        return name in self._elementwise

    def __call__(self, name: str, *arguments: ArrayLike) -> Float:
        """The function called `name`, elementwise, times the scale."""
        return self.scale * self._elementwise[name](*arguments, *self.parameters)

    def conjugate(self, s: ArrayLike) -> Float:
        """(c f)*(s) = c f*(s/c)."""
        return self("conjugate", np.asarray(s, dtype=np.float64) / self.scale)


# The kinds of families whose kernels are written by hand.
POWER, JS, LE_CAM, TOTAL_VARIATION = range(4)
FUNCTIONS = ("generator", "derivative", "second", "conjugate", "bregman", "from_zero")
_PREFIXES = {JS: "js_", LE_CAM: "le_cam_", TOTAL_VARIATION: "tv_"}


class Family(NamedTuple):
    """f = `scale` × a known f: the power divergence of order `alpha` (f'' = t^(α−2)), js, le_cam or total_variation.

    `kind` is POWER, JS, LE_CAM or TOTAL_VARIATION; `alpha` is NaN for all but the first.
    """

    kind: int
    alpha: float = float("nan")
    scale: float = 1.0

    def kernels(self) -> Kernels:
        """The kernels of the member; one compilation serves every order and every scale."""
        parameters = (self.alpha,) if self.kind == POWER else ()
        return _kernels_of(self.kind).with_parameters(parameters, self.scale)


@lru_cache(maxsize=4)
def _kernels_of(kind: int) -> Kernels:
    from simsuff.divergences.kernels import named, power

    home, prefix = (power, "") if kind == POWER else (named, _PREFIXES[kind])
    functions = {name: getattr(home, prefix + name) for name in FUNCTIONS}
    # f'(1) is 0 in every family, so that the excess is f itself.
    return Kernels(functions | {"excess": functions["generator"]}, (1.0,) if kind == POWER else ())


VARIABLE = "SIMSUFF_CACHE_DIR"


def directory() -> Path:
    """The directory of generated files: ``$SIMSUFF_CACHE_DIR``, else ``simsuff`` in the user's cache directory."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(home) if home else Path.home() / ".cache") / "simsuff"


def load(text: str) -> ModuleType:
    """The module with this source: from its file, written once under its hash, or from memory if none can be.

    The module finds ``CACHED`` among its globals: whether Numba has a file beside which it can keep its results.
    """
    name = "simsuff_generated_" + hashlib.sha256(text.encode()).hexdigest()[:24]
    if name in sys.modules:
        return sys.modules[name]
    try:
        return _execute(name, text, str(_stored(name, text)), cached=True)
    except (OSError, RuntimeError):  # not writable, no home directory, or no place for Numba's cache
        return _execute(name, text, f"<{name}>", cached=False)


def _execute(name: str, text: str, file: str, cached: bool) -> ModuleType:
    """Run the text itself, not what lies in the file or in a bytecode cache by now."""
    module = ModuleType(name)
    module.__dict__.update(__file__=file, CACHED=cached)
    exec(compile(text, file, "exec"), module.__dict__)
    sys.modules[name] = module
    return module


def _stored(name: str, text: str) -> Path:
    """The path of the file that holds `text`; a damaged or foreign file is replaced."""
    path = directory() / f"{name}.py"
    if not (path.is_file() and path.read_text(encoding="utf-8") == text):
        _write(path, text)
    return path


def _write(path: Path, text: str) -> None:
    """Write beside and rename, so that no other process ever reads half a file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-", suffix=".py")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def plain_module(text: str) -> ModuleType:
    """The module with this source as plain Python, nothing of it compiled or stored."""
    module = ModuleType("simsuff_generated_plain")
    module.__dict__["CACHED"] = False
    plain = text.replace(
        "from simsuff.kernels.jit import jit", "def jit(**_):\n    return lambda function: function"
    )
    exec(compile(plain, "<generated>", "exec"), module.__dict__)
    return module
