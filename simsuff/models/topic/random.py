"""Which random topics do studies and tests draw from? One knob from identical to disjoint."""

from typing import Any

import numpy as np

from simsuff.numerics.validation import Float, generator, integer, positive, require

# How much of a topic's mass is its own: the rest is a background that all topics share.
SEPARATIONS = {"separated": 1.0, "overlapping": 0.5, "nearly_identical": 0.01}


def random_topics(
    topics: int,
    vocabulary: int,
    rng: np.random.Generator,
    separation: float | str = "overlapping",
    concentration: float = 1.0,
) -> Float:
    """Topics (M, V): `separation` of the mass on words of the topic's own, the rest on a shared background.

    Words are dealt to topics in turn (word w belongs to topic w mod M); own mass and background are Dirichlet.

    Parameters
    ----------
    separation : in [0, 1], or "separated" (1, disjoint supports), "overlapping" (½), "nearly_identical" (0.01).
    concentration : of the Dirichlet laws; small values give few frequent words.

    Raises
    ------
    ValueError : for an unknown or outlying separation, and fewer words than topics.
    """
    count = integer("topics", topics, 1, "use at least one topic")
    way_out = "each topic needs a word of its own"
    words = integer("vocabulary", vocabulary, count, way_out)
    share, source = _share(separation), generator("rng", rng)
    alpha = positive("concentration", concentration, "1 is uniform on the simplex")
    own = np.arange(words)[None, :] % count == np.arange(count)[:, None]
    background = _dirichlet(np.ones((1, words), dtype=bool), alpha, source)
    return (1 - share) * background + share * _dirichlet(own, alpha, source)


def _share(separation: Any) -> float:
    value = SEPARATIONS.get(separation, separation) if isinstance(separation, str) else separation
    good = isinstance(value, int | float | np.number) and 0 <= value <= 1
    allowed = f"lie in [0, 1] or be one of {', '.join(SEPARATIONS)}"
    require(good, "separation", separation, allowed, "1 gives disjoint topics, 0 identical ones")
    return float(value)


def _dirichlet(support: np.ndarray[Any, np.dtype[np.bool_]], alpha: float, rng: np.random.Generator) -> Float:
    """Rows that are Dirichlet on their support; 1e-12 keeps the least likely word away from underflow."""
    weights = np.where(support, rng.gamma(alpha, size=support.shape) + 1e-12, 0.0)
    normalised: Float = weights / weights.sum(axis=1, keepdims=True)
    return normalised
