"""Exact identities between expressions, by polynomials over ℚ in which logarithms, roots and exponentials are letters.

A letter stands for log |P|, P^{1/q} or eᴱ with P irreducible; an expression becomes a fraction of polynomials in these.
 A fraction that is zero is an identity; one that is not may still be zero, and is then not shown to be so.
A root is a letter only where its P is shown not to change sign on the domain: √(P³)/√P is P or |P|.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flint import Ordering, arb, fmpq, fmpq_mpoly_ctx, fmpz

from simsuff.certificates.checker.expressions import (
    ONE,
    ZERO,
    Node,
    add,
    exp,
    log,
    multiply,
    number,
    power,
    reject,
    substitute,
    symbol,
    walk,
)
from simsuff.certificates.checker.ranges import INF, Program, Range, ball, sign_of_ball

VARIABLES = ("u", "v", "x", "y", "t", "d0", "d1", "d2")
_LETTERS = 40
_CONTEXT: Any = fmpq_mpoly_ctx.get([*VARIABLES, *(f"L{i}" for i in range(_LETTERS))], Ordering.lex)
_GENERATORS: Any = _CONTEXT.gens()
_UNIT: Any = _CONTEXT.constant(1)
_FIRST = len(VARIABLES)
_SIGN_BOXES = 512

Polynomial = Any
Domain = Mapping[str, tuple[float, float]]


class Letter(NamedTuple):
    """What a letter stands for: "log", "root" (of this degree), "exp" or "pi" of an expression."""

    kind: str
    inner: Node
    degree: int
    radicand: Polynomial


class Fraction(NamedTuple):
    """A quotient of polynomials without common factor."""

    above: Polynomial
    below: Polynomial


def _reduced(above: Polynomial, below: Polynomial) -> Fraction:
    if below.is_zero():
        raise reject("not divide by zero", above)
    if below.is_constant():
        return Fraction(above / below.leading_coefficient(), _UNIT)
    common = above.gcd(below)
    return Fraction(above, below) if common.is_one() else Fraction(above / common, below / common)


class Algebra:
    """The letters met on one domain.

    Parameters
    ----------
    domain : for each variable its range; (0, inf) for one that is positive.
    """

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.letters: list[Letter] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._known: dict[Node, Fraction] = {}
        self._signs: dict[str, int] = {}

    def vanishes(self, node: Node) -> bool:
        """Whether an expression is shown to be identically zero."""
        return bool(self._rooted(self.fraction(node).above).is_zero())

    def fraction(self, node: Node) -> Fraction:
        """The expression as a fraction of polynomials."""
        if node not in self._known:
            above, below = self._fraction(node)
            for place, letter in enumerate(self.letters):
                # No root as a factor of the denominator: r⁻ᵏ = rᵠ⁻ᵏ/P.
                least = min((int(e[_FIRST + place]) for e in below.to_dict()), default=0)
                if letter.kind == "root" and least:
                    lift = _GENERATORS[_FIRST + place] ** (-least % letter.degree)
                    above, below = above * lift, self._rooted(below * lift)
            self._known[node] = _reduced(self._rooted(above), self._rooted(below))
        return self._known[node]

    def _fraction(self, node: Node) -> Fraction:
        kind, parts = node.kind, node.parts
        if kind == "number":
            return Fraction(_CONTEXT.constant(parts[0]), _UNIT)
        if kind == "symbol":
            return Fraction(_GENERATORS[VARIABLES.index(parts[0])], _UNIT)
        if kind == "sum":
            total = Fraction(_CONTEXT.constant(0), _UNIT)
            for part in map(self.fraction, parts):
                total = _reduced(
                    total.above * part.below + part.above * total.below, total.below * part.below
                )
            return total
        if kind == "product":
            total = Fraction(_UNIT, _UNIT)
            for part in map(self.fraction, parts):
                total = _reduced(total.above * part.above, total.below * part.below)
            return total
        if kind == "power":
            return self._power(self.fraction(parts[0]), parts[1])
        if kind == "log":
            return self._log(self.fraction(parts[0]))
        if kind in ("exp", "pi"):
            key = self.fraction(parts[0]) if parts else ()
            return Fraction(self._letter(kind, key, Letter(kind, parts[0] if parts else ONE, 1, None)), _UNIT)
        raise reject("hold elementary expressions only", node)

    def _letter(self, kind: str, key: Any, letter: Letter) -> Polynomial:
        place = (kind, letter.degree, str(key))
        if place not in self._places:
            if len(self.letters) == _LETTERS:
                raise reject(f"need at most {_LETTERS} logarithms and roots", letter.inner)
            self._places[place] = len(self.letters)
            self.letters.append(letter)
        return _GENERATORS[_FIRST + self._places[place]]

    def _factors(self, fraction: Fraction) -> list[tuple[Polynomial, fmpq]]:
        """Irreducible factors (the content as primes and −1) with their exponents."""
        found: list[tuple[Polynomial, fmpq]] = []
        if fraction.above.is_zero():
            raise reject("not take logarithms or roots of zero", 0)
        for polynomial, sign in zip(fraction, (1, -1), strict=True):
            content, factors = polynomial.factor()
            found += [(base, fmpq(sign * int(e))) for base, e in factors]
            if content < 0:
                found.append((-_UNIT, fmpq(1)))
            for part, way in ((abs(content.numerator), sign), (content.denominator, -sign)):
                found += [
                    (_CONTEXT.constant(p), fmpq(way * int(e))) for p, e in fmpz(part).factor() if p != 1
                ]
        return found

    def _log(self, fraction: Fraction) -> Fraction:
        total = _CONTEXT.constant(0)
        for base, exponent in self._factors(fraction):
            if base == -_UNIT:
                continue
            place = self._place_of(base)
            if place is not None and self.letters[place].kind == "root":
                exponent /= self.letters[place].degree
                base = self.letters[place].radicand
            base = base if base.leading_coefficient() > 0 else -base
            inner = self.node_of(base)
            total += exponent * self._letter("log", base, Letter("log", inner, 1, None))
        return Fraction(total, _UNIT)

    def _power(self, fraction: Fraction, exponent: fmpq) -> Fraction:
        if exponent.denominator == 1:
            whole = int(exponent.numerator)
            if fraction.above.is_zero() and whole < 0:
                raise reject("not divide by zero", 0)
            above, below = fraction if whole > 0 else (fraction.below, fraction.above)
            return _reduced(above ** abs(whole), below ** abs(whole))
        above, below, sign = _UNIT, _UNIT, 1
        for base, times in self._factors(fraction):
            if base == -_UNIT:
                sign = -sign
                continue
            place = self._place_of(base)
            if place is not None and self.letters[place].kind == "root":
                letter = self.letters[place]
                base, power_, way = letter.radicand, times * exponent / letter.degree, 1
            else:
                power_, way = times * exponent, self._sign(base)
                base = base if way > 0 else -base
            # A factor that is negative throughout enters the root as its negative.
            sign *= way if times.numerator % 2 == 1 else 1
            whole = int(power_.numerator // power_.denominator)
            rest = power_ - whole
            above, below = (above * base**whole, below) if whole >= 0 else (above, below * base**-whole)
            if rest != 0:
                index = int(rest.denominator)
                root = Letter("root", self.node_of(base), index, base)
                above *= self._letter("root", base, root) ** int(rest.numerator)
        if sign < 0:
            raise reject("not take roots of negative numbers", self.node_of(fraction.above))
        return _reduced(above, below)

    def _place_of(self, base: Polynomial) -> int | None:
        """The number of the letter that a polynomial is, else None."""
        if len(base) == 1 and base.total_degree() == 1 and base.leading_coefficient() == 1:
            place: int = base.monoms()[0].index(1) - _FIRST
            return place if place >= 0 else None
        return None

    def _sign(self, base: Polynomial) -> int:
        """The sign that a polynomial is shown to have throughout the domain (zeros at its edge left out)."""
        key = str(base)
        if key not in self._signs:
            self._signs[key] = sign_on(self.node_of(base), self.domain)
        return self._signs[key]

    def _rooted(self, polynomial: Polynomial) -> Polynomial:
        """rᵠ = P used as long as a root r occurs to the power q."""
        for place, letter in enumerate(self.letters):
            i = _FIRST + place
            if letter.kind != "root" or polynomial.degrees()[i] < letter.degree:
                continue
            total = _CONTEXT.constant(0)
            for exponents, coefficient in polynomial.to_dict().items():
                whole, rest = divmod(int(exponents[i]), letter.degree)
                kept = tuple(rest if j == i else e for j, e in enumerate(exponents))
                total += _CONTEXT.from_dict({kept: coefficient}) * letter.radicand**whole
            polynomial = total
        return polynomial

    def node_of(self, polynomial: Polynomial) -> Node:
        """A polynomial as an expression."""
        terms = polynomial.to_dict().items()
        return add(*(multiply(number(c), *self._powers(enumerate(exponents))) for exponents, c in terms))

    def _powers(self, exponents: Iterable[tuple[int, Any]]) -> list[Node]:
        """Powers of the variables and letters of these numbers."""
        return [power(self._generator(i), fmpq(e)) for i, e in exponents if e]

    def _generator(self, i: int) -> Node:
        if i < _FIRST:
            return symbol(VARIABLES[i])
        letter = self.letters[i - _FIRST]
        if letter.kind == "root":
            return power(letter.inner, fmpq(1, letter.degree))
        return Node("pi") if letter.kind == "pi" else (log if letter.kind == "log" else exp)(letter.inner)

    def _factored(self, polynomial: Polynomial) -> Node:
        content, factors = polynomial.factor()
        return multiply(number(content), *(power(self.node_of(base), fmpq(int(e))) for base, e in factors))

    def terms(self, node: Node) -> list[tuple[Fraction, tuple[int, ...]]] | None:
        """Coefficient and exponents of the letters of each term; None where letters stand in the denominator."""
        above, below = self.fraction(node)
        if any(below.degrees()[_FIRST:]):
            return None
        groups: dict[tuple[int, ...], dict[Any, Any]] = {}
        blank = (0,) * _LETTERS
        for exponents, coefficient in above.to_dict().items():
            key = (*exponents[:_FIRST], *blank)
            groups.setdefault(tuple(int(e) for e in exponents[_FIRST:]), {})[key] = coefficient
        return [(_reduced(_CONTEXT.from_dict(part), below), letters) for letters, part in groups.items()]

    def canonical(self, node: Node) -> Node:
        """The same function with everything cancelled that cancels: Σ factored coefficient · letters."""
        found = self.terms(node)
        if found is None:
            above, below = self.fraction(node)
            return self._factored(above) / self._factored(below)
        return add(*(self._term(coefficient, letters) for coefficient, letters in found))

    def _term(self, coefficient: Fraction, letters: tuple[int, ...]) -> Node:
        factors = self._powers(enumerate(letters, start=_FIRST))
        return multiply(self._factored(coefficient.above) / self._factored(coefficient.below), *factors)

    def limit_at_zero(self, node: Node, name: str) -> Node | None:
        """The limit as a variable → 0+, for a sum of its powers and logarithms; None where it is not shown finite.

        sᵏ (log s)ᵐ → 0 for k > 0, and in all else 0 is put for s.
        """
        terms, at = self.terms(node), VARIABLES.index(name)
        if terms is None:
            return None
        total = ZERO
        for coefficient, letters in terms:
            low = min(e[at] for e in coefficient.above.to_dict())
            below = min(e[at] for e in coefficient.below.to_dict())
            order = fmpq(int(low) - int(below))
            logarithms = False
            for letter, exponent in zip(self.letters, letters, strict=False):
                if exponent and letter.inner == symbol(name):
                    logarithms = logarithms or letter.kind == "log"
                    order += fmpq(exponent, letter.degree) if letter.kind == "root" else 0
                elif exponent and name in letter.inner.symbols:
                    # An exponential, and a logarithm of what vanishes or may do so, may run to infinity.
                    if letter.kind == "exp":
                        return None
                    at_zero = substitute(letter.inner, {name: ZERO}) if letter.kind == "log" else ONE
                    if at_zero == ZERO or not _is_polynomial(at_zero):
                        return None
            if order < 0 or (order == 0 and logarithms):
                return None
            if order == 0:
                total = total + substitute(self._term(coefficient, letters), {name: ZERO})
        return total


def _is_polynomial(node: Node) -> bool:
    plain = ("sum", "product", "number", "symbol")
    return all(
        part.kind in plain or (part.kind == "power" and part.parts[0].kind == "symbol") for part in walk(node)
    )


def sign_on(node: Node, domain: Domain, most: int = _SIGN_BOXES) -> int:
    """1 where an expression is shown ≥ 0 on a domain, −1 where ≤ 0."""
    names = sorted(domain)
    program = Program(node, names)
    centre = ball(node, {n: _inside(*domain[n]) for n in names})
    wanted = sign_of_ball(centre) or 0
    waiting = [tuple(Range(*map(float, domain[n])) for n in names)]
    for _ in range(most if wanted else 0):
        if not waiting:
            return wanted
        box = waiting.pop()
        found = program(box)
        if not (found.lo >= 0 if wanted > 0 else found.hi <= 0):
            axis = max(range(len(box)), key=lambda i: 1.0 if box[i].hi == INF else box[i].hi - box[i].lo)
            middle = float(_inside(*box[axis]))
            waiting += [
                (*box[:axis], half, *box[axis + 1 :])
                for half in (Range(box[axis].lo, middle), Range(middle, box[axis].hi))
            ]
    raise reject("hold roots and curvatures whose sign is shown", node)


def _inside(lo: float, hi: float) -> Any:
    """A number inside a range, exactly its middle where both ends are finite."""
    return arb(2 * lo + 1) if hi == INF else (arb(lo) + arb(hi)) / 2


def number_sign(node: Node) -> int:
    """1, −1 or 0, each shown."""
    found = sign_of_ball(ball(node, {}))
    if found is None and not Algebra({}).vanishes(node):
        raise reject("hold numbers whose sign is shown", node)
    return found or 0


def same_up_to_monomial(first: Node, second: Node, algebra: Algebra, at: Mapping[str, fmpq]) -> bool:
    """Whether first = second · (a monomial in the variables), which is positive on the domain."""
    factors = [second]
    for name in at:
        ratios = []
        for share in (fmpq(1), fmpq(1, 2)):
            point = {**at, name: at[name] * share}
            below = ball(second, point)
            if sign_of_ball(below) is None:
                return algebra.vanishes(first) and algebra.vanishes(second)
            ratios.append(ball(first, point) / below)
        quotient = ratios[0] / ratios[1]
        if sign_of_ball(quotient) != 1:
            return False
        exponent = fmpq(round(2 * float((quotient.log() / arb(2).log()).mid())), 2)
        factors.append(power(symbol(name), exponent))
    return algebra.vanishes(first - multiply(*factors))
