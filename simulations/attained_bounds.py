"""Each bound where it is nearly attained: what a wrong constant would have to get past.

Random models leave most bounds much room, so that a constant wrong by a half would pass unnoticed. Here each bound stands
at the arguments nearest to equality that a search found (`simsuff hunt ID`), rounded to simple fractions: the column
*notices* says by how much its constant could be wrong. Where that is a fifth or more (C3 in reverse KL and Hellinger, D4,
J2, Q8), no much harder case is known.
"""

import numpy as np

from simsuff import FiniteModel, GaussianModel, TopicModel
from simsuff.divergences import divergence
from simsuff.downstream import FiniteClassification, FiniteRegression, GaussianRegression
from simsuff.statements import get
from simsuff.studies import main, study


def given(**arguments):
    """The arguments of a statement by name."""
    return arguments


ARGUMENTS = {
    "B4": lambda: given(
        model=FiniteModel(np.array([[206, 290], [209, 295]]) / 1000),
        labels=np.array([0, 0]),
        score=np.array([[-8, -8], [-8, 8]]),
        K=4,
    ),
    "B4-excess": lambda: given(
        model=FiniteModel(np.array([[39, 61]]) / 100), score=np.array([[0, 0.01]]), K=4
    ),
    "B4-rate": lambda: given(
        M=39 / 10,
        K=2,
    ),
    "B5-clip": lambda: given(
        model=FiniteModel(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) / 4),
        kappa=2,
    ),
    "C1": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(
                np.array([0, 9, 8]) / 17, np.array([[0, 17, 0], [0, 16, 1], [0, 0, 17]]) / 17
            ),
            np.array([-4, 34, -69]) / 10,
            np.array([13, 5, -20]) / 5,
        ),
        statistic=np.array([1, 0, 0]),
        c1=11 / 5,
    ),
    "C1-risk": lambda: given(
        task=GaussianRegression(
            GaussianModel.additive_noise(np.array([23, 25]) / 5, 9 / 10), np.array([-8, 8]), 0.0
        ),
        statistic=np.array([[-6, -6]]) / 5,
    ),
    "C2-kl": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(
                np.array([1, 199, 0]) / 200, np.array([[29, 21], [25, 25], [16, 34]]) / 50
            ),
            np.array([23, -50, 44]) / 10,
            np.array([4, 8]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C2-chi2": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1]) / 2, np.array([[1, 0], [0, 1]])),
            np.array([-19, 0]) / 10,
            np.array([8, -8]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C2-reverse_kl": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(
                np.array([1, 9999, 0]) / 10000, np.array([[3262, 1738], [2500, 2500], [2073, 2927]]) / 5000
            ),
            np.array([53, 50, 55]) / 10,
            np.array([77, -6]) / 10,
        ),
        statistic=np.array([0, 0]),
    ),
    "C2-squared_hellinger": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(
                np.array([307, 271, 211, 211]) / 1000,
                np.array([[500, 500], [500, 500], [501, 499], [500, 500]]) / 1000,
            ),
            np.array([-11, 9, -10, -2]) / 10,
            np.array([8, -8]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C2-alpha(2)": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1]) / 2, np.array([[1, 0], [0, 1]])),
            np.array([-2, 0]),
            np.array([8, -8]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C3-kl": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1, 1]) / 3, np.array([[12, 0], [0, 12], [7, 5]]) / 12),
            np.array([40, -40, 6]) / 5,
            np.array([4, -4]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C3-chi2": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([987, 13]) / 1000, np.array([[0, 1], [1, 0]])),
            np.array([0, -1]),
            np.array([-0.5, 0]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C3-reverse_kl": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1, 2]) / 4, np.array([[2, 0], [0, 2], [1, 1]]) / 2),
            np.array([40, -40, 6]) / 5,
            np.array([4, -4]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C3-squared_hellinger": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1, 1]) / 3, np.array([[2, 0], [0, 2], [1, 1]]) / 2),
            np.array([200, -200, 29]) / 25,
            np.array([4, -4]),
        ),
        statistic=np.array([0, 0]),
    ),
    "C3-alpha(2)": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(
                np.array([3, 99997, 0]) / 100000, np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
            ),
            np.array([2, 0, 0]),
            np.array([1, 0, 0]),
        ),
        statistic=np.array([0, 0, 1]),
    ),
    "D1": lambda: given(
        classification=FiniteClassification.from_augmentation(
            np.array([[1, 0], [0, 1]]) / 2, np.array([[0, 0, 1], [0, 1, 0]])
        ),
        statistic=np.array([0, 1, 1]),
    ),
    "D1-renyi": lambda: given(
        classification=FiniteClassification.from_augmentation(
            np.array([[1, 0], [0, 1], [0, 0]]) / 2, np.array([[1, 0], [0, 1]])
        ),
        statistic=np.array([0, 0]),
        label_function=np.array([[1, 0, 0], [0, 1, 0]]),
    ),
    "D2": lambda: given(
        classification=FiniteClassification.from_pairs(
            np.array([[[1, 0], [0, 0]], [[5, 6], [6, 7]], [[0, 0], [0, 0]]]) / 25
        ),
        statistic=np.array([0, 0]),
    ),
    "D3": lambda: given(
        classification=FiniteClassification.from_augmentation(
            np.array([[125, 125], [126, 124]]) / 500, np.array([[231, 269], [248, 252]]) / 500
        ),
        statistic=np.array([0, 1]),
    ),
    "D3-pinsker": lambda: given(
        classification=FiniteClassification.from_pairs(
            np.array([[[21520, 0], [0, 28518]], [[21719, 0], [0, 28243]]]) / 100000
        ),
        statistic=np.array([0, 0]),
        predictor=np.array([[1, 1]]) / 2,
    ),
    "D4": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([1, 1]) / 2, np.array([[99998, 1, 1], [1, 99998, 1]]) / 100000),
            np.array([8, -8]),
            np.array([1, -6, 13]) / 10,
        ),
        statistic=np.array([1, 1, 0]),
    ),
    "A3-range": lambda: given(
        model=FiniteModel(np.array([[99, 0], [0, 1]]) / 100),
        labels=np.array([0, 0]),
        divergence=divergence("alpha(3)"),
    ),
    "A6-kl": lambda: given(
        exchangeable=FiniteModel(np.array([[0, 0, 1, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]) / 4),
        labels=np.array([0, 0, 1, 0]),
    ),
    "A6-chi2": lambda: given(
        exchangeable=FiniteModel(
            np.array([[0, 0, 3513, 0], [0, 0, 0, 4], [3513, 0, 92966, 0], [0, 4, 0, 0]]) / 100000
        ),
        labels=np.array([1, 1, 0, 2]),
    ),
    "B2-bias": lambda: given(
        model=FiniteModel(np.array([[27, 0], [15, 0], [116280, 999883665], [13, 0]]) / 1000000000),
        K=2,
    ),
    "B2-bias-chi2": lambda: given(
        model=FiniteModel(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) / 4),
        K=2,
    ),
    "B2-log": lambda: given(
        model=FiniteModel(np.array([[4998, 1], [1, 0]]) / 5000),
        K=5,
    ),
    "B4-topic": lambda: given(
        topic_model=TopicModel(np.array([[0, 500], [1, 499]]) / 500, np.array([1, 1]) / 2, 1),
        labels=np.array([0, 0]),
        score=np.array([[4, 4], [8, -4]]),
        K=5,
    ),
    "F5-ceiling": lambda: given(
        topic_model=TopicModel(np.array([[0, 1], [1, 0]]), np.array([1, 1]) / 2, 1),
        divergence=divergence("squared_hellinger"),
    ),
    "G4-log2": lambda: given(
        prior=np.array([3333, 3334, 3333]) / 10000,
        reference=np.array([3334, 3333, 3333]) / 10000,
    ),
    "G4-log2-ceiling": lambda: given(bound=0.01),
    "I5-kl": lambda: given(
        model=FiniteModel(np.array([[2497, 2503], [2503, 2497]]) / 10000),
        labels=np.array([0, 0]),
    ),
    "I5-chi2": lambda: given(
        model=FiniteModel(np.array([[1, 0], [0, 1]]) / 2),
        labels=np.array([0, 0]),
    ),
    "I5-hellinger": lambda: given(
        model=FiniteModel(np.array([[2501, 2501], [2500, 2498]]) / 10000),
        labels=np.array([0, 0]),
    ),
    "I6": lambda: given(model=FiniteModel(np.array([[98, 1, 0], [0, 0, 1]]) / 100), labels=np.array([0, 0])),
    "I7": lambda: given(
        model=FiniteModel(np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1]]) / 2),
        labels=np.array([0, 0, 0]),
    ),
    "I9-below": lambda: given(
        model=FiniteModel(np.array([[1, 0], [0, 499999]]) / 500000),
        score=np.array([[80, -55], [1, 1]]) / 10,
        K=4,
    ),
    "J1": lambda: given(
        full_model=FiniteModel(np.array([[253, 253], [248, 246]]) / 1000),
        labels=np.array([0, 0]),
        score=np.array([[0, 0], [4, -8]]),
        K=3,
    ),
    "J1-constant": lambda: given(
        score_bound=9 / 5,
        K=2,
    ),
    "J2": lambda: given(
        bound=7 / 10,
        K=100_000,
    ),
    "Q8": lambda: given(
        task=FiniteRegression(
            FiniteModel.from_views(np.array([0, 1, 1]) / 2, np.array([[2, 0, 0], [0, 1, 1], [2, 0, 0]]) / 2),
            np.array([-23, -30, 34]) / 10,
            np.array([0, 8, -8]),
        ),
        statistic=np.array([0, 0, 0]),
    ),
    "G6-sufficiency": lambda: given(
        small_model=FiniteModel(np.array([[1, 0], [0, 1], [0, 0]]) / 2),
        labels=np.array([0, 0, 0]),
        score=np.array([[0, 0], [-7, 0], [-5, 8]]) / 10,
        batch=2,
    ),
    "A3-order": lambda: given(
        model=FiniteModel(np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]]) / 2),
        labels=np.array([0, 1, 1]),
        coarser=np.array([0, 1]),
        divergence=divergence("js"),
    ),
}


@study(default={"bound": list(ARGUMENTS)}, smoke={"bound": ["B4", "C1-risk", "D3-pinsker"]})
def nearest_to_equality(bound):
    """The two sides of a bound at the hardest arguments that are known for it."""
    return get(bound).evaluate(**ARGUMENTS[bound]())


if __name__ == "__main__":
    main(__file__)
