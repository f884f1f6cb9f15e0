"""Is a true statement called violated by nothing but rounding? Arguments at which hunts once said so."""

import numpy as np
import pytest

import simsuff as ss
from simsuff import statements
from simsuff.hunting import hunt


def gaussian(rho):
    return ss.GaussianModel([[1.0]], [[rho]], [[1.0]])


def column(*numbers):
    return np.array(numbers)[:, None]


# Of lengths 1 ± 6e-7, which counts as normalised.
DIRECTIONS = np.array([[1.0000006, 0.0, 0.0], [0.0, 0.6 * 0.9999994, 0.8 * 0.9999994]])
SATURATED = [
    [-0.9892187366695042, 1.5431402501012617, -1.3218695438729977],
    [-0.38732777075970404, 0.9500557199176072, 1.433156134485726],
]
DIAGONAL = [
    [0.5277553296804451, 4.208554009874423e-12, 2.5165074034924513e-12],
    [4.0914213809343815e-12, 0.4722446703056312, 3.107158796496918e-12],
]

# What holds, or what doubles cannot tell.
CASES = {
    "a pmi much smaller than the points": (
        "E4",
        gaussian(0.001021227314888981),
        column(-0.0009080453432499984, 2.0956777357369987, 1.6435635875367436),
        column(0.0033986036285455924, 1.2484070645708982, 0.8378084543216634),
    ),
    "log determinants near 0": (
        "E4-densities",
        gaussian(0.0068347013775362595),
        column(-0.0035381672951782734, -0.570871569902101, 1.8814258763866971),
        column(0.01655703038464465, 1.6267142874739786, -0.9804764088120089),
    ),
    "two heads of faint views": (
        "E5-ii",
        gaussian(0.02201994521744152),
        column(-0.0015239170766170429, 0.012882898875168627, 1.5021718614068813),
        column(0.0010208680893249865, 0.0017459373615828506, 1.637936610388246),
    ),
    "one topic nearly certain": (
        "F5-ceiling",
        ss.TopicModel([[0.0, 1.0], [1.0, 0.0]], [0.999999999, 1e-9], 1),
        ss.divergence("squared_hellinger"),
    ),
    "disjoint topics of which one is nearly certain": (
        "F5-limit",
        np.array([1.091014077623427e-12, 0.999999999998909]),
        np.array([[0.5, 0.5], [1.0, 0.0]]),
        ss.divergence("le_cam"),
    ),
    "rows that are of length 1 in single precision": ("S2-top", ss.SphereModel(3, 1e-9), DIRECTIONS),
}


@pytest.mark.parametrize("id", ["E2", "E2-chi2", "E2-squared_hellinger", "E3"])
@pytest.mark.parametrize("rho", [1e-200, 1e-125, 1e-110])
def test_correlations_whose_squares_underflow_count_into_the_error(id, rho):
    """Below 1e-120 a correlation is taken for 0, but determinants in fractions know it."""
    model = ss.GaussianModel(np.eye(3), [[0, 0], [0, rho], [0, 0]], np.eye(2))
    extra = [ss.divergence("kl")] if id == "E3" else []
    assert statements.get(id).evaluate(model, np.array([[1.0, 0.0, 0.0]]), *extra).verdict != "violated"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_rounding_is_no_violation(case):
    id, *arguments = case
    assert statements.get(id).evaluate(*arguments).verdict == "holds"


@pytest.mark.parametrize(
    ("id", "table", "score"),
    [
        (
            "I2-offset",
            [[2.6122792803741657e-11, 0.9999999999738772]],
            [[5.882192517850003, -3.0156834839296405]],
        ),
        ("I3", DIAGONAL, SATURATED),
        ("I2-only", DIAGONAL, SATURATED),
    ],
)
def test_a_slope_that_rounding_lets_reach_its_limit_leaves_it_open(id, table, score):
    """f' of le_cam is bounded, and a rare symbol with a large score has a ratio that no double below f'(∞) tells."""
    sides = statements.get(id).evaluate(ss.FiniteModel(table), np.array(score), "le_cam")
    assert sides.verdict != "violated"


@pytest.mark.parametrize("id", ["E4", "E4-densities", "E5-ii", "F5-ceiling", "F5-limit", "S2-top"])
def test_a_hunt_announces_no_rounding(id):
    assert hunt(id, budget=1.0).outcome == "stands"
