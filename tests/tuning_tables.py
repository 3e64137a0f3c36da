"""Small made-up tables to tune a tiny checkpoint on: words of the sea, so that its tokenizer has them or their letters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

WORDS = [
    "tide", "rope", "anchor", "harbour", "sail", "storm", "calm", "deck", "port", "lamp", "gull", "chart", "buoy", "oar",
    "mast", "keel", "reef", "surf",
]  # fmt: skip


def write_pairs(folder: Path, n: int = 40, *, seed: int = 0) -> Path:
    """Pairs whose documents repeat the words of their query; columns q, d, role and bad, a wrong answer."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        some = rng.choice(WORDS, 3, replace=False).tolist()
        rows.append(
            {
                "q": " ".join([*some[:2], str(number)]),
                "d": " ".join([*some, *rng.choice(WORDS, 4).tolist(), f"at {number * 7}"]),
                "role": "hard" if number % 4 == 0 else "main",
                "bad": " ".join([*rng.choice(WORDS, 6).tolist(), f"of {number * 11}"]),
            }
        )
    return write_rows(folder / "pairs.jsonl", rows)


def write_folder(folder: Path, n: int = 40, *, seed: int = 0) -> Path:
    """The same pairs as a folder: documents d0, d1, ..., queries q0, q1, ..., and judgements of one split."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in write_pairs(folder, n, seed=seed).read_text("utf8").splitlines()]
    (folder / "pairs.jsonl").unlink()
    write_rows(folder / "corpus.jsonl", [{"_id": f"d{at}", "text": row["d"]} for at, row in enumerate(rows)])
    write_rows(folder / "queries.jsonl", [{"_id": f"q{at}", "text": row["q"]} for at, row in enumerate(rows)])
    write_judgements(folder / "qrels" / "train.tsv", [(f"q{at}", f"d{at}", 1) for at in range(n)])
    return folder


def write_judgements(path: Path, judged: list[tuple[str, str, int]]) -> Path:
    """Rows of a query, a document and a grade, as BEIR has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{query}\t{document}\t{grade}\n" for query, document, grade in judged)
    path.write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf8")
    return path


def write_labelled(folder: Path, n: int = 45, *, seed: int = 0) -> Path:
    """Texts of three labels, each with words of its own; columns t and l."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "t": " ".join([*rng.choice(WORDS[number % 3 * 6 :][:6], 5).tolist(), f"no {number}"]),
            "l": "abc"[number % 3],
        }
        for number in range(n)
    ]
    return write_rows(folder / "labelled.jsonl", rows)


def write_rows(path: Path, rows: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path
