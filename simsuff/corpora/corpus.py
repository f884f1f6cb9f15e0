"""Labelled corpora: texts, a class for each, and the names of the classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simsuff.corpora.vocabulary import strings, words
from simsuff.numerics.validation import Integer, plain_array, require, require_all


@dataclass(frozen=True, init=False, eq=False)
class Corpus:
    """`texts` (n,), `labels` (n,) from 0 to the number of `names` less one; at least two classes, all of them used."""

    texts: tuple[str, ...]
    labels: Integer
    names: tuple[str, ...]

    def __init__(self, texts: Sequence[str], labels: ArrayLike, names: Sequence[str]) -> None:
        """Raises ValueError for fewer than two classes, labels that fit neither texts nor names, or unused names."""
        texts, names = strings("texts", texts), strings("names", names)
        found = plain_array(labels)
        shown = f"names = {list(names)}"
        way_out = "add documents of another class"
        require(len(names) >= 2, "names", shown, "name at least 2 classes", way_out)
        shown = f"shape, dtype = {found.shape}, {found.dtype}"
        good = found.shape == (len(texts),) and np.issubdtype(found.dtype, np.integer)
        require(good, "labels", shown, f"be {len(texts)} integers", "give each text one label")
        allowed = f"lie in [0, {len(names) - 1}]"
        require_all((found >= 0) & (found < len(names)), "labels", found, allowed, "number the names from 0")
        unused = [name for k, name in enumerate(names) if not (found == k).any()]
        require(not unused, "names", f"unused = {unused}", "all have documents", "drop the empty classes")
        kept = found.astype(np.int64)
        kept.flags.writeable = False
        object.__setattr__(self, "texts", tuple(texts))
        object.__setattr__(self, "labels", kept)
        object.__setattr__(self, "names", tuple(names))

    @property
    def name_words(self) -> frozenset[str]:
        """The words of the class names: tokens that may give a label away."""
        return frozenset(word for name in self.names for word in words(name))

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"Corpus({len(self)} texts, names={list(self.names)})"
