"""Verdicts on the held-out rows: the primary family, then targets and slices as families of their own."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.family import one_family
from semascope.stats.intervals import estimate
from semascope.stats.repeats import judge_repeats, repeat_interval
from semascope.stats.results import Estimate, Family, Verdict
from semascope.stats.verdict import judge
from semascope.studies.heads.computing.fit import comparable
from semascope.studies.heads.computing.predictions import from_table, ranking_column
from semascope.studies.heads.computing.slicing import parts_of
from semascope.studies.heads.result import LeakResult, RepeatResult, SliceResult, TargetResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa

    from semascope.stats.measure import Measure, RowMeasure
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Array, Floats, Mask

NOTHING_CLEAN = "every held-out row, or its group, also stands in training"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Held-out truth and predictions of every cell, as the measure sees them. m rows, t targets."""

    study: Study
    rows: Rows
    measure: RowMeasure
    baseline: str
    truth: Floats  # (m, t)
    raw: Mapping[str, Array]  # by cell id, (m, t), unclipped
    # likewise, what ranks; the same where there is none
    unmapped: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(
        cls, study: Study, rows: Rows, measure: RowMeasure, baseline: str, tables: Mapping[str, pa.Table]
    ) -> Bench:
        """The bench of the cells whose held-out tables these are."""
        return cls(
            study=study,
            rows=rows,
            measure=measure,
            baseline=baseline,
            truth=rows.truth[rows.split.test],
            raw={cell: from_table(table, rows) for cell, table in tables.items()},
            unmapped={
                cell: from_table(table, rows, column=ranking_column(rows)) for cell, table in tables.items()
            },
        )

    @property
    def judged(self) -> Mask:
        """(m,) held-out rows that the headline speaks about; none that leaked."""
        judged: Mask = self.rows.judged[self.rows.split.test]
        return judged

    @property
    def clean(self) -> Mask:
        """(m,) held-out rows that do not also stand in training."""
        clean: Mask = self.rows.clean[self.rows.split.test]
        return clean

    def seen_by(self, measure: RowMeasure) -> dict[str, Array]:
        """Predictions of every cell as ``measure`` sees them."""
        return {cell: self.seen(cell, measure) for cell in self.raw}

    def seen(self, cell: str, measure: RowMeasure) -> Array:
        """(m, t) predictions of one cell as ``measure`` sees them."""
        training = self.rows.truth[self.rows.split.train]
        return comparable(self.raw[cell], self.unmapped.get(cell, self.raw[cell]), training, measure)

    def family(self, chosen: Array, *, target: int | None = None) -> Family:
        """All cells against the baseline on the chosen held-out rows, on all targets or one."""
        columns = slice(None) if target is None else slice(target, target + 1)
        truth = self.truth[chosen][:, columns]
        if not np.isfinite(truth).any():
            return self._no_family()
        units = self.groups(chosen)
        family = judge(
            truth,
            {cell: values[chosen][:, columns] for cell, values in self.seen_by(self.measure).items()},
            baseline=self.baseline,
            measure=self.measure,
            margin=self.study.margin,
            groups=units,
            targets=list(self.rows.targets)[columns],
            seed=self.study.seed,
        )
        if units is None or self.rows.groups is not None:
            return family
        return replace(family, test=f"{family.test} (a text and its copies are one group)")

    def estimate(self, cell: str, chosen: Array, *, target: int | None = None) -> Estimate:
        """The measure of one cell on the chosen held-out rows."""
        columns = slice(None) if target is None else slice(target, target + 1)
        truth = self.truth[chosen][:, columns]
        if not np.isfinite(truth).any():
            return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0, reason=NOTHING_CLEAN)
        return estimate(
            truth,
            self.seen(cell, self.measure)[chosen][:, columns],
            measure=self.measure,
            groups=self.groups(chosen),
            seed=self.study.seed,
        )

    def groups(self, chosen: Array) -> list[int] | None:
        """The units of the chosen held-out rows; see ``Rows.units``."""
        return self.rows.units(self.rows.split.test[chosen])

    def _no_family(self) -> Family:
        """The verdicts where no row is left to judge on."""
        nothing = Verdict.unknown(NOTHING_CLEAN)
        verdicts = dict.fromkeys(self.raw, nothing)
        verdicts[self.baseline] = replace(nothing, word="baseline", difference=0.0, gain=0.0)
        return Family(
            measure=self.measure.name,
            baseline=self.baseline,
            margin=math.nan,
            test="none: no row is left",
            interval="none",
            verdicts=verdicts,
        )


def judge_targets(bench: Bench, records: Mapping[str, Mapping[str, Any]]) -> dict[str, list[TargetResult]]:
    """Every cell on every target, one Holm family over all of them; empty with a single target."""
    if len(bench.rows.targets) < 2:
        return {cell: [] for cell in bench.raw}
    chosen = np.flatnonzero(bench.judged)
    families = [bench.family(chosen, target=place) for place in range(len(bench.rows.targets))]
    verdicts = one_family(families)
    found: dict[str, list[TargetResult]] = {}
    for cell in bench.raw:
        found[cell] = [
            TargetResult(
                target=name,
                n=int(np.isfinite(bench.truth[chosen, place]).sum()),
                estimate=bench.estimate(cell, chosen, target=place),
                verdict=verdicts[place][cell] if cell != bench.baseline else None,
                measures={measure: values[name] for measure, values in records[cell]["measures"].items()},
            )
            for place, name in enumerate(bench.rows.targets)
        ]
    return found


def judge_slices(
    bench: Bench, recipes: Mapping[tuple[str, str], Mapping[str, RepeatResult | None]] | None = None
) -> dict[str, list[SliceResult]]:
    """Every cell on every value of the slice columns, over all clean held-out rows; one Holm family a column.

    Parameters
    ----------
    recipes
        What repeated splits say of each cell, by column and value; None for nothing.
    """
    recipes = recipes or {}
    found: dict[str, list[SliceResult]] = {cell: [] for cell in bench.raw}
    test = bench.rows.split.test
    for column, parts in itertools.groupby(parts_of(bench.rows), key=lambda part: part.column):
        chosen = {part.value: np.flatnonzero(part.rows[test] & bench.clean) for part in parts}
        verdicts = one_family([bench.family(rows) for rows in chosen.values()])
        for cell in bench.raw:
            found[cell] += [
                SliceResult(
                    column=column,
                    value=value,
                    n=len(rows),
                    estimate=bench.estimate(cell, rows),
                    verdict=verdict[cell] if cell != bench.baseline else None,
                    repeat=recipes.get((column, value), {}).get(cell),
                )
                for (value, rows), verdict in zip(chosen.items(), verdicts, strict=True)
            ]
    return found


def judge_leaks(bench: Bench) -> dict[str, LeakResult | None]:
    """Every cell on the leaked held-out rows, and on all of them: two Holm families beside the primary one."""
    rows = bench.rows
    asked = rows.asked[rows.split.test]
    leaked = np.flatnonzero(asked & np.isin(rows.split.test, rows.leaked))
    if not len(leaked):
        return dict.fromkeys(bench.raw)
    everything = np.flatnonzero(asked)
    on_leaked, on_all = bench.family(leaked), bench.family(everything)
    return {
        cell: LeakResult(
            leaked=len(leaked),
            on_leaked=bench.estimate(cell, leaked),
            on_all=bench.estimate(cell, everything),
            verdict_on_leaked=on_leaked.verdicts[cell],
            verdict_on_all=on_all.verdicts[cell],
        )
        for cell in bench.raw
    }


def judge_recipes(
    records: Mapping[str, Mapping[str, Any]], *, baseline: str, measure: Measure, margin: float | None
) -> tuple[Family | None, dict[str, RepeatResult | None]]:
    """Claims about recipes from repeated splits; nothing when the study has a single split."""
    repeats = records[baseline]["repeats"]
    if not repeats:
        return None, dict.fromkeys(records)
    values = {
        cell: np.array([list(r["values"].values()) for r in record["repeats"]])
        for cell, record in records.items()
    }
    n_train = round(float(np.mean([r["train"] for r in repeats])))
    n_test = round(float(np.mean([r["test"] for r in repeats])))
    family = judge_repeats(
        values, baseline=baseline, measure=measure, n_train=n_train, n_test=n_test, margin=margin
    )
    results: dict[str, RepeatResult | None] = {}
    for cell, table in values.items():
        mean = table.mean(axis=1)
        interval = repeat_interval(mean, n_train=n_train, n_test=n_test)
        low, high = measure.cut(interval.low, interval.high)
        results[cell] = RepeatResult(
            repeats=len(mean),
            mean=interval.mean,
            low=low,
            high=high,
            values=mean.tolist(),
            verdict=family.verdicts[cell] if cell != baseline else None,
            n=n_test,
        )
    return family, results
