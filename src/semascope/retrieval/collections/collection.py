"""A collection: documents, queries, and judgements of the ones for the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.data.table import Table
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.retrieval.collections.note import Note


@dataclass(frozen=True, kw_only=True, eq=False)
class Documents:
    """n documents; what an encoder or BM25 reads of each is in ``texts``."""

    ids: tuple[str, ...]  # each once
    titles: tuple[str, ...]  # "" where there is none
    bodies: tuple[str, ...]  # the text without its title
    columns: Table | None = None  # n rows, whatever else the file said

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Title, a space, the body, without white space around, as everybody else reads BEIR."""
        return tuple(f"{title} {body}".strip() for title, body in zip(self.titles, self.bodies, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Queries:
    """q queries."""

    ids: tuple[str, ...]  # each once
    texts: tuple[str, ...]
    columns: Table | None = None  # q rows, whatever else the file said

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Collection:
    """Documents, queries, and judgements that name none but these; without judgements nothing can be measured yet."""

    name: str
    documents: Documents
    queries: Queries
    judgements: Judgements
    notes: tuple[Note, ...] = field(default=())  # what was merged, clipped, dropped or missing
