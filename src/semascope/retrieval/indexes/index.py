"""The index: documents that are found by words, by vectors or by both, in a folder that grows and survives a crash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from semascope.data.building import repair
from semascope.data.text_checks import check_texts
from semascope.retrieval.indexes.card import Card, EncoderCard, installed, write_card
from semascope.retrieval.indexes.encoding import Encoders, Wish
from semascope.retrieval.indexes.exporting import export_faiss
from semascope.retrieval.indexes.finding import find, make_hits
from semascope.retrieval.indexes.given import given_documents, given_id, given_ids
from semascope.retrieval.indexes.opened import Opened
from semascope.retrieval.indexes.reading import plain_documents
from semascope.retrieval.indexes.remedies import found_inside, put_inside
from semascope.retrieval.indexes.segment import SEGMENTS
from semascope.retrieval.indexes.writing import add_documents, delete_documents, refuse_taken, writing
from semascope.retrieval.indexes.written import read_recipe
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.collections.collection import Documents
    from semascope.retrieval.cutting.passages import PassageLength
    from semascope.retrieval.indexes.hits import Added, Deleted, Hit
    from semascope.retrieval.indexes.recipe import Engine, Recipe
    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.types import Precision, Progress


class Index:
    """Documents in a folder, searched by one recipe.

    What ``add`` and ``delete`` return for is on the disk: a crash at any moment loses nothing of it. One process writes
    at a time, any number search; each sees the documents that were there when it opened the index or wrote last.
    ``docs/searching.md`` describes the files.

    Use ``Index.create`` or ``Index.open``.

    Examples
    --------
    >>> import tempfile
    >>> index = Index.create(Path(tempfile.mkdtemp()) / "tides", encoder="hash:16")
    >>> index.add(["high at noon", "low at dusk"], ids=["a", "b"]).added
    2
    >>> [hit.id for hit in index.search(["low at dusk"], k=1)[0]]
    ['b']
    """

    def __init__(self, opened: Opened, encoders: Encoders) -> None:
        self._opened, self._encoders = opened, encoders

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder = "",
        recipe: Recipe | None = None,
        encoders: Mapping[str, Encoder] | None = None,
        instruction: str = "",
        dim: int | None = None,
        long: str = "truncate",
        passage: str | PassageLength | None = None,
        engine: Engine | None = None,
        precision: Precision = "auto",
        device: str = "auto",
        trust_remote_code: bool = False,
        store: VectorStore | None = None,
        command: str = "",
    ) -> Self:
        """A new index without documents.

        Parameters
        ----------
        path
            A folder that is not there yet, or is empty, or an index without documents.
        encoder
            ``minilm`` or any encoder; ``bm25``; ``hybrid:minilm+bm25``; or an ``Encoder``. "" takes the default one.
        recipe
            All of that and of what follows as settings, for callers that have them; None reads them from the others.
        encoders
            Loaded encoders by their name, for those of the recipe.
        instruction
            Sentence of the task for queries; documents stay raw. "" for none.
        dim
            Width to keep; None keeps all.
        long
            What happens to a text over the encoder's limit: ``truncate``, ``head-tail`` or ``chunk``.
        passage
            ``128`` or ``256/32`` tokens: documents are cut, and found by their best passage. None keeps them whole.
        engine
            How the nearest rows are found; None compares all of them up to a size, and asks a graph above.
        store
            Asked for vectors first, and given new ones; None computes everything.
        command
            Kept with the index.

        Raises
        ------
        ConfigError
            For settings that there are not, and a folder that is not empty.
        """
        path = Path(path)
        loaded = dict(encoders or {})
        if not isinstance(encoder, str):
            loaded[encoder.name] = encoder
            long = encoder.space.long
        if recipe is None:
            recipe = read_recipe(
                encoder if isinstance(encoder, str) else encoder.name,
                instruction=instruction,
                dim=dim,
                long=long,
                passage=passage,
                engine=engine,
                known=loaded,
            )
        wish = Wish(encoders=loaded, precision=precision, device=device, trust_remote_code=trust_remote_code)
        refuse_taken(path)
        made = [wish.new(part) for part in recipe.vectors]
        cards = tuple(
            EncoderCard.of(each, dim=part.dim) for each, part in zip(made, recipe.vectors, strict=True)
        )
        card = Card(recipe=recipe, encoders=cards, made=repair(command), versions=installed())
        with writing(path):
            refuse_taken(path)
            (path / SEGMENTS).mkdir(exist_ok=True)
            card = card.model_copy(update={"encoders": put_inside(path, made, cards)})
            write_card(path, card)
        kept = Encoders(
            cards=found_inside(path, card.encoders), wish=wish, store=store, loaded=dict(enumerate(made))
        )
        return cls(Opened(path, whole=True), kept)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder = "",
        encoders: Mapping[str, Encoder] | None = None,
        precision: Precision = "auto",
        device: str = "auto",
        trust_remote_code: bool = False,
        store: VectorStore | None = None,
        check: bool = True,
    ) -> Self:
        """The index in a folder.

        Parameters
        ----------
        encoder
            An encoder, or where it lies now; "" loads the one that the index names, when the first query comes. It must be
            of the same space; another precision is warned of once.
        encoders
            The same for an index of several encoders, by their names.
        check
            Whether every byte is held against its checksum first; else only the sizes of the files are.

        Raises
        ------
        ArtifactError
            For a folder that is no index, a file that was cut or changed, and an encoder of another space.
        ConfigError
            For an encoder that stands for none of the index.
        """
        loaded = dict(encoders or {})
        if not isinstance(encoder, str):
            loaded[encoder.name] = encoder
            encoder = ""
        wish = Wish(
            encoders=loaded,
            encoder=encoder,
            precision=precision,
            device=device,
            trust_remote_code=trust_remote_code,
        )
        opened = Opened(Path(path), whole=check)
        kept = Encoders(cards=found_inside(opened.path, opened.card.encoders), wish=wish, store=store)
        if encoder or loaded:  # what was asked for is refused now, not at the first query
            wish.refuse_idle(kept.cards)
            for part in range(len(kept.cards)):
                kept.of(part)
        return cls(opened, kept)

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._opened.path

    @property
    def card(self) -> Card:
        """What it says about itself."""
        return self._opened.card

    def __len__(self) -> int:
        return self.card.documents

    def __contains__(self, id: object) -> bool:
        return self._opened.holds(given_id(id))

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(kept.bytes for segment in self.card.segments for kept in segment.files.values())

    def __repr__(self) -> str:
        return f"Index({str(self.path)!r}, {self.card.recipe.label}, {len(self):,} documents)"

    @property
    def recipe(self) -> Recipe:
        """How it searches."""
        return self.card.recipe

    def add(
        self,
        documents: Documents | Sequence[str],
        *,
        ids: Sequence[object] | None = None,
        titles: Sequence[str] | None = None,
        columns: Mapping[str, Sequence[Any]] | None = None,
        replace: bool = False,
        progress: Progress = silent,
    ) -> Added:
        """Add documents; on the disk when this returns.

        Parameters
        ----------
        documents
            n texts, or the documents of a collection.
        ids
            One each, needed for texts: strings, or whole numbers, which are taken as texts.
        titles
            One each, "" for none; None for none at all.
        columns
            n values each, for ``where``.
        replace
            Whether a document takes the place of another one with its id; else that is an error. One that is there
            as it is given is skipped.

        Raises
        ------
        DataError
            For an id that is there with another text, an id twice, and numbers of values that differ.
        ConfigError
            When the index was made anew with another recipe or encoder since it was opened.
        """
        held = given_documents(documents, ids, titles, columns)
        with writing(self.path):
            return add_documents(
                self._opened, self._encoders, plain_documents(held), replace=replace, progress=progress
            )

    def delete(self, ids: Sequence[object]) -> Deleted:
        """Delete documents; on the disk when this returns. Ids that no document has are counted and named."""
        names = given_ids(ids)
        with writing(self.path):
            return delete_documents(self._opened, names)

    def search(
        self,
        texts: Sequence[str],
        *,
        k: int = 10,
        where: str | Sequence[str] | None = None,
        progress: Progress = silent,
    ) -> list[list[Hit]]:
        """For each of q queries its k best documents, best first; all that are found where these are fewer.

        A hybrid finds no more than its parts find up to the depth of its fusion, whatever k is.

        Parameters
        ----------
        where
            Conditions on columns, such as ``lang=en`` or ``["lang=en", "year>=2020"]``: documents for which one of them does not
            hold are not looked at.

        Raises
        ------
        DataError
            For a column that no document has.
        """
        view, texts = self._opened.view(where), _queries(texts)
        found = find(view, self.recipe, self._encoders, texts, k=k, progress=progress)
        return make_hits(view, self.recipe, self._encoders, found)

    def rank(
        self,
        texts: Sequence[str],
        query_ids: Sequence[str] | None = None,
        *,
        k: int = 10,
        where: str | Sequence[str] | None = None,
        progress: Progress = silent,
    ) -> Rankings:
        """As ``search``, as rankings: ids and scores alone, for measuring."""
        found = find(
            self._opened.view(where),
            self.recipe,
            self._encoders,
            _queries(texts),
            query_ids,
            k=k,
            progress=progress,
        )
        return found.rankings

    def export_faiss(self, path: str | Path) -> Path:
        """Write the rows as a file of faiss, and ``PATH.ids.jsonl`` with the document (and passage) of each row.

        All rows are compared (``IndexFlatIP``), unless the engine is faiss: then it is an HNSW graph over them. An entry is a
        row, copies too.

        Raises
        ------
        ConfigError
            For an index without vectors, or with those of several encoders.
        """
        return export_faiss(self._opened.view(), self.recipe, Path(path))


def _queries(texts: Sequence[str]) -> list[str]:
    return [repair(text) for text in check_texts(texts)]
