"""Lets the tests of this room import the scalar formulas that compiled losses are compared with."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
