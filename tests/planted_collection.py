"""A collection of which it is known beforehand what words and vectors find.

Half of the queries share a rare word with their document, and nothing else: BM25 finds it, first and alone. The other half
are stop words alone and letter by letter their document: BM25 finds nothing, vectors of whole texts find it first.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

STOP = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "is",
    "it",
    "that",
    "for",
    "on",
    "with",
    "as",
    "was",
    "at",
    "by",
    "an",
    "be",
    "this",
    "or",
    "are",
    "not",
    "but",
]  # of every English list
HALF = 30


def write_collection(folder: Path) -> Path:
    """A folder as BEIR has them: 60 queries with one relevant document each, and 20 documents more."""
    rng = np.random.default_rng(7)
    queries: dict[str, str] = {}
    documents: dict[str, str] = {}
    for number in range(HALF):
        queries[f"w{number}"] = f"zebra{number}quux"
        documents[f"dw{number}"] = f"zebra{number}quux " + " ".join(
            f"filler{rng.integers(10**6)}" for _ in range(6)
        )
        said = " ".join(rng.permutation(STOP)[:12])
        queries[f"s{number}"] = documents[f"ds{number}"] = said
    for number in range(20):
        documents[f"x{number}"] = " ".join(f"other{rng.integers(10**6)}" for _ in range(6))
    (folder / "qrels").mkdir(parents=True)
    _write(
        folder / "corpus.jsonl", [{"_id": key, "title": "", "text": text} for key, text in documents.items()]
    )
    _write(folder / "queries.jsonl", [{"_id": key, "text": text} for key, text in queries.items()])
    rows = "".join(f"{query}\td{query}\t1\n" for query in queries)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf8")
    return folder


def _write(file: Path, rows: list[dict]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
