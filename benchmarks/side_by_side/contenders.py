"""Who takes part? simsuff, NumPy, and the peers that are installed; a missing one is named as missing."""

import importlib
from functools import cache

from side_by_side.problem import OURS, PEERS, Builders

# Extra packages that a peer needs, and the modules whose `BUILDERS` or `builders(compiled)` hold its workloads.
HOMES = {
    "jax": ("jax_losses", "jax_others"),
    "torch.compile": ("torch_losses", "torch_others"),
    "torch eager": ("torch_losses", "torch_others"),
    "numpy": ("numpy_losses", "numpy_others"),
    OURS: ("library",),
}
PACKAGES = {"jax": "jax", "torch.compile": "torch", "torch eager": "torch"}


@cache
def builders_of(contender: str) -> Builders | None:
    """Everything that a contender can do, or None where its package is not installed."""
    if contender in PACKAGES and not installed(PACKAGES[contender]):
        return None
    found: Builders = {}
    for name in HOMES[contender]:
        module = importlib.import_module(f"side_by_side.{name}")
        compiled = contender == "torch.compile"
        found |= module.BUILDERS if hasattr(module, "BUILDERS") else module.builders(compiled)
    return found


def installed(package: str) -> bool:
    """Whether `package` can be imported."""
    try:
        importlib.import_module(package)
    except ImportError:
        return False
    return True


def missing_peers() -> list[str]:
    """Peers whose package is not installed."""
    return [peer for peer in PEERS if builders_of(peer) is None]
