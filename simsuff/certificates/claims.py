"""Claims between two f-divergences, A(D_f) ≤ B(D_g) for all pairs of probability laws; the list of P5."""

import itertools
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.generators import HalfGenerator, branch, normalised
from simsuff.certificates.intervals import INFINITY, Interval
from simsuff.certificates.parsing import read_inequality
from simsuff.certificates.programs import Program
from simsuff.certificates.taylor import IntervalField
from simsuff.divergences import DIVERGENCES, Divergence, as_divergence
from simsuff.divergences.symbols import t
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import refuse

_PIECES = 64
_READING_SECONDS = 20.0


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


x = sp.Symbol("x", nonnegative=True)


class Side(NamedTuple):
    """One side: a function of x = D_f, the generator f (normalised), its name."""

    function: sp.Expr
    generator: sp.Expr
    name: str

    @property
    def slope(self) -> sp.Expr | None:
        """c where the function is c x, else None."""
        ratio = sp.simplify(self.function / x)
        return None if ratio.free_symbols else ratio


class Claim:
    """An inequality between two f-divergences, as text.

    Parameters
    ----------
    text : for example "2*total_variation**2 <= kl". Each side holds one divergence by name; numbers, + − * / **,
        sqrt, log and exp may surround it. Decimals are exact rationals.
    divergences : divergences by the names that `text` uses, beside the catalogue: {"half": "alpha(2)"}.

    Raises ValueError where the text is not such an inequality.
    """

    def __init__(self, text: str, divergences: Mapping[str, Divergence | str] | None = None) -> None:
        self.text = " ".join(text.split()) if isinstance(text, str) else text
        self._own = {name: as_divergence(given) for name, given in (divergences or {}).items()}
        symbols = {name: sp.Symbol(name, nonnegative=True) for name in (*DIVERGENCES, *self._own)}
        smaller, larger = read_inequality(self.text, symbols)
        try:
            sides = within(_READING_SECONDS, lambda: (self._side(smaller), self._side(larger)))
        except OutOfTime as error:
            allowed = f"have sides that are found to be defined within {_READING_SECONDS:g} s"
            raise refuse("claim", self.text, allowed, "use smaller powers and fewer terms") from error
        self.smaller, self.larger = sides

    def __repr__(self) -> str:
        return f"Claim({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Claim) and (self.text, self.generators) == (other.text, other.generators)

    def __hash__(self) -> int:
        return hash(self.text)

    def _side(self, expression: sp.Expr) -> Side:
        found = sorted(symbol.name for symbol in expression.free_symbols)
        if len(found) != 1:
            raise refuse(
                "claim",
                self.text,
                "name exactly one divergence on each side",
                "bring the others to their own claim",
            )
        name = found[0]
        symbol = next(iter(expression.free_symbols))
        source = self._own[name] if name in self._own else DIVERGENCES[name]
        side = Side(expression.subs(symbol, x), normalised(source.expression), name)
        if not is_defined(side.function, x, side.generator):
            allowed = f"be defined for every value of {name}"
            raise refuse("claim", self.text, allowed, "keep arguments of sqrt and log from going below 0")
        return side

    @cached_property
    def generators(self) -> dict[str, str]:
        """The generators by name, as text."""
        return {side.name: sp.sstr(side.generator) for side in (self.smaller, self.larger)}

    @cached_property
    def is_linear(self) -> bool:
        """Whether it reads a D_f ≤ b D_g, which a pointwise inequality of the generators implies."""
        return self.smaller.slope is not None and self.larger.slope is not None

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether both divergences are symmetric, so that P and Q may change places."""
        return all(_symmetric(side.generator) for side in (self.smaller, self.larger))

    @cached_property
    def tame(self) -> tuple[sp.Expr, sp.Expr]:
        """The equivalent (A, B) that is proved: square roots squared away, exponentials of the larger side undone."""
        squared = _squared(self.smaller.function, self.larger.function)
        return (_solved(*squared) or squared) if squared[1].has(sp.exp) else squared

    @cached_property
    def joint_range_applies(self) -> bool:
        """Whether {A(D_f) ≤ B(D_g)} is convex, so that Bernoulli pairs decide (P4): A convex and B concave."""
        stated = (self.smaller.function, self.larger.function)
        pairs = [stated, _squared(*stated), self.tame]
        return any(_sign(sp.diff(a, x, 2)) >= 0 and _sign(-sp.diff(b, x, 2)) >= 0 for a, b in pairs)


def _symmetric(f: sp.Expr) -> bool:
    above, below = branch(f, 1), branch(f, -1)
    return bool(sp.simplify(sp.expand_log(t * below.subs(t, 1 / t) - above, force=True)) == 0)


def _sign(expression: sp.Expr) -> int:
    simple = sp.factor(sp.simplify(expression))
    return 1 if simple.is_nonnegative else -1


def _squared(a: sp.Expr, b: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(A², B²) where B is a multiple of a square root and A ≥ 0, else (A, B)."""
    rooted = any(power.exp == sp.Rational(1, 2) for power in b.atoms(sp.Pow))
    square = sp.expand(b**2)
    gone = not any(power.exp == sp.Rational(1, 2) for power in square.atoms(sp.Pow))
    return (a**2, square) if rooted and gone and a.is_nonnegative else (a, b)


def _solved(a: sp.Expr, b: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(B⁻¹(A), x) by undoing increasing steps of B one at a time; None where a step is of another kind."""
    increasing = True
    while b != x:
        if isinstance(b, sp.Add) and len(_with_x(b)) == 1:
            inner = _with_x(b)[0]
            a, b = a - (b - inner), inner
        elif isinstance(b, sp.Mul) and len(_with_x(b)) == 1:
            inner = _with_x(b)[0]
            factor = b / inner
            increasing = increasing == bool(factor > 0)
            a, b = a / factor, inner
        elif isinstance(b, sp.exp):
            a, b = sp.log(a), b.args[0]
        elif isinstance(b, sp.log):
            a, b = sp.exp(a), b.args[0]
        else:
            return None
    return (a, b) if increasing else None


def _with_x(node: sp.Expr) -> list[sp.Expr]:
    return [part for part in node.args if part.has(x)]


P5: tuple[str, ...] = (
    "2*total_variation**2 <= kl",
    "total_variation <= sqrt(1 - exp(-kl))",
    "kl <= log(1 + chi2)",
    "squared_hellinger/2 <= total_variation",
    "total_variation <= sqrt(squared_hellinger*(1 - squared_hellinger/4))",
    "squared_hellinger <= kl",
    "total_variation <= sqrt(chi2)/2",
    "js <= log(2)*total_variation",
    "total_variation**2 <= le_cam",
    "le_cam <= total_variation",
    "squared_hellinger/2 <= le_cam",
    "le_cam <= squared_hellinger",
    "le_cam/2 <= js",
    "js <= log(2)*le_cam",
)

# The same with a constant moved slightly past its sharp value: each must be refuted.
BEYOND_P5: tuple[str, ...] = (
    "2.01*total_variation**2 <= kl",
    "total_variation <= sqrt(1 - exp(-0.8*kl))",
    "kl <= 0.99*log(1 + chi2)",
    "0.505*squared_hellinger <= total_variation",
    "total_variation <= 0.99*sqrt(squared_hellinger*(1 - squared_hellinger/4))",
    "1.01*squared_hellinger <= kl",
    "total_variation <= 0.495*sqrt(chi2)",
    "js <= 0.69*total_variation",
    "1.01*total_variation**2 <= le_cam",
    "le_cam <= 0.99*total_variation",
    "0.505*squared_hellinger <= le_cam",
    "le_cam <= 0.99*squared_hellinger",
    "0.505*le_cam <= js",
    "js <= 0.69*le_cam",
)
