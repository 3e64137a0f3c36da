"""Gradients of small batches, added up, against the gradient of one batch, InfoNCE of MiniLM on real pairs.

    python benchmarks/added_gradients.py [--files FOLDER] [--pairs scifact|arxiv] [--batch 32] [--parts 4] [--draws 3] [--temperature 0.05]

One batch whose texts go through in parts (GradCache) has the gradient of one pass: a cosine of 1. Batches that are added up have
that of another loss, in which a query meets fewer wrong answers. No dropout, float32, 128 tokens.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from semascope.data.read import read_table
from semascope.encoders.loading import load_encoder
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.losses import Contrast, contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start

if TYPE_CHECKING:
    from semascope.types import Ints

TOKENS, WHOLE = 128, 1_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pairs", choices=("scifact", "arxiv"), default="scifact")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=Contrast().temperature)
    asked = parser.parse_args()
    recipe = Tuned(model="minilm", tokens=TOKENS)
    start = Start.of(load_encoder("minilm", precision="float32"), recipe)
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=0)
    network.eval()  # dropout would differ between the ways
    parameters = [value for name, value in network.trained().items() if not name.startswith("head.")]
    queries, documents = _scifact(asked.files) if asked.pairs == "scifact" else _arxiv(asked.files)

    contrast = Contrast(temperature=asked.temperature)

    def gradient(rows: Ints, most: int) -> tuple[float, torch.Tensor]:
        sequences = start.tokens.ids([queries[row] for row in rows] + [documents[row] for row in rows])
        pairing = Pairing(queries=rows, documents=rows)
        passes = Passes(
            network=network,
            parameters=parameters,
            sequences=sequences,
            parts=token_parts(np.array([len(ids) for ids in sequences]), most=most),
            seed=[0],
            device=torch.device("cpu"),
            precision="float32",
        )
        found = cached_gradients(
            passes, lambda made: contrast_loss(made[: len(rows)], made[len(rows) :], pairing, contrast)
        )
        # Twenty million products: float32 would not sum them to seven digits.
        return found.loss, torch.cat([one.flatten().double() for one in found.gradients if one is not None])

    print(f"python {shlex.join(sys.argv)}\ntorch {torch.__version__}; cosine with the gradient of one batch")
    size = asked.batch // asked.parts
    for draw in range(asked.draws):
        rows = np.random.default_rng(draw).permutation(len(queries))[: asked.batch]
        loss, whole = gradient(rows, WHOLE)
        small = [gradient(part, WHOLE) for part in np.array_split(rows, asked.parts)]
        added = torch.stack([one for _, one in small]).mean(dim=0)
        _, cached = gradient(rows, size * TOKENS)
        print(
            f"draw {draw}: {asked.parts} batches of {size} added up {_cosine(added, whole):.3f} (loss"
            f" {np.mean([one for one, _ in small]):.2f}), one batch of {asked.batch} in parts {_cosine(cached, whole):.7f} (loss {loss:.2f})"
        )


def _cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one, other, dim=0))


def _scifact(files: Path) -> tuple[list[str], list[str]]:
    """Each query once with one of its documents."""
    folder = files / "scifact"
    corpus = read_table(folder / "corpus.jsonl")
    text_of = dict(zip(corpus.strings("id"), corpus.texts(["title", "text"]), strict=True))
    asked = read_table(folder / "queries_train.jsonl")
    query_of = dict(zip(asked.strings("id"), asked.strings("text"), strict=True))
    judged = read_table(folder / "qrels_train.tsv")
    found: dict[str, str] = {}
    used: set[str] = set()
    for query, document in zip(judged.strings("query_id"), judged.strings("doc_id"), strict=True):
        if query not in found and document not in used:
            found[query] = document
            used.add(document)
    return [query_of[query] for query in found], [text_of[document] for document in found.values()]


def _arxiv(files: Path) -> tuple[list[str], list[str]]:
    """Whole titles with their abstracts."""
    table = read_table(files / "arxiv_abstracts.jsonl")
    whole = table.take(np.flatnonzero(np.array(table.strings("title_truncated")) == "no"))
    return whole.texts(["title"]), whole.texts(["abstract"])


if __name__ == "__main__":
    main()
