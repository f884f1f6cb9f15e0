"""Proofs of identities by exact symbolic steps, and of inequalities between divergences by interval certificates."""

from simsuff.proofs.discovery import Group, ProofFile, discover, identities, main
from simsuff.proofs.identity import Identity, Inequality
from simsuff.proofs.proof import Proof, heading, missing, proof_record, proof_text, prove, summary

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
