"""Certificates as files: JSON that is checked again, and Python that checks itself with python-flint alone."""

import ast
import json
import os
import re
import tempfile
from collections.abc import Mapping
from importlib import resources
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sympy as sp

from simsuff.certificates.answers import Certified
from simsuff.certificates.intervals import load_flint
from simsuff.divergences import DIVERGENCES, Divergence, as_divergence
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import refuse

if TYPE_CHECKING:
    from simsuff.certificates.checker import Checked

FORMAT = "simsuff-certificate-1"
_WAY_OUT = "save it with certificates.save"


def as_dictionary(proof: Certified) -> dict[str, Any]:
    """The certificate as a JSON object."""
    if not isinstance(proof, Certified):
        raise refuse("proof", type(proof).__name__, "be Certified", "only a proof has a certificate")
    return {
        "format": FORMAT,
        "claim": proof.claim.text,
        "generators": proof.claim.generators,
        "route": proof.route,
        "boxes": proof.boxes,
        "seconds": proof.seconds,
        "expressions": proof.expressions,
        "trees": proof.trees,
    }


def save(proof: Certified, path: str | PathLike[str]) -> None:
    """Write a certificate; the file appears whole or not at all."""
    _write_whole(path, json.dumps(as_dictionary(proof), indent=1, ensure_ascii=False) + "\n")


def _write_whole(path: str | PathLike[str], text: str) -> None:
    target = Path(fspath(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a certificate for `check`; it is trusted only after that."""
    content = json.loads(Path(fspath(path)).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise refuse("certificate", str(path), f"have the format {FORMAT}", _WAY_OUT)
    return content


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

    content = certificate
    if not isinstance(content, Mapping):
        path = Path(fspath(content))
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise refuse("certificate", str(path), "be a readable JSON file", _WAY_OUT) from error
    if not isinstance(content, Mapping):
        raise refuse("certificate", type(content).__name__, "be a JSON object", _WAY_OUT)
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


# The modules of the checker, each after those that it imports.
MODULES = (
    "expressions",
    "ranges",
    "algebra",
    "margins",
    "quotients",
    "statement",
    "rules",
    "check",
)

_HEAD = '''"""A proof that {claim}, for all pairs of probability laws.

Run it: `python FILE.py` checks every box of the proof and exits with 0, or says what does not hold and exits with 1. It
needs Python 3.11 or later and python-flint, nothing else. CERTIFICATE at the end is the proof. What stands before it is
the checker of simsuff, which shares no code with the search that found the proof; its docs/certificates.md says more.
"""

{imports}

try:
    import flint  # noqa: F401
except ImportError:
    sys.exit("this proof needs python-flint: python -m pip install 'python-flint>=0.7'")
{flint}
'''
_TAIL = """
# Read as JSON: Python's own literals nest less deep than boxes may.
CERTIFICATE = json.loads(r'''
{data}
''')

if __name__ == "__main__":
    sys.exit(report(CERTIFICATE))
"""


def export(proof: Certified, path: str | PathLike[str]) -> None:
    """Write a proof as a Python file that re-checks itself without simsuff; the file appears whole or not at all.

    Parameters
    ----------
    proof : what `certify` answered.
    path : the file to write. ``python FILE.py`` prints what is proved and the number of boxes, and exits with 0 where
        every box checks, with 1 otherwise.

    Raises
    ------
    ValueError : where the answer is no proof.

    Examples
    --------
    >>> import subprocess, sys, tempfile
    >>> from simsuff.certificates import certify
    >>> path = tempfile.mkdtemp() + "/proof.py"
    >>> export(certify("le_cam <= total_variation"), path)
    >>> subprocess.run([sys.executable, "-I", path], capture_output=True).returncode
    0
    """
    _write_whole(path, standalone(proof))


def standalone(proof: Certified) -> str:
    """The text of the file that `export` writes."""
    data = json.dumps(as_dictionary(proof), indent=1, ensure_ascii=False)
    data = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda leaf: "[" + re.sub(r"\s+", " ", leaf[1]) + "]", data)
    imports: dict[str, set[str]] = {}
    bodies = []
    for name in MODULES:
        source = (resources.files("simsuff.certificates.checker") / f"{name}.py").read_text(encoding="utf-8")
        lines: list[str | None] = [*source.splitlines()]
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = None
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if not module.startswith("simsuff"):
                imports.setdefault(module, set()).update(alias.name for alias in node.names)
        body = "\n".join(line for line in lines if line is not None)
        bodies.append(f"# {'-' * 20} {name}\n" + re.sub(r"\n{4,}", "\n\n\n", body).strip() + "\n")
    flint = f"from flint import {', '.join(sorted(imports.pop('flint')))}"
    plain = [f"import {name}" for name in sorted({"json", *imports.pop("")})]
    plain += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(imports.items())]
    claim = re.sub(r"[^\w\s<=>+*/().,-]", "?", proof.claim.text)
    head = _HEAD.format(claim=claim, imports="\n".join(plain), flint=flint)
    return head + "\n\n" + "\n\n".join(bodies) + _TAIL.format(data=data)
