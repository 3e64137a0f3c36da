"""All that is fixed before the first cell: collection, cells, encoders, how deep is searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.embedding.width import check_dim
from semascope.encoders.catalogue import default_encoders, load_encoder, name_encoders
from semascope.errors import ConfigError
from semascope.retrieval.collections.note import counted
from semascope.studies.retrieval.asked import read_asked
from semascope.studies.retrieval.plan import Mixed, Words, Written, baseline_of, make_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.measures import QueryMeasure
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asked import Asked
    from semascope.studies.retrieval.plan import Cell
    from semascope.studies.retrieval.settings import RetrievalStudy

KEPT = 100  # documents of each query that are kept, unless the measure looks deeper
WHOLE = 1_000  # the same, where the measure has no cutoff


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A study of retrieval that can start."""

    study: RetrievalStudy
    asked: Asked
    cells: Sequence[Cell]
    sources: Mapping[str, str]  # of the encoders, by name
    encoders: Mapping[str, Encoder]
    store: VectorStore

    @property
    def measure(self) -> QueryMeasure:
        """What verdicts are about."""
        return self.study.measured_by

    @property
    def baseline(self) -> str:
        """Id of the cell that the others are held against."""
        return baseline_of(self.cells)

    @property
    def kept(self) -> int:
        """Documents of each query that are kept and measured."""
        cutoff = self.measure.cutoff
        return WHOLE if cutoff is None else max(KEPT, cutoff)

    @property
    def depth(self) -> int:
        """Documents of each query that a cell searches for itself: what a hybrid of it reads, too."""
        return max([self.kept, *(cell.settings.depth for cell in self.cells if isinstance(cell, Mixed))])


def prepare(
    study: RetrievalStudy,
    *,
    store: VectorStore,
    device: str,
    trust_remote_code: bool,
    read: Callable[[RetrievalStudy], Asked] = read_asked,
) -> Prepared:
    """Everything that can be wrong with what was asked is found here, before anything is encoded.

    Parameters
    ----------
    read
        Gives what the study asks about.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        For settings that do not fit together, a collection that cannot be read, an encoder that there is not.
    """
    written = Written.of(study.encoder or default_encoders(), bm25=not study.no_bm25)
    sources = name_encoders(written.encoders)
    # the flags alone say most of what can be wrong; a collection takes longer to read
    make_cells(written, list(sources), study.dim, language="")
    asked = read(study)
    if not len(asked.collection.documents):
        raise ConfigError(f"{asked.collection.name} has no document; one at least is needed; give another")
    encoders = {
        name: load_encoder(
            source,
            called=name,
            precision=study.precision,
            device=device,
            trust_remote_code=trust_remote_code,
        )
        for name, source in sources.items()
    }
    for encoder in encoders.values():
        for dim in study.dim:
            check_dim(dim, encoder)
    return Prepared(
        study=study,
        asked=asked,
        cells=make_cells(written, list(sources), study.dim, language=asked.language),
        sources=sources,
        encoders=encoders,
        store=store,
    )


def opening_lines(prepared: Prepared) -> list[str]:
    """What was read and how it was split, and warnings."""
    asked = prepared.asked
    collection, sides = asked.collection, asked.sides
    how = (
        "by the splits of the judgements"
        if sides.how == "given"
        else f"drawn with seed {prepared.study.seed}"
    )
    lines = [
        f"{collection.name}: {counted(len(collection.documents), 'document')},"
        f" {counted(len(sides.choosing), 'query')} to choose on, {len(sides.estimating):,} to estimate on ({how})"
    ]
    words = next((cell for cell in prepared.cells if isinstance(cell, Words)), None)
    if words is not None:
        lines.append(
            f"{words.id} reads stop words {words.settings.stopwords!r} and stemmer {words.settings.stemmer!r};"
            f" language {asked.language or 'unknown'} by {asked.language_from}"
        )
    return lines + [
        f"WARNING: {note.text}" for note in (*collection.notes, *asked.leaks.notes(sides)) if note.warning
    ]
