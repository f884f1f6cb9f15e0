"""How do two encoders, one for each view, run inside a compiled loop?"""

from typing import Any, NamedTuple

from simsuff.encoders.compiled.maps import FORWARD, PULLBACK, forward, pullback
from simsuff.numerics.validation import Float


class TwoMaps(NamedTuple):
    """`first` on z₁ and `second` on z₂; θ is that of `first`, `split` numbers, then that of `second`."""

    first: Any
    second: Any
    split: int


@FORWARD.register(TwoMaps)
def _two(encoder: TwoMaps, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    if side == 0:
        forward(encoder.first, theta[: encoder.split], z, side, out, work)
    else:
        forward(encoder.second, theta[encoder.split :], z, side, out, work)


@PULLBACK.register(TwoMaps)
def _pull_two(
    encoder: TwoMaps,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    split = encoder.split
    if side == 0:
        pullback(encoder.first, theta[:split], z, side, out, cotangents, gradient[:split], work)
    else:
        pullback(encoder.second, theta[split:], z, side, out, cotangents, gradient[split:], work)
