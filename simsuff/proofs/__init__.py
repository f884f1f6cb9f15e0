"""Proofs: which identities of the theory follow by exact symbolic steps alone, and by which?"""

from simsuff.proofs.discovery import Group, ProofFile, discover, identities, main
from simsuff.proofs.identity import Identity
from simsuff.proofs.inequality import Inequality, missing
from simsuff.proofs.proof import Proof, prove
from simsuff.proofs.report import heading, proof_record, proof_text, summary

__all__ = [
    "Group",
    "Identity",
    "Inequality",
    "Proof",
    "ProofFile",
    "discover",
    "heading",
    "identities",
    "main",
    "missing",
    "proof_record",
    "proof_text",
    "prove",
    "summary",
]
