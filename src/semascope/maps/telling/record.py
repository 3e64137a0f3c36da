"""The numbers of a map as plain values, for ``map.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.geometry.comparing.overlap import overlaps
from semascope.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.labels.separating import Separation
    from semascope.maps.contents import MapContents
    from semascope.maps.measuring.each_space import MapSettings, Measured
    from semascope.maps.measuring.together import Compared, Movement
    from semascope.types import Floats


FORMAT = 1  # of map.json


def record_of(
    contents: MapContents, measured: Sequence[Measured], compared: Compared, settings: MapSettings
) -> dict[str, Any]:
    """Plain values that ``json`` can write; what cannot be had is null."""
    movement = compared.movement
    drawn = any(space.vectors is not None for space in measured)
    record: dict[str, Any] = {
        "format": FORMAT,
        "title": contents.title,
        "sentence": contents.sentence,
        "texts": len(contents.texts),
        "neighbors": compared.k,
        "settings": asdict(settings),
        "layout": settings.layout.in_use(len(contents.texts)) if drawn else None,
        "panels": [
            _panel_record(space, compared.separation) | _across_record(space, compared) for space in measured
        ],
        "judged": _family_record(compared.separation),
        "judged_across": _family_record(compared.across),
        "mixing": None if compared.mixing is None else asdict(compared.mixing),
        "change": None if movement is None else _summary(compared.change),
        "overlap": None if movement is None else _overlap_record(measured, movement),
        "regions": [
            {
                "sentence": shown.sentence,
                "rows": contents.rows[region.rows].tolist(),
                "change": region.change,
                "elsewhere": region.rest,
                "p_holm": region.p,
                "stands_out": region.stands_out,
            }
            for region, shown in zip(movement.regions if movement else (), contents.regions, strict=True)
        ],
        "notes": list(contents.notes),
        "absent": list(contents.absent),
        "command": contents.command,
    }
    written: dict[str, Any] = plain(record)
    return written


def _panel_record(space: Measured, separation: Separation | None) -> dict[str, Any]:
    judged = separation is not None and space.name in separation.accuracies
    return {
        "name": space.name,
        "caption": space.caption,
        "trustworthiness": None if space.trust is None else asdict(space.trust),
        "neighbors_kept": space.kept,
        "disparity": space.disparity,
        "knn_accuracy": asdict(separation.accuracies[space.name]) if separation and judged else None,
        "verdict": asdict(separation.family.verdicts[space.name]) if separation and judged else None,
    }


def _across_record(space: Measured, compared: Compared) -> dict[str, Any]:
    """Nothing where no column was named to judge across."""
    across = compared.across
    if across is None or space.name not in across.accuracies:
        return {}
    return {
        "knn_accuracy_across": asdict(across.accuracies[space.name]),
        "verdict_across": asdict(across.family.verdicts[space.name]),
    }


def _family_record(separation: Separation | None) -> dict[str, Any] | None:
    if separation is None:
        return None
    family = separation.family
    return {
        "label": separation.label,
        **({"across": separation.across} if separation.across else {}),
        "neighbors": separation.k,
        "texts": separation.texts,
        "most_frequent": separation.largest,
        "baseline": family.baseline,
        "margin": family.margin,
        "test": family.test,
        "interval": family.interval,
    }


def _summary(change: Floats) -> dict[str, float]:
    quarters = np.quantile(change, [0.25, 0.5, 0.75])
    return {
        "mean": float(change.mean()),
        "quarter": quarters[0],
        "median": quarters[1],
        "three_quarters": quarters[2],
    }


def _overlap_record(measured: Sequence[Measured], movement: Movement) -> dict[str, Any]:
    lists = {space.name: space.compared for space in measured if space.compared is not None}
    return {
        "spaces": list(lists),
        "shares": overlaps(list(lists.values())).tolist(),
        "first": movement.first,
        "against_first": {
            name: {
                "neighbors_shared": asdict(movement.overlap[name]),
                "debiased_cka": asdict(movement.cka[name]),
            }
            for name in movement.overlap
        },
    }
