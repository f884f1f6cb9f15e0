"""How are the entries outside the power family — js, le_cam, total_variation — evaluated to the last digits?

Arguments are interior points; boundary values are the caller's. `t` and `d` = t − 1 come together, because d
carries the digits near 1 and t those near 0.
"""

import numpy as np

from simsuff.divergences.kernels import power
from simsuff.divergences.kernels.quadrature import (
    JACOBI_12_NODES,
    JACOBI_12_WEIGHTS,
    JACOBI_20_NODES,
    JACOBI_20_WEIGHTS,
)
from simsuff.kernels.jit import jit

kl_generator = power.generator


@jit
def js_near(a: float, b: float, d: float) -> float:
    """(a − b)² ∫ (1 − u) / (2x(1 + x)) du at x = b + ud, for a/b in [1/4, 4]; the squares are spread over the factors."""
    total = 0.0
    if abs(d) <= 0.5 * min(a, b) or 0.5 * b <= a <= 2.0 * b:
        for k in range(JACOBI_12_NODES.size):
            x = b + JACOBI_12_NODES[k] * d
            total += JACOBI_12_WEIGHTS[k] * (d / x) * (d / (1.0 + x))
    else:
        for k in range(JACOBI_20_NODES.size):
            x = b + JACOBI_20_NODES[k] * d
            total += JACOBI_20_WEIGHTS[k] * (d / x) * (d / (1.0 + x))
    return 0.5 * total


@jit
def kl_between(a: float, b: float, delta: float) -> float:
    """B_kl(a, b), where delta = (a − b)/b has digits that a − b has lost."""
    if -0.5 <= delta <= 1.0:
        return b * kl_generator(1.0 + delta, delta, 1.0)
    return float(power.bregman(a, b, 1.0))


@jit
def js_bregman(a: float, b: float) -> float:
    """(1 + a)/2 times the kl of Bernoulli(a/(1+a)) from Bernoulli(b/(1+b)): a sum of two positive terms."""
    d = a - b
    if 0.25 * b <= a <= 4.0 * b:
        return js_near(a, b, d)
    ratio = (1.0 + a) / (1.0 + b)
    success = kl_between(a, b * ratio, d / b / (1.0 + a))
    failure = kl_between(1.0, ratio, -d / (1.0 + a))
    return 0.5 * (success + failure)


@jit
def js_generator(t: float, d: float) -> float:
    """f(t) = B(t, 1)."""
    if -0.75 <= d <= 3.0:
        return js_near(t, 1.0, d)
    total = 2.0 + d
    up, down = 2.0 * (t / total), 2.0 / total
    return 0.25 * total * (kl_generator(up, d / total, 1.0) + kl_generator(down, -d / total, 1.0))


@jit
def js_derivative(t: float) -> float:
    """½ log(2t/(1+t))."""
    if 0.5 <= t <= 2.0:
        return float(0.5 * np.log1p((t - 1.0) / (1.0 + t)))
    return float(0.5 * np.log(2.0 * (t / (1.0 + t))))


@jit
def js_second(t: float) -> float:
    """1/(2t(1+t))."""
    return 0.5 / t / (1.0 + t)


@jit
def js_conjugate(s: float) -> float:
    """−½ log(2 − e^{2s})."""
    return float(-0.5 * np.log1p(-np.expm1(2.0 * s)))


@jit
def le_cam_generator(t: float, d: float) -> float:
    """(t − 1)²/(2(1 + t))."""
    return d / (1.0 + t) * (0.5 * d)


@jit
def le_cam_bregman(a: float, b: float) -> float:
    """2(a − b)²/((1 + a)(1 + b)²)."""
    d = a - b
    return 2.0 * (d / (1.0 + a)) * (d / (1.0 + b)) / (1.0 + b)


@jit
def le_cam_derivative(t: float) -> float:
    """(t − 1)(t + 3)/(2(1 + t)²)."""
    return 0.5 * ((t - 1.0) / (1.0 + t)) * ((t + 3.0) / (1.0 + t))


@jit
def le_cam_second(t: float) -> float:
    """4/(1 + t)³."""
    inverse = 1.0 / (1.0 + t)
    return 4.0 * inverse * inverse * inverse


@jit
def le_cam_conjugate(s: float) -> float:
    """2 − s − 2√(1 − 2s), written so that nothing cancels at s = 0."""
    root = np.sqrt(1.0 - 2.0 * s)
    return float(s * (3.0 - root) / (1.0 + root))


@jit
def tv_generator(t: float, d: float) -> float:  # noqa: ARG001 - one signature for every generator
    """|t − 1|/2."""
    return 0.5 * abs(d)


@jit
def tv_derivative(t: float) -> float:
    """Half the sign of t − 1; the subgradient at 1 is 0."""
    return 0.5 * float(np.sign(t - 1.0))


@jit
def tv_second(t: float) -> float:  # noqa: ARG001 - one signature for every generator
    """0 away from the kink."""
    return 0.0


@jit
def tv_conjugate(s: float) -> float:
    """s on (−½, ½)."""
    return s


@jit
def tv_bregman(a: float, b: float) -> float:
    """The jump of f' that lies between b and a, times the distance of a from the kink."""
    jump = abs(np.sign(a - 1.0) - np.sign(b - 1.0))
    return float(0.5 * jump * abs(a - 1.0))


@jit
def js_from_zero(b: float) -> float:
    """B(0, b) = ½ log(1 + b)."""
    return float(0.5 * np.log1p(b))


@jit
def le_cam_from_zero(b: float) -> float:
    """B(0, b) = 2(b/(1 + b))²."""
    share = b / (1.0 + b)
    return 2.0 * share * share


@jit
def tv_from_zero(b: float) -> float:
    """B(0, b)."""
    return tv_bregman(0.0, b)
