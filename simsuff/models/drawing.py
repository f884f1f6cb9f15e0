"""How are fresh pairs written into buffers that stay, with the bits that `model.sample` gives?"""

from typing import Any

from simsuff.kernels.specialised import Specialised

# draw(source, rng, z1, z2) fills the rows of z1 and z2, arrays or `SparseRows`, and advances `rng`.
DRAW = Specialised("draw")
draw = DRAW.function

# A batch of one view: a float64 array (K, d), int64 symbols (K,), or `SparseRows`.
Batch = Any
