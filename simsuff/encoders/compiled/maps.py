"""What does a compiled loop ask of an encoder? Embeddings of one view at parameters θ, and the gradient back to θ."""

from simsuff.kernels.specialised import Specialised

# forward(encoder, theta, z, side, out, work): fills the embeddings `out` (K, width) of one view; `side` is 0 for z₁
# and 1 for z₂, `work` (K·work_width,) is kept for the way back.
FORWARD = Specialised("forward")
forward = FORWARD.function

# pullback(encoder, theta, z, side, out, cotangents, gradient, work): adds ∂L/∂θ to `gradient`; `cotangents` are
# ∂L/∂out and may be overwritten.
PULLBACK = Specialised("pullback")
pullback = PULLBACK.function
