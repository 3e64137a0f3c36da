"""Runs of other systems: files that are judged beside the cells of a study."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from semascope.errors import ConfigError, DataError
from semascope.retrieval.rankings import ranked
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.measuring.run import Run
    from semascope.retrieval.rankings import Rankings
    from semascope.types import Floats, Ints


class GivenRun(BaseModel):
    """One file of a run and what its cell is called. Written as a flag, ``NAME=FILE`` or ``FILE``.

    Examples
    --------
    >>> GivenRun.read("old=results/production.trec").name, GivenRun.read("results/production.trec").name
    ('old', 'production')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    file: str

    @classmethod
    def read(cls, written: Any) -> Self:
        """The run of a flag, a mapping or of itself.

        Raises
        ------
        ConfigError
            For what is none of them.
        """
        if isinstance(written, cls):
            return written
        if isinstance(written, dict) and set(written) == {"name", "file"}:
            return cls(**written)
        name, given, file = str(written).partition("=")
        if not given or Path(str(written)).is_file():
            file, name = str(written), Path(str(written)).name.removesuffix(".gz").rpartition(".")[0]
        name, file = name.strip(), file.strip()
        if not file or not name or BETWEEN.strip() in name:
            raise ConfigError(
                f"run is {written!r}; it must be FILE or NAME=FILE, without {BETWEEN.strip()!r} in the name; write for example"
                " old=production.trec"
            )
        return cls(name=name, file=file)

    def written(self) -> str:
        """As a study file has it, found from any working directory."""
        return f"{self.name}={Path(self.file).expanduser().resolve()}"


def file_digest(file: str) -> str:
    """What tells the file's content from another one.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    try:
        return blake2b(Path(file).expanduser().read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise DataError(
            f"run {file} cannot be read ({error.strerror}); a TREC run has six fields a line; check the path"
        ) from None


def ranked_run(name: str, run: Run, *, query_ids: Sequence[str], doc_ids: Sequence[str], k: int) -> Rankings:
    """What a run found for the queries that are asked, in the order of every cell; other queries are not looked at.

    Raises
    ------
    DataError
        When it has none of the queries, or found a document that the collection does not have: without it those behind
        would move up.
    """
    place = {document: number for number, document in enumerate(doc_ids)}
    row_of = {query: row for row, query in enumerate(run.query_ids)}
    if not any(query in row_of for query in query_ids):
        raise DataError(
            f"run {name!r} has none of the {len(query_ids):,} queries that are asked, but such as {run.query_ids[0]!r}; ids must be"
            " equal as texts; take a run of this collection"
        )
    found = []
    for query in query_ids:
        if query not in row_of:
            found.append((np.empty(0, dtype=np.int64), np.empty(0)))
            continue
        row = row_of[query]
        count = int(run.counts[row])
        ids = [run.doc_ids[number] for number in run.places[row, :count].tolist()]
        strange = next((each for each in ids if each not in place), None)
        if strange is not None:
            raise DataError(
                f"run {name!r} found document {strange!r} for query {query!r}, which the collection does not have; every document"
                " of a run must be there, since it takes a rank; take a run of this collection"
            )
        places = np.array([place[each] for each in ids], dtype=np.int64)
        found.append(_in_order(places, ids, np.asarray(run.scores[row, :count], dtype=np.float64)))
    return ranked(found, query_ids=query_ids, doc_ids=doc_ids, k=k)


def _in_order(places: Ints, ids: Sequence[str], scores: Floats) -> tuple[Ints, Floats]:
    """The same, with scores of 32 bits that keep the order that 64 say: equal ones stay equal, lower ones stay lower."""
    order = np.array(
        sorted(range(len(ids)), key=lambda at: (scores[at], ids[at]), reverse=True), dtype=np.int64
    )
    given, kept = scores[order], scores[order].astype(np.float32)
    for at in range(1, len(kept)):
        if given[at] == given[at - 1]:
            kept[at] = kept[at - 1]
        elif kept[at] >= kept[at - 1]:
            kept[at] = np.nextafter(kept[at - 1], np.float32(-np.inf))
    return places[order], kept.astype(np.float64)
