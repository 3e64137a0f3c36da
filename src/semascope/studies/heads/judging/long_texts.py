"""What truncation costs: the ways of reading long texts against it, everything else alike, on the same held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.prompts import write_prompts
from semascope.encoders.protocol import UNLIMITED
from semascope.stats.family import one_family
from semascope.studies.heads.computing.predictions import tokens_of
from semascope.studies.heads.computing.slicing import FEWEST_SLICE_ROWS
from semascope.studies.heads.result import LongTexts, WayResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.judging.bench import Bench
    from semascope.types import Ints, Mask


def judge_long_texts(
    bench: Bench, cells: Mapping[str, Cell], encoders: Mapping[str, Encoder], tables: Mapping[str, pa.Table]
) -> list[LongTexts]:
    """Each recipe that truncates against the same recipe in other ways; empty when a study has one way only.

    A recipe is an encoder, an instruction, a width and a head. Two Holm families over all recipes: the held-out rows
    over the limit, where alone the ways read differently, and all rows.

    Parameters
    ----------
    cells, encoders
        By cell id, and by name.
    tables
        Held-out predictions with the tokens of each row, by cell id.
    """
    recipes = _recipes(cells)
    everything = np.flatnonzero(bench.judged)
    over: dict[str, Ints] = {}
    for truncated in recipes:
        cell = cells[truncated]
        long = over_limit(bench.rows, cell, encoders[cell.encoder], tables[truncated])
        over[truncated] = np.flatnonzero(bench.judged & long)
    enough = [name for name in recipes if _labelled(bench, over[name]) >= FEWEST_SLICE_ROWS]
    of_over = dict(
        zip(
            enough,
            one_family([_bench(bench, name, recipes[name]).family(over[name]) for name in enough]),
            strict=True,
        )
    )
    of_all = one_family([_bench(bench, name, recipes[name]).family(everything) for name in recipes])
    return [
        LongTexts(
            encoder=cells[name].encoder,
            limit=encoders[cells[name].encoder].max_tokens,
            rows=len(everything),
            over=len(over[name]),
            truncated=name,
            ways=[
                WayResult(
                    cell=each,
                    way=cells[each].long,
                    over_estimate=bench.estimate(each, over[name]) if name in of_over else None,
                    over=of_over[name][each] if name in of_over else None,
                    everything=verdicts[each],
                )
                for each in [name, *recipes[name]]
            ],
        )
        for name, verdicts in zip(recipes, of_all, strict=True)
    ]


def _recipes(cells: Mapping[str, Cell]) -> dict[str, list[str]]:
    """The cells in other ways, by the cell that truncates and is otherwise the same."""
    by_cell = {cell: name for name, cell in cells.items()}
    found: dict[str, list[str]] = {}
    for name, cell in cells.items():
        truncated = by_cell.get(replace(cell, long="truncate"))
        if cell.long != "truncate" and truncated is not None:
            found.setdefault(truncated, []).append(name)
    return found


def _bench(bench: Bench, truncated: str, others: list[str]) -> Bench:
    """The cells of one recipe, against the one that truncates."""
    return replace(bench, baseline=truncated, raw={name: bench.raw[name] for name in [truncated, *others]})


def _labelled(bench: Bench, chosen: Ints) -> int:
    return int(np.isfinite(bench.truth[chosen]).any(axis=1).sum())


def over_limit(rows: Rows, cell: Cell, encoder: Encoder, table: pa.Table) -> Mask:
    """(m,) held-out rows over the encoder's tokens, or over the characters at which a table of token vectors cuts first.

    Parameters
    ----------
    table
        Held-out predictions of the cell, with the tokens of each row.
    """
    over: Mask = tokens_of(table, rows) > encoder.max_tokens
    characters = getattr(encoder, "characters", UNLIMITED)
    if characters < UNLIMITED:
        texts = [rows.texts[row] for row in rows.split.test]
        prompts, _ = write_prompts(texts, encoder=encoder, instruction=cell.instruction.sentence)
        unsure = np.flatnonzero([len(prompt) > characters for prompt in prompts])
        lost = encoder.in_way("truncate").lengths([prompts[place] for place in unsure]).lost
        over[unsure] |= lost > 0
    return over
