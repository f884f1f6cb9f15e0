"""``simsuff ledger``: which evidence stands behind each statement, and whether it would notice a wrong constant."""

import argparse
from typing import TYPE_CHECKING

from simsuff.cli.common import usable

if TYPE_CHECKING:
    from pathlib import Path

    from simsuff.ledger import Evidence, Mutant
    from simsuff.proofs.identity import Provable
    from simsuff.verdicts import Comparison

HELP = "what is known about each statement, from tests, proofs, hunts and studies that ran; 1 where one is contradicted"
# Where the records and runs are that `make evidence` leaves.
SOURCES = ("results/ledger.jsonl", "results/default")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="FILE|DIR",
        help=f"record files and run directories (default: those of {' and '.join(SOURCES)} that exist)",
    )
    parser.add_argument("--only", metavar="ID", nargs="+", help="these statements alone")
    parser.add_argument(
        "--mutants", action="store_true", help="perturb each constant by 2 and 5 %%, and try the evidence"
    )
    parser.add_argument(
        "--draws", type=int, default=200, metavar="N", help="with --mutants: draws (default: 200)"
    )
    parser.add_argument(
        "--budget",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="with --mutants: a hunt for each (default: 0, none)",
    )
    parser.add_argument(
        "--constants", action="store_true", help="print how near to failing each bound was seen, and where"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page there")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def handle(arguments: argparse.Namespace) -> int:
    """Read, perturb, print or write; 1 where evidence contradicts a statement."""
    from pathlib import Path

    from simsuff.cli.common import print_error, print_text
    from simsuff.ledger import accounts, of_run, read, table
    from simsuff.numerics.validation import one_of, require
    from simsuff.studies.store import write_atomically

    with usable():
        places = [Path(text) for text in arguments.sources or SOURCES]
        given = [place for place in places if arguments.sources or place.exists()]
        evidence: list[Evidence] = []
        for place in given:
            require(place.exists(), "source", str(place), "exist", "name a record file or a run directory")
            evidence += of_run(place) if place.is_dir() else read(place)
        mutated = _mutants(arguments, given, evidence) if arguments.mutants else {}
        found = accounts(evidence, mutated)
        known = [account.id for account in found]
        only = [one_of("--only", id, known, "see simsuff list") for id in arguments.only or known]
        found = [account for account in found if account.id in only]
    if not evidence:
        print_error("simsuff: nothing recorded yet: make evidence, or name record files and run directories")
    if arguments.html:
        try:
            write_atomically(Path(arguments.html), table.as_html(found))
        except ImportError:
            print_error(f"simsuff: no {arguments.html}: Jinja is not installed; pip install jinja2")
    form = table.as_json if arguments.json else table.constants if arguments.constants else table.text
    print_text(form(found))
    return int(any(account.contradicted for account in found))


def _mutants(
    arguments: argparse.Namespace, places: list["Path"], evidence: list["Evidence"]
) -> dict[str, list["Mutant"]]:
    """The perturbed statements; those that are false need none."""
    from pathlib import Path

    from simsuff import statements
    from simsuff.cli.common import print_error
    from simsuff.ledger import mutants, statement_of
    from simsuff.proofs import discover
    from simsuff.reporting.paper import rows_by_statement

    rows: dict[str, list[Comparison]] = {}
    for place in places:
        for id, found in rows_by_statement(place)[0].items() if place.is_dir() else ():
            rows.setdefault(id, []).extend(found)
    identities: dict[str, list[Provable]] = {}
    for file in discover(["proofs_check"]) if Path("proofs_check").is_dir() else []:
        for identity in file.identities:
            identities.setdefault(statement_of(identity.id), []).append(identity)
    ratios: dict[str, list[float]] = {}
    for entry in evidence:
        if entry.kind == "hunt" and entry.ratio is not None:
            ratios.setdefault(entry.statement, []).append(entry.ratio)
    chosen = [statements.get(id) for id in arguments.only] if arguments.only else statements.all()
    mutated = {}
    for statement in chosen:
        if statement.holds:
            print_error(f"simsuff: perturbing {statement.id}")
            mutated[statement.id] = mutants(
                statement,
                arguments.draws,
                rows.get(statement.id, []),
                identities.get(statement.id, []),
                ratios.get(statement.id, []),
                budget=arguments.budget,
            )
    return mutated
