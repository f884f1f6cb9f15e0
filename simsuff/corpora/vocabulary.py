"""Which words does a text hold, and which of them are counted?"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse

from simsuff.numerics.validation import integer, refuse, require

# Two letters or more, of any script; digits and underscores separate words.
_WORD = re.compile(r"[^\W\d_]{2,}")


def words(text: str) -> list[str]:
    """The words of a text in their order, in lower case."""
    return _WORD.findall(text.lower())


class Vocabulary:
    """An ordered list of distinct words, each with a column in the count matrices."""

    def __init__(self, listed: Sequence[str]) -> None:
        """Raises ValueError for no words or a repeated one."""
        require(len(listed) > 0, "listed", "empty", "be non-empty", "pass at least one word")
        self.words = tuple(listed)
        self._columns = {word: column for column, word in enumerate(self.words)}
        twice = [word for word, count in Counter(self.words).items() if count > 1]
        require(not twice, "listed", f"repeated = {twice[:3]}", "hold each word once", "drop the repetitions")

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        size: int = 2000,
        min_documents: int = 3,
        max_share: float = 0.5,
        without: Iterable[str] = (),
    ) -> Self:
        """The `size` words that most texts hold, in alphabetical order.

        Words of fewer than `min_documents` texts, of more than the share `max_share` of them (function words,
        without a list for each language) and those in `without` are left out. Ties are cut alphabetically.

        Raises
        ------
        ValueError : for sizes below 1, a share outside (0, 1], or texts of which no word is left.
        """
        integer("size", size, 1, "keep at least one word")
        integer("min_documents", min_documents, 1, "a word occurs in at least one text")
        if not 0 < max_share <= 1:
            raise refuse("max_share", max_share, "lie in (0, 1]", "1.0 keeps the commonest words")
        spread = Counter(word for text in texts for word in set(words(text)))
        most, dropped = max_share * len(texts), frozenset(without)
        kept = [w for w, n in spread.items() if min_documents <= n <= most and w not in dropped]
        shown = f"words, texts = {len(spread)}, {len(texts)}"
        way_out = "lower min_documents, raise max_share, or add texts"
        require(kept, "texts", shown, "leave a word to count", way_out)
        kept.sort(key=lambda word: (-spread[word], word))
        return cls(sorted(kept[:size]))

    def counts(self, texts: Sequence[str]) -> Any:
        """How often each word occurs in each text: a canonical int64 `scipy.sparse.csr_array` (n, size)."""
        require(len(texts) > 0, "texts", "empty", "be non-empty", "pass at least one text")
        tallies = [self._tally(text) for text in texts]
        ends = np.cumsum([0, *map(len, tallies)])
        columns = np.array([c for tally in tallies for c in sorted(tally)], dtype=np.int32)
        data = np.array([tally[c] for tally in tallies for c in sorted(tally)], dtype=np.int64)
        return sparse.csr_array((data, columns, ends.astype(np.int32)), shape=(len(texts), len(self)))

    def _tally(self, text: str) -> Counter[int]:
        return Counter(self._columns[word] for word in words(text) if word in self._columns)

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words)"
