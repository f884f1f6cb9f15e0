"""The classical inequalities between divergences (P5), by interval certificates; needs python-flint."""

from simsuff.certificates import P5
from simsuff.proofs import Inequality, identities, main


@identities
def classical_inequalities():
    """P5: Pinsker, Bretagnolle–Huber, Le Cam and the others, each with its sharp constant."""
    for number, text in enumerate(P5, 1):
        yield Inequality(f"P5-{number}", text)


if __name__ == "__main__":
    main(__file__)
