"""``simsuff prove``: prove what files and directories hold, by exact symbolic steps and interval certificates."""

import argparse
from typing import TYPE_CHECKING

from simsuff.cli.common import add_ledger, usable

if TYPE_CHECKING:
    from simsuff.proofs import Proof, ProofFile

HELP = "prove identities and inequalities of the theory; exit status 1 where one is not proved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or directories (default: proofs_check)"
    )
    add_ledger(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Discover, prove, print; 1 where an identity is not proved."""
    from simsuff.cli.common import print_error, print_json, print_text, record
    from simsuff.proofs import Inequality, discover, missing, proof_record, prove, summary

    with usable():
        files = discover(arguments.paths or ["proofs_check"])
    wanting = [i.id for file in files for i in file.identities if isinstance(i, Inequality)]
    if wanting and missing():
        print_error(
            f"simsuff: {len(wanting)} inequalities will not be proved, {wanting[0]} first: {missing()}"
        )
    if arguments.json:
        proved = [
            [prove(identity) for group in file.groups for identity in group.identities] for file in files
        ]
        records = [
            {
                "name": file.name,
                "path": file.path,
                "title": file.title,
                "proofs": [*map(proof_record, proofs)],
            }
            for file, proofs in zip(files, proved, strict=True)
        ]
        print_json({"files": records}, ensure_ascii=False, allow_nan=False)
    else:
        proved = [_print_as_proved(file) for file in files]
        print_text(summary([proof for proofs in proved for proof in proofs]))
    every = [proof for proofs in proved for proof in proofs]
    if arguments.ledger:
        from simsuff.ledger.evidence import of_proof, today

        record(arguments.ledger, [of_proof(proof, today()) for proof in every])
    return int(any(proof.status != "proved" for proof in every))


def _print_as_proved(file: "ProofFile") -> list["Proof"]:
    """Print each proof as soon as it is there: some take seconds."""
    import shutil

    from simsuff.cli.common import WIDTH, print_text
    from simsuff.proofs import heading, proof_text, prove

    width = shutil.get_terminal_size((WIDTH, 24)).columns
    print_text(heading(f"{file.name}: {file.title}", width))
    proofs = []
    for group in file.groups:
        print_text("\n" + heading(f"[{group.name}] {group.description}".rstrip(), width))
        for identity in group.identities:
            proofs.append(prove(identity))
            print_text(proof_text(proofs[-1], width))
    print_text("\n")
    return proofs
