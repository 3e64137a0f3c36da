"""How often verdicts on labels are wrong where two spaces are equally good, and how often intervals hold the truth.

Command: python benchmarks/label_verdicts.py [--worlds N] [--texts N]
Each world draws texts of four labels in two spaces that share half of their noise and separate the labels equally well;
any better or worse is false. Then the intervals of one space are held against the mean over all worlds.
"""

from __future__ import annotations

import argparse

import numpy as np

from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.describing import describe_labels
from semascope.geometry.labels.labelled import Labelled
from semascope.neighbors import top_k

FAMILIES = ("knn", "silhouette", "gap")


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def described(world: int, texts: int, noise: float, groups: int) -> Labelled:
    """``groups``: texts come in documents that share half of the noise again; 0 for none."""
    rng = np.random.default_rng([world, 3])
    count = groups or texts
    document = np.arange(texts) % count
    codes = rng.integers(4, size=count)[document]
    centres, shared = np.eye(4, 12)[codes], rng.standard_normal((texts, 12))
    spaces = {}
    for name in ("first", "second"):
        own = rng.standard_normal((texts, 12))
        together = rng.standard_normal((count, 12))[document] if groups else 0.0
        spaces[name] = unit(2.0 * centres + noise * (shared + own + together))
    nearest = {
        name: top_k(vectors, vectors, 30, exclude_self=True).indices for name, vectors in spaces.items()
    }
    halves = draw_halves(texts, groups=document.tolist() if groups else None, seed=world)
    return describe_labels(spaces, nearest, codes, list("abcd"), label="label", halves=halves, seed=world)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--texts", type=int, default=300)
    given = parser.parse_args()
    for noise, groups in ((0.7, 0), (1.5, 0), (0.7, given.texts // 3)):
        found = [described(world, given.texts, noise, groups) for world in range(given.worlds)]
        where = f"noise {noise}" + (f", documents of 3 of {given.texts} texts" if groups else "")
        print(f"{where}, {given.worlds} worlds")
        for family in FAMILIES:
            words = [each.families[family].verdicts["second"].word for each in found]
            false = sum(word in ("better", "worse") for word in words) / len(words)
            print(
                f"  {family}: false words {100 * false:.1f} %, equivalent {100 * words.count('equivalent') / len(words):.0f} %"
            )
        for number in ("knn", "silhouette", "within", "across", "gap"):
            estimates = [getattr(each.spaces["first"], number).estimate for each in found]
            truth = np.mean([estimate.value for estimate in estimates])
            held = np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])
            print(f"  {number}: mean {truth:.3f}, intervals hold it in {100 * held:.0f} %")


if __name__ == "__main__":
    main()
