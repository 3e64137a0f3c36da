"""Texts a second of the plain path beside sentence-transformers' default, and how near the vectors are.

Command: python benchmarks/encoding.py [newsgroups20.jsonl mint_tweet_intimacy.jsonl]
Interleaved, medians of ratios; minimum cosine to sentence-transformers' float32 rows.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

from sentence_transformers import SentenceTransformer

from semascope.data.read import read_table
from semascope.encoders.catalogue import load_encoder
from semascope.encoders.local import LocalEncoder

ROUNDS = 3
SHARED = Path(__file__).parents[2] / "shared" / "data"


def main() -> int:
    files = [Path(name) for name in sys.argv[1:3]] or [
        SHARED / "newsgroups20.jsonl",
        SHARED / "mint_tweet_intimacy.jsonl",
    ]
    print(f"command: python {' '.join(sys.argv)}")
    encoders = {name: load_encoder("minilm", precision=name) for name in ("float32", "bfloat16")}  # type: ignore[arg-type]
    first = encoders["float32"]
    if not isinstance(first, LocalEncoder):
        raise TypeError("minilm is a local encoder")
    theirs = SentenceTransformer(str(first.checkpoint.folder), device="cpu")
    for encoder in encoders.values():
        encoder.load()
    for file, count in zip(files, (200, 1000), strict=True):
        texts = read_table(file, columns=["text"], limit=count).texts(["text"])
        ratios: dict[str, list[float]] = {name: [] for name in encoders}
        rates: dict[str, list[float]] = {name: [] for name in ("theirs", *encoders)}
        for _ in range(ROUNDS):
            base, rows = timed(theirs.encode, texts)
            rates["theirs"].append(len(texts) / base)
            for name, encoder in encoders.items():
                seconds, ours = timed(encoder.encode, texts)
                rates[name].append(len(texts) / seconds)
                ratios[name].append(base / seconds)
                nearest = (rows * ours).sum(axis=1).min()
                if name == "float32" and nearest < 0.99999:
                    print(f"float32 rows differ: minimum cosine {nearest}")
                    return 1
        print(f"{file.name}, {len(texts)} texts: sentence-transformers {median(rates['theirs']):.1f} texts/s")
        for name in encoders:
            print(
                f"  plain path, {name:8} {median(rates[name]):8.1f} texts/s, ratio {median(ratios[name]):.2f}"
            )
    return 0


def timed(encode, texts):  # noqa: ANN001, ANN201
    began = time.perf_counter()
    rows = encode(texts)
    return time.perf_counter() - began, rows


if __name__ == "__main__":
    sys.exit(main())
