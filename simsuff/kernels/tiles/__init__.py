"""Tiles of scores that live in cache: products and exponentials of small matrices in explicit vector code.

LLVM vectorises none of these loops well by itself: the sums of a product must stay in registers over the inner
loop. Everything here has a plain twin in NumPy, which runs where Numba is disabled.
"""

from simsuff.kernels.tiles.functions import (
    ROWS,
    columns_at_once,
    exponential_sums,
    exponential_weights,
    multiply_add,
)

__all__ = ["ROWS", "columns_at_once", "exponential_sums", "exponential_weights", "multiply_add"]
