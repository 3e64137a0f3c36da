"""An index behind a service."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.embedding.width import cut
from semascope.encoders.naming import folder_of
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.space_check import check_space
from semascope.retrieval.indexes.encoding import Encoders, Wish
from semascope.retrieval.indexes.finding import find, make_hits
from semascope.retrieval.indexes.opened import Opened
from semascope.retrieval.indexes.remedies import found_inside
from semascope.serve.served.through import Through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.indexes.card import EncoderCard
    from semascope.retrieval.indexes.finding import Found
    from semascope.retrieval.indexes.hits import Hit
    from semascope.serve.searching import Search, SearchThreads
    from semascope.serve.served.encoders import SharedEncoder, SharedEncoders
    from semascope.store.vectors import VectorStore
    from semascope.types import Vectors


class ServedIndex:
    """Finds documents.

    The queries of all requests are read in the batches of their encoders, before a thread of the searches is taken.

    Parameters
    ----------
    name
        What it is called in requests.
    opened
        The documents.
    shared
        What reads the queries of each part with vectors.
    store
        Asked for rows of an encoder that somebody is paid for.
    """

    kind = "index"

    def __init__(
        self,
        name: str,
        opened: Opened,
        shared: Sequence[SharedEncoder],
        *,
        store: VectorStore | None = None,
    ) -> None:
        self.name, self.shared, self._opened = name, tuple(shared), opened
        self._through = [_asked_in_threads(each) for each in shared]
        self._encoders = Encoders(
            cards=opened.card.encoders, wish=Wish(), store=store, loaded=dict(enumerate(self._through))
        )

    @classmethod
    def open(
        cls,
        name: str,
        path: Path,
        encoders: SharedEncoders,
        *,
        load: Callable[[EncoderCard], Encoder] = load_card_encoder,
        store: VectorStore | None = None,
    ) -> Self:
        """The index in a folder, every byte of it checked.

        Parameters
        ----------
        load
            The encoder of a card.

        Raises
        ------
        ArtifactError
            For a folder that is no index, a file that was cut or changed, and an encoder of another space.
        """
        opened = Opened(path, whole=True)
        shared = []
        for card in found_inside(path, opened.card.encoders):
            encoder = load(card)
            if said := check_space(card, encoder, what="index", changes="similarities"):
                warnings.warn(said, UserWarning, stacklevel=2)
            shared.append(encoders.share(encoder))
        return cls(name, opened, shared, store=store)

    def __len__(self) -> int:
        return self._opened.card.documents

    async def search(
        self, queries: Sequence[str], *, k: int, where: Sequence[str], threads: SearchThreads
    ) -> list[list[Hit]]:
        """For each of q queries its k best documents; as ``Index.search``.

        Raises
        ------
        Overloaded
            When too many wait, for the encoder or for a thread.
        """
        loop = asyncio.get_running_loop()
        for each in self._through:
            if isinstance(each, Through):
                each.loop = loop
        parts = self._opened.card.recipe.vectors
        read = await asyncio.gather(
            *(
                shared.read(queries, instruction=part.instruction, role="query")
                for shared, part in zip(self.shared, parts, strict=True)
            )
        )
        rows = [cut(each.vectors, part.dim) for each, part in zip(read, parts, strict=True)]
        return await threads.search(self, queries, rows, k=k, where=where)

    def search_together(self, searches: Sequence[Search]) -> list[list[list[Hit]] | Exception]:
        """What each of several searches of the same k and conditions finds, in one pass over the rows.

        What one of them finds does not depend on the others, and one that fails does not fail them.
        """
        try:
            found = self._found(searches)
        except Exception as error:
            if len(searches) == 1:
                return [error]
            return [self.search_together([each])[0] for each in searches]
        ends = np.cumsum([len(each.queries) for each in searches]).tolist()
        return [
            self._hits(search, found.only(np.arange(end - len(search.queries), end)))
            for search, end in zip(searches, ends, strict=True)
        ]

    def _found(self, searches: Sequence[Search]) -> Found:
        first = searches[0]
        rows: list[Vectors] = [
            np.concatenate([each.rows[part] for each in searches]) for part in range(len(self.shared))
        ]
        return find(
            self._opened.view(first.where),
            self._opened.card.recipe,
            self._encoders,
            [query for each in searches for query in each.queries],
            k=first.k,
            rows=rows,
        )

    def _hits(self, search: Search, found: Found) -> list[list[Hit]] | Exception:
        if search.found.done():  # whoever asked has gone meanwhile
            return []
        try:
            return make_hits(self._opened.view(search.where), self._opened.card.recipe, self._encoders, found)
        except Exception as error:
            return error

    @property
    def about(self) -> dict[str, Any]:
        """What ``/v1/models`` says of it."""
        recipe = self._opened.card.recipe
        return {
            "documents": len(self),
            "reads": [*(["words"] if recipe.words else []), *(["vectors"] if recipe.vectors else [])],
            "encoders": _names(self._opened.card.encoders),
            "dim": self._opened.card.encoders[0].dim if self.shared else None,
        }


def _asked_in_threads(shared: SharedEncoder) -> Encoder:
    """What threads ask for rows of documents."""
    return shared.encoder if shared.is_billed else Through(shared)


def _names(cards: Iterable[EncoderCard]) -> list[str]:
    """What the encoders are called: of a folder its last part, for no path of this machine is anybody's business."""
    return [
        found.name if (found := folder_of(card.encoder_name)) is not None else card.encoder_name
        for card in cards
    ]
