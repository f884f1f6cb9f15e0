"""What do the losses cost, value and both gradients?"""

from typing import Any, ClassVar

import numpy as np

import simsuff as ss


def unit_vectors(K: int, d: int, dtype: str = "float64") -> Any:
    """u and v (K, d) on the unit sphere, v near u."""
    rng = np.random.default_rng(0)
    u = rng.standard_normal((K, d))
    v = u + rng.standard_normal((K, d))
    return [(x / np.linalg.norm(x, axis=1, keepdims=True)).astype(dtype) for x in (u, v)]


class InfoNCE:
    """Identity link; "robust" scores leave the range of the fast path."""

    params: ClassVar[Any] = (
        [256, 1024, 4096],
        [4, 16, 64],
        ["float64", "float32"],
        ["fast", "robust"],
    )
    param_names: ClassVar[Any] = ["K", "d", "dtype", "path"]

    def setup(self, K: int, d: int, dtype: str, path: str) -> None:
        """Compile, and draw the inputs."""
        scale = 50**0.5 if path == "robust" else 1.0
        self.u, self.v = (np.asarray(scale * x, dtype=dtype) for x in unit_vectors(K, d, dtype))
        self.call(self.u[:2], self.v[:2])
        self.call(self.u, self.v)

    def call(self, u: Any, v: Any) -> Any:
        """What is measured."""
        return ss.losses.infonce(u, v, temperature=0.1)

    def time_infonce(self, *_: Any) -> None:
        """Value and gradients."""
        self.call(self.u, self.v)

    def peakmem_infonce(self, *_: Any) -> None:
        """The whole process."""
        self.call(self.u, self.v)


class ClosedForms:
    """Losses that need no table of scores."""

    params: ClassVar[Any] = ([256, 4096, 65_536], [16, 64])
    param_names: ClassVar[Any] = ["K", "d"]

    def setup(self, K: int, d: int) -> None:
        """Compile, and draw the inputs."""
        self.u, self.v = (np.abs(x) for x in unit_vectors(K, d))
        self.time_log_link()
        self.time_spectral()

    def time_log_link(self, *_: Any) -> None:
        """InfoNCE under the log link."""
        ss.losses.infonce(self.u, self.v, link="log")

    def time_spectral(self, *_: Any) -> None:
        """χ²."""
        ss.losses.spectral(self.u, self.v)


class RowOffset:
    """General divergences with the row offset; alpha(1.5) has no formula of its own."""

    params: ClassVar[Any] = (["kl", "squared_hellinger", "js", "alpha(1.5)"], [256, 1024])
    param_names: ClassVar[Any] = ["divergence", "K"]

    def setup(self, divergence: str, K: int) -> None:
        """Compile, and draw the inputs."""
        self.u, self.v = unit_vectors(K, 16)
        self.time_f_contrastive(divergence)

    def time_f_contrastive(self, divergence: str, *_: Any) -> None:
        """Value and gradients."""
        ss.losses.f_contrastive(self.u, self.v, divergence, temperature=0.1)
