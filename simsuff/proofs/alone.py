"""How does a proof file run by itself? It hands over to the command ``simsuff prove``."""

import runpy
import sys
from pathlib import Path


def main(path: str) -> None:
    """Prove one file with the options of this command line; the last line of a proof file.

    ``if __name__ == "__main__": main(__file__)`` makes ``python proofs_check/NAME.py --json`` the same as
    ``simsuff prove proofs_check/NAME.py --json``.
    """
    file, here = Path(path).resolve(), Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    sys.argv = ["simsuff", "prove", str(shown), *sys.argv[1:]]
    runpy.run_module("simsuff", run_name="__main__")
