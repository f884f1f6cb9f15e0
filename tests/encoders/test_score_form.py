"""Does a quadratic form keep its meaning when views are exchanged and scores are scaled?"""

import numpy as np

from simsuff.encoders import ScoreForm

FORM = ScoreForm(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]), np.diag([2.0, 4.0]), np.diag([2.0, 0.0, 6.0]))
Z1, Z2 = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[1.0, 0.0, 2.0]])


def test_table_by_hand():
    # z1ᵀ cross z2 = 1·1 + 2·3·2 = 13, ½ z1ᵀ first z1 = 1 + 8, ½ z2ᵀ second z2 = 1 + 12.
    np.testing.assert_array_equal(FORM.table(Z1, Z2), [[13 + 9 + 13], [-6 + 2 + 13]])


def test_swapped_exchanges_the_views():
    np.testing.assert_array_equal(FORM.swapped().table(Z2, Z1), FORM.table(Z1, Z2).T)


def test_scaled_multiplies_every_score():
    np.testing.assert_array_equal(FORM.scaled(0.5).table(Z1, Z2), FORM.table(Z1, Z2) / 2)
