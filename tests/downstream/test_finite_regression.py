"""Are the population risks of C1–C4 what direct sums over (x, z₁, z₂) say?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff import FiniteModel
from simsuff.downstream import FiniteRegression
from simsuff.numerics.numbers import ROUNDING
from simsuff.strategies import label_vectors, score_tables, view_models


@st.composite
def tasks(draw):
    model = draw(view_models(zeros=True))
    nx, nz = model.channel.shape
    task = FiniteRegression(model, draw(score_tables((nx,))), draw(score_tables((nz,))))
    return task, draw(label_vectors(nz))


def brute_force(task, labels):
    """ε, R_T, a² and the explicit predictor's risk by loops over groups."""
    prior, channel, joint = task.model.prior, task.model.channel, task.model.joint
    law = prior[:, None] * channel
    epsilon = sum(
        law[x, z] * (task.target_z[z] - task.target_x[x]) ** 2
        for x in range(len(prior))
        for z in range(len(labels))
    )
    risk = gap = predictor = 0.0
    for group in np.unique(labels):
        members = np.flatnonzero(labels == group)
        mass = law[:, members].sum()
        if mass == 0:
            continue
        weights = law[:, members].sum(axis=1)
        mean = weights @ task.target_x / mass
        risk += weights @ (task.target_x - mean) ** 2
        explicit = law[:, members].sum(axis=0) @ task.target_z[members] / mass
        predictor += weights @ (task.target_x - explicit) ** 2
        coarse = joint[members].sum(axis=0) @ task.target_z / joint[members].sum()
        for z in members:
            if joint[z].sum() > 0:
                gap += joint[z].sum() * (joint[z] @ task.target_z / joint[z].sum() - coarse) ** 2
    return epsilon, risk, gap, predictor


@given(tasks())
def test_risks_are_direct_sums(drawn):
    task, labels = drawn
    found = (
        task.augmentation_error,
        task.risk(labels),
        task.encoder_gap(labels),
        task.predictor_risk(labels),
    )
    scale = 1 + np.abs(task.target_x).max() ** 2 + np.abs(task.target_z).max() ** 2
    assert np.abs(np.subtract(found, brute_force(task, labels))).max() <= ROUNDING * scale


@given(tasks())
def test_finer_statistics_predict_better(drawn):
    task, labels = drawn
    scale = 1 + np.abs(task.target_x).max() ** 2
    assert task.view_risk <= task.risk(labels) + ROUNDING * scale
    assert task.risk(labels) <= task.risk(np.zeros_like(labels)) + ROUNDING * scale


def test_half_range_ignores_symbols_without_mass():
    model = FiniteModel.from_views([1.0], [[0.5, 0.5, 0.0]])
    assert FiniteRegression(model, [0.0], [-1.0, 2.0, 100.0]).half_range == 1.5


def test_bad_input_is_refused():
    model = FiniteModel.from_views([0.5, 0.5], np.eye(2))
    with pytest.raises(ValueError, match="model must know its latent x"):
        FiniteRegression(FiniteModel(np.eye(2) / 2), [0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"target_x must have shape \(2,\)"):
        FiniteRegression(model, [0, 1, 2], [0, 1])
    with pytest.raises(ValueError, match=r"target_z must be finite: target_z\[1\] = nan"):
        FiniteRegression(model, [0, 1], [0, np.nan])
    with pytest.raises(ValueError, match="statistic must have shape"):
        FiniteRegression(model, [0, 1], [0, 1]).risk([0])
