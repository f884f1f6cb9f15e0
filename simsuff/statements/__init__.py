"""Statements: each id of theory.md as one callable that returns its two sides."""

from simsuff.statements.registry import Statement, all, get, statement

__all__ = ["Statement", "all", "get", "statement"]
