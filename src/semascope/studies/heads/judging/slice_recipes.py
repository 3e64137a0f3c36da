"""Claims about recipes on each value of a slice column, from the repeated splits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from semascope.stats.family import one_family
from semascope.stats.repeats import FEWEST_REPEATS
from semascope.studies.heads.judging.bench import judge_recipes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from semascope.stats.measure import Measure
    from semascope.stats.results import Family
    from semascope.studies.heads.result import RepeatResult

    Records: TypeAlias = Mapping[str, Mapping[str, Any]]
    Results: TypeAlias = dict[str, RepeatResult | None]


def judge_slice_recipes(
    records: Records, columns: Sequence[str], *, baseline: str, measure: Measure, margin: float | None
) -> dict[tuple[str, str], Results]:
    """Every cell on every value of the slice columns, by column and value; one Holm family a column.

    One split holds out few rows of a small part, and says little about it; the repeats together hold out nearly all of
    them. A value is left out where fewer than three repeats hold out rows of it, or where the records are of a version
    that did not measure slices.
    """
    found: dict[tuple[str, str], Results] = {}
    for column in columns:
        judged = {
            value: judged
            for value in _values(records[baseline], column)
            if (judged := _judge(records, column, value, baseline=baseline, measure=measure, margin=margin))
        }
        verdicts = one_family([family for family, _ in judged.values()])
        for (value, (_, results)), corrected in zip(judged.items(), verdicts, strict=True):
            found[column, value] = {
                cell: result and replace(result, verdict=corrected[cell] if cell != baseline else None)
                for cell, result in results.items()
            }
    return found


def _values(record: Mapping[str, Any], column: str) -> list[str]:
    values = (value for repeat in record["repeats"] for value in repeat.get("slices", {}).get(column, {}))
    return list(dict.fromkeys(values))


def _judge(
    records: Records, column: str, value: str, *, baseline: str, measure: Measure, margin: float | None
) -> tuple[Family, Results] | None:
    """The cells on one value over the splits that hold out a row of it for each target that it has at all."""
    parts = {
        cell: [repeat.get("slices", {}).get(column, {}).get(value) for repeat in record["repeats"]]
        for cell, record in records.items()
    }
    targets = max((set(part["values"]) for part in parts[baseline] if part), key=len)
    whole = [
        place
        for place in range(len(parts[baseline]))
        if all(len(found) > place and _has(found[place], targets) for found in parts.values())
    ]
    if len(whole) < FEWEST_REPEATS:
        return None
    kept = {cell: {"repeats": [found[place] for place in whole]} for cell, found in parts.items()}
    if sum(part["train"] for part in kept[baseline]["repeats"]) < len(whole):
        return None  # it hardly ever trains: the correction for overlap would divide by nothing
    family, results = judge_recipes(kept, baseline=baseline, measure=measure, margin=margin)
    return None if family is None else (family, results)


def _has(part: Mapping[str, Any] | None, targets: set[str]) -> bool:
    return part is not None and set(part["values"]) >= targets
