"""``simsuff certify CLAIM``: an inequality between divergences, proved or refuted for all laws; its sharpest constant."""

import argparse
from typing import Any

from simsuff.cli.options import usable

HELP = "prove or refute an inequality between divergences for all laws; exit status 1 where it is not proved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The claim, the budget, and what to do with a certificate."""
    parser.add_argument(
        "claim",
        metavar="CLAIM",
        help="like '2*total_variation**2 <= kl' or 'js <= (kl + reverse_kl)/8', of up to three divergences; with the"
        " letter c ('c*js <= kl'), its sharpest value is enclosed; or a"
        " saved certificate (a .json file), which is checked by other code",
    )
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="budget of processor time (default: 120)"
    )
    parser.add_argument(
        "--resolution", type=float, default=1e-3, help="relative width for c (default: 0.001)"
    )
    parser.add_argument("--derivation", action="store_true", help="print which rule proves which box")
    parser.add_argument("--out", metavar="FILE", help="save the certificate there as JSON")
    parser.add_argument(
        "--export",
        metavar="FILE.py",
        help="write the certificate as a Python file that checks itself with python-flint alone: python FILE.py",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Certify, enclose or check, and print; 0 where the claim, or some constant, is certified."""
    import json

    from simsuff.certificates import Certified, derivation, export, save
    from simsuff.cli.output import print_text

    with usable():
        found, record, text = _decided(arguments)
        if isinstance(found, Certified) and arguments.out:
            save(found, arguments.out)
        if isinstance(found, Certified) and arguments.export:
            export(found, arguments.export)
    if arguments.json:
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    elif arguments.derivation and isinstance(found, Certified):
        text += "\n" + derivation(found)
    print_text(text)
    return int(record["outcome"] != "certified")


def _decided(arguments: argparse.Namespace) -> tuple[Any, dict[str, Any], str]:
    """The answer (of a bracket, its certificate), as plain data, and in words."""
    from simsuff.certificates import certify, check, sharpest_constant
    from simsuff.certificates.constants import LETTER

    if arguments.claim.endswith(".json"):
        checked = check(arguments.claim, max_seconds=arguments.seconds)
        text = f"checked: {checked.claim}, {checked.boxes} boxes, {checked.route}\n"
        return checked, {"outcome": "certified", **checked._asdict()}, text
    if LETTER.search(arguments.claim):
        bracket = sharpest_constant(arguments.claim, arguments.resolution, arguments.seconds)
        return bracket.proof, _bracket(bracket), f"{bracket}\n"
    answer = certify(arguments.claim, max_seconds=arguments.seconds)
    return answer, _answer(answer), _words(answer)


def _answer(found: Any) -> dict[str, Any]:
    from simsuff.certificates.answers import Certified, Refuted

    record = {"claim": found.claim.text, "boxes": found.boxes, "seconds": round(found.seconds, 3)}
    if isinstance(found, Certified):
        return {"outcome": "certified", "route": found.route, **record}
    if isinstance(found, Refuted):
        return {
            "outcome": "refuted",
            "p": str(found.p),
            "q": str(found.q),
            "margin": [*found.margin],
            **record,
        }
    return {"outcome": "undecided", "reason": found.reason, **record}


def _bracket(found: Any) -> dict[str, Any]:
    kind = "largest" if found.is_largest else "smallest"
    ends = {"certified": str(found.certified), "refuted": str(found.refuted)}
    pair = {"p": str(found.counterexample.p), "q": str(found.counterexample.q)}
    return {
        "outcome": "certified",
        "claim": found.claim,
        "asks": f"{kind} c",
        **ends,
        **pair,
        "note": found.note,
    }


def _words(found: Any) -> str:
    from simsuff.certificates.answers import Certified, Refuted

    if isinstance(found, Certified):
        return f"certified: {found.claim.text}, for all pairs of laws ({found.route}, {found.boxes} boxes)\n"
    if isinstance(found, Refuted):
        low, high = found.margin
        pair = f"Ber({found.p}) against Ber({found.q})"
        return f"refuted: {found.claim.text} fails on {pair}, by a margin in [{low!r}, {high!r}]\n"
    return f"undecided: {found.claim.text}: {found.reason}; {len(found.remaining)} boxes are left\n"
