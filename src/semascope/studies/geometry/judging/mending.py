"""Rows of a space without a remedy and with each in turn, fitted on its training rows alone. n rows, d dim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.geometry.remedies.fitting import fit_remedy
from semascope.studies.geometry.judging.remedied import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from semascope.types import Array, Vectors

    Mend: TypeAlias = Callable[[Vectors], Vectors]


def each_remedy(rows: Array, remedies: Sequence[str], unfitted: dict[str, str]) -> Iterator[tuple[str, Mend]]:
    """Names and what each does to rows, that of no remedy first: one at a time, so that one mended space is held at most.

    Parameters
    ----------
    rows
        (n, d) training rows.
    unfitted
        Takes the remedies that cannot be fitted on these rows, and why.
    """
    yield NOTHING, _as_they_are
    for name in remedies:
        try:
            fitted = fit_remedy(name, rows)
        except DataError as error:
            unfitted[name] = str(error)
            continue
        yield name, fitted.apply


def _as_they_are(rows: Vectors) -> Vectors:
    return rows
