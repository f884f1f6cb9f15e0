"""How does a proof leave the program? As JSON that `simsuff.certificates.check` re-checks on its own."""

import json
import os
import tempfile
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from simsuff.certificates.results import Certified
from simsuff.numerics.validation import refuse

FORMAT = "simsuff-certificate-1"


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
    target = Path(fspath(path))
    text = json.dumps(as_dictionary(proof), indent=1, ensure_ascii=False)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a certificate for `check`; it is trusted only after that."""
    content = json.loads(Path(fspath(path)).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise refuse("certificate", str(path), f"have the format {FORMAT}", "save it with certificates.save")
    return content
