"""Rows of a table that an encoder was tuned on: its cells would look better there than they are.

Such rows judge nothing and choose nothing, for all cells alike, because cells are compared on the same rows. An encoder
that has seen so many training rows that the others could not be chosen by what is left takes no part in the choice; its
held-out figures stand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.seen import among
from semascope.encoders.protocol import Tuned
from semascope.errors import ConfigError, DataError
from semascope.studies.heads.asking.rows import FEWEST_HELD_OUT, FEWEST_TO_LEARN
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Mask

MOST = 0.5  # share of the training rows that choose which an encoder may have seen and still be chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenBefore:
    """What the model that a tuned cell goes on from was tuned on itself."""

    name: str  # of the cell
    seen: NDArray[np.uint64]  # sorted digests of the texts


def with_seen(study: Study, rows: Rows, encoders: Iterable[Encoder | SeenBefore]) -> Rows:
    """The rows, knowing which of them the encoders were tuned on.

    A near copy of a text counts as the text.

    Raises
    ------
    ConfigError
        When the split is to be repeated: another split would judge rows that an encoder has seen.
    DataError
        When too few held-out rows are left.
    """
    masks = {encoder.name: _seen(rows, encoder) for encoder in encoders}
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    if not masks:
        return rows
    named = ", ".join(map(repr, masks))
    if (study.repeats or 1) > 1:
        raise ConfigError(
            f"repeats is {study.repeats}, and {named} {'was' if len(masks) == 1 else 'were'} tuned on rows of this table, which"
            " another split would judge; leave out --repeats, or the encoder"
        )
    train, test = rows.split.train, rows.split.test
    apart = {name for name, mask in masks.items() if not _can_be_chosen(rows, mask)}
    positions = np.zeros(len(rows), dtype=np.bool_)
    for name, mask in masks.items():
        positions[test] |= mask[test]
        if name not in apart:
            positions[train] |= mask[train]
    known = rows.seen
    found = replace(
        rows,
        seen=replace(
            known,
            rows=np.flatnonzero(positions),
            apart=tuple(name for name in masks if name in apart),
            counts={name: (int(mask[train].sum()), int(mask[test].sum())) for name, mask in masks.items()},
        ),
    )
    left = np.isfinite(found.truth[test]) & found.judged[test][:, None]
    for target, values in zip(rows.targets, left.sum(axis=0).tolist(), strict=True):
        if values < FEWEST_HELD_OUT:
            raise DataError(
                f"target {target!r} has {count(values, 'held-out value')} in rows that {named} did not see in training; at least"
                f" {FEWEST_HELD_OUT} are needed; hold out the rows that it was not tuned on (--split-column), or leave it out"
            )
    return found


def _seen(rows: Rows, encoder: Encoder | SeenBefore) -> Mask:
    if not isinstance(encoder, Tuned | SeenBefore):
        return np.zeros(len(rows), dtype=np.bool_)
    same = rows.duplicates.near
    return np.isin(same, same[among(rows.texts, encoder.seen)])


def _can_be_chosen(rows: Rows, mask: Mask) -> bool:
    train = rows.split.train
    chooses = np.isfinite(rows.truth[train]) & rows.judged[train][:, None]
    left = (chooses & ~mask[train][:, None]).sum(axis=0)
    return bool((left >= np.maximum(FEWEST_TO_LEARN, (1 - MOST) * chooses.sum(axis=0))).all())
