"""What the length of a text alone says of a target: one line of a rule, learnt on some rows and used on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints

BANDS = 20  # of length, for classes
TELLS = 0.3  # of the variance, or of what the commonest class misses


def numbers_by_length(lengths: Ints, target: Floats, asked: Ints) -> Floats:
    """Predictions by the best rule that only rises or only falls with the length.

    Parameters
    ----------
    lengths, target
        (n,) characters and numbers to learn from, nothing missing.
    asked
        (m,) characters.

    Returns
    -------
    Floats
        (m,).

    Examples
    --------
    >>> numbers_by_length(np.array([10, 20, 30]), np.array([3.0, 2.0, 1.0]), np.array([5, 20, 90])).tolist()
    [3.0, 2.0, 1.0]
    """
    from sklearn.isotonic import IsotonicRegression

    rules = [IsotonicRegression(increasing=rising, out_of_bounds="clip") for rising in (True, False)]
    fitted = [rule.fit(lengths, target) for rule in rules]
    best = min(fitted, key=lambda rule: float(((rule.predict(lengths) - target) ** 2).sum()))
    return np.asarray(best.predict(asked), dtype=np.float64)


def classes_by_length(lengths: Ints, classes: Ints, asked: Ints) -> Ints:
    """The commonest class of texts of about that length, in at most ``BANDS`` bands with equally many texts.

    Examples
    --------
    >>> classes_by_length(np.array([1, 2, 80, 90]), np.array([0, 0, 1, 1]), np.array([1, 99])).tolist()
    [0, 1]
    """
    bands = max(min(BANDS, len(lengths) // 10), 2)
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, bands + 1)[1:-1]))
    own, theirs = np.searchsorted(edges, lengths, side="right"), np.searchsorted(edges, asked, side="right")
    counts = np.zeros((len(edges) + 1, int(classes.max()) + 1))
    np.add.at(counts, (own, classes), 1.0)
    counts += 1e-6 * counts.sum(axis=0)  # an empty band takes the commonest class
    found: Ints = counts.argmax(axis=1)[theirs]
    return found


def told_by_length(truth: Floats, predicted: Floats, guess: Floats) -> float:
    """Share of the squared error of a constant guess that a rule takes away; of its misses, for classes.

    Parameters
    ----------
    truth, predicted, guess
        (m,) numbers, or for classes 0 for a hit and 1 for a miss with a ``truth`` of zeros.

    Returns
    -------
    float
        At most 1; 0 or below where the rule says nothing; 0 where the guess makes no error.
    """
    error, missed = float(((truth - predicted) ** 2).sum()), float(((truth - guess) ** 2).sum())
    return 1 - error / missed if missed > 0 else 0.0


def lengths_of(texts: Sequence[str]) -> Ints:
    """(n,) characters."""
    return np.array([len(text) for text in texts], dtype=np.int64)
