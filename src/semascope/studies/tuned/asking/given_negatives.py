"""Wrong answers that a table of pairs gives beside the right ones: triplets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.duplicates import normalise
from semascope.data.odd import is_empty
from semascope.studies.tuned.asking.members import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection


def negatives_in(
    table: Table, collection: Collection, *, query: str, columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Texts of wrong answers by the id of their query, each once, as the table has them.

    Parameters
    ----------
    table
        The whole file: copies of a query give theirs together.
    query
        Its column of the query.
    columns
        Of texts, or of lists of texts; an empty cell gives none.

    Raises
    ------
    DataError
        For a column that is not there.
    """
    table.require([query, *columns])
    id_of = {
        normalise(text): name
        for name, text in zip(collection.queries.ids, collection.queries.texts, strict=True)
    }
    found: dict[str, dict[str, None]] = {}
    asked = table.strings(query)
    for column in columns:
        for text, cell in zip(asked, members(table, column), strict=True):
            name = id_of.get(normalise(text))
            if name is not None:
                found.setdefault(name, {}).update(dict.fromkeys(one for one in cell if not is_empty(one)))
    return {name: tuple(texts) for name, texts in found.items() if texts}
