"""Is my InfoNCE value good? The answer as a function, and as a page on this computer where the data can be varied."""

from simsuff.explorer.assessment import Assessment, Finding, assess_infonce
from simsuff.explorer.optimum import infonce_optimum, temperature_floor
from simsuff.explorer.state import Settings, explore

__all__ = [
    "Assessment",
    "Finding",
    "Settings",
    "assess_infonce",
    "explore",
    "infonce_optimum",
    "temperature_floor",
]
