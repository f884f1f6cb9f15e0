"""Is a side of a claim a real number for every value that its divergence can take?"""

import itertools

import sympy as sp

from simsuff.certificates.generators import HalfGenerator
from simsuff.certificates.intervals import INFINITY, Interval
from simsuff.certificates.jets import IntervalField
from simsuff.certificates.programs import Program

_PIECES = 64


def largest_value(f: sp.Expr) -> float:
    """An upper bound of D_f over all pairs of laws: f(0) + f′(∞), maybe inf."""
    ends = [HalfGenerator(f, sign).at_one(0) for sign in (1, -1)]
    return INFINITY if None in ends else IntervalField.constant(sp.Add(*ends) / 2).hi


def is_defined(function: sp.Expr, symbol: sp.Symbol, f: sp.Expr) -> bool:
    """Whether every root and logarithm in a function of D_f has an argument ≥ 0 on the whole range of D_f."""
    inner = [node.args[0] for node in function.atoms(sp.log) if node.free_symbols]
    inner += [node.base for node in function.atoms(sp.Pow) if node.free_symbols and not node.exp.is_Integer]
    unsure = [argument for argument in inner if not argument.is_nonnegative]
    if not unsure:
        return True
    pieces = _pieces(largest_value(f))
    # Factors hide a sign that the sum shows, as in (exp(x) − 1) exp(−x), and the other way round.
    programs = [[Program(form, [symbol]) for form in (a, sp.factor(a))] for a in unsure]
    return all(any(p.value([piece]).lo >= 0 for p in forms) for forms in programs for piece in pieces)


def _pieces(top: float) -> list[Interval]:
    steps = range(_PIECES + 1)
    if top < INFINITY:
        ends = [top * i / _PIECES for i in steps]
    else:
        ends = [0.0, *(2.0 ** (i - _PIECES // 2) for i in steps), INFINITY]
    return [Interval(lo, hi) for lo, hi in itertools.pairwise(ends)]
