"""Do batches hold all tasks once, of one experiment, and grow with short tasks only?"""

from simsuff.discovery import Source
from simsuff.studies.executors import TARGET_SECONDS, Dispenser
from simsuff.studies.plan import Task
from simsuff.studies.tasks import Record

TASKS = [Task("s", name, 0, i, f"s:{name}[]#{i}") for name in "fg" for i in range(500)]


def sizes(seconds, workers=2):
    """The batches that come out when every task takes `seconds`."""
    dispenser = Dispenser(TASKS, {"s": Source("s.py", "")}, "smoke", 0, workers)
    batches = []
    while dispenser:
        batch = dispenser.next_batch()
        batches.append(batch.tasks)
        for task in batch.tasks:
            dispenser.observe(task, Record(task.label, [], "", [], seconds))
    assert [task for batch in batches for task in batch] == TASKS
    assert all(len({task.experiment for task in batch}) == 1 for batch in batches)
    return [len(batch) for batch in batches]


def test_short_tasks_travel_together_after_the_first():
    found = sizes(TARGET_SECONDS / 50)
    assert found[0] == 1
    assert max(found) == 50


def test_long_tasks_travel_alone():
    assert max(sizes(TARGET_SECONDS)) == 1


def test_instant_tasks_are_still_shared_among_the_workers():
    assert max(sizes(0.0, workers=8)) <= len(TASKS) / 16 + 1


def test_studies_that_may_compile_start_side_by_side():
    tasks = [Task(study, "f", 0, i, f"{study}:f[]#{i}") for study in "ab" for i in range(3)]
    dispenser = Dispenser(tasks, {study: Source(f"{study}.py", "") for study in "ab"}, "smoke", 0, 3)
    one, two, three = (dispenser.next_batch().tasks[0] for _ in range(3))
    assert (one.study, two.study) == ("a", "b")
    # With every study at its first task, the next in order is as good as any.
    assert three == tasks[1]
    dispenser.observe(two, Record(two.label, [], "", [], 1.0))
    assert dispenser.next_batch().tasks == (tasks[4],)
    dispenser.observe(one, Record(one.label, [], "", [], 1.0))
    assert [dispenser.next_batch().tasks[0] for _ in range(2)] == [tasks[2], tasks[5]]
    assert not dispenser


def test_batches_of_one_study_grow_and_stay_in_order_while_another_one_compiles():
    tasks = [Task(study, "f", 0, i, f"{study}:f[]#{i}") for study in "ab" for i in range(100)]
    dispenser = Dispenser(tasks, {study: Source(f"{study}.py", "") for study in "ab"}, "smoke", 0, 2)
    assert dispenser.next_batch().tasks == (tasks[0],)
    (first,) = dispenser.next_batch().tasks
    assert first == tasks[100]
    dispenser.observe(first, Record(first.label, [], "", [], TARGET_SECONDS / 20))
    assert dispenser.next_batch().tasks == tuple(tasks[101:121])
    assert list(dispenser.pending) == tasks[1:100] + tasks[121:]


def test_another_experiment_comes_first_while_a_cell_may_compile():
    tasks = [Task("s", e, c, i, f"s:{e}[{c}]#{i}") for e in "fg" for c in range(2) for i in range(2)]
    dispenser = Dispenser(tasks, {"s": Source("s.py", "")}, "smoke", 0, 2)
    (one,), (two,) = (dispenser.next_batch().tasks for _ in range(2))
    assert (one, two) == (tasks[0], tasks[4])
    dispenser.observe(one, Record(one.label, [], "", [], 1.0))
    (rest,), (second_cell,) = (dispenser.next_batch().tasks for _ in range(2))
    assert (rest, second_cell) == (tasks[1], tasks[2])
    dispenser.observe(two, Record(two.label, [], "", [], 1.0))
    # The second cell of f is at its first task, and what is left of f waits for it.
    assert dispenser.next_batch().tasks == (tasks[5],)
