"""Groups of texts in words: how many, and what most of them are or say."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels
    from semascope.types import Ints

_MOSTLY = 0.5
_READ = 2_000  # texts read for the words of a region
_WORD = re.compile(r"[^\W\d_]{3,}")


def region_words(rows: Ints, texts: Sequence[str], labels: Sequence[Labels]) -> str:
    """What the texts at these places are: ``31 texts, mostly sci.med (84 %)``.

    Parameters
    ----------
    texts
        All texts: without labels the region is named by words that its own have and others have not.
    labels
        The first that most of the region share names it, else the first of them.
    """
    count = f"{len(rows):,} texts"
    telling = next((each for each in labels if _share_of_first(rows, each) >= _MOSTLY), None)
    chosen = telling or next(iter(labels), None)
    named = _label_words(rows, chosen) if chosen is not None else ""
    if named:
        return f"{count}, {named}"
    words = _typical_words(rows, texts)
    return f"{count} around {listing([f'“{word}”' for word in words])}" if words else count


def _share_of_first(rows: Ints, labels: Labels) -> float:
    return float(np.bincount(labels.codes[rows] + 1)[1:].max(initial=0) / len(rows))


def _label_words(rows: Ints, labels: Labels) -> str:
    counts = np.bincount(labels.codes[rows] + 1, minlength=len(labels.names) + 1)[1:]
    order = np.argsort(-counts, kind="stable")
    shares = counts / len(rows)
    if not counts.any():
        return ""
    if shares[order[0]] == 1:
        return f"all {labels.names[order[0]]}"
    if shares[order[0]] >= _MOSTLY or len(order) < 2:
        return f"mostly {labels.names[order[0]]} ({percent(shares[order[0]], space=' ')})"
    two = [f"{labels.names[kind]} ({percent(shares[kind], space=' ')})" for kind in order[:2] if counts[kind]]
    return "among them " + " and ".join(two)


def _typical_words(rows: Ints, texts: Sequence[str], *, wanted: int = 3) -> list[str]:
    """Words that more of these texts have than of all texts."""
    here, everywhere = _word_shares(texts, rows), _word_shares(texts, np.arange(len(texts)))
    lift = {word: share - everywhere.get(word, 0.0) for word, share in here.items() if share >= 0.1}
    return [word for word in sorted(lift, key=lambda word: (-lift[word], word))[:wanted] if lift[word] > 0.05]


def _word_shares(texts: Sequence[str], rows: Ints) -> dict[str, float]:
    read = rows[:: max(len(rows) // _READ, 1)]
    counts = Counter(word for row in read for word in set(_WORD.findall(texts[row][:2_000].lower())))
    return {word: count / len(read) for word, count in counts.items()}
