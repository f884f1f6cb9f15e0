"""What a file says that carries a certificate and its checker."""

import sys
from collections.abc import Mapping
from typing import Any

from simsuff.certificates.checker.check import check_certificate


def report(certificate: Mapping[str, Any]) -> int:
    """Check, print what is proved, and return the exit status: 0 where every box checks, else 1."""
    try:
        found = check_certificate(certificate)
    except (ValueError, ArithmeticError, RecursionError, TypeError, KeyError, IndexError) as error:
        print(f"NOT proved: {error}", file=sys.stderr)
        return 1
    print(f"proved: {found.claim}, for all pairs of probability laws P, Q")
    print("where D(P, Q) = E_Q f(dP/dQ), with f(0) and f'(∞) on what only one of the two charges, and")
    for name, text in found.generators.items():
        print(f"    {name}: f(t) = {text}")
    print(f"{found.boxes} boxes checked, all of them hold; route {found.route}")
    return 0
