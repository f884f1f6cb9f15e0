"""Is f_contrastive the risk R_f of theory.md §1, for every f, offset and choice of negatives?"""

import math
from functools import cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simsuff.divergences import DIVERGENCES, Divergence, divergence
from simsuff.divergences.symbols import s, t
from simsuff.losses import f_contrastive, infonce, spectral
from simsuff.models import FiniteModel

EPS = float(np.finfo(np.float64).eps)
SMOOTH = [name for name in DIVERGENCES if name != "total_variation"] + ["alpha(2)", "alpha(1.5)", "alpha(-1)"]

# Values and gradients of the tables below are sums of some 100 terms of order 10, each right to a few units.
ROUNDING = 4000 * EPS


def embeddings(K=6, d=3, seed=0, positive=False):
    u, v = np.random.default_rng(seed).normal(size=(2, K, d))
    return (np.abs(u) + 0.1, np.abs(v) + 0.1) if positive else (u, v)


def of_scores(table, div, **options):
    """The loss of a table of scores: u = the table, v = unit vectors."""
    table = np.asarray(table, dtype=float)
    value, du, _ = f_contrastive(table, np.eye(len(table)), div, **options)
    return value, du


def convex_minimum(function, low, high):
    """The minimum of a convex function on [low, high] by golden sections, to rounding."""
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(90):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if function(a) <= function(b) else (a, high)
    return function((low + high) / 2)


def by_definition(table, div, offset, negatives):
    """(1/K) Σ_i [−S_ii + inf_c {mean_j f*(S_ij − c) + c}] with the infimum by search."""
    total = 0.0
    for i, scores in enumerate(table):
        row = np.delete(scores, i) if negatives == "others" else scores

        def cost(c, row=row):
            return float(np.mean(div.conjugate(row - c))) + c

        # An optimal offset leaves no score above f'(m), and not all of them below f'(1) = 0.
        highest = row.max()
        low = highest - float(div.derivative(float(len(row))))
        total += (cost(0.0) if offset == "none" else convex_minimum(cost, low, highest)) - scores[i]
    return total / len(table)


@pytest.mark.parametrize("negatives", ["all", "others"])
@pytest.mark.parametrize("offset", ["row", "none"])
@pytest.mark.parametrize("name", SMOOTH)
def test_value_by_definition(name, offset, negatives):
    # Scores below ¼ lie in the domain of every conjugate.
    table = 0.25 - np.random.default_rng(3).exponential(2.0, size=(5, 5))
    value, _ = of_scores(table, divergence(name), offset=offset, negatives=negatives, symmetric=False)
    expected = by_definition(table, divergence(name), offset, negatives)
    # A search compares values, so its c errs by √ε and its value by ε.
    assert abs(value - expected) <= ROUNDING


@pytest.mark.parametrize("temperature", [1.0, 0.2])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("link", ["identity", "log"])
def test_kl_is_infonce(link, symmetric, temperature):
    u, v = embeddings(positive=link == "log")
    options = {"link": link, "symmetric": symmetric, "temperature": temperature}
    ours, theirs = f_contrastive(u, v, "kl", **options), infonce(u, v, **options)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() <= ROUNDING


def test_half_chi2_of_the_other_entries_is_the_spectral_loss():
    u, v = embeddings()
    u *= 0.9 / np.abs(u @ v.T).max()  # all scores above f'(0+) = −1
    ours, theirs = f_contrastive(u, v, "alpha(2)", offset="none"), spectral(u, v)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() <= ROUNDING
    # Below −1 the true conjugate is constant, the spectral loss goes on as a parabola.
    assert f_contrastive(9 * u, v, "alpha(2)", offset="none")[0] < spectral(9 * u, v)[0] - 0.1


@pytest.mark.parametrize(("name", "half"), [("alpha(2)", 1 / 2), ("chi2", 1 / 4)])
def test_chi2_with_a_row_offset_is_mean_and_variance(name, half):
    # §1: −E₁₂S + E_⊗S + ½ E Var S for (t − 1)²/2, ¼ for (t − 1)², as long as no ratio is cut at 0.
    table = np.random.default_rng(0).uniform(-0.4, 0.4, size=(6, 6))
    expected = (table.mean(axis=1) + half * table.var(axis=1)).mean() - np.diag(table).mean()
    assert abs(of_scores(table, name, symmetric=False)[0] - expected) <= ROUNDING


def batch_of_law(counts):
    """Rows (z₁, z₂) with the frequencies of an integer table."""
    cells = np.argwhere(np.ones_like(counts))
    return np.repeat(cells, counts.ravel(), axis=0).T


@pytest.mark.statement("I2", "P1", kind="exact")
@pytest.mark.parametrize("offset", ["row", "none"])
@pytest.mark.parametrize("name", SMOOTH)
def test_all_entries_give_the_risk_of_the_law_of_the_batch(name, offset):
    """R_f is minimal at f'(r) with value −I_f (P1), with and without the offset."""
    counts = np.array([[4, 1, 2], [1, 3, 1], [2, 2, 4]])
    div, model = divergence(name), FiniteModel(counts / counts.sum())
    z1, z2 = batch_of_law(counts)
    best = div.derivative(model.ratio)
    rng = np.random.default_rng(0)
    for shift in (0.0, -0.3, 5.0) if offset == "row" else (0.0,):
        value, gradient = of_scores((best + shift)[z1][:, z2], div, offset=offset, negatives="all")
        assert abs(value + model.information(div)) <= ROUNDING
        # The gradient in the table of the model: entries of the batch that share a cell move together.
        cells = np.zeros((3, 3))
        np.add.at(cells, (z1[:, None], z2[None, :]), gradient)
        assert np.abs(cells).max() <= ROUNDING
    for _ in range(5):
        other = best + 0.05 * rng.uniform(-1, 0, size=(3, 3))
        assert of_scores(other[z1][:, z2], div, offset=offset, negatives="all")[0] > value


@pytest.mark.parametrize("name", SMOOTH)
def test_features_of_the_ratio_are_optimal_under_the_derivative_link(name):
    # AS makes r = F Fᵀ with F = (p_x(z)/√p_x)_x (E5 (iv)); its inner products go through f'.
    model = FiniteModel.from_views([0.5, 0.5], [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]])
    counts = np.rint(model.joint * 32).astype(int)
    z1, z2 = batch_of_law(counts)
    features = (model.channel / model.marginal1 * np.sqrt(model.prior)[:, None]).T
    options = {"link": "derivative", "offset": "none", "negatives": "all"}
    value, du, dv = f_contrastive(features[z1], features[z2], name, **options)
    assert abs(value + model.information(divergence(name))) <= ROUNDING
    gradient = np.zeros_like(features)
    np.add.at(gradient, z1, du)
    np.add.at(gradient, z2, dv)
    assert np.abs(gradient).max() <= ROUNDING


@pytest.mark.parametrize("name", ["js", "alpha(1.5)"])
def test_other_entries_without_offset_are_unbiased(name):
    """The mean over all batches of K = 3 pairs, by enumeration, is E_⊗ f*(S) − E₁₂ S."""
    div, model = divergence(name), FiniteModel([[0.3, 0.1], [0.2, 0.4]])
    table = np.array([[0.2, -0.5], [-1.0, 0.3]])
    cells = [(i, j) for i in range(2) for j in range(2)]
    mean = {"others": 0.0, "all": 0.0}
    for batch in np.ndindex(4, 4, 4):
        z1, z2 = np.array([cells[k] for k in batch]).T
        probability = math.prod(model.joint[cells[k]] for k in batch)
        for negatives in mean:
            value, _ = of_scores(table[z1][:, z2], div, offset="none", negatives=negatives)
            mean[negatives] += probability * value
    product = model.marginal1[:, None] * model.marginal2
    risk = (product * div.conjugate(table)).sum() - (model.joint * table).sum()
    assert abs(mean["others"] - risk) <= ROUNDING
    assert abs(mean["all"] - risk) > 0.01


@pytest.mark.parametrize("name", SMOOTH)
def test_row_constants_are_free_and_weights_sum_to_one(name):
    table = np.random.default_rng(1).normal(size=(7, 7))
    value, gradient = of_scores(table, name, symmetric=False)
    shifted, gradient2 = of_scores(table + 3 * np.arange(7)[:, None], name, symmetric=False)
    assert abs(value - shifted) <= ROUNDING
    assert np.abs(gradient - gradient2).max() <= ROUNDING
    assert np.abs(gradient.sum(axis=1)).max() <= ROUNDING


@given(
    st.sampled_from(SMOOTH),
    st.lists(st.floats(-1e4, 1e4), min_size=4, max_size=4),
    st.sampled_from(["all", "others"]),
)
def test_scores_of_any_size_have_bounded_cost(name, row, negatives):
    """0 ≥ −D_f(δ‖uniform): the Fenchel–Young lower bound, attained where one positive is far above the rest."""
    table = np.array([np.roll(row, i) for i in range(4)])
    div = divergence(name)
    value, gradient = of_scores(table, div, negatives=negatives, symmetric=False)
    assert np.isfinite(value)
    assert np.abs(gradient.sum(axis=1)).max() <= ROUNDING * 1e4
    if negatives == "all" and np.isfinite(div.at_zero):
        lowest = -(div.f(4.0) + 3 * div.at_zero) / 4
        assert value >= lowest - ROUNDING * 1e4


@pytest.mark.parametrize("name", ["chi2", "js", "alpha(2)"])
def test_far_positives_reach_the_lower_bound(name):
    div = divergence(name)
    value, gradient = of_scores(1e4 * np.eye(4), div)
    assert value == pytest.approx(-float(div.f(4.0) + 3 * div.at_zero) / 4, rel=1e4 * EPS)
    assert np.abs(gradient).max() <= 1e4 * EPS


def projection_on_simplex(x):
    """The Euclidean projection by sorting."""
    ordered = np.sort(x)[::-1]
    excess = (np.cumsum(ordered) - 1) / np.arange(1, x.size + 1)
    support = np.flatnonzero(ordered > excess)[-1]
    return np.maximum(x - excess[support], 0)


@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5))
def test_weights_of_chi2_are_a_projection(row):
    # sup_P ⟨P, S⟩ − D(P‖uniform), D = (m/2)‖P‖² − ½ for (t − 1)²/2: P projects S/m on the simplex.
    table = np.array([np.roll(row, i) for i in range(5)])
    gradient = of_scores(table, "alpha(2)", symmetric=False)[1]
    weights = 5 * gradient + np.eye(5)
    for scores, law in zip(table, weights, strict=True):
        assert np.abs(law - projection_on_simplex(scores / 5)).max() <= ROUNDING


def test_scores_outside_of_the_domain_cost_infinitely_much():
    # f'(∞) = ½ log 2 for js.
    inside, outside = 0.3 * np.eye(2), 0.4 * np.eye(2)
    assert of_scores(inside, "js", offset="none", negatives="all")[0] < math.inf
    value, gradient = of_scores(outside, "js", offset="none", negatives="all")
    assert value == math.inf
    assert not gradient.any()
    assert of_scores(outside, "js", offset="none")[0] < math.inf  # positives meet no f*


@pytest.mark.parametrize("link", ["log", "derivative"])
@pytest.mark.parametrize("name", ["kl", "chi2", "js", "squared_hellinger", "le_cam"])
def test_a_negative_with_inner_product_zero(name, link):
    u, v = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([[0.7, 0.2], [0.0, 1.0]])  # ⟨u_0, v_1⟩ = 0
    div = divergence(name)
    value, du, dv = f_contrastive(u, v, div, link=link, symmetric=False)
    assert np.isfinite(du).all()
    assert np.isfinite(dv).all()
    bottom = -math.inf if link == "log" else float(div.derivative(0.0))
    image = np.log if link == "log" else div.derivative
    table = image(np.where(u @ v.T > 0, u @ v.T, 1.0))
    table[0, 1] = bottom
    assert abs(value - by_definition(table, div, "row", "all")) <= ROUNDING


@pytest.mark.parametrize("link", ["log", "derivative"])
def test_a_positive_with_inner_product_zero_costs_infinitely_much(link):
    value, du, dv = f_contrastive(np.eye(2), np.eye(2)[::-1].copy(), "js", link=link)
    assert value == math.inf
    assert not du.any()
    assert not dv.any()


def test_infinite_f_at_zero_refuses_infinite_scores():
    with pytest.raises(
        ValueError, match="u and v must give finite scores under reverse_kl: smallest score = -inf"
    ):
        f_contrastive(np.eye(2), np.eye(2), "reverse_kl", link="log")


CONJUGATES = {
    "reverse_kl": -sp.log(1 - s),
    "chi2": s + s**2 / 4,
    "js": -sp.log(2 - sp.exp(2 * s)) / 2,
    "le_cam": 2 - s - 2 * sp.sqrt(1 - 2 * s),
}


@cache
def disguised(name):
    """A catalogue entry under another name; built once, for its kernels are compiled for it."""
    return Divergence("disguise", divergence(name).expression, conjugate=CONJUGATES[name])


class TestAnyDivergence:
    """Divergences of no known family go through NumPy: catalogue entries in disguise must give the same answers."""

    @pytest.mark.parametrize("negatives", ["all", "others"])
    @pytest.mark.parametrize("offset", ["row", "none"])
    @pytest.mark.parametrize("name", CONJUGATES)
    def test_a_disguise_changes_nothing(self, name, offset, negatives):
        known, other = divergence(name), disguised(name)
        table = 0.25 - np.random.default_rng(4).exponential(2.0, size=(5, 5))
        options = {"offset": offset, "negatives": negatives}
        ours, theirs = of_scores(table, other, **options), of_scores(table, known, **options)
        assert abs(ours[0] - theirs[0]) <= ROUNDING
        assert np.abs(ours[1] - theirs[1]).max() <= ROUNDING

    def test_scores_above_the_slope_at_infinity(self):
        value, gradient = of_scores(0.4 * np.eye(2), disguised("js"), offset="none", negatives="all")
        assert value == math.inf
        assert not gradient.any()

    def test_a_name_alone_is_no_proof(self):
        le_cam = divergence("le_cam")
        impostor = Divergence("kl", le_cam.expression, conjugate=CONJUGATES["le_cam"])
        table = np.random.default_rng(4).normal(size=(5, 5))
        assert abs(of_scores(table, impostor)[0] - of_scores(table, le_cam)[0]) <= ROUNDING

    @pytest.mark.statement("P3", kind="exact")
    def test_affine_terms_change_nothing(self):
        """P3, with f'(1) = 3/4 instead of 0: (f + c(t − 1))*(s) = f*(s − c) + c."""
        kl = divergence("kl")
        tilted = Divergence(
            "tilted",
            kl.expression + sp.Rational(3, 4) * (t - 1),
            sp.exp(s - sp.Rational(3, 4)) - sp.Rational(1, 4),
        )
        # In a constant table the optimal offset lies outside of the scores, by f'(1).
        for table in (np.random.default_rng(4).normal(size=(5, 5)), np.ones((5, 5))):
            ours, theirs = of_scores(table, tilted), of_scores(table, kl)
            assert abs(ours[0] - theirs[0]) <= ROUNDING
            assert np.abs(ours[1] - theirs[1]).max() <= ROUNDING


REFUSED = [
    ({"divergence": "total_variation"}, "divergence must be strictly convex"),
    ({"divergence": "klx"}, "name must be alpha"),
    ({"divergence": 3}, "divergence must be a Divergence or the name of one: divergence = 3"),
    ({"link": "exp"}, "link must be one of identity, log, derivative: link = 'exp'"),
    ({"offset": "global"}, "offset must be one of row, none"),
    ({"negatives": "some"}, "negatives must be one of all, others"),
    ({"temperature": 0}, "temperature must be positive and finite"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        f_contrastive(*embeddings(), **options)


@pytest.mark.parametrize("link", ["log", "derivative"])
def test_negative_embeddings_are_refused(link):
    with pytest.raises(ValueError, match=rf"v must be non-negative under the {link} link: v\[1, 0\] = -1"):
        f_contrastive(np.eye(2), [[1, 0], [-1, 1]], "kl", link=link)


def test_overflow_is_refused():
    with pytest.raises(ValueError, match="an overflow occurred"):
        f_contrastive(np.full((2, 2), 1e200), np.full((2, 2), 1e200), "js")
