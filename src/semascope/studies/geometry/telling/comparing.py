"""What is said of spaces held against each other: each answer in a sentence that is true by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.shares import (
    between_shares,
    told_share,
    told_short,
)
from semascope.words.texts import capital, listing, readable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.comparing.shared_neighbors import ChangedText
    from semascope.studies.geometry.comparing.compared import PairCompared

_TURNED = 1e-6  # Procrustes residual of a copy: what is left is rounding
_SHOWN = 60  # characters of a text in a sentence


def pair_sentences(pair: PairCompared) -> list[str]:
    """What two spaces share: their neighbours first, then all distances."""
    return [_neighbors_sentence(pair), *_distances_sentences(pair)]


def changed_sentences(pair: PairCompared, texts: Sequence[str] | None = None) -> list[str]:
    """A sentence for each text whose neighbours differ most; ``texts`` by the places that ``pair`` names."""
    return [_changed_sentence(each, pair, texts) for each in pair.changed]


def _neighbors_sentence(pair: PairCompared) -> str:
    found, first, second = pair.share.estimate, repr(pair.first), repr(pair.second)
    near = "nearest text" if pair.k == 1 else f"{pair.k} nearest texts"
    if not math.isfinite(found.value):
        return f"What {first} and {second} share cannot be told: {found.reason}."
    if found.value == 1:
        same = f"every text has the same {near} in both"
        if pair.procrustes.value <= _TURNED:
            return f"{first} and {second} are one space turned: {same}."
        return f"{first} and {second} differ in no neighbour: {same}."
    chance = f"by chance {told_share(pair.share.floor.value)}" if pair.share.floor else ""
    between = "; ".join(filter(None, [between_shares(found), chance]))
    if pair.share.above_floor is not True:
        return (
            f"{second} is not shown to share more with {first} than chance would: {told_share(found.value)} of the {near} "
            f"({between})."
        )
    return f"{second} keeps {told_share(found.value)} of the {near} that texts have in {first} ({between})."


def _distances_sentences(pair: PairCompared) -> list[str]:
    said = []
    cka, left = pair.cka, pair.procrustes
    if math.isfinite(cka.value):
        said.append(
            f"Over all distances, the large ones first, their debiased CKA is {told_short(cka.value)}"
            f" ({'; '.join(filter(None, [between_shares(cka.estimate, short=True), 'by chance 0']))})."
        )
    if math.isfinite(left.value) and left.value > _TURNED:
        chance = f"; texts in another order leave {told_share(left.floor.value)}" if left.floor else ""
        said.append(
            f"Turned and scaled to lie over {pair.first!r} as well as it can, {pair.second!r} leaves"
            f" {told_share(left.value)} of its variance{chance}."
        )
    return said


def _changed_sentence(each: ChangedText, pair: PairCompared, texts: Sequence[str] | None) -> str:
    common = round(each.shared * pair.k)
    shares = "none" if not common else f"{common}"
    said = []
    for name, near in ((pair.first, each.first), (pair.second, each.second)):
        own = [place for place in near if place not in set(each.first) & set(each.second)] or list(near)
        said.append(f"in {name!r} {listing([_named(place, texts) for place in own[:2]])}")
    who = _named(each.place, texts)
    return f"{capital(who)} keeps {shares} of its {pair.k} nearest: what only one has is {'; '.join(said)}."


def _named(place: int, texts: Sequence[str] | None) -> str:
    if texts is None:
        return f"row {place}"
    words = " ".join(readable(str(texts[place])).split())
    return f"“{shorten(words, _SHOWN)}” (row {place})"
