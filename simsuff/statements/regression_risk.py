"""C3: how do sufficiency and augmentation error control the best regression risk on T?"""

from typing import Any

from simsuff.statements.encoder_gap import GAP_BOUNDS, Task, gap_bound, gap_scale
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


def _register(name: str) -> None:
    @statement(f"C3-{name}", f"regression risk is controlled by the sufficiency in {name} and by ε")
    def regression_risk_bound(task: Task, statistic: Any) -> Comparison:
        """R_T ≤ 2 · (the C2 bound on a²) + 2 ε, for views that are iid given x."""
        bound = 2 * gap_bound(name, task, statistic) + 2 * task.augmentation_error
        return Comparison(task.risk(statistic), "<=", bound, scale=2 * gap_scale(name, task))


for _name in GAP_BOUNDS:
    _register(_name)
