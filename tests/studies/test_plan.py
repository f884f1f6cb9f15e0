"""A plan comes back from its JSON and labels each task once; `--only` picks exactly what a label names."""

import json

import pytest

from simsuff.studies import discover
from simsuff.studies.plan import Selector, StudyPlan, plan_study, select


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


@pytest.fixture
def plans(toy):
    return [plan_study(study, "smoke") for study in discover([toy])]


def test_without_texts_everything_is_picked(plans):
    assert len(select(plans, [])) == 4 * 3 + 2


def test_every_label_picks_its_own_task(plans):
    for task in plans[0].tasks():
        assert select(plans, [task.label]) == [task]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("mean", 12),
        ("toy", 14),
        ("toy:exact", 2),
        ("mean[n=4]", 6),
        ("mean[mu=1]", 6),
        ("mean[mu=10e-1,n=16]", 3),
        ("mean#2", 4),
        ("exact[]", 2),
    ],
)
def test_parts_match_everything_they_leave_out(plans, text, count):
    assert len(select(plans, [text])) == count


def test_several_texts_add_up_in_the_order_of_the_table(plans):
    labels = [task.label for task in select(plans, ["exact[k=2]", "mean[n=4,mu=0.5]#1"])]
    assert labels == ["toy:mean[n=4,mu=0.5]#1", "toy:exact[k=2]#0"]


@pytest.mark.parametrize(
    "text", ["", "mean[n=5]", "mean[z=1]", "mean#9", "other:mean", "mean[n]", "mean[", "a b"]
)
def test_texts_that_pick_nothing_are_refused(plans, text):
    with pytest.raises(ValueError, match="--only must"):
        select(plans, [text])


def test_commas_inside_strings_and_lists_do_not_split():
    parsed = Selector.parse('f[who="raw, [inputs",sizes=[1,2],link=log]#3')
    assert parsed.cell == {"who": "raw, [inputs", "sizes": [1, 2], "link": "log"}
    assert parsed.replicate == 3
