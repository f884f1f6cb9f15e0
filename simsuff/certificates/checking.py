"""A saved certificate is checked, and its generators are compared with the divergences of those names."""

import json
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sympy as sp

from simsuff.certificates.intervals import load_flint
from simsuff.divergences import DIVERGENCES, Divergence, as_divergence
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import refuse

if TYPE_CHECKING:
    from simsuff.certificates.checker import Checked


def check(
    certificate: Mapping[str, Any] | str | PathLike[str],
    divergences: Mapping[str, Divergence | str] | None = None,
    max_seconds: float = 60.0,
) -> "Checked":
    """Re-check a certificate, given as a mapping or as the path of its JSON file.

    Parameters
    ----------
    divergences : the user-made divergences that the claim names; a generator that differs from the one of that name
        here or in the catalogue is refused.
    max_seconds : the budget of processor time.

    Returns
    -------
    Checked(claim, generators, route, boxes).

    Raises
    ------
    ImportError : without python-flint.
    ValueError : where the certificate proves less than it claims, or is not checked within the budget.
    """
    load_flint()
    from simsuff.certificates.checker import check_certificate

    content = _content(certificate)
    own = {name: as_divergence(given) for name, given in (divergences or {}).items()}
    known = {name: DIVERGENCES[name] for name in DIVERGENCES} | own

    def checked() -> "Checked":
        found = check_certificate(content)
        for name, text in found.generators.items():
            _require_same(name, text, known)
        return found

    try:
        return within(max_seconds, checked)
    except OutOfTime as error:
        allowed = f"be checked within {max_seconds:g} s"
        shown = f"claim = {content.get('claim')!s:.200}"
        raise refuse("certificate", shown, allowed, "allow more by max_seconds") from error


def _require_same(name: str, text: str, known: Mapping[str, Divergence]) -> None:
    """Refuse a generator that is not that of the divergence of its name, up to a multiple of t − 1 (P3)."""
    from simsuff.certificates.checker.algebra import Algebra
    from simsuff.certificates.checker.expressions import parse, symbol
    from simsuff.certificates.checker.margins import Generator

    way_out = "give the divergence that the claim means by `divergences`"
    if name not in known:
        raise refuse("certificate", f"claim names {name}", f"speak about {', '.join(known)}", way_out)
    expression = sp.sympify(known[name].expression)
    exact = expression.xreplace({n: sp.Rational(str(n)) for n in expression.atoms(sp.Float)})
    texts = (text, sp.sstr(exact))
    ours, theirs = (Generator(parse(part, {"t": symbol("t")})) for part in texts)
    path = Algebra({"y": (0.0, 1.0)})
    if not all(path.vanishes(ours.half(sign, 0) - theirs.half(sign, 0)) for sign in (1, -1)):
        raise refuse(
            "certificate", f"f = {text}", f"hold the generator of {name}, {known[name].expression}", way_out
        )


def _content(certificate: Any) -> dict[str, Any]:
    if not isinstance(certificate, Mapping):
        path = Path(fspath(certificate))
        try:
            certificate = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise refuse(
                "certificate", str(path), "be a readable JSON file", "save it with certificates.save"
            ) from error
    if not isinstance(certificate, Mapping):
        raise refuse(
            "certificate", type(certificate).__name__, "be a JSON object", "save it with certificates.save"
        )
    return dict(certificate)
