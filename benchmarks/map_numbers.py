"""Seconds and memory of the numbers behind a map, and how often its verdicts are wrong where nothing differs.

Command: python benchmarks/map_numbers.py [--rows N] [--dims N] [--layout pca|umap] [--worlds N] [--posts-file FILE]
Three parts. Speed: two spaces of --rows unit vectors around 200 centres, the second with noise of its own; one run
with an empty cache and one with another min_dist on the filled one. Posts: the label of newsgroup posts in minilm's
space under four instructions (encoded through the store of this user, so that a second run is quick). False words:
--worlds worlds of 300 texts whose labels separate equally well in both spaces, by all neighbours and by those of
another language; any better or worse is false.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from encoding_texts import SHARED
from memory_peak import Peak
from semascope.data.read import read_table
from semascope.embedding.path import embed
from semascope.encoders.instructions import PRESETS
from semascope.encoders.loading import load_encoder
from semascope.geometry.labels.mixing import nearest_across
from semascope.geometry.labels.separating import judge_labels, judge_spaces, vote
from semascope.maps.build import build_contents
from semascope.maps.colouring.labelling import make_labels
from semascope.maps.laying_out.layout import LayoutSettings
from semascope.maps.laying_out.layout_cache import LayoutCache
from semascope.maps.measuring.each_space import MapSettings
from semascope.neighbors import top_k
from semascope.spaces.preparing import Space
from semascope.store.place import default_store
from semascope.types import Step

INSTRUCTIONS = ("default", "sentiment", "topic", "toxicity")


class Stages:
    """Seconds a stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def __call__(self, step: Step) -> None:  # noqa: D102
        now = time.perf_counter()
        stage = step.stage.split()[0]
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.last
        self.last = now


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def speed(rows: int, dims: int, layout: str) -> None:
    rng = np.random.default_rng(42)
    kinds = rng.integers(200, size=rows)
    centres = rng.standard_normal((200, dims), dtype=np.float32)[kinds]
    spaces = [
        Space(name=name, vectors=unit(centres + rng.standard_normal(centres.shape, dtype=np.float32)))
        for name in ("first", "second")
    ]
    texts, labels = [f"text {row}" for row in range(rows)], make_labels("kind", kinds.tolist())
    del centres
    print(f"2 spaces of {rows:,} x {dims}, layout {layout}\n")
    with tempfile.TemporaryDirectory() as folder:
        for min_dist, what in ((0.1, "empty cache"), (0.3, "another min_dist")):
            stages = Stages()
            settings = MapSettings(layout=LayoutSettings(method=layout, min_dist=min_dist))  # type: ignore[arg-type]
            began = time.perf_counter()
            with Peak() as peak:
                built = build_contents(
                    texts,
                    range(rows),
                    spaces,
                    labels=labels,
                    settings=settings,
                    cache=LayoutCache(Path(folder)),
                    progress=stages,
                )
            seconds = time.perf_counter() - began
            parts = ", ".join(f"{stage} {spent:.0f} s" for stage, spent in stages.seconds.items())
            print(f"{what}: {seconds:.0f} s ({parts}), {peak.megabytes:,.0f} MB beside the vectors")
    show(built)


def posts(file: Path) -> None:
    table = read_table(file, columns=["text", "label"])
    texts = list(table.texts(["text"]))
    encoder, store = load_encoder("minilm"), default_store()
    spaces = [
        Space(
            name=name,
            caption=sentence,
            vectors=embed(texts, encoder=encoder, instruction=sentence, store=store).vectors,
        )
        for name, sentence in ((name, PRESETS[name]) for name in INSTRUCTIONS)
    ]
    labels = make_labels("label", table.texts(["label"]))
    with Peak() as peak:
        began = time.perf_counter()
        built = build_contents(texts, range(len(texts)), spaces, labels=labels)
        seconds = time.perf_counter() - began
    print(f"\n{len(texts):,} posts, 4 spaces of minilm, UMAP: {seconds:.0f} s, {peak.megabytes:,.0f} MB")
    show(built)


def show(built: object) -> None:
    contents = built.contents  # type: ignore[attr-defined]
    print(contents.sentence)
    for panel in contents.panels:
        facts = "; ".join(
            f"{fact.name} {fact.value} {fact.interval} {fact.verdict}".strip() for fact in panel.facts
        )
        print(f"  {panel.name}: {facts}")
    for region in contents.regions:
        print(f"  region: {region.sentence}")


def false_words(worlds: int, noise: float, *, across: bool = False) -> None:
    """``across``: each text has one of three languages, three further dims apart, and those of the others vote."""
    rng = np.random.default_rng(1)
    words: dict[str, int] = {}
    alone = 0
    for world in range(worlds):
        codes = rng.integers(5, size=300)
        langs = np.random.default_rng([1, world]).integers(3, size=300)
        centres = rng.standard_normal((5, 16))[codes]
        shared = rng.standard_normal((300, 16))
        nearest = {}
        for name in ("first", "second"):
            own = rng.standard_normal((300, 16))
            vectors = centres + noise * (shared + own)
            vectors = np.hstack([vectors, 4.0 * np.eye(3)[langs]]) if across else vectors
            vectors = unit(vectors).astype(np.float32)
            if across:
                nearest[name] = nearest_across(vectors, langs, 30)
            else:
                nearest[name] = top_k(vectors, vectors, 30, exclude_self=True).indices
        word = judge_spaces(nearest, codes, k=10)[1].verdicts["second"].word
        votes = {name: vote(lists[:, :10], codes) for name, lists in nearest.items()}
        alone += judge_labels(codes, votes).verdicts["second"].word in ("better", "worse")
        words[word] = words.get(word, 0) + 1
    shares = ", ".join(f"{word} {100 * count / worlds:.1f} %" for word, count in sorted(words.items()))
    which = ", across languages" if across else ""
    print(
        f"equal spaces{which}, noise {noise}: {shares} of {worlds:,} worlds; McNemar alone errs in {100 * alone / worlds:.1f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dims", type=int, default=384)
    parser.add_argument("--layout", default="umap")
    parser.add_argument("--worlds", type=int, default=1_000)
    parser.add_argument("--posts-file", type=Path, default=SHARED / "newsgroups20.jsonl")
    parser.add_argument("--part", choices=["speed", "posts", "words"], action="append")
    given = parser.parse_args()
    parts = given.part or ["speed", "posts", "words"]
    if "speed" in parts:
        speed(given.rows, given.dims, given.layout)
    if "posts" in parts:
        posts(given.posts_file)
    if "words" in parts:
        print()
        for noise in (0.7, 2.0):
            false_words(given.worlds, noise)
            false_words(given.worlds, noise, across=True)


if __name__ == "__main__":
    main()
