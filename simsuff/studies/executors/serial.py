"""How do tasks run in this very process?"""

from collections.abc import Generator

from simsuff.studies.executors.dispenser import Dispenser
from simsuff.studies.tasks import Record, perform


def run(dispenser: Dispenser) -> Generator[Record, None, None]:
    """One task after the other."""
    while dispenser:
        batch = dispenser.next_batch()
        for task, record in zip(batch.tasks, perform(batch), strict=True):
            dispenser.observe(task, record)
            yield record
