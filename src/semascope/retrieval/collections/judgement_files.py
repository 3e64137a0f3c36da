"""Judgements out of files, and TREC files of them: BEIR's three columns, TREC's four, or a table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.formats import ENDINGS
from semascope.data.read import table_of
from semascope.errors import DataError
from semascope.files import replacing
from semascope.retrieval.collections.columns import DOCUMENT, GRADE, QUERY, require_column
from semascope.retrieval.collections.lines import Line, fields_of, id_without_spaces
from semascope.retrieval.collections.matching import Graded

if TYPE_CHECKING:
    from semascope.retrieval.collections.judgements import Judgements

_OF_LINES = (".tsv", ".txt", ".qrels", ".qrel", ".trec")
ENDINGS_OF_JUDGEMENTS = (*_OF_LINES, *(ending for ending in ENDINGS if ending not in _OF_LINES))
_ACCEPTED = "query, document and grade between tabs, or TREC's four columns (query, 0, document, grade)"


def is_judgements(path: Path) -> bool:
    """Whether a path names a file of lines that can be judgements, by its ending."""
    return path.is_file() and path.name.casefold().removesuffix(".gz").endswith(_OF_LINES)


def read_judgements(path: Path | str, *, split: str = "") -> Graded:
    """The judgements of one file, as they stand there.

    Parameters
    ----------
    path
        With or without a header: three columns between tabs (query, document, grade), or TREC's four between any white
        space (query, 0, document, grade). CSV, JSON Lines and Parquet name their columns: ``query-id``, ``corpus-id``,
        ``score``, or ``query_id``, ``doc_id``, ``grade`` and the like.
    split
        Its name.

    Raises
    ------
    DataError
        With the line, where a field is missing or a grade is no number.
    """
    path = Path(path)
    if (
        path.name.casefold()
        .removesuffix(".gz")
        .endswith(tuple(ending for ending in ENDINGS if ending not in _OF_LINES))
    ):
        return _of_table(path, split)
    lines = list(fields_of(path))
    if not lines:
        raise DataError(
            f"{path.name} has no judgements; accepted are lines of {_ACCEPTED}; check how it was written"
        )
    query, document, grade = 0, len(lines[0].fields) - 2, len(lines[0].fields) - 1
    if _is_header(lines[0]):
        header, *lines = lines
        query, document, grade = (
            header.fields.index(require_column(header.fields, names, what=what, source=path.name))
            for names, what in ((QUERY, "queries"), (DOCUMENT, "documents"), (GRADE, "grades"))
        )
        width = len(header.fields)
    else:
        width = len(lines[0].fields)
        if width not in (3, 4):
            raise _odd(path, lines[0], f"{width} fields")
    for line in lines:
        if len(line.fields) != width:
            raise _odd(path, line, f"{len(line.fields)} fields where the first line has {width}")
    return Graded(
        source=path.name,
        split=split,
        queries=[line.fields[query] for line in lines],
        documents=[line.fields[document] for line in lines],
        grades=np.array([_grade(path, line, line.fields[grade]) for line in lines], dtype=np.float64),
    )


def write_judgements(judgements: Judgements, path: Path | str) -> None:
    """TREC's four columns; splits are not written.

    Raises
    ------
    DataError
        An id has white space, which a TREC file cannot hold.
    """
    rows = zip(judgements.queries, judgements.documents, judgements.grades.tolist(), strict=True)
    text = "".join(
        f"{id_without_spaces(query)} 0 {id_without_spaces(document)} {grade:.17g}\n"
        for query, document, grade in rows
    )
    with replacing(Path(path)) as stream:
        stream.write(text.encode())


def _of_table(path: Path, split: str) -> Graded:
    table = table_of(path)
    columns = [
        require_column(table.columns, names, what=what, source=path.name)
        for names, what in ((QUERY, "queries"), (DOCUMENT, "documents"), (GRADE, "grades"))
    ]
    grades = table.numbers(columns[2])
    if np.isnan(grades).any():
        row = int(np.flatnonzero(np.isnan(grades))[0])
        raise DataError(
            f"{path.name}, row {row} (counted from 0) has no grade; accepted are numbers; give one, or leave the row out"
        )
    return Graded(
        source=path.name,
        split=split,
        queries=table.strings(columns[0]),
        documents=table.strings(columns[1]),
        grades=grades,
    )


def _is_header(line: Line) -> bool:
    """Whether the last of three fields or more is a name: a grade is a number."""
    try:
        float(line.fields[-1])
    except ValueError:
        return len(line.fields) > 2
    return False


def _grade(path: Path, line: Line, field: str) -> float:
    try:
        grade = float(field)
    except ValueError:
        grade = math.nan
    if not math.isfinite(grade):
        raise _odd(path, line, f"grade {field!r}")
    return grade


def _odd(path: Path, line: Line, what: str) -> DataError:
    return DataError(
        f"{path.name}, line {line.number} has {what}; accepted are lines of {_ACCEPTED}; correct the line"
    )
