"""How do threads share the softmax of sparse counts, forward and back? In chunks of rows, and pieces of the table."""

from simsuff.encoders.softmax_team.back import pull_counts
from simsuff.encoders.softmax_team.counts import Counts, counts_of
from simsuff.encoders.softmax_team.forward import embed_counts

__all__ = ["Counts", "counts_of", "embed_counts", "pull_counts"]
