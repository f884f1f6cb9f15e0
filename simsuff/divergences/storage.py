"""Where does generated source live, so that what Numba compiled from it is found again by the next process?"""

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

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
