"""Claims between up to three f-divergences, A(D_f) ≤ B(D_g) for all pairs of probability laws; the list of P5."""

import itertools
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import sympy as sp

from simsuff.certificates.coordinates import HalfGenerator, branch, normalised
from simsuff.certificates.intervals import INFINITY, Interval
from simsuff.certificates.programs import Program, constant
from simsuff.divergences import DIVERGENCES, Divergence, as_divergence
from simsuff.divergences.symbols import t
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.formulas import Grammar, parse_inequality
from simsuff.numerics.validation import refuse

_GRAMMAR = Grammar(
    way_out="write it like '2*total_variation**2 <= kl'",
    functions=("sqrt", "log", "exp", "Abs"),
    variable_exponents=False,
    characters=400,
)
_READING_SECONDS = 20.0
# Sides with more would be rarer than the time that their margins take.
MOST_DIVERGENCES = 3
_PIECES = 64

x = sp.Symbol("x", nonnegative=True)


def _nonnegative_on_range(arguments: list[sp.Expr], f: sp.Expr) -> bool:
    """Whether functions of x = D_f are shown to be ≥ 0 for all its values, from 0 to f(0) + f′(∞)."""
    unsure = [argument for argument in arguments if not argument.is_nonnegative]
    if not unsure:
        return True
    largest = [HalfGenerator(f, sign).at_one(0) for sign in (1, -1)]
    if None in largest:
        ends = [0.0, *(2.0 ** (i - _PIECES // 2) for i in range(_PIECES + 1)), INFINITY]
    else:
        ends = [constant(sp.Add(*largest) / 2).hi * i / _PIECES for i in range(_PIECES + 1)]
    pieces = [Interval(lo, hi) for lo, hi in itertools.pairwise(ends)]
    # Factors hide a sign that the sum shows, as in (exp(x) − 1) exp(−x), and the other way round.
    programs = [[Program(form, [x]) for form in (a, sp.factor(a))] for a in unsure]
    return all(any(p.value([piece]).lo >= 0 for p in forms) for forms in programs for piece in pieces)


class Side(NamedTuple):
    """One side: a function of x = D_f, the generator f (normalised), its name.

    D_f is a divergence by name, or a combination Σ w D of some with w > 0, which is the divergence of Σ w f.
    """

    function: sp.Expr
    generator: sp.Expr
    name: str


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
        smaller, larger = parse_inequality("claim", self.text, symbols, _GRAMMAR)
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
            smaller, larger = (
                sp.Add(*(abs(w) * s for s, w in weights.items() if w.evalf() * sign > 0)) for sign in (-1, 1)
            )
        return self._side(smaller), self._side(larger)

    def _side(self, expression: sp.Expr) -> Side:
        """A side as a function of one combination Σ w D with w > 0: its derivatives have constant ratios."""
        symbols = sorted(expression.free_symbols, key=str)
        if not symbols:
            allowed = "have a divergence on each side, once terms of one kind are together"
            self._refuse(allowed, "a claim without one is true or false at a glance")
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
        # Roots, logarithms and denominators must have arguments ≥ 0 on the whole range of D_f.
        inner = [node.args[0] for node in function.atoms(sp.log) if node.free_symbols]
        powers = [node for node in function.atoms(sp.Pow) if node.free_symbols]
        inner += [node.base for node in powers if node.exp < 0 or not node.exp.is_Integer]
        if not _nonnegative_on_range(inner, generator):
            way_out = "keep arguments of sqrt and log from going below 0"
            self._refuse(f"be defined for every value of {name}", way_out)
        return Side(function, generator, name)

    @cached_property
    def generators(self) -> dict[str, str]:
        """The generators by name, as text."""
        return {symbol.name: sp.sstr(f) for symbol, f in self._named.items()}

    @cached_property
    def is_linear(self) -> bool:
        """Whether it reads a D_f ≤ b D_g, which a pointwise inequality of the generators f and g implies."""
        return not any(sp.simplify(side.function / x).free_symbols for side in self.sides)

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether both divergences are symmetric, so that P and Q may change places."""

        def symmetric(f: sp.Expr) -> bool:
            exchanged = t * branch(f, -1).subs(t, 1 / t) - branch(f, 1)
            return bool(sp.simplify(sp.expand_log(exchanged, force=True)) == 0)

        return all(symmetric(side.generator) for side in self.sides)

    @cached_property
    def tame(self) -> tuple[sp.Expr, sp.Expr]:
        """The equivalent (A, B) that is proved: square roots squared away, exponentials of the larger side undone."""
        if not self._squared[1].has(sp.exp):
            return self._squared
        return _solved(*self._squared, self.smaller.generator) or self._squared

    @cached_property
    def joint_range_applies(self) -> bool:
        """Whether {A(D_f) ≤ B(D_g)} is convex, so that Bernoulli pairs decide (P4): A convex and B concave."""

        def nonnegative(expression: sp.Expr) -> bool:
            return bool(sp.factor(sp.simplify(expression)).is_nonnegative)

        pairs = [(self.smaller.function, self.larger.function), self._squared, self.tame]
        return any(nonnegative(sp.diff(a, x, 2)) and nonnegative(-sp.diff(b, x, 2)) for a, b in pairs)

    @cached_property
    def _squared(self) -> tuple[sp.Expr, sp.Expr]:
        """(A², B²) where B is a multiple of a square root and neither is negative, else (A, B)."""
        a, b = self.smaller.function, self.larger.function

        def rooted(function: sp.Expr) -> bool:
            return any(power.exp == sp.Rational(1, 2) for power in function.atoms(sp.Pow))

        square = sp.expand(b**2)
        if rooted(b) and not rooted(square) and a.is_nonnegative:
            return (a**2, square) if _nonnegative_on_range([b], self.larger.generator) else (a, b)
        return a, b


def _solved(a: sp.Expr, b: sp.Expr, f: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(B⁻¹(A), x) by undoing increasing steps of B one at a time; None where a step is of another kind.

    The logarithm that undoes an exponential is taken of what is ≥ 0 for all values of D_f only,
    so that A does not leave the range of B.
    """
    increasing = True
    while b != x:
        with_x = [part for part in b.args if part.has(x)]
        if isinstance(b, sp.Add) and len(with_x) == 1:
            a, b = a - (b - with_x[0]), with_x[0]
        elif isinstance(b, sp.Mul) and len(with_x) == 1:
            factor = b / with_x[0]
            increasing = increasing == bool(factor > 0)
            a, b = a / factor, with_x[0]
        elif isinstance(b, sp.exp) and _nonnegative_on_range([a], f):
            a, b = sp.log(a), b.args[0]
        elif isinstance(b, sp.log):
            a, b = sp.exp(a), b.args[0]
        else:
            return None
    return (a, b) if increasing else None


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
