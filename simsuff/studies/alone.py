"""How does a study file run by itself? It hands over to the command ``simsuff run``."""

import runpy
import sys
from pathlib import Path


def main(path: str) -> None:
    """Run one study file with the options of this command line; the last line of a study file.

    ``if __name__ == "__main__": main(__file__)`` makes ``python simulations/NAME.py --scale smoke`` the same as
    ``simsuff run simulations/NAME.py --scale smoke``.
    """
    sys.argv = ["simsuff", "run", _short(path), *sys.argv[1:]]
    runpy.run_module("simsuff", run_name="__main__")


def _short(path: str) -> str:
    """The path from the working directory, where it lies below it."""
    file, here = Path(path).resolve(), Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
