"""Which convex generators f should a property of divergences be tried on?"""

from hypothesis import strategies as st

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, divergence

# Convex summands with value 0 at t = 1; a positive combination of them is a generator again (P3 allows c·(t − 1)).
SUMMANDS = (
    "(t-1)**2",
    "t*log(t)",
    "-log(t)",
    "(t-1)**2/(t+1)",
    "1-sqrt(t)",
    "1/t-1",
    "t**3-1",
    "(t+1)*log(2/(t+1))+t*log(t)",
)


def divergences(smooth: bool = False) -> st.SearchStrategy[Divergence]:
    """A catalogue entry or a power divergence of order in [−2, 4]; with `smooth`, without total variation."""
    names = [name for name in DIVERGENCES if not (smooth and name == "total_variation")]
    powers = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0]).map(alpha_divergence)
    return st.one_of(st.sampled_from(names).map(divergence), powers)


@st.composite
def convex_generators(draw: st.DrawFn, max_terms: int = 3) -> str:
    """A convex f with f(1) = 0 as a formula in t, ready for `Divergence(name, f=…)`; f'(1) need not be 0."""
    terms = draw(st.lists(st.sampled_from(SUMMANDS), min_size=1, max_size=max_terms, unique=True))
    weights = draw(st.lists(st.integers(1, 20), min_size=len(terms), max_size=len(terms)))
    slope = draw(st.integers(-5, 5))
    summed = " + ".join(f"{weight}/4*({term})" for weight, term in zip(weights, terms, strict=True))
    return f"{summed} + {slope}*(t-1)" if slope else summed
