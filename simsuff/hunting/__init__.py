"""The hunter: is a statement false? The smallest counterexample in fractions, or how near it comes to failing."""

from simsuff.hunting.hunter import conjectures, hunt
from simsuff.hunting.result import Example, Hunt

__all__ = ["Example", "Hunt", "conjectures", "hunt"]
