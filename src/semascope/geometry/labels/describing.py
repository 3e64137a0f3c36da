"""How labels lie in each space: neighbours' votes, silhouette, cosines, and what differs from the first space.

Letters: n texts, m of them with a label, l labels, k neighbours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.labels.labelled import Labelled
from semascope.geometry.labels.numbers import (
    GAP,
    SILHOUETTE,
    gap_of,
    shuffles,
    space_numbers,
)
from semascope.geometry.labels.separating import WIDE, judge_votes, take_votes, why_unusable
from semascope.geometry.labels.told_space import Told, labels_in_space
from semascope.geometry.labels.voters import nearest_strangers, own_components
from semascope.geometry.labels.widening import Spread, judge_spread
from semascope.neighbors import top_k
from semascope.types import Step, silent
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.numbers import SpaceNumbers
    from semascope.stats.results import Family
    from semascope.types import Ints, Progress, Vectors

K = 10
_FLAT = 1e-6  # of rows that differ by no more in any coordinate nobody is nearer than another


def describe_labels(
    spaces: Mapping[str, Vectors],
    nearest: Mapping[str, Ints],
    codes: Ints,
    names: Sequence[str],
    *,
    label: str,
    halves: Halves,
    components: Ints | None = None,
    k: int = K,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Labelled:
    """The numbers of every space, each with an interval and a floor, and verdicts against the first space.

    Parameters
    ----------
    spaces
        (n, d) rows of unit length by space; the first is what the others are held against.
    nearest
        (n, 30) the nearest texts of each by space, nearest first, itself not among them; fewer columns where there are
        fewer texts.
    codes
        (n,) label of each text, 0 to l - 1; -1 for none: such a text neither votes nor counts.
    names
        (l,) of the labels.
    label
        Name of the column, for the words.
    halves
        Of the n texts, the same for every space: intervals, and how much wider paired differences are than those of
        independent texts.
    components
        (n,) equal numbers for texts that belong together, such as copies, or passages of one document: they have no vote
        for each other, and labels are shuffled by whole components. None: each text on its own.
    k
        Neighbours that vote, fewer where they would be half of the texts or more. A text whose component leaves fewer
        others is told by those, and never right without any.
    margin
        What counts as equal, a difference of any of the measures; None: 0.02, and less near the ends of an accuracy.

    Returns
    -------
    Labelled
        Without spaces, and with the reason, where fewer than two labels have a text, no label has two, or too few texts
        have one. A space whose vectors are all the same is left out, with a note.

    Notes
    -----
    The plain difference of cosines within and across depends on how far the space spreads them: one that squeezes all texts
    into a cone has small ones and may tell the labels as well. So the gap is divided by the distance across, as the silhouette
    divides by distances; the vote looks at their order alone.
    """
    _check(spaces, nearest, codes, names)
    labelled = np.flatnonzero(codes >= 0)
    codes_told = codes[labelled]
    flat = [name for name, vectors in spaces.items() if _is_flat(vectors)]
    used = {name: vectors for name, vectors in spaces.items() if name not in flat}
    together = None if components is None else own_components(components[labelled])
    k = neighbors_measured(len(labelled), k)
    notes = _notes(codes, names, flat, components)
    reason = why_unusable(label, codes_told, k, components=together) or (
        "" if used else "all vectors are the same in every space"
    )
    if reason:
        return Labelled(
            label=label,
            k=0,
            texts=len(labelled),
            largest=np.nan,
            spaces={},
            families={},
            notes=notes,
            reason=reason,
        )
    whole = len(labelled) == len(codes)
    rows = {name: vectors if whole else vectors[labelled] for name, vectors in used.items()}
    lists = {name: nearest[name] if whole else _among(rows[name], WIDE * k, progress) for name in rows}
    lists = {
        name: nearest_strangers(rows[name], each, together, progress=progress) for name, each in lists.items()
    }
    part = halves if whole else replace(halves, block_of=halves.block_of[labelled])
    votes = take_votes(lists, codes_told, k=k, halves=part, progress=progress)
    told = Told(
        texts=len(codes),
        labelled=labelled,
        names=names,
        k=k,
        lists=lists,
        votes=votes,
        halves=part,
        components=together,
    )
    accuracies, knn = judge_votes(votes, margin=margin)
    found = _measured(told, rows, seed, progress)
    return Labelled(
        label=label,
        k=k,
        texts=len(labelled),
        largest=float(np.bincount(codes_told).max() / len(labelled)),
        spaces={name: labels_in_space(told, name, accuracies[name], found[name]) for name in rows},
        families={"knn": knn, **_families(told, found, margin, seed)},
        notes=notes,
    )


def _measured(
    told: Told, rows: Mapping[str, Vectors], seed: int, progress: Progress
) -> dict[str, SpaceNumbers]:
    codes, halves = told.votes.codes, told.halves
    tick = _ticks(progress, len(rows) * (len(halves) + shuffles(len(codes))))
    return {
        name: space_numbers(
            vectors,
            told.lists[name][:, : told.k],
            codes,
            len(told.names),
            halves=halves,
            components=told.components,
            seed=seed,
            tick=tick,
        )
        for name, vectors in rows.items()
    }


def _families(
    told: Told, found: Mapping[str, SpaceNumbers], margin: float | None, seed: int
) -> dict[str, Family]:
    """The verdicts on silhouettes and gaps; none of a number that is undefined on these texts."""
    silhouettes = {name: each.silhouette for name, each in found.items()}
    gaps = {name: each.gap for name, each in found.items()}
    over = {name: each.halves.silhouette for name, each in found.items()}
    over_gaps = {name: gap_of(each.halves.within, each.halves.across) for name, each in found.items()}
    return {
        measure.name: judge_spread(
            Spread(
                per_text=per_text,
                over_halves=halves,
                degrees=told.votes.degrees,
                reason=told.halves.reason,
            ),
            measure=measure,
            margin=margin,
            seed=seed,
        )
        for measure, per_text, halves in ((SILHOUETTE, silhouettes, over), (GAP, gaps, over_gaps))
    }


def _among(vectors: Vectors, wanted: int, progress: Progress) -> Ints:
    """(m, 3 k) nearest among the texts with a label: only they vote, so that every text has k votes."""

    def named(step: Step) -> None:
        progress(replace(step, stage="finding neighbours with a label"))

    return top_k(vectors, vectors, min(wanted, len(vectors) - 1), exclude_self=True, progress=named).indices


def _is_flat(vectors: Vectors) -> bool:
    return bool(len(vectors) and np.ptp(vectors, axis=0).max() <= _FLAT)


def _ticks(progress: Progress, total: int) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(Step(stage="cosines of the labels", done=done, total=total, unit="passes"))

    return tick


def _notes(
    codes: Ints, names: Sequence[str], flat: Sequence[str], components: Ints | None
) -> tuple[str, ...]:
    notes = []
    without = int((codes < 0).sum())
    if without:
        verb = "has" if without == 1 else "have"
        notes.append(f"{without:,} of {count(len(codes), 'text')} {verb} no label and {verb} no vote.")
    alone = [names[code] for code in np.flatnonzero(np.bincount(codes[codes >= 0]) == 1).tolist()]
    if alone:
        what = "label has" if len(alone) == 1 else "labels have"
        notes.append(
            f"{len(alone):,} {what} one text ({listing(alone, limit=3)}): nothing lies within, the silhouette there is 0, and no"
            " vote can be right."
        )
    if components is not None:
        notes += _in_one_group(codes, names, components)
    if flat:
        notes.append(
            f"All vectors are the same in {listing(list(flat))}: no text is nearer than another, so no label is told there."
        )
    return tuple(notes)


def _in_one_group(codes: Ints, names: Sequence[str], components: Ints) -> list[str]:
    """The labels of several texts that all belong together: no vote can be right there."""
    texts = np.bincount(codes[codes >= 0], minlength=len(names))
    parts = np.unique(np.stack([codes, components])[:, codes >= 0], axis=1)[0]
    lone = np.flatnonzero((np.bincount(parts, minlength=len(names)) == 1) & (texts > 1)).tolist()
    if not lone:
        return []
    what = "label stands" if len(lone) == 1 else "labels stand"
    which = listing([names[code] for code in lone], limit=3)
    return [
        f"{len(lone):,} {what} in one group of texts alone, or in copies ({which}): texts that belong together have no vote for"
        " each other, so that no vote can be right."
    ]


def _check(
    spaces: Mapping[str, Vectors], nearest: Mapping[str, Ints], codes: Ints, names: Sequence[str]
) -> None:
    n = len(codes)
    if not spaces:
        raise DataError("there is no space; labels need one or more; name an encoder")
    for name, vectors in spaces.items():
        lists = nearest.get(name)
        if len(vectors) != n or lists is None or len(lists) != n:
            rows = "none" if lists is None else f"{len(lists):,}"
            raise DataError(
                f"space {name!r} has {len(vectors):,} vectors and neighbours of {rows} for {n:,} labels; each text needs one of all; "
                "pass the same texts everywhere"
            )
    if n and not -1 <= int(codes.min()) <= int(codes.max()) < len(names):
        raise DataError(
            f"codes go from {codes.min()} to {codes.max()} for {count(len(names), 'label')}; a code is the place of its label, or -1"
            " for none; pass the names that belong to them"
        )
