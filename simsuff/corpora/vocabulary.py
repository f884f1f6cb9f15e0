"""Words of a text, and vocabularies that count them."""

import functools
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse

from simsuff.numerics.validation import integer, refuse, require

# Han, kana, Thai, Lao, Burmese, Khmer: scripts that put no spaces between words.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
# Zero-width joiner and non-joiner, which Indic scripts and Persian write within words.
_JOINERS = "\u200c\u200d"


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds words and runs of unspaced letters, and what cuts the latter into letters with their marks."""
    signs = (chr(code) for code in range(0x300, 0x20000))
    marks = "".join(sign for sign in signs if unicodedata.category(sign).startswith("M"))
    letter = rf"(?:(?![{_UNSPACED}])[^\W\d_])"
    word = rf"{letter}(?:[{_JOINERS}]?(?:{letter}|[{marks}]))+"
    unspaced = rf"[{_UNSPACED}][{_UNSPACED}{marks}]*"
    return re.compile(rf"{unspaced}|{word}"), re.compile(rf"[{_UNSPACED}][{marks}]*")


def words(text: str) -> list[str]:
    """The words of a text in their order, in lower case and in Unicode's composed form.

    A word has two letters or more, of any script, with their combining marks; digits, underscores and
    punctuation separate words. Scripts without spaces between words (Han, kana, Thai, Lao, Burmese, Khmer) give
    every pair of neighbouring letters, and a letter that stands alone.

    Raises
    ------
    ValueError : where `text` is no string.

    Examples
    --------
    >>> words("The naïve cats of 2019, हिन्दी")
    ['the', 'naïve', 'cats', 'of', 'हिन्दी']
    >>> words("学习统计")
    ['学习', '习统', '统计']
    """
    require(
        isinstance(text, str), "text", f"type = {type(text).__name__}", "be a string", "decode bytes first"
    )
    pattern, cluster = _patterns()
    found = []
    for run in pattern.findall(unicodedata.normalize("NFC", text.lower())):
        letters = cluster.findall(run)
        pairs = [first + second for first, second in itertools.pairwise(letters)]
        found += pairs or [run]
    return found


def strings(argument: str, values: Iterable[str]) -> list[str]:
    """The strings of a collection; ValueError for a string in its place, whose letters nobody means, and for others."""
    shown = f"type = {type(values).__name__}"
    is_list = not isinstance(values, str | bytes)
    require(is_list, argument, shown, "be a list of strings", "put the string into a list: [text]")
    found = list(values)
    odd = [type(value).__name__ for value in found if not isinstance(value, str)]
    require(not odd, argument, f"types = {sorted(set(odd))}", "hold strings only", "convert them with str")
    return found


class Vocabulary:
    """An ordered list of distinct words, each with a column in the count matrices."""

    def __init__(self, listed: Sequence[str]) -> None:
        """Raises ValueError for no words, a repeated one, or one that `words` never finds, such as Hello."""
        self.words = tuple(strings("listed", listed))
        require(self.words, "listed", "empty", "be non-empty", "pass at least one word")
        lost = [word for word in self.words if words(word) != [word]]
        way_out = "pass lower-case words of two letters or more, as words(text) gives them"
        require(not lost, "listed", f"words = {lost[:3]}", "be words of a text", way_out)
        self._columns = {word: column for column, word in enumerate(self.words)}
        twice = [word for word, count in Counter(self.words).items() if count > 1]
        require(not twice, "listed", f"repeated = {twice[:3]}", "hold each word once", "drop the repetitions")

    @classmethod
    def learn(
        cls,
        texts: Sequence[str | Sequence[str]],
        size: int = 2000,
        min_documents: int = 3,
        max_share: float = 0.5,
        without: Iterable[str] = (),
    ) -> Self:
        """The `size` words that most texts hold, in alphabetical order; a text may be given as the list of its words.

        Words of fewer than `min_documents` texts, of more than the share `max_share` of them (function words,
        without a list for each language) and those that occur in `without` are left out. Ties are cut alphabetically.

        Raises
        ------
        ValueError : for sizes below 1, a share outside (0, 1], a string where a list is expected, or texts of which
            no word is left.
        """
        integer("size", size, 1, "keep at least one word")
        integer("min_documents", min_documents, 1, "a word occurs in at least one text")
        if not 0 < max_share <= 1:
            raise refuse("max_share", max_share, "lie in (0, 1]", "1.0 keeps the commonest words")
        spread = Counter(word for found in _word_lists(texts) for word in set(found))
        dropped = {word for entry in strings("without", without) for word in words(entry)}
        most = max_share * len(texts)
        kept = [w for w, n in spread.items() if min_documents <= n <= most and w not in dropped]
        shown = f"words, texts = {len(spread)}, {len(texts)}"
        way_out = "lower min_documents, raise max_share, or add texts; digits and single letters are no words"
        require(kept, "texts", shown, "leave a word to count", way_out)
        kept.sort(key=lambda word: (-spread[word], word))
        return cls(sorted(kept[:size]))

    def counts(self, texts: Sequence[str | Sequence[str]]) -> Any:
        """How often each word occurs in each text: a canonical int64 `scipy.sparse.csr_array` (n, size)."""
        known = self._columns
        tallies = [Counter(known[w] for w in found if w in known) for found in _word_lists(texts)]
        require(tallies, "texts", "empty", "be non-empty", "pass at least one text")
        ends = np.cumsum([0, *map(len, tallies)])
        columns = np.array([c for tally in tallies for c in sorted(tally)], dtype=np.int32)
        data = np.array([tally[c] for tally in tallies for c in sorted(tally)], dtype=np.int64)
        return sparse.csr_array((data, columns, ends.astype(np.int32)), shape=(len(texts), len(self)))

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words)"


def _word_lists(texts: Iterable[str | Sequence[str]]) -> list[list[str]]:
    """The words of each text, those that come as lists of words as they are."""
    is_list, shown = not isinstance(texts, str | bytes), f"type = {type(texts).__name__}"
    require(is_list, "texts", shown, "be a list of texts", "put the text into a list: [text]")
    return [words(text) if isinstance(text, str) else strings("texts", text) for text in texts]
