"""What every registered loss must do: shapes, dtypes, gradients, batches, permutations, refusals."""

from functools import partial

import numpy as np
import pytest

from simsuff.losses import LOSSES, get_loss

VARIANTS = {name: (loss, "real") for name, loss in LOSSES.items()} | {
    "infonce one-sided": (partial(LOSSES["infonce"], symmetric=False), "real"),
    "infonce temperature": (partial(LOSSES["infonce"], temperature=0.3), "real"),
    "infonce log": (partial(LOSSES["infonce"], link="log"), "positive"),
    "infonce log temperature": (partial(LOSSES["infonce"], link="log", temperature=1.5), "positive"),
    "infonce exp": (partial(LOSSES["infonce"], link="exp", temperature=4.0), "real"),
    "chi2 one-sided": (partial(LOSSES["chi2"], symmetric=False), "real"),
    "chi2 log": (partial(LOSSES["chi2"], link="log", temperature=0.5), "positive"),
    "chi2 exp": (partial(LOSSES["chi2"], link="exp", temperature=4.0), "real"),
    "js": (partial(LOSSES["f_contrastive"], divergence="js"), "real"),
    "hellinger one-sided": (
        partial(LOSSES["f_contrastive"], divergence="squared_hellinger", symmetric=False),
        "real",
    ),
    "le_cam derivative": (
        partial(LOSSES["f_contrastive"], divergence="le_cam", link="derivative"),
        "positive",
    ),
    "alpha log temperature": (
        partial(LOSSES["f_contrastive"], divergence="alpha(1.5)", link="log", temperature=1.5),
        "positive",
    ),
    "js without offset": (
        partial(LOSSES["f_contrastive"], divergence="js", link="derivative", offset="none"),
        "positive",
    ),
    "quadratic with the other entries": (
        partial(LOSSES["f_contrastive"], divergence="chi2", negatives="others", temperature=4.0),
        "real",
    ),
}


def rounding(dtype=np.float64):
    """Values, gradients and slopes of the embeddings below are of order 1: some hundred units."""
    return 256 * float(np.finfo(dtype).eps)


def embeddings(kind, shape=(5, 3), seed=0):
    u, v = np.random.default_rng(seed).normal(size=(2, *shape))
    return (np.abs(u) + 0.2, np.abs(v) + 0.2) if kind == "positive" else (u, v)


@pytest.fixture(params=VARIANTS)
def variant(request):
    return VARIANTS[request.param]


def assert_same(one, other, tolerance):
    assert abs(one[0] - other[0]) <= tolerance
    for a, b in zip(one[1:], other[1:], strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= tolerance


def test_gradients_against_central_differences(variant):
    loss, kind = variant
    u, v = embeddings(kind)
    _, du, dv = loss(u, v)
    rng = np.random.default_rng(1)
    for _ in range(5):
        a, b = rng.normal(size=(2, *u.shape))
        exact = np.sum(du * a) + np.sum(dv * b)
        # Truncation falls by 4 as the step is halved; Richardson leaves h⁴, against rounding / h.
        coarse, fine = (
            (loss(u + h * a, v + h * b)[0] - loss(u - h * a, v - h * b)[0]) / (2 * h) for h in (2e-3, 1e-3)
        )
        difference = (4 * fine - coarse) / 3
        assert abs(difference - exact) <= abs(fine - coarse) / 3 + rounding() / 1e-3


@pytest.mark.parametrize("shape", [(3, 1), (5, 3), (1, 4, 2), (3, 5, 2)])
def test_shapes_and_types(variant, shape):
    loss, kind = variant
    value, du, dv = loss(*embeddings(kind, shape))
    assert type(value) is float
    assert du.shape == dv.shape == shape
    assert du.dtype == dv.dtype == np.float64


@pytest.mark.parametrize("name", [name for name in VARIANTS if not name.startswith("chi2")])
def test_two_pairs_are_enough(name):
    loss, kind = VARIANTS[name]
    assert np.isfinite(loss(*embeddings(kind, (2, 1)))[0])


def test_float32_stays_float32(variant):
    loss, kind = variant
    u, v = embeddings(kind)
    single = loss(u.astype(np.float32), v.astype(np.float32))
    assert single[1].dtype == single[2].dtype == np.float32
    assert_same(single, loss(u, v), rounding(np.float32))
    mixed = loss(u.astype(np.float32), v)
    assert mixed[1].dtype == mixed[2].dtype == np.float64


def test_batches_are_the_mean_of_singles(variant):
    loss, kind = variant
    u, v = embeddings(kind, (3, 5, 2))
    value, du, dv = loss(u, v)
    singles = [loss(a, b) for a, b in zip(u, v, strict=True)]
    expected = np.mean([s[0] for s in singles]), np.stack([s[1] for s in singles]) / 3, None
    assert_same((value, du), expected[:2], rounding())
    assert_same((value, dv), (expected[0], np.stack([s[2] for s in singles]) / 3), rounding())


def test_permuting_the_pairs_permutes_the_gradients(variant):
    loss, kind = variant
    u, v = embeddings(kind)
    order = np.array([3, 0, 4, 1, 2])
    value, du, dv = loss(u, v)
    assert_same(loss(u[order], v[order]), (value, du[order], dv[order]), rounding())


def test_memory_layout_does_not_matter(variant):
    loss, kind = variant
    u, v = embeddings(kind)
    expected = loss(u, v)
    strided = np.repeat(u, 2, axis=0)[::2], np.repeat(v, 2, axis=1)[:, ::2]
    frozen = u.copy(), v.copy()
    for array in frozen:
        array.flags.writeable = False
    nested = u.tolist(), v.tolist()
    swapped = u.astype(">f8"), v.astype(">f8")
    for a, b in (strided, frozen, (np.asfortranarray(u), np.asfortranarray(v)), nested, swapped):
        answer = loss(a, b)
        assert answer[0] == expected[0]
        assert np.array_equal(answer[1], expected[1])
        assert np.array_equal(answer[2], expected[2])


def test_inputs_are_left_alone(variant):
    loss, kind = variant
    u, v = embeddings(kind)
    copies = u.copy(), v.copy()
    loss(u, v)
    assert np.array_equal(u, copies[0])
    assert np.array_equal(v, copies[1])


ONES = np.ones((3, 2))
REFUSED = [
    ((ONES, np.ones((3, 1))), r"v must have the shape of u, \(3, 2\): shape = \(3, 1\)"),
    ((ONES, np.ones((2, 2))), "v must have the shape of u"),
    ((np.ones(3), np.ones(3)), "u must have shape"),
    ((np.ones((3, 0)), np.ones((3, 0))), "u must be non-empty"),
    ((np.ones((0, 3, 2)), np.ones((0, 3, 2))), "u must be non-empty"),
    ((np.where(np.eye(3, 2) > 0, np.nan, 1), ONES), r"u must be finite: u\[0, 0\] = nan"),
    ((ONES, np.where(np.eye(3, 2) > 0, np.inf, 1)), r"v must be finite: v\[0, 0\] = inf"),
    ((ONES.astype(complex), ONES), "u must hold real numbers: dtype = complex128"),
    ((ONES, np.full((3, 2), "a")), "v must hold real numbers"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_bad_embeddings_are_refused_by_name(variant, arguments, message):
    with pytest.raises(ValueError, match=message):
        variant[0](*arguments)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_batch_with_too_few_pairs_is_refused(name):
    least = 3 if name.startswith("chi2") else 2
    for size in range(1, least):
        message = rf"u must hold K >= {least} pairs in each batch: shape = \({size}, 2\)"
        with pytest.raises(ValueError, match=message):
            VARIANTS[name][0](np.ones((size, 2)), np.ones((size, 2)))
    assert np.isfinite(VARIANTS[name][0](np.ones((least, 2)), np.ones((least, 2)))[0])


@pytest.mark.parametrize("name", ["chi2", "spectral"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unequal_sizes_of_the_two_sides_are_no_overflow(name, dtype):
    u, v = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(dtype)
    scale = dtype(2.0 ** (np.finfo(dtype).maxexp * 3 // 4))
    tolerance = 64 * float(np.finfo(dtype).eps)
    value, du, dv = LOSSES[name](u, v)
    far_value, far_du, far_dv = LOSSES[name](u * scale, v / scale)
    assert far_value == pytest.approx(value, rel=tolerance)
    assert far_du * scale == pytest.approx(du, rel=tolerance)
    assert far_dv / scale == pytest.approx(dv, rel=tolerance)


def test_lookup():
    assert get_loss("infonce") is LOSSES["infonce"]
    with pytest.raises(
        ValueError, match=r"loss must be one of chi2, f_contrastive, infonce, spectral: loss = 'nce'"
    ):
        get_loss("nce")
