"""How often verdicts on two families of labels are wrong where two spaces tell them apart equally well.

Command: python benchmarks/contrast_verdicts.py [--worlds N] [--texts N]
Each world draws texts of eight labels, four of either family, in two spaces that share half of their noise and hold the
families equally well; any better or worse is false. Then texts come in documents that share half of the noise again.
"""

from __future__ import annotations

import argparse

import numpy as np

from semascope.maps.contents import Labels
from semascope.studies.geometry.comparing.contrast import Contrast, judge_contrast
from semascope.studies.geometry.comparing.families import LabelFamily

LABELS = 8
DIMS = 24


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def judged(world: int, texts: int, noise: float, groups: int) -> Contrast:
    """``groups``: texts come in so many documents of one label each; 0 for none."""
    rng = np.random.default_rng([world, 5])
    count = groups or texts
    document = np.arange(texts) % count
    codes = rng.permutation(np.arange(count) % LABELS)[document]
    centres = rng.standard_normal((LABELS, DIMS)) * 0.5
    centres[: LABELS // 2, 0] += 1.0
    shared = rng.standard_normal((texts, DIMS))
    spaces = {}
    for name in ("first", "second"):
        own = rng.standard_normal((texts, DIMS))
        together = rng.standard_normal((count, DIMS))[document] if groups else 0.0
        spaces[name] = unit(centres[codes] + noise * (shared + own + together))
    names = [str(code) for code in range(LABELS)]
    labels = Labels(name="label", codes=codes.astype(np.int32), names=tuple(names))
    families = (
        LabelFamily(name="one", labels=tuple(names[: LABELS // 2]), written="0,1,2,3"),
        LabelFamily(name="other", labels=tuple(names[LABELS // 2 :]), written="4,5,6,7"),
    )
    return judge_contrast(spaces, labels, families, components=document if groups else None, seed=world)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--texts", type=int, default=300)
    given = parser.parse_args()
    for noise, groups in ((0.6, 0), (1.2, 0), (0.8, 40)):
        found = [judged(world, given.texts, noise, groups) for world in range(given.worlds)]
        where = f"noise {noise}" + (f", {groups} documents of {given.texts} texts" if groups else "")
        print(f"{where}, {given.worlds} worlds")
        for family in ("probes", "voters"):
            words = [getattr(each, family).verdicts["second"].word for each in found]
            false = sum(word in ("better", "worse") for word in words) / len(words)
            error = (false * (1 - false) / len(words)) ** 0.5
            equal = words.count("equivalent") / len(words)
            print(
                f"  {family}: false words {100 * false:.1f} ({100 * error:.1f}) %, equivalent {100 * equal:.0f} %"
            )


if __name__ == "__main__":
    main()
