"""Do the studies notice a constant that is wrong, where a bound is nearly attained?"""

from pathlib import Path

import pytest

from simsuff.reporting import rows_of
from simsuff.studies import Settings, prepare, run

FILE = Path(__file__).parents[2] / "simulations" / "attained_bounds.py"


@pytest.fixture(scope="module")
def rows():
    (result,) = run(prepare(Settings(paths=[str(FILE)])))
    assert not result.failures
    return rows_of([result])[0]


def test_every_bound_holds_where_it_is_nearly_attained(rows):
    assert len(rows) > 40
    assert {str(row.verdict) for row in rows} == {"holds"}


@pytest.mark.parametrize(("error", "least"), [(0.01, 30), (0.05, 33), (0.2, 39)])
def test_wrong_constants_are_noticed(rows, error, least):
    """Each bound made smaller by `error`, which is violated exactly where the row says that it notices so much."""
    noticed = 0
    for row in rows:
        wrong = row.comparison.with_(rhs=(1 - error) * row.comparison.rhs)
        assert (wrong.verdict == "violated") == (row.power is not None and row.power < error)
        noticed += wrong.verdict == "violated"
    assert noticed >= least
