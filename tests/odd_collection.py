"""A collection whose texts, ids and topics are what a report must survive: markup, long ids, a query of 5,000 characters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quoted" </details></section> |*_`$'
WORDS = (
    *(
        [
            "tide",
            "moon",
            "harbour",
            "salt",
            "wind",
            "storm",
            "lantern",
            "ferry",
            "gull",
            "quay",
            "rope",
            "anchor",
            "fog",
            "pilot",
            "wharf",
            "kelp",
        ]
    ),
)
DOCUMENTS, QUERIES = 60, 30


def write_collection(folder: Path) -> Path:
    """60 documents of three topics and 30 queries with two relevant documents each, drawn by chance."""
    rng = np.random.default_rng(3)

    def say(count: int) -> str:
        return " ".join(rng.choice(WORDS, count))

    ids = [f"d{number}" for number in range(DOCUMENTS)]
    ids[7] = "id-" + "y" * 150
    documents = [
        {
            "_id": name,
            "title": HOSTILE if number % 3 == 0 else say(5),
            "text": f"{say(40)}. {HOSTILE} {say(30)}. 我们走在海边, 潮水来了。",
            "topic": ("sea", "land", "<b>air</b>")[number % 3],
        }
        for number, name in enumerate(ids)
    ]
    queries = [
        {"_id": f"q{number}", "text": f"{say(4)}{' ' + HOSTILE if number % 4 == 0 else ''}"}
        for number in range(QUERIES)
    ]
    queries[0]["_id"] = "q-" + "z" * 120
    queries[1]["text"] = say(900)[:5_000]
    (folder / "qrels").mkdir(parents=True)
    _write(folder / "corpus.jsonl", documents)
    _write(folder / "queries.jsonl", queries)
    rows = "".join(
        f"{query['_id']}\t{ids[place]}\t{grade}\n"
        for query in queries
        for grade, place in enumerate(rng.choice(DOCUMENTS, 3, replace=False))
    )
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf8")
    return folder


def _write(file: Path, rows: list[dict]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
