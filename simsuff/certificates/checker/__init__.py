"""The independent checker of certificates: python-flint and the standard library alone, no code of the search.

`simsuff.certificates.export` writes its modules, one after the other, into a file that needs nothing else.
"""

from simsuff.certificates.checker.check import Checked, check_certificate

__all__ = ["Checked", "check_certificate"]
