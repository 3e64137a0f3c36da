"""Collections of which only the judgements are known: ids without texts, for runs that others made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.retrieval.collections.assembling import EMPTY, Texts, assemble
from semascope.retrieval.collections.judgement_files import read_judgements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from semascope.retrieval.collections.collection import Collection


def read_judged(
    path: Path, *, more: Sequence[tuple[Path, str]] = (), retrieved: Iterable[str] = ()
) -> Collection:
    """The queries and documents that a file of judgements names; no text of them is known.

    Parameters
    ----------
    more
        Further files of judgements, each with its split.
    retrieved
        Ids of documents that runs found, judged or not.

    Raises
    ------
    DataError
        As in ``read_judgements``.
    """
    graded = [read_judgements(path), *(read_judgements(file, split=split) for file, split in more)]
    queries = list(dict.fromkeys(query for part in graded for query in part.queries))
    judged = (document for part in graded for document in part.documents)
    documents = list(dict.fromkeys([*judged, *retrieved]))
    found = assemble(path.name, _nameless(path, documents), _nameless(path, queries), graded)
    # Nobody gave texts, so none is missing.
    return replace(found, notes=tuple(note for note in found.notes if not note.kind.startswith(EMPTY)))


def _nameless(path: Path, ids: list[str]) -> Texts:
    return Texts(source=path.name, ids=ids, titles=[""] * len(ids), bodies=[""] * len(ids))
