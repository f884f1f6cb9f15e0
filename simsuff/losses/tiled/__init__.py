"""InfoNCE under the identity link without a K × K matrix: tiles of scores that live in cache, computed twice."""

from simsuff.losses.tiled.infonce import tiled_infonce, tiled_infonce_batches

__all__ = ["tiled_infonce", "tiled_infonce_batches"]
