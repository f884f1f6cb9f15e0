"""Are kinks found, and are the pieces between them f itself?"""

import pytest
import sympy as sp

from simsuff.divergences.kinks import is_smooth, kinks, pieces
from simsuff.divergences.symbols import t


@pytest.mark.parametrize(
    ("f", "jumps"),
    [
        (sp.Abs(t - 1) / 2, [(1, -sp.Rational(1, 2), sp.Rational(1, 2), 0)]),
        (sp.Max(t - 2, 0), [(2, 0, 1, sp.Rational(1, 2))]),
        (sp.Max(0, t - 3, 2 * t - 8), [(3, 0, 1, sp.Rational(1, 2)), (5, 1, 2, sp.Rational(3, 2))]),
        (sp.Abs(t - 1) ** 3, []),
        (sp.Abs(sp.log(t)), [(1, -1, 1, 0)]),
        (t**2 - 1, []),
        (sp.Abs(t + 1) - 2, []),
    ],
)
def test_jumps(f: sp.Expr, jumps: list) -> None:
    assert [(k.place, k.left, k.right, k.subgradient) for k in kinks(f)] == jumps


@pytest.mark.parametrize("f", [sp.Abs(t - 1) + sp.Max(t - 3, 0, t**2 - 12), sp.Abs(sp.Abs(t - 2) - 1) + t])
def test_pieces_are_f(f: sp.Expr) -> None:
    for piece in pieces(f):
        inside = piece.low + sp.Rational(1, 7) if piece.high == sp.oo else (piece.low + 2 * piece.high) / 3
        assert abs(sp.N(piece.expression.subs(t, inside) - f.subs(t, inside), 60)) < 1e-55
        assert is_smooth(piece.expression)


def test_branches_that_meet_at_zero_are_told_apart_beyond() -> None:
    """t³ + 3t/2 − 2t² is 0 at t = 0 alone, and positive beyond."""
    larger, smaller = t**3 + 3 * t / 2, 2 * t**2
    assert [piece.expression for piece in pieces(sp.Max(larger, smaller))] == [larger]
    assert [piece.expression for piece in pieces(sp.Min(larger, smaller))] == [smaller]
