"""``simsuff certify CLAIM``: an inequality between divergences, proved or refuted for all laws; its sharpest constant."""

import argparse
from typing import Any

from simsuff.cli.common import usable

HELP = "prove or refute an inequality between divergences for all laws; exit status 1 where it is not proved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    from simsuff.certificates import Certified, derivation, export, save
    from simsuff.cli.common import print_json, print_text

    with usable():
        found, record, text = _decided(arguments)
        if isinstance(found, Certified) and arguments.out:
            save(found, arguments.out)
        if isinstance(found, Certified) and arguments.export:
            export(found, arguments.export)
    if arguments.json:
        print_json(record, ensure_ascii=False)
    else:
        is_wanted = arguments.derivation and isinstance(found, Certified)
        print_text(text + ("\n" + derivation(found) if is_wanted else ""))
    return int(record["outcome"] != "certified")


def _decided(arguments: argparse.Namespace) -> tuple[Any, dict[str, Any], str]:
    """The answer (of a bracket, its certificate), as plain data, and in words."""
    from simsuff.certificates import certify, check, sharpest_constant
    from simsuff.certificates.answers import Certified, Refuted
    from simsuff.certificates.constants import LETTER

    if arguments.claim.endswith(".json"):
        checked = check(arguments.claim, max_seconds=arguments.seconds)
        text = f"checked: {checked.claim}, {checked.boxes} boxes, {checked.route}\n"
        return checked, {"outcome": "certified", **checked._asdict()}, text
    if LETTER.search(arguments.claim):
        bracket = sharpest_constant(arguments.claim, arguments.resolution, arguments.seconds)
        record: dict[str, Any] = {
            "outcome": "certified",
            "claim": bracket.claim,
            "asks": f"{'largest' if bracket.is_largest else 'smallest'} c",
            "certified": str(bracket.certified),
            "refuted": str(bracket.refuted),
            "p": str(bracket.counterexample.p),
            "q": str(bracket.counterexample.q),
            "note": bracket.note,
        }
        return bracket.proof, record, f"{bracket}\n"
    found = certify(arguments.claim, max_seconds=arguments.seconds)
    claim = found.claim.text
    record = {"claim": claim, "boxes": found.boxes, "seconds": round(found.seconds, 3)}
    if isinstance(found, Certified):
        text = f"certified: {claim}, for all pairs of laws ({found.route}, {found.boxes} boxes)\n"
        return found, {"outcome": "certified", "route": found.route, **record}, text
    if isinstance(found, Refuted):
        low, high = found.margin
        laws = f"Ber({found.p}) against Ber({found.q})"
        text = f"refuted: {claim} fails on {laws}, by a margin in [{low!r}, {high!r}]\n"
        pair = {"p": str(found.p), "q": str(found.q), "margin": [low, high]}
        return found, {"outcome": "refuted", **pair, **record}, text
    text = f"undecided: {claim}: {found.reason}; {len(found.remaining)} boxes are left\n"
    return found, {"outcome": "undecided", "reason": found.reason, **record}, text
