"""How is a SymPy expression written as scalar source code that Numba and plain NumPy scalars both run?"""

from collections.abc import Callable

import sympy as sp

# Products beat the power function, in digits and time, up to this exponent.
LARGEST_PRODUCT = 3


def source(expression: sp.Expr) -> str:
    """Python source of `expression`, built from the node types of this module only."""
    for kind, write in _WRITERS:
        if isinstance(expression, kind):
            return write(expression)
    raise TypeError(f"no source form of {expression.func}")


def _symbol(node: sp.Expr) -> str:
    return str(node.name)


def _number(node: sp.Expr) -> str:
    value = float(node)
    return f"({value!r})" if value < 0 else repr(value)


def _sum(node: sp.Expr) -> str:
    # Positive terms first: the source then reads, and rounds, like the formula.
    terms = sorted(node.args, key=lambda a: a.could_extract_minus_sign())
    text = source(terms[0])
    for term in terms[1:]:
        negative = term.could_extract_minus_sign()
        text += f" - {source(-term)}" if negative else f" + {source(term)}"
    return f"({text})"


def _product(node: sp.Expr) -> str:
    """Factors above and below the line in turn: (t/(t+1))² must not overflow where t² does."""
    above, below = _factors(node)
    text = above.pop(0) if above else "1.0"
    while above or below:
        text += f" / {below.pop(0)}" if below else ""
        text += f" * {above.pop(0)}" if above else ""
    return f"({text})"


def _factors(node: sp.Expr) -> tuple[list[str], list[str]]:
    top, bottom = node.as_numer_denom()
    sides = [side for part in (top, bottom) for side in [sp.Mul.make_args(part)]]
    above, below = ([text for factor in side for text in _repeated(factor)] for side in sides)
    return above, [text for text in below if text != "1.0"]


def _repeated(factor: sp.Expr) -> list[str]:
    base, exponent = factor.as_base_exp()
    if exponent.is_Integer and 1 < exponent <= LARGEST_PRODUCT:
        return [source(base)] * int(exponent)
    return [source(factor)]


def _power(node: sp.Expr) -> str:
    base, exponent = source(node.base), node.exp
    if exponent == sp.Rational(1, 2):
        return f"np.sqrt({base})"
    if exponent.is_number and exponent < 0:
        return f"(1.0 / {source(node.base**-exponent)})"
    if exponent.is_Integer and exponent <= LARGEST_PRODUCT:
        return "(" + " * ".join([base] * int(exponent)) + ")"
    return f"({base} ** {source(exponent)})"


def _exponential(node: sp.Expr) -> str:
    return f"np.exp({source(node.args[0])})"


def _logarithm(node: sp.Expr) -> str:
    return f"np.log({source(node.args[0])})"


def _absolute(node: sp.Expr) -> str:
    return f"abs({source(node.args[0])})"


def _extreme(name: str) -> Callable[[sp.Expr], str]:
    def write(node: sp.Expr) -> str:
        text = source(node.args[0])
        for argument in node.args[1:]:
            text = f"{name}({text}, {source(argument)})"
        return text

    return write


def _sign(node: sp.Expr) -> str:
    return f"np.sign({source(node.args[0])})"


def _step(node: sp.Expr) -> str:
    """Heaviside with the value ½ at 0: the subgradient in the middle of a kink."""
    return f"(0.5 * (1.0 + np.sign({source(node.args[0])})))"


_WRITERS: list[tuple[type, Callable[[sp.Expr], str]]] = [
    (sp.Symbol, _symbol),
    (sp.Number, _number),
    (sp.NumberSymbol, _number),
    (sp.Add, _sum),
    (sp.Mul, _product),
    (sp.Pow, _power),
    (sp.exp, _exponential),
    (sp.log, _logarithm),
    (sp.Abs, _absolute),
    (sp.Max, _extreme("max")),
    (sp.Min, _extreme("min")),
    (sp.sign, _sign),
    (sp.Heaviside, _step),
]
