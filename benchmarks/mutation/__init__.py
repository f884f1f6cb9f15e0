"""Mutants of the library, and what its tests say to them."""
