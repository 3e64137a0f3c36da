"""Rows that say the same: exact and near duplicates.

Two texts are *exact* duplicates when they are equal after normalisation (Unicode NFKC, case folded, white space
collapsed). They are *near* duplicates when at least four fifths of their word pairs are shared.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.near import Vocabulary, near_labels
from semascope.data.splits import by_appearance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints

GIANT = 0.1  # a component above this share of the rows is worth a warning


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Duplicates:
    """Which of n rows say the same, as labels of components; an empty text is nobody's duplicate.

    ``near`` joins exact and near duplicates, along chains: of three texts in one component two may share less.
    """

    exact: Ints  # (n,) labels in order of first appearance
    near: Ints  # (n,) labels in order of first appearance

    @property
    def exact_repeats(self) -> Ints:
        """Positions of the rows whose text stood in an earlier row."""
        return repeats(self.exact)

    @property
    def near_repeats(self) -> Ints:
        """Positions of the rows that nearly repeat an earlier row, those in ``exact_repeats`` not counted."""
        return np.setdiff1d(repeats(self.near), self.exact_repeats)

    @property
    def groups(self) -> int:
        """Number of components with two rows or more, exact and near together."""
        return int((np.bincount(self.near, minlength=1) > 1).sum())


def repeats(labels: Ints) -> Ints:
    """Positions whose label stood before.

    Examples
    --------
    >>> repeats(np.array([0, 1, 0, 2, 1])).tolist()
    [2, 4]
    """
    first = np.unique(labels, return_index=True)[1]
    return np.setdiff1d(np.arange(len(labels)), first)


def normalise(text: str) -> str:
    r"""``text`` in Unicode NFKC, case folded, with runs of white space as one space.

    Examples
    --------
    >>> normalise("  ＨＩＧＨ\u00a0tide\n")
    'high tide'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_duplicates(texts: Sequence[str]) -> Duplicates:
    """Exact and near duplicates among n texts.

    Parameters
    ----------
    texts
        n texts, "" allowed.

    Returns
    -------
    Duplicates
        Two labelings of the n rows.

    Notes
    -----
    Words are runs of letters and digits of the normalised text; in scripts without spaces (Chinese, Japanese, Thai, Lao,
    Khmer, Burmese) each character is a word. A text is the bag of its pairs of neighbouring words (a text of one word the
    bag of that word), and near means a Jaccard similarity of bags of 0.8 or more. So one replaced word counts as near
    from 19 words on, one word more or less at an end from 5 words on; texts of fewer words are near only when their words
    are the same and in the same order. (With runs of three words a replaced word would count from 29 words on.)

    Candidates come from MinHash (100 values, 20 bands of 5: a pair at 0.8 is missed once in 2,800) and are then compared
    exactly. In each band a text is compared with up to 16 neighbours, so many alike texts cost linear time; identical ones
    are compared once. Source: Broder, "On the resemblance and containment of documents", 1997.

    Examples
    --------
    >>> found = find_duplicates(["High tide at noon.", "high  TIDE at noon.", "High tide at noon!", "", ""])
    >>> found.exact.tolist(), found.near.tolist()
    ([0, 0, 1, 2, 3], [0, 0, 0, 1, 2])
    """
    vocabulary = Vocabulary()
    labels: dict[bytes, int] = {}
    exact = np.empty(len(texts), dtype=np.int64)
    distinct: list[Ints] = []  # words of the first text of each label
    for i, text in enumerate(texts):
        normal = normalise(text)
        key = (
            blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=16).digest() if normal else b"%d" % i
        )
        exact[i] = labels.setdefault(key, len(labels))
        if exact[i] == len(distinct):
            distinct.append(vocabulary.words(normal))
    return Duplicates(exact=exact, near=by_appearance(near_labels(distinct)[exact]))
