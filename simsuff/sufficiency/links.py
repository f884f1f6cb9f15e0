"""How does an inner product of embeddings become a score?"""

from typing import NamedTuple

import numpy as np

from simsuff.losses.infonce import LINKS
from simsuff.numerics.validation import Float, positive, refuse, require_all


class Link(NamedTuple):
    """S = τ(⟨u, v⟩)/temperature, τ the identity or the logarithm."""

    is_log: bool
    temperature: float

    def scores(self, inner: Float) -> Float:
        """The scores of a table of inner products; log 0 = −∞, ValueError for negative ones under the log link."""
        if not self.is_log:
            return inner / self.temperature
        way_out = 'use an encoder with non-negative outputs, or link="identity"'
        require_all(inner >= 0, "score", inner, "have inner products >= 0 under the log link", way_out)
        with np.errstate(divide="ignore"):
            values: Float = np.log(inner) / self.temperature
        return values


def checked_link(link: str, temperature: float) -> Link:
    """The options `link` and `temperature` of a loss, or the house's error."""
    if link not in LINKS:
        raise refuse("link", link, f"be one of {', '.join(LINKS)}", "pass one of these names")
    return Link(link == "log", positive("temperature", temperature))
