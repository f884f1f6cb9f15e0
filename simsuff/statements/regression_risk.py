"""C3: how do sufficiency and augmentation error control the best regression risk on T?"""

from typing import Any

from simsuff.numerics.numbers import rounded
from simsuff.statements.encoder_gap import GAP_BOUNDS, Task, gap_bound
from simsuff.statements.explicit_predictor import square_scale
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


def _register(name: str) -> None:
    def regression_risk_bound(task: Task, statistic: Any) -> Comparison:
        bound = 2 * gap_bound(name, task, statistic) + 2 * task.augmentation_error
        return Comparison(rounded(task.risk(statistic), 2 * square_scale(task)), "<=", bound)

    bound_on_gap = (GAP_BOUNDS[name].__doc__ or "").rstrip(".")
    regression_risk_bound.__doc__ = f"R_T ≤ 2a² + 2ε, a² ≤ {bound_on_gap}, for views that are iid given x."
    title = f"regression risk is controlled by the sufficiency in {name} and by ε"
    statement(f"C3-{name}", title)(regression_risk_bound)


for _name in GAP_BOUNDS:
    _register(_name)
