"""What an index says of its graph, and what real questions find of the exact ten by it.

Command: python benchmarks/graph_promises.py [--store FOLDER] [--recall 0.99]

SciFact's claims ask its abstracts, and titles of arXiv their abstracts: vectors of MiniLM, data in ../shared/data. Every
question has an exact answer, from the same index with all rows compared.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import semascope as sm
from semascope.retrieval.indexes.recipe import Engine

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
K, TITLES = 10, 1_000
GRAPHS = [(name, stored) for name in ("faiss", "usearch") for stored in ("float16", "int8")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--store", type=Path, help="vector store; the user's own by default")
    parser.add_argument("--recall", type=float, default=0.99)
    given = parser.parse_args()
    store = sm.VectorStore(given.store)
    for what, documents, questions in (scifact(), arxiv()):
        print(f"\n{what}: {len(documents):,} documents, {len(questions):,} questions")
        exact, _ = asked(documents, questions, Engine(name="exact"), store)
        for name, stored in GRAPHS:
            found, graph = asked(
                documents, questions, Engine(name=name, stored=stored, recall=given.recall), store
            )
            shares = [len(one & other) / K for one, other in zip(found, exact, strict=True)]
            print(
                f"{name:>8} {stored:>8}  width {graph.width:>4}  said {graph.recall:.4f}  found {np.mean(shares):.4f}"
                f"  least {min(shares):.1f}",
                flush=True,
            )


def asked(
    documents: list[str], questions: list[str], engine: Engine, store: sm.VectorStore
) -> tuple[list[set[str]], Any]:
    """The ids that each question finds, and the card of the graph."""
    with tempfile.TemporaryDirectory() as folder:
        index = sm.Index.create(Path(folder) / "index", encoder="minilm", engine=engine, store=store)
        index.add(documents, ids=range(len(documents)))
        found = index.rank(questions, k=K)
        return [set(each) for each in found.as_run().values()], index.card.segments[0].vectors[0].graph


def scifact() -> tuple[str, list[str], list[str]]:
    documents = lines(DATA / "scifact" / "corpus.jsonl")
    texts = [f"{each['title']} {each['text']}".strip() for each in documents]
    return (
        "SciFact",
        list(dict.fromkeys(texts)),
        [each["text"] for each in lines(DATA / "scifact" / "queries_train.jsonl")],
    )


def arxiv() -> tuple[str, list[str], list[str]]:
    rows = lines(DATA / "arxiv_abstracts.jsonl")
    return (
        "arXiv",
        list(dict.fromkeys(row["abstract"] for row in rows)),
        [row["title"] for row in rows[:TITLES]],
    )


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


if __name__ == "__main__":
    main()
