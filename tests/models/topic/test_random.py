import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.models import TopicModel
from simsuff.models.topic.model import SEPARATIONS, random_topics


@pytest.mark.parametrize("separation", [*SEPARATIONS, 0.0, 0.3, 1])
def test_rows_are_laws(separation):
    topics = random_topics(3, 7, np.random.default_rng(0), separation)
    np.testing.assert_allclose(topics.sum(axis=1), 1, rtol=1e-15)
    assert (topics >= 0).all()


@pytest.mark.statement("F5-limit", kind="exact")
def test_separation_goes_from_identical_to_disjoint():
    rng = np.random.default_rng(0)
    identical, disjoint = random_topics(3, 7, rng, 0.0), random_topics(3, 7, rng, "separated")
    np.testing.assert_array_equal(identical[0], identical[1])
    assert ((disjoint > 0).sum(axis=0) == 1).all()
    information = [
        TopicModel.random(3, 6, 2, np.random.default_rng(1), name).information(divergence("kl"))
        for name in ("nearly_identical", "overlapping", "separated")
    ]
    assert information[0] < 1e-3 < information[1] < information[2] - 0.1
    assert information[2] == pytest.approx(np.log(3), rel=1e-14)


def test_the_same_generator_gives_the_same_topics():
    first, second = (random_topics(2, 5, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separation": "close"}, r"separation must lie in \[0, 1\] or be one of separated, overlapping"),
        ({"separation": 1.5}, "separation must lie in"),
        ({"separation": np.nan}, "separation must lie in"),
        ({"vocabulary": 2}, "vocabulary must be an integer >= 3: vocabulary = 2; each topic needs a word"),
        ({"topics": 0}, "topics must be an integer >= 1"),
        ({"concentration": 0.0}, "concentration must be positive"),
    ],
)
def test_refuses_bad_options(options, message):
    settings = {"topics": 3, "vocabulary": 6} | options
    with pytest.raises(ValueError, match=message):
        random_topics(rng=np.random.default_rng(0), **settings)
