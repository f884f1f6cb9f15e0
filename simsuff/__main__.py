"""``python -m simsuff`` is the command ``simsuff``."""

import sys

from simsuff.cli import main

if __name__ == "__main__":
    sys.exit(main())
