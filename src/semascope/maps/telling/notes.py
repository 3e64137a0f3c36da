"""What a reader of a map must know, and what it cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.maps.measuring.together import ALL_THE_SAME, ONLY_COORDINATES
from semascope.maps.telling.facts import accuracy_name
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels
    from semascope.maps.items import Items
    from semascope.maps.measuring.each_space import MapSettings, Measured
    from semascope.maps.measuring.together import Compared


def notes_on_pictures(measured: Sequence[Measured], n: int, k: int, settings: MapSettings) -> list[str]:
    """How the panels came to lie as they do; it is so for each of them."""
    first, layout = measured[0].name, settings.layout
    drawn = [space for space in measured if space.vectors is not None]
    notes = []
    if len(drawn) > 1 and not settings.independent and layout.method_for(n) != "pca":
        notes.append(
            f"Every layout starts from the principal components of {drawn[0].name!r}. A shared start makes layouts look more alike."
        )
    if len(measured) > 1:
        notes.append(
            f"Panels are turned, mirrored and scaled to lie over {first!r}; directions and sizes mean nothing on "
            "their own."
        )
    if drawn and layout.method_for(n) != layout.method:
        notes.append(f"Too few texts for {layout.method} ({n}): drawn by PCA.")
    if drawn and k < settings.k:
        notes.append(
            f"With {count(n, 'text')} the numbers look at {count(k, 'neighbour')} instead of {settings.k}."
        )
    return notes


def notes_of(measured: Sequence[Measured], items: Items, settings: MapSettings) -> list[str]:
    """What the texts of these spaces do to the numbers."""
    n = len(items)
    drawn = [space for space in measured if space.vectors is not None]
    notes = []
    sampled = next((space.trust for space in drawn if space.trust and space.trust.n < n), None)
    if sampled is not None:
        notes.append(
            f"Trustworthiness is estimated from {sampled.n:,} of {n:,} texts, drawn with seed {settings.layout.seed}; "
            "its interval says where the value for all texts may lie. All other numbers use all texts."
        )
    notes += [
        f"All vectors in {space.name!r} are the same; they share one place." for space in drawn if space.flat
    ]
    copies = n - len(set(items.texts))
    if drawn and copies:
        are = "is a copy" if copies == 1 else "are copies"
        notes.append(
            f"{copies:,} of {n:,} texts {are} of another; copies are each other's neighbours and lift the accuracy."
        )
    return notes + _label_notes(items.labels) + _across_notes(items)


def _label_notes(labels: Labels | None) -> list[str]:
    if labels is None:
        return []
    counts = np.bincount(labels.codes + 1, minlength=len(labels.names) + 1)
    missing, alone = int(counts[0]), int((counts[1:] == 1).sum())
    notes = []
    if missing:
        said = "text has no {}; it neither votes nor counts" if missing == 1 else "texts have no {}; they neither vote nor count"  # fmt: skip
        notes.append(f"{missing:,} {said.format(labels.name)} in the accuracy.")
    if alone:
        verb = "label has" if alone == 1 else "labels have"
        notes.append(f"{alone:,} {verb} one text only, which no neighbour can name right.")
    return notes


def _across_notes(items: Items) -> list[str]:
    """Labels that no text of another value can tell."""
    labels, values = items.labels, items.across
    if labels is None or values is None:
        return []
    both = (labels.codes >= 0) & (values.codes >= 0)
    pairs = np.unique(np.stack([labels.codes[both], values.codes[both]], axis=1), axis=0)
    alone = int((np.bincount(pairs[:, 0], minlength=1) == 1).sum())
    if not alone:
        return []
    verb = "label stands" if alone == 1 else "labels stand"
    return [
        f"{alone:,} {verb} in one {values.name} only, where no neighbour of another {values.name} can name it right."
    ]


def absent_of(measured: Sequence[Measured], items: Items, compared: Compared) -> tuple[str, ...]:
    """What cannot be shown, and why."""
    absent = []
    why_not, movement = compared.why_not, compared.movement
    bare = [space.name for space in measured if space.vectors is None]
    same = [space.name for space in measured if space.flat]
    if bare:
        which = "every space" if len(bare) == len(measured) else ", ".join(map(repr, bare))
        absent.append(f"Trustworthiness, nearest neighbours and kNN accuracy of {which}: {ONLY_COORDINATES}.")
    if same:
        which = "every space" if len(same) == len(measured) else ", ".join(map(repr, same))
        absent.append(f"Trustworthiness, nearest neighbours and kNN accuracy of {which}: {ALL_THE_SAME}.")
    if why_not and why_not not in (ONLY_COORDINATES, ALL_THE_SAME):
        absent.append(f"kNN accuracy: {why_not}.")
    if items.across is not None and compared.why_not_across:
        reason = compared.why_not_across
        if reason not in (ONLY_COORDINATES, ALL_THE_SAME):
            absent.append(f"{accuracy_name(items.across.name)}: {reason}.")
    if movement is None and len(measured) > 1:
        few = (
            "fewer than two spaces have vectors that differ" if same else "fewer than two spaces have vectors"
        )
        reason = few if bare or same else "there are too few texts"
        absent.append(f"What moved between the spaces: {reason}.")
    return tuple(absent)
