"""The ledger: what stands behind each statement, built from what ran, and whether it would notice a wrong constant.

`simsuff ledger` prints it. Tests, proofs and hunts append to a record file, runs of studies are read as they are.
"""

from simsuff.ledger.evidence import (
    KINDS,
    Evidence,
    State,
    append,
    of_hunt,
    of_proof,
    of_run,
    read,
    statement_of,
)
from simsuff.ledger.mutants import SIZES, Mutant, mutants, shifted
from simsuff.ledger.table import Account, accounts

__all__ = [
    "KINDS",
    "SIZES",
    "Account",
    "Evidence",
    "Mutant",
    "State",
    "accounts",
    "append",
    "mutants",
    "of_hunt",
    "of_proof",
    "of_run",
    "read",
    "shifted",
    "statement_of",
]
