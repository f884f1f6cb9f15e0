"""Proofs as text and as JSON records: what was proved, from which assumptions, by which method, in what time."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from simsuff.proofs.identity import Provable
from simsuff.proofs.proof import Proof

STATUSES = ("proved", "refuted", "unproved")
# A side longer than this is shown by its two ends; the JSON record holds all of it.
SHOWN = 300


def proof_text(proof: Proof, width: int) -> str:
    """The proof in a few lines of at most `width` characters, where words allow it."""
    head = f"{proof.identity.id}  {proof.status}" + f" by {proof.method}" * bool(proof.method)
    detail = f" ({_short(proof.detail)})" if proof.detail else ""
    paragraphs = [f"{head}{detail}  [{proof.seconds:.2f} s]", f"    {statement(proof.identity)}"]
    assumptions = "; ".join(proof.identity.assumptions)
    paragraphs += [f"    for {assumptions}"] if assumptions else []
    return "\n".join(textwrap.fill(p, width, subsequent_indent=" " * 8) for p in paragraphs) + "\n"


def heading(text: str, width: int) -> str:
    """A title on lines of at most `width` characters."""
    return textwrap.fill(text, width) + "\n"


def statement(identity: Provable) -> str:
    """Both sides and their relation, shortened in the middle."""
    return f"{_short(_flat(identity.left))} {identity.relation} {_short(_flat(identity.right))}"


def proof_record(proof: Proof) -> dict[str, Any]:
    """The proof as plain data for JSON."""
    identity = proof.identity
    return {
        "id": identity.id,
        "left": _flat(identity.left),
        "relation": identity.relation,
        "right": _flat(identity.right),
        "assumptions": identity.assumptions,
        "status": proof.status,
        "method": proof.method,
        "detail": proof.detail,
        "seconds": proof.seconds,
    }


def summary(proofs: Sequence[Proof]) -> str:
    """How many identities came out how, and how long they took together."""
    counts = Counter(proof.status for proof in proofs)
    parts = [f"{counts[status]} {status}" for status in STATUSES if counts[status] or status == "proved"]
    slowest = max(proofs, key=lambda proof: proof.seconds)
    total = sum(proof.seconds for proof in proofs)
    return f"{', '.join(parts)} in {total:.1f} s, slowest {slowest.identity.id} ({slowest.seconds:.1f} s)\n"


def _flat(side: Any) -> str:
    return " ".join(str(side).split())


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 2 :]}"
