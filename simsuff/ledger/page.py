"""The ledger as text for a terminal, as JSON, and as a page of HTML that needs nothing else."""

import json
from collections.abc import Sequence

from simsuff.ledger.evidence import KINDS, State
from simsuff.ledger.table import Account

MARKS = {State.CONFIRMED: "+", State.CONTRADICTED: "✗", State.OPEN: "?"}
# Which of the looks of the report's states stands for which state of evidence.
LOOKS = {State.CONFIRMED: "holds", State.CONTRADICTED: "violated", State.OPEN: "undecided"}
KEY = "+ confirmed, ✗ contradicted, ? open, · nothing ran; the number is how many tests, identities, studies"

# Arguments longer than this are cut; --json has all of them.
SHOWN = 160


def text(accounts: Sequence[Account]) -> str:
    """A line for each statement, a column for each kind, then what is missing."""
    width = max(len(account.id) for account in accounts)
    lines = ["  ".join([f"{'':{width}}", *KINDS, "largest ratio"])]
    for account in accounts:
        cells = []
        for kind in KINDS:
            cell = account.cells.get(kind)
            shown = f"{MARKS[cell.state]}{cell.count if cell.count > 1 else ''}" if cell else "·"
            cells.append(f"{shown:{len(kind)}}")
        ratio = f"{account.best.ratio:.6g}" if account.best else ""
        lines.append("  ".join([f"{account.id:{width}}", *cells, ratio]).rstrip())
    return "\n".join([*lines, "", KEY, *summary(accounts)]) + "\n"


def constants(accounts: Sequence[Account]) -> str:
    """The bounds by the largest lhs/rhs that was met, which is what of their constants is certainly needed."""
    measured = sorted(
        ((account, account.best) for account in accounts if account.best),
        key=lambda pair: -(pair[1].ratio or 0),
    )
    width = max((len(account.id) for account, _ in measured), default=0)
    lines = ["ratio        statement, by what; where; what theory says of sharpness"]
    for account, best in measured:
        status = "" if account.holds else "false; "
        place = best.attained if len(best.attained) <= SHOWN else f"{best.attained[:SHOWN]} …"
        sharp = f"; sharp: {account.sharp}" if account.sharp else ""
        lines.append(
            f"{best.ratio:<11.6g}  {account.id:{width}}  {status}{best.what} ({best.verified}); {place}{sharp}"
        )
    return "\n".join(lines) + "\n"


def summary(accounts: Sequence[Account]) -> list[str]:
    """How many statements have enough evidence, and which mutants nothing noticed."""
    against = [account.id for account in accounts if account.contradicted]
    wanting = [account.id for account in accounts if account.wanting]
    lines = [
        f"{len(accounts) - len(wanting)} of {len(accounts)} statements have two kinds of evidence or more"
    ]
    lines += [f"contradicted: {', '.join(against)}"] if against else []
    lines += [f"fewer: {', '.join(wanting)}"] if wanting else []
    mutated = [account for account in accounts if account.mutants]
    if mutated:
        total = sum(len(account.mutants) for account in mutated)
        seen = sum(bool(mutant.noticed) for account in mutated for mutant in account.mutants)
        lines.append(f"{seen} of {total} perturbed statements were noticed")
        for account in mutated:
            missed = [f"{float(m.share):+.0%}" for m in account.mutants if not m.noticed]
            if missed:
                why = f"largest ratio {account.best.ratio:.4g}" if account.best else "no ratio was measured"
                lines.append(f"  {account.id} {', '.join(missed)}: {'SHARP; ' if account.sharp else ''}{why}")
    return lines


def as_json(accounts: Sequence[Account]) -> str:
    """One object for each statement."""
    records = [account.record() for account in accounts]
    return json.dumps({"statements": records}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_html(accounts: Sequence[Account]) -> str:
    """A table with a cell for each kind of evidence.

    Raises
    ------
    ImportError : where Jinja is not installed.
    """
    from simsuff.reporting.html import render

    return render("ledger.html", accounts=accounts, kinds=KINDS, marks=LOOKS, summary=summary(accounts))
