"""Do the rules find the exact zeros, and does each prove a box that needs it?"""

import pytest

from simsuff.certificates import P5
from simsuff.certificates.claims import Claim
from simsuff.certificates.coordinates import BERNOULLI, POINTWISE
from simsuff.certificates.margins import LagrangeBuilder
from simsuff.certificates.rules import PatchProver


def prover(text: str, patch: str) -> PatchProver:
    claim = Claim(text)
    return PatchProver({**BERNOULLI, **POINTWISE}[patch], claim, LagrangeBuilder(claim))


@pytest.mark.parametrize(
    ("text", "patch", "box", "rule", "detail"),
    [
        ("total_variation**2 <= le_cam", "A", ((0.0, 0.5), (0.0, 1.0)), "value", ()),
        ("kl <= log(1 + chi2)", "C1", ((0.125, 0.25), (0.0, 0.0625)), "edge", (1, 0, 1)),
        (P5[4], "A", ((0.4375, 0.5), (0.875, 1.0)), "corner", (1, 1)),
        (
            "le_cam - le_cam**2 <= squared_hellinger",
            "A",
            ((0.25, 0.265625), (0.984375, 1.0)),
            "slope",
            (1, 1, 2),
        ),
        ("squared_hellinger <= kl", "edge-", ((0.0, 0.0625),), "value", ()),
    ],
)
def test_the_rule_that_proves_a_box(text, patch, box, rule, detail):
    proof = prover(text, patch).try_box(box).proof
    assert proof is not None
    assert (proof.rule, proof.detail) == (rule, detail)


@pytest.mark.parametrize(
    ("text", "patch", "box"),
    [
        ("2.01*total_variation**2 <= kl", "A", ((0.49, 0.5), (0.99, 1.0))),
        ("kl <= 0.99*log(1 + chi2)", "C1", ((0.0, 0.5), (0.0, 0.01))),
        ("1.01*total_variation**2 <= le_cam", "C2", ((0.2, 0.3), (0.99, 1.0))),
        ("1.01*squared_hellinger <= kl", "edge-", ((0.0, 0.0001),)),
    ],
)
def test_no_rule_proves_a_box_with_a_counterexample(text, patch, box):
    assert prover(text, patch).try_box(box).proof is None


@pytest.mark.parametrize("patch", list(BERNOULLI))
def test_charts_lie_in_the_triangle(patch):
    sample = BERNOULLI[patch].sample
    p, q = (mass.subs(sample) for mass in BERNOULLI[patch].outcomes[0][:2])
    assert 0 < q < p < 1


def test_the_sectors_of_a_corner_cover_it():
    patch = BERNOULLI["A"]
    flat, steep = patch.blown_up(((0.0, 0.25), (0.0, 0.125)))
    assert flat.box == ((0.0, 0.25), (0.0, 1.0))
    assert steep.box == ((0.0, 0.125), (0.0, 1.0))
    ends = dict(zip(patch.symbols, (0.25, 1), strict=True)), dict(zip(patch.symbols, (0.125, 1), strict=True))
    corner = dict(zip(patch.symbols, (0.25, 0.125), strict=True))
    for sector, at in zip((flat, steep), ends, strict=True):
        for mass, whole in zip(sector.outcomes[0][:2], patch.outcomes[0][:2], strict=True):
            assert mass.subs(at) == whole.subs(corner)
