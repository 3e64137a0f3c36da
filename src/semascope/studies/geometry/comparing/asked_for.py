"""What a geometry says of its spaces together, as far as it was asked for: neighbours in common, axes, families of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.geometry.comparing.all_pairs import compare_all
from semascope.studies.geometry.comparing.axes import judge_axes
from semascope.studies.geometry.comparing.best import judge_best
from semascope.studies.geometry.comparing.contrast import judge_contrast
from semascope.studies.geometry.comparing.families import parse_families

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.labelled import Labelled
    from semascope.studies.geometry.asking.asked import Asked
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.studies.geometry.comparing.axes import TwoScores
    from semascope.studies.geometry.comparing.compared import AllCompared, BestSpace
    from semascope.studies.geometry.comparing.contrast import Contrast
    from semascope.types import Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Together:
    """The spaces held against each other; None for what was not asked for."""

    compared: AllCompared | None = None
    best: BestSpace | None = None  # whose neighbours tell the labels best
    axes: tuple[TwoScores, ...] = ()  # of every two scores
    contrast: Contrast | None = None


def together_of(
    asked: Asked,
    nearest: Mapping[str, Ints],
    halves: Halves,
    together: Ints,
    plan: GeometryPlan,
    progress: Progress,
    *,
    labelled: Labelled | None = None,
) -> Together:
    """All that was asked for.

    Parameters
    ----------
    nearest
        By space: (n, 3 k), nearest first.
    together
        (n,) texts that must stay on one side of a split.
    labelled
        How the labels lie in each space: what shuffled ones give is taken from it.
    """
    compared = best = None
    if plan.compare and len(asked.spaces) > 1:
        compared = compare_all(
            asked.spaces, nearest, asked.kinds, halves=halves, k=plan.k, seed=plan.seed, progress=progress
        )
    if asked.labels is not None:
        best, _ = judge_best(
            asked.spaces,
            nearest,
            asked.labels,
            halves=halves,
            components=together,
            k=plan.k,
            margin=plan.margin,
            floors=None
            if labelled is None
            else {name: each.knn.floor for name, each in labelled.spaces.items()},
            seed=plan.seed,
            progress=progress,
        )
    axes: tuple[TwoScores, ...] = ()
    if len(asked.targets) > 1:
        axes = judge_axes(asked.spaces, asked.targets, components=together, seed=plan.seed, progress=progress)
    contrast = None
    if plan.contrast and asked.labels is not None:
        families = parse_families(plan.contrast, asked.labels.names, column=asked.labels.name)
        contrast = judge_contrast(
            asked.spaces,
            asked.labels,
            families,
            components=together,
            k=plan.k,
            margin=plan.margin,
            seed=plan.seed,
            progress=progress,
        )
    return Together(compared=compared, best=best, axes=axes, contrast=contrast)
