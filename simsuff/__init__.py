"""simsuff: a laboratory for the theory of contrastive learning by approximate sufficient statistics.

The public names are listed in ``__init__.pyi`` and imported on first use, so that start-up imports neither SymPy nor
Numba nor Matplotlib.
"""

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# name -> the module that it is imported from
_HOMES = {
    alias.name: node.module or ""
    for node in ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    """Import a public name from the module where it lives."""
    if name not in _HOMES:
        # With `name` and `obj` Python adds which public name may be meant.
        raise AttributeError(
            f"module 'simsuff' has no attribute {name!r}", name=name, obj=sys.modules[__name__]
        )
    home = _HOMES[name]
    if home == "simsuff":
        return importlib.import_module(f"simsuff.{name}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
