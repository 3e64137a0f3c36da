"""A confusion matrix as a table that is read like any other, shaded by the share of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from semascope.pages.markup import element, safe
from semascope.words.numbers import percent
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints

MOST = 30  # classes shown at once


def confusion_counts(truth: Ints, prediction: Ints, *, classes: int) -> Ints:
    """(c, c) counts, true classes as rows, predicted ones as columns.

    Examples
    --------
    >>> confusion_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    counts = np.bincount(truth * classes + prediction, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def most_erring(counts: Ints) -> list[int]:
    """The classes to show, in index order: all, or the ``MOST`` that take part in the most errors."""
    if len(counts) <= MOST:
        return list(range(len(counts)))
    errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    return sorted(np.argsort(-errors, kind="stable")[:MOST].tolist())


def confusion_table(counts: Ints, names: Sequence[str], *, caption: str) -> Markup:
    """The matrix with counts in its cells.

    Parameters
    ----------
    counts
        (c, c), true classes as rows.
    names
        (c,) class names.
    caption
        What it is; also says that rows are the truth.
    """
    totals = counts.sum(axis=1)
    columns = [element("th", element("span", shorten(name, 24)), scope="col", title=name) for name in names]
    rows = [
        element(
            "tr",
            element("th", shorten(name, 32), scope="row", title=name),
            *[
                _cell(int(counts[i, j]), int(totals[i]), diagonal=i == j, title=(names[i], names[j]))
                for j in range(len(names))
            ],
        )
        for i, name in enumerate(names)
    ]
    corner = element("td", "true ↓ predicted →", class_="corner")
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", corner, *columns)),
        element("tbody", *rows),
        class_="confusion" + (" dense" if len(names) > 10 else ""),
    )
    return element("div", table, class_="frame")


def _cell(count: int, total: int, *, diagonal: bool, title: tuple[str, str]) -> Markup:
    if count == 0:
        return Markup("<td></td>")
    share = count / total
    level = min(9, int(share * 10))
    words = f"{title[0]} taken for {title[1]}: {count} of {total}, {percent(share)}"
    return element(
        "td", safe(f"{count:,}"), class_=f"{'right' if diagonal else 'wrong'} s{level}", title=words
    )
