"""All that is fixed before the first cell: collection, cells, encoders, how deep is searched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.data.language import languages_of
from semascope.encoders.catalogue import default_encoders, name_encoders
from semascope.encoders.choices import stated_choices
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError
from semascope.retrieval.collections.judgement_files import is_judgements
from semascope.retrieval.collections.note import counted
from semascope.retrieval.measuring.run_files import read_run
from semascope.studies.failing import reached
from semascope.studies.retrieval.asking.asked import read_asked
from semascope.studies.retrieval.asking.given import ranked_run
from semascope.studies.retrieval.asking.languages import spoken, unread_languages
from semascope.studies.retrieval.asking.plan import (
    Grid,
    Mixed,
    Words,
    Written,
    baseline_of,
    left_out,
    make_cells,
    needs_no_choice,
)
from semascope.studies.retrieval.asking.seen import seen_by, seen_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.retrieval.measuring.run import Run
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asking.asked import Asked
    from semascope.studies.retrieval.asking.plan import Cell
    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.studies.task import Records

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
    runs: Mapping[str, Run]  # of others, by the names of their cells
    stated: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # by encoder, what it was not made for and what was left out for it
    foreign: Mapping[str, str] = field(
        default_factory=dict
    )  # by encoder, that it was not trained for languages of the documents
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # queries that an encoder was tuned on
    unserved: Mapping[str, str] = field(default_factory=dict)  # encoders that have no cells, and why

    @property
    def measure(self) -> QueryMeasure:
        """What verdicts are about."""
        return self.study.measured_by

    @property
    def baseline(self) -> str:
        """Id of the cell that the others are held against."""
        return baseline_of(self.cells)

    @cached_property
    def choosing(self) -> AnswerKey:
        """What the choosing queries are measured by, without those that an encoder has seen."""
        return self.asked.choosing(seen_by(self.seen))

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
    read: Callable[[RetrievalStudy, Mapping[str, Run]], Asked] = read_asked,
    records: Records | None = None,
) -> Prepared:
    """Everything that can be wrong with what was asked is found here, before anything is encoded.

    Parameters
    ----------
    read
        Gives what the study asks about.
    records
        Finished cells of the folder.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        For settings that do not fit together, a collection that cannot be read, an encoder that there is not.
    """
    written, sources, grid = read_flags(study)
    runs = {name: read_run(Path(file).expanduser()) for name, file in written.runs.items()}
    asked = _asked(read(study, runs), study)
    for name, run in runs.items():  # what is wrong with one is found before anything is encoded
        ranked_run(name, run, query_ids=list(asked.queries), doc_ids=asked.collection.documents.ids, k=1)
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
    encoders, unserved = reached(
        encoders, records or {}, needed="" if written.words else next(iter(sources), "")
    )
    written = replace(
        written,
        hybrids=[one for one in written.hybrids if not (sources.keys() - encoders.keys()) & set(one.parts)],
    )
    for encoder, way in product(encoders.values(), grid.ways):
        encoder.in_way(way)  # refuses a way that there is not for this encoder
    without = left_out(grid, encoders.values())
    fitting = {
        name: grid.fitting(dim=encoder.dim, max_tokens=encoder.max_tokens)
        for name, encoder in encoders.items()
    }
    spoken_by = languages_of(list(asked.queries.values()))
    seen = {name: seen_queries(asked, encoder) for name, encoder in encoders.items()}
    return Prepared(
        study=study,
        asked=asked,
        cells=make_cells(written, fitting, language=asked.language),
        sources=sources,
        encoders=encoders,
        store=store,
        runs=runs,
        stated={name: _stated(encoder, grid, study, without) for name, encoder in encoders.items()},
        foreign={
            name: said
            for name, encoder in encoders.items()
            if (said := unread_languages(encoder, documents=asked.languages, queries=spoken_by))
        },
        seen={name: queries for name, queries in seen.items() if queries},
        unserved=unserved,
    )


def prepare_reading(study: RetrievalStudy, records: Records, *, store: VectorStore) -> Prepared:
    """The same of a study whose cells are finished: no encoder is looked at, what records say of it is enough.

    Raises
    ------
    ConfigError, DataError
        For a collection that cannot be read.
    """
    written, sources, grid = read_flags(study)
    alone = is_ids_alone(study)  # runs then say which documents there are
    runs = {name: read_run(Path(file).expanduser()) for name, file in written.runs.items() if alone}
    asked = _asked(read_asked(study, runs), study)
    known = {record["encoder"]: record for record in records.values() if record["encoder"]}
    fitting = {
        name: grid.fitting(**known[name]["encoder_has"]) if name in known else grid for name in sources
    }
    return Prepared(
        study=study,
        asked=asked,
        cells=make_cells(written, fitting, language=asked.language),
        sources=sources,
        encoders={},
        store=store,
        runs=runs,
        stated={name: known[name]["stated"] for name in sources if name in known},
        foreign={name: said for name in sources if name in known and (said := known[name]["foreign"])},
    )


def is_ids_alone(study: RetrievalStudy) -> bool:
    """Whether a study has judgements without texts: it can be asked about runs alone."""
    return bool(study.run) and study.query is None and is_judgements(study.data)


def read_flags(study: RetrievalStudy) -> tuple[Written, dict[str, str], Grid]:
    """What was asked for, the sources of the encoders, and the grid: flags alone say most of what can be wrong.

    Raises
    ------
    ConfigError
        For names and settings that do not fit together.
    """
    alone = is_ids_alone(study)
    if alone and study.perturb:
        raise ConfigError(
            f"{study.data} holds judgements without texts, and perturb needs the texts of queries; give the folder of the collection"
            f" with --qrels {study.data}, or leave out --perturb"
        )
    if alone and study.encoder:
        raise ConfigError(
            f"{study.data} holds judgements without texts, and encoder {study.encoder[0]!r} needs texts; give the folder of the"
            f" collection with --qrels {study.data}, or leave out --encoder"
        )
    written = Written.of(
        [] if alone else study.encoder or default_encoders(),
        bm25=not study.no_bm25 and not alone,
        runs={one.name: one.file for one in study.run},
    )
    if len(written.runs) < len(study.run):
        raise ConfigError(
            f"two runs have one name, of {', '.join(one.name for one in study.run)}; each needs its own; write NAME=FILE"
        )
    sources, grid = name_encoders(written.encoders), Grid.of(study)
    if parts := written.unnamed_parts(sources):
        written = replace(written, encoders=[*written.encoders, *parts])
        sources = name_encoders(written.encoders)
    make_cells(written, dict.fromkeys(sources, grid), language="")
    cutoff = study.measured_by.cutoff
    for hybrid in written.hybrids:
        if cutoff is not None and hybrid.depth < cutoff:
            raise ConfigError(
                f"{hybrid.label} puts together {hybrid.depth:,} documents of each part, and {study.measured_by.name} looks at {cutoff:,};"
                f" it must hold as many; write {hybrid.label},depth={cutoff}"
            )
    return written, sources, grid


def _asked(asked: Asked, study: RetrievalStudy) -> Asked:
    if not len(asked.collection.documents):
        raise ConfigError(f"{asked.collection.name} has no document; one at least is needed; give another")
    for way in study.perturb:
        asked.disturbed(way, seed=study.seed)
    return asked


def _stated(encoder: Encoder, grid: Grid, study: RetrievalStudy, without: Sequence[str]) -> list[str]:
    """What an encoder was not made for, and what was left out for it."""
    own = [said for said in without if f"for {encoder.name!r}" in said]
    asked = [
        said
        for one in grid.instructions
        for said in stated_choices(encoder, instruction=one.sentence, dims=study.dim)
    ]
    return list(dict.fromkeys([*own, *asked]))


def opening_lines(prepared: Prepared, others: Collection[str] = ()) -> list[str]:
    """What was read and how it was split, and warnings; ``others`` are cells that the folder has besides."""
    asked = prepared.asked
    collection, sides = asked.collection, asked.sides
    both = len(sides.choosing) + len(sides.estimating)
    if needs_no_choice(prepared.cells) and sides.how == "drawn" and not others:
        asks = f"{counted(both, 'query')}, which all judge: nothing is to be chosen"
    else:
        drawn = f"drawn with seed {prepared.study.seed}"
        how = "by the splits of the judgements" if sides.how == "given" else drawn
        asks = f"{counted(len(sides.choosing), 'query')} to choose on, {len(sides.estimating):,} to estimate on ({how})"
    lines = [f"FAILED: {name}: {why}" for name, why in prepared.unserved.items()]
    lines += [f"{collection.name}: {counted(len(collection.documents), 'document')}, {asks}"]
    words = next((cell for cell in prepared.cells if isinstance(cell, Words)), None)
    if words is not None:
        lines.append(
            f"{words.id} reads stop words {words.settings.stopwords!r} and stemmer {words.settings.stemmer!r};"
            f" language {asked.language or 'unknown'} by {asked.languages.method}"
        )
    lines += [spoken(said, name) for name, several in prepared.stated.items() for said in several]
    lines += [f"WARNING: {said}" for said in prepared.foreign.values()]
    return lines + [
        f"WARNING: {note.text}" for note in (*collection.notes, *asked.leaks.notes(sides)) if note.warning
    ]
