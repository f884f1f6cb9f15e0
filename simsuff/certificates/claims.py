"""Claims between up to three f-divergences, A(D_f) ≤ B(D_g) for all pairs of probability laws; the list of P5."""

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


def is_nonnegative_on_range(arguments: list[sp.Expr], symbol: sp.Symbol, f: sp.Expr) -> bool:
    """Whether functions of D_f are shown to be ≥ 0 for all its values."""
    unsure = [argument for argument in arguments if not argument.is_nonnegative]
    if not unsure:
        return True
    pieces = _pieces(largest_value(f))
    # Factors hide a sign that the sum shows, as in (exp(x) − 1) exp(−x), and the other way round.
    programs = [[Program(form, [symbol]) for form in (a, sp.factor(a))] for a in unsure]
    return all(any(p.value([piece]).lo >= 0 for p in forms) for forms in programs for piece in pieces)


def is_defined(function: sp.Expr, symbol: sp.Symbol, f: sp.Expr) -> bool:
    """Whether roots, logarithms and denominators in a function of D_f have arguments ≥ 0 on the whole range of D_f."""
    inner = [node.args[0] for node in function.atoms(sp.log) if node.free_symbols]
    powers = [node for node in function.atoms(sp.Pow) if node.free_symbols]
    inner += [node.base for node in powers if node.exp < 0 or not node.exp.is_Integer]
    return is_nonnegative_on_range(inner, symbol, f)


def _pieces(top: float) -> list[Interval]:
    steps = range(_PIECES + 1)
    if top < INFINITY:
        ends = [top * i / _PIECES for i in steps]
    else:
        ends = [0.0, *(2.0 ** (i - _PIECES // 2) for i in steps), INFINITY]
    return [Interval(lo, hi) for lo, hi in itertools.pairwise(ends)]


x = sp.Symbol("x", nonnegative=True)


# Sides with more would be rarer than the time that their margins take.
MOST_DIVERGENCES = 3


class Side(NamedTuple):
    """One side: a function of x = D_f, the generator f (normalised), its name.

    D_f is a divergence by name, or a combination Σ w D of some with w > 0, which is the divergence of Σ w f.
    """

    function: sp.Expr
    generator: sp.Expr
    name: str

    @property
    def slope(self) -> sp.Expr | None:
        """c where the function is c x, else None."""
        ratio = sp.simplify(self.function / x)
        return None if ratio.free_symbols else ratio


class Claim:
    """An inequality between up to three f-divergences, as text.

    Parameters
    ----------
    text : for example "2*total_variation**2 <= kl" or "js <= (kl + reverse_kl)/8". Numbers, + − * / **, sqrt, log and exp
        may surround the names. Decimals are exact rationals. Either the claim is linear in all divergences, or each side
        is a function of one divergence or of one combination of some with positive weights.
    divergences : divergences by the names that `text` uses, beside the catalogue: {"half": "alpha(2)"}.

    Raises ValueError where the text is not such an inequality.
    """

    def __init__(self, text: str, divergences: Mapping[str, Divergence | str] | None = None) -> None:
        self.text = " ".join(text.split()) if isinstance(text, str) else text
        own = {name: as_divergence(given) for name, given in (divergences or {}).items()}
        symbols = {name: sp.Symbol(name, nonnegative=True) for name in (*DIVERGENCES, *own)}
        smaller, larger = read_inequality(self.text, symbols)
        named = sorted(smaller.free_symbols | larger.free_symbols, key=str)
        if len(named) > MOST_DIVERGENCES:
            self._refuse(f"name at most {MOST_DIVERGENCES} divergences", "split it into claims about fewer")
        sources = {symbol: own.get(symbol.name) or DIVERGENCES[symbol.name] for symbol in named}
        self._named = {symbol: normalised(source.expression) for symbol, source in sources.items()}
        try:
            self.smaller, self.larger = within(_READING_SECONDS, lambda: self._sides(smaller, larger))
        except OutOfTime as error:
            allowed = f"have sides that are found to be defined within {_READING_SECONDS:g} s"
            raise refuse("claim", self.text, allowed, "use smaller powers and fewer terms") from error

    @property
    def sides(self) -> tuple[Side, Side]:
        """The smaller and the larger side."""
        return self.smaller, self.larger

    def __repr__(self) -> str:
        return f"Claim({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Claim) and (self.text, self.generators) == (other.text, other.generators)

    def __hash__(self) -> int:
        return hash(self.text)

    def _refuse(self, allowed: str, way_out: str) -> None:
        raise refuse("claim", self.text, allowed, way_out)

    def _sides(self, smaller: sp.Expr, larger: sp.Expr) -> tuple[Side, Side]:
        difference = sp.expand(larger - smaller)
        weights = {symbol: sp.diff(difference, symbol) for symbol in self._named}
        is_linear = not any(weight.free_symbols for weight in weights.values())
        if is_linear and difference.subs(dict.fromkeys(weights, 0)) == 0:
            # Terms that are moved to where they are positive: each side is the divergence of a convex f again.
            parts = [
                sp.Add(*(abs(w) * s for s, w in weights.items() if w.evalf() * sign > 0)) for sign in (-1, 1)
            ]
            smaller, larger = parts
        return self._side(smaller), self._side(larger)

    def _side(self, expression: sp.Expr) -> Side:
        """A side as a function of one combination Σ w D with w > 0: its derivatives have constant ratios."""
        symbols = sorted(expression.free_symbols, key=str)
        if not symbols:
            self._refuse(
                "have a divergence on each side, once terms of one kind are together",
                "a claim without one is true or false at a glance",
            )
        first, others = symbols[0], symbols[1:]
        slope = sp.diff(expression, first)
        weights = {first: sp.Integer(1)}
        for symbol in others:
            weights[symbol] = sp.simplify(sp.diff(expression, symbol) / slope)
            if weights[symbol].free_symbols or not weights[symbol] > 0:
                self._refuse(
                    "have sides that are functions of one combination of divergences with positive weights",
                    "products and differences of several divergences on one side are not decided; bound them one by one",
                )
        function = expression.subs(dict.fromkeys(others, 0)).subs(first, x)
        if others and not function.has(sp.Pow, sp.log, sp.exp) and (ratio := function / x).is_number:
            weights, function = {s: sp.expand(ratio * w) for s, w in weights.items()}, x
        generator = sp.Add(*(weight * self._named[symbol] for symbol, weight in weights.items()))
        name = sp.sstr(sp.Add(*(weight * symbol for symbol, weight in weights.items())))
        side = Side(function, generator, name)
        if not is_defined(side.function, x, side.generator):
            self._refuse(
                f"be defined for every value of {name}", "keep arguments of sqrt and log from going below 0"
            )
        return side

    @cached_property
    def generators(self) -> dict[str, str]:
        """The generators by name, as text."""
        return {symbol.name: sp.sstr(f) for symbol, f in self._named.items()}

    @cached_property
    def is_linear(self) -> bool:
        """Whether it reads a D_f ≤ b D_g, which a pointwise inequality of the generators f and g implies."""
        return self.smaller.slope is not None and self.larger.slope is not None

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether both divergences are symmetric, so that P and Q may change places."""
        return all(_symmetric(side.generator) for side in self.sides)

    @cached_property
    def tame(self) -> tuple[sp.Expr, sp.Expr]:
        """The equivalent (A, B) that is proved: square roots squared away, exponentials of the larger side undone."""
        if not self._squared[1].has(sp.exp):
            return self._squared
        return _solved(*self._squared, self.smaller.generator) or self._squared

    @cached_property
    def joint_range_applies(self) -> bool:
        """Whether {A(D_f) ≤ B(D_g)} is convex, so that Bernoulli pairs decide (P4): A convex and B concave."""
        pairs = [(self.smaller.function, self.larger.function), self._squared, self.tame]
        return any(_sign(sp.diff(a, x, 2)) >= 0 and _sign(-sp.diff(b, x, 2)) >= 0 for a, b in pairs)

    @cached_property
    def _squared(self) -> tuple[sp.Expr, sp.Expr]:
        """(A², B²) where B is a multiple of a square root and neither is negative, else (A, B)."""
        a, b = self.smaller.function, self.larger.function
        rooted = any(power.exp == sp.Rational(1, 2) for power in b.atoms(sp.Pow))
        square = sp.expand(b**2)
        gone = not any(power.exp == sp.Rational(1, 2) for power in square.atoms(sp.Pow))
        positive = rooted and gone and a.is_nonnegative
        positive = positive and is_nonnegative_on_range([b], x, self.larger.generator)
        return (a**2, square) if positive else (a, b)


def _symmetric(f: sp.Expr) -> bool:
    above, below = branch(f, 1), branch(f, -1)
    return bool(sp.simplify(sp.expand_log(t * below.subs(t, 1 / t) - above, force=True)) == 0)


def _sign(expression: sp.Expr) -> int:
    simple = sp.factor(sp.simplify(expression))
    return 1 if simple.is_nonnegative else -1


def _solved(a: sp.Expr, b: sp.Expr, f: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(B⁻¹(A), x) by undoing increasing steps of B one at a time; None where a step is of another kind.

    The logarithm that undoes an exponential is taken of what is ≥ 0 for all values of D_f only,
    so that A does not leave the range of B.
    """
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
        elif isinstance(b, sp.exp) and is_nonnegative_on_range([a], x, f):
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
