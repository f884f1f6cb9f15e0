"""Do the formulas inside of the vectorised loops agree with the divergences they speak for?"""

import numpy as np
import pytest
from family_formulas import conjugate, ratio, softness

from simsuff.divergences import divergence
from simsuff.divergences.compiling import JS, LE_CAM
from simsuff.kernels.jit import jit
from simsuff.losses.f_contrastive.formulas import Exponential, link_of, options_of, slopes_at
from simsuff.losses.f_contrastive.rows import prepare, ratio_means, weigh

EPS = float(np.finfo(np.float64).eps)
NAMES = [
    "kl",
    "reverse_kl",
    "chi2",
    "squared_hellinger",
    "js",
    "le_cam",
    "alpha(1.5)",
    "alpha(-1)",
    "alpha(3)",
]
RATIOS = np.array([1e-6, 0.01, 0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 2.5, 40.0, 1e4])


def _means_of(options, row, origin, x, tame):
    prepare(options, row, origin)
    return ratio_means(options, row, x, tame)


def _weights_of(options, row, origin, x, tame):
    prepare(options, row, origin)
    return weigh(options, row, x, 1.0, tame)


def _at_ratio(options, x):
    return link_of(options, x), slopes_at(options, x)


means_of, weights_of, at_ratio = (jit(f, cache=False) for f in (_means_of, _weights_of, _at_ratio))


def at_score(options, s, way, weights, means=None):
    """t, f*, t' and t'' of one score, found in a row of `way` equal scores, or of one."""
    row = np.full(max(way, 1), s)
    cost = weights(options, row, 0.0, 0.0, way > 0) / row.size
    assert row == pytest.approx(row[0], rel=16 * EPS, abs=16 * EPS)
    if type(options) is Exponential:
        return row[0], cost, None, None
    t, slope, bend = means(options, np.full(max(way, 1), s), 0.0, 0.0, way > 0)
    assert t == pytest.approx(row[0], rel=16 * EPS, abs=16 * EPS)
    return row[0], cost, slope, bend


def bend_at(t, kind, alpha):
    """d²t/ds² = softness · d softness/dt."""
    growth = {JS: 2 + 4 * t, LE_CAM: 0.75 * (1 + t) ** 2}
    return softness(t, kind, alpha) * growth.get(kind, (2 - alpha) * t ** (1 - alpha))


# One score alone, a row that is not tame, one of strips of eight, and one of strips and a rest.
@pytest.mark.parametrize("way", [0, 8, 13])
@pytest.mark.parametrize(
    "functions", [(weights_of, means_of), (_weights_of, _means_of)], ids=["compiled", "plain"]
)
@pytest.mark.parametrize("name", NAMES)
def test_ratio_and_conjugate(name, functions, way):
    kind, alpha, scale = divergence(name).family
    options = options_of(divergence(name).family)
    inside = [float(divergence(name).derivative(t)) / scale for t in RATIOS]
    below = [-40.0] if alpha != 0.5 else []
    for s in [*inside, *below]:
        t, cost, slope, bend = at_score(options, s, way, *functions)
        expected = ratio(s, kind, alpha), conjugate(s, kind, alpha)
        # A unit of s moves t by 1/f''(t) and f* by t; t and f* come out of some operations.
        room = 16 * EPS * (1 + abs(s))
        soft = softness(expected[0], kind, alpha) if expected[0] > 0 else 0.0
        assert abs(t - expected[0]) <= room * (1 + expected[0] + soft)
        assert abs(cost - expected[1]) <= room * (abs(expected[1]) + expected[0])
        if slope is not None and expected[0] > 0:
            assert slope == pytest.approx(soft, rel=64 * EPS)
            assert bend == pytest.approx(bend_at(expected[0], kind, alpha), rel=256 * EPS)


@pytest.mark.parametrize("function", [at_ratio, _at_ratio], ids=["compiled", "plain"])
@pytest.mark.parametrize("name", NAMES)
def test_link(name, function):
    div, options = divergence(name), options_of(divergence(name).family)
    for x in RATIOS:
        image, (slope, bend) = function(options, x)
        assert bend == pytest.approx(bend_at(x, *div.family[:2]), rel=64 * EPS)
        assert options.scale * image == pytest.approx(float(div.derivative(x)), rel=64 * EPS, abs=0)
        assert options.scale / slope == pytest.approx(float(div.second_derivative(x)), rel=64 * EPS)


@pytest.mark.parametrize("name", NAMES)
def test_ends(name):
    div = divergence(name)
    options = options_of(div.family)
    assert options.scale * options.limit == pytest.approx(div.slope_at_infinity, rel=4 * EPS)
    assert options.unbounded == np.isinf(div.at_zero)
    with np.errstate(all="ignore"):
        assert options.scale * link_of(options, 0.0) == pytest.approx(float(div.derivative(0.0)), rel=4 * EPS)
        if not options.unbounded:
            row = np.array([-np.inf])
            cost = weights_of(options, row, 0.0, 0.0, False)
            assert row[0] == 0
            assert options.scale * cost == pytest.approx(-div.at_zero, rel=4 * EPS)


@pytest.mark.parametrize("name", [name for name in NAMES if not np.isinf(divergence(name).at_zero)])
def test_scores_of_minus_infinity_weigh_nothing(name):
    """To the last bit, whatever the offset."""
    options = options_of(divergence(name).family)
    for x in np.linspace(0.01, 0.3, 30):
        row = np.r_[np.zeros(3), np.full(20, -np.inf)]
        prepared_cost = weights_of(options, row, 0.0, x, False)
        assert (row[3:] == 0).all()
        assert (row[:3] > 1).all()
        expected = (
            3 * conjugate(x, *divergence(name).family[:2]) - 20 * divergence(name).at_zero / options.scale
        )
        assert prepared_cost == pytest.approx(expected, rel=64 * EPS)
