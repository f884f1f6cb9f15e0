"""Does the plan of a study come back from its JSON, and label each task once?"""

import json

import pytest

from simsuff.studies import discover
from simsuff.studies.plan import StudyPlan, plan_study


@pytest.fixture
def study(toy):
    return discover([toy])[0]


@pytest.mark.parametrize("scale", ["smoke", "default", "full"])
def test_round_trip(study, scale):
    plan = plan_study(study, scale)
    written = plan.to_json()
    assert json.loads(json.dumps(written)) == written
    again = StudyPlan.from_json(written)
    assert again.to_json() == written
    assert list(again.tasks()) == list(plan.tasks())


def test_labels_are_unique_and_ordered(study):
    labels = [task.label for task in plan_study(study, "smoke").tasks()]
    assert len(set(labels)) == len(labels) == 14
    assert labels[0] == "toy:mean[n=4,mu=0.5]#0"
    assert labels[-1] == "toy:exact[k=2]#0"


def test_unknown_scales_are_refused(study):
    with pytest.raises(ValueError, match="scale must be one of"):
        plan_study(study, "huge")
