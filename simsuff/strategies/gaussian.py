"""Which Gaussian laws and linear encoders should a property be tried on?"""

import numpy as np
from hypothesis import strategies as st

from simsuff.models import GaussianModel
from simsuff.numerics.validation import Float

# Eigenvalues within a factor of 25, so that condition numbers stay where 256 ulp of the terms is a rounding bound.
_SCALES = st.floats(0.2, 5.0)


@st.composite
def weights(draw: st.DrawFn, inputs: int, max_rows: int | None = None) -> Float:
    """A well-conditioned (k, inputs) matrix of full row rank, 1 ≤ k ≤ inputs."""
    rows = draw(st.integers(1, max_rows or inputs))
    scales = np.array(draw(st.lists(_SCALES, min_size=rows, max_size=rows)))
    matrix: Float = scales[:, None] * draw(rotations(inputs))[:rows]
    return matrix


@st.composite
def rotations(draw: st.DrawFn, size: int) -> Float:
    """An orthogonal matrix, as a product of plane rotations."""
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i + 1, size):
            angle = draw(st.floats(0.0, 2 * np.pi))
            turn = np.eye(size)
            turn[[i, j], [i, j]] = np.cos(angle)
            turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
            matrix = matrix @ turn
    return matrix


@st.composite
def gaussian_models(draw: st.DrawFn, max_inputs: int = 3) -> GaussianModel:
    """A Gaussian model with general covariances and canonical correlations in [0, 0.95]."""
    d1, d2 = draw(st.integers(1, max_inputs)), draw(st.integers(1, max_inputs))
    root1, root2 = draw(weights(d1, d1).filter(lambda w: len(w) == d1)), draw(rotations(d2))
    rho = np.zeros((d1, d2))
    for i in range(min(d1, d2)):
        rho[i, i] = draw(st.floats(0.0, 0.95))
    return GaussianModel(root1 @ root1.T, root1 @ rho @ root2.T, root2 @ root2.T)


@st.composite
def additive_noise_models(draw: st.DrawFn, max_inputs: int = 3) -> GaussianModel:
    """Two noisy views of one signal (E7)."""
    variances = draw(st.lists(_SCALES, min_size=1, max_size=max_inputs))
    return GaussianModel.additive_noise(variances, draw(st.floats(0.3, 3.0)))
