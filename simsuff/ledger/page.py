"""The ledger as text for a terminal, as JSON, and as a page of HTML that needs nothing else."""

import html
import json
from collections.abc import Sequence

from simsuff.ledger.evidence import KINDS, State
from simsuff.ledger.table import Account

MARKS = {State.CONFIRMED: "+", State.CONTRADICTED: "✗", State.OPEN: "?"}
KEY = "+ confirmed, ✗ contradicted, ? open, · nothing ran; the number is how many tests, identities, studies"

# Arguments longer than this are cut; --json has all of them.
SHOWN = 160

STYLE = """
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif }
body { margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; border-bottom: 1px solid #8884 }
thead th { position: sticky; top: 0; background: Canvas }
.confirmed { background: #2a9d5a33 } .contradicted { background: #d0303055 } .open { background: #d0a03040 }
.wanting th { text-decoration: underline dotted }
"""


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
    """A table with a coloured cell for each kind of evidence."""
    heads = "".join(
        f'<th scope="col" title="{html.escape(about)}">{kind}</th>' for kind, about in KINDS.items()
    )
    rows = "\n".join(_row(account) for account in accounts)
    about = "".join(f"<p>{html.escape(line)}</p>" for line in summary(accounts))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>simsuff: ledger</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><h1>What is known about each statement</h1>{about}"
        f'<table><thead><tr><th scope="col">statement</th><th scope="col">says</th>{heads}'
        '<th scope="col">largest ratio</th><th scope="col">wrong constants noticed</th></tr></thead><tbody>\n'
        f"{rows}\n</tbody></table></body></html>\n"
    )


def _row(account: Account) -> str:
    cells = []
    for kind in KINDS:
        cell = account.cells.get(kind)
        names = "; ".join(entry.what for entry in account.evidence if entry.kind == kind)
        cells.append(
            f'<td class="{cell.state}" title="{html.escape(names)}">{html.escape(cell.text())}</td>'
            if cell
            else "<td></td>"
        )
    best = account.best
    ratio = f'<td title="{html.escape(best.attained)}">{best.ratio:.6g}</td>' if best else "<td></td>"
    mutants = ", ".join(
        f"{float(mutant.share):+.0%} {' '.join(mutant.noticed) or 'unnoticed'}" for mutant in account.mutants
    )
    says = html.escape(account.title) + ("" if account.holds else " <strong>(false)</strong>")
    return (
        f'<tr class="{"wanting" if account.wanting else ""}"><th scope="row">{html.escape(account.id)}</th>'
        f"<td>{says}</td>{''.join(cells)}{ratio}<td>{html.escape(mutants)}</td></tr>"
    )
