"""Runs out of TREC files and into them: query, Q0, document, rank, score, name of the run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.files import replacing
from semascope.retrieval.collections.lines import fields_of, id_without_spaces
from semascope.retrieval.measuring.run import Run, in_order

if TYPE_CHECKING:
    from semascope.retrieval.collections.lines import Line
    from semascope.retrieval.measuring.run import Retrieved

_ACCEPTED = "six fields a line (query, Q0, document, rank, score, name of the run)"


def read_run(path: Path | str) -> Run:
    """The run of a TREC file.

    Its ranks are not read: scores say the order, and ids where scores are equal, as in trec_eval.

    Raises
    ------
    DataError
        With the line, where a field is missing, a score is no finite number, or a document stands twice for a query.
    """
    path = Path(path)
    found: dict[str, dict[str, float]] = {}
    for line in fields_of(path, tabs=False):
        if len(line.fields) != 6:
            raise DataError(
                f"{path.name}, line {line.number} has {len(line.fields)} fields; accepted are {_ACCEPTED}; correct the line"
            )
        query, _, document, _, score, _ = line.fields
        of_query = found.setdefault(query, {})
        if document in of_query:
            raise DataError(
                f"{path.name}, line {line.number}: document {document!r} stands twice for query {query!r}; accepted is each "
                "document once; keep its best score"
            )
        of_query[document] = _score(path, line, score)
    if not found:
        raise DataError(f"{path.name} is empty; accepted are {_ACCEPTED}; check how it was written")
    return Run.of(found)


def write_run(run: Retrieved, path: Path | str, *, name: str = "semascope") -> None:
    """A TREC file of the run, best first, with scores that read back as the same float64.

    Raises
    ------
    DataError
        An id or the name has white space, which a TREC file cannot hold.
    """
    doc_ids = [id_without_spaces(each) for each in run.doc_ids]
    name = id_without_spaces(name)
    places = in_order(run)
    with replacing(Path(path)) as stream:
        for row, query in enumerate(run.query_ids):
            start = f"{id_without_spaces(query)} Q0"
            count = int(run.counts[row])
            scores = np.sort(run.scores[row, :count].astype(np.float64))[::-1].tolist()
            pairs = zip(places[row, :count].tolist(), scores, strict=True)
            lines = [
                f"{start} {doc_ids[place]} {rank} {score!r} {name}\n"
                for rank, (place, score) in enumerate(pairs, 1)
            ]
            stream.write("".join(lines).encode())


def _score(path: Path, line: Line, field: str) -> float:
    try:
        score = float(field)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise DataError(
            f"{path.name}, line {line.number}: score {field!r} is no finite number; accepted are {_ACCEPTED}; correct the line"
        )
    return score
