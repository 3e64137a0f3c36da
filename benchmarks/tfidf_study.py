"""Quick real predictions for ``verdicts.py`` until a study of your own is at hand.

    python benchmarks/tfidf_study.py DATA.jsonl --text text --target rating --output predictions.parquet

Six plain heads on TF-IDF features, trained on half of the rows, predict the other half.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--text", default="text")
    parser.add_argument("--target", required=True)
    parser.add_argument("--output", type=Path, required=True)
    settings = parser.parse_args()
    rows = [json.loads(line) for line in settings.data.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row.get(settings.target) is not None and row[settings.text]]
    texts, targets = [row[settings.text] for row in rows], np.array([row[settings.target] for row in rows])
    kind = "classification" if targets.dtype.kind in "US" else "regression"
    truth = (
        np.unique(targets, return_inverse=True)[1] if kind == "classification" else targets.astype(np.float64)
    )
    train = np.random.default_rng(0).permutation(len(rows)) < len(rows) // 2
    cells = predictions(texts, truth, train, kind=kind)
    write(settings.output, settings.target, np.flatnonzero(~train), truth[~train], cells)


def predictions(
    texts: list[str], truth: np.ndarray, train: np.ndarray, *, kind: str
) -> dict[str, np.ndarray]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    found = {}
    for name, analyser, ngrams in (("words", "word", (1, 2)), ("characters", "char_wb", (2, 4))):
        features = TfidfVectorizer(
            analyzer=analyser, ngram_range=ngrams, min_df=2, max_features=30_000
        ).fit_transform(texts)
        for head_name, head in heads(kind).items():
            head.fit(features[train], truth[train])
            found[f"{name}-{head_name}"] = head.predict(features[~train])
    return found


def heads(kind: str) -> dict:
    from sklearn.linear_model import Ridge, RidgeClassifier
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    if kind == "classification":
        return {
            "ridge-1": RidgeClassifier(1.0),
            "ridge-10": RidgeClassifier(10.0),
            "knn": KNeighborsClassifier(20),
        }
    return {"ridge-1": Ridge(1.0), "ridge-10": Ridge(10.0), "knn": KNeighborsRegressor(20)}


def write(path: Path, target: str, rows: np.ndarray, truth: np.ndarray, cells: dict[str, np.ndarray]) -> None:
    table = pa.table(
        {
            "row": np.tile(rows, len(cells)),
            "cell": [name for name in cells for _ in rows],
            "target": [target] * (len(rows) * len(cells)),
            "truth": np.tile(truth, len(cells)).astype(np.float64),
            "prediction": np.concatenate(list(cells.values())).astype(np.float64),
        }
    )
    pq.write_table(table, path)
    print(f"{path}: {len(rows)} held-out rows, cells {', '.join(cells)}")


if __name__ == "__main__":
    main()
