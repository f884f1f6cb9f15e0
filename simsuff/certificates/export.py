"""A certificate as a Python file that checks itself with python-flint alone: the checker's own source, and the data."""

import ast
import json
import re
from importlib import resources
from os import PathLike, fspath
from pathlib import Path

from simsuff.certificates.answers import Certified, as_dictionary, write_whole

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
    "report",
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
    write_whole(Path(fspath(path)), standalone(proof))


def standalone(proof: Certified) -> str:
    """The text of the file that `export` writes."""
    data = json.dumps(as_dictionary(proof), indent=1, ensure_ascii=False)
    data = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda leaf: "[" + re.sub(r"\s+", " ", leaf[1]) + "]", data)
    imports: dict[str, set[str]] = {}
    bodies = []
    for name in MODULES:
        source = (
            resources.files("simsuff.certificates.checker").joinpath(f"{name}.py").read_text(encoding="utf-8")
        )
        lines: list[str | None] = [*source.splitlines()]
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            lines[node.lineno - 1 : node.end_lineno] = [None] * (
                (node.end_lineno or node.lineno) - node.lineno + 1
            )
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
