"""The quantities of finite statements in exact and ball arithmetic, by code of their own.

Nothing here calls the float path: laws are arrays of fractions, and logarithms are balls of python-flint, or without it
intervals of mpmath.
"""
