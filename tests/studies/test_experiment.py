"""Does the decorator keep the function callable, and refuse what does not fit it?"""

import pytest

from simsuff.studies import Axes, study


def test_the_function_stays_callable_and_named():
    @study(default={"k": [1, 2]}, statement="A1")
    def twice(k):
        """Doubles.

        More."""
        return 2 * k

    assert twice(3) == 6
    assert (twice.name, twice.description, twice.__doc__[:7]) == ("twice", "Doubles.", "Doubles")


def test_scales_that_are_not_given_use_the_default():
    @study(smoke={"k": [1]}, default={"k": [1, 2]}, replicates={"full": 5, "default": 2})
    def f(k, rng):
        return k, rng

    assert [len(f.grids[scale]) for scale in ("smoke", "default", "full")] == [1, 2, 2]
    assert f.replicates == {"smoke": 2, "default": 2, "full": 5}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"default": {"K": [1], "z": [2]}}, "fit its signature.*unexpected keyword argument 'z'"),
        ({"default": {"k": [1]}}, "unexpected keyword argument 'k'|missing a required argument: 'K'"),
        ({"default": {"M": [1]}}, "missing a required argument: 'K'"),
        ({}, "missing a required argument: 'K'"),
        ({"default": {"K": [1], "rng": [1]}}, "multiple values for keyword argument 'rng'"),
        ({"default": {"K": []}}, "non-empty"),
        ({"default": {"K": [1]}, "replicates": 0}, "replicates must be an integer >= 1"),
        (
            {"default": {"K": [1]}, "replicates": {"huge": 2}},
            "scale of replicates must be one of smoke, default, full",
        ),
        ({"default": {"K": [1]}, "replicates": {"full": 2.5}}, "must be an integer"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):

        @study(**options)
        def f(K, M=1, rng=None):
            return K, M, rng


def test_replicates_need_randomness():
    with pytest.raises(ValueError, match="add an `rng` argument"):

        @study(default={"k": [1]}, replicates=3)
        def f(k):
            return k


@pytest.mark.parametrize("name", ["xscale", "yscale"])
def test_axis_scales_are_checked(name):
    with pytest.raises(ValueError, match=f"{name} must be one of"):
        Axes(x="K", **{name: "logarithmic"})


def test_axes_name_what_the_grid_or_the_rows_have():
    with pytest.raises(ValueError, match=r"Axes\.x must be in the grid of f: x = 'm'; name one of \['k'\]"):

        @study(default={"k": [1]}, axes=Axes(x="m"))
        def f(k):
            return k

    @study(default={"k": [1]}, axes=Axes(x="m", own=["m"]))
    def g(k):
        return k

    assert g.axes.x == "m"
