"""Two spaces of the same texts held against each other, in one call. Letters: n texts, d dim, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.halves import draw_halves
from semascope.maps.colouring.labelling import make_labels
from semascope.plain import plain
from semascope.spaces.preparing import Space, prepare
from semascope.studies.geometry.comparing.all_pairs import compare_all
from semascope.studies.geometry.comparing.best import judge_best, nearest_listed
from semascope.studies.geometry.judging.sides import rows_together
from semascope.studies.geometry.telling.comparing import changed_sentences, pair_sentences
from semascope.studies.geometry.telling.separating import best_sentence
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.geometry.comparing.compared import BestSpace, PairCompared
    from semascope.types import Array, Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SpacesCompared:
    """Two spaces held against each other."""

    numbers: PairCompared  # places of texts are those in the arrays that were given
    labels: BestSpace | None  # whose neighbours tell the labels better; None without labels that can be told
    sentences: tuple[str, ...]  # the answer, most important first
    changed: tuple[str, ...]  # the texts whose neighbours differ most, in words
    notes: tuple[str, ...]  # what a reader must know: rows left out, labels that tell nothing

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return self.sentences[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``json`` can write; what is unknown is null."""
        written: dict[str, Any] = plain(self)
        return {"sentence": self.sentence, **written}


def compare_spaces(
    first: Array,
    second: Array,
    *,
    texts: Sequence[str] | None = None,
    labels: Sequence[object] | None = None,
    k: int = 10,
    groups: Sequence[object] | None = None,
    first_name: str = "first",
    second_name: str = "second",
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> SpacesCompared:
    """How two spaces of the same texts differ: shared neighbours, debiased CKA, Procrustes residual, what moved.

    Parameters
    ----------
    first, second
        (n, d1) and (n, d2) vectors of any length: directions are compared, in the full dimension. A row that is not
        finite or is zero in one of them is left out of both, and named in ``notes``.
    texts
        (n,) for the sentences about what moved; None: rows are named by their numbers.
    labels
        (n,) of any values, None or "" where there is none: whose neighbours tell them better is then judged.
    k
        Neighbours looked at, fewer where they would be half of all texts or more.
    groups
        (n,) such as the document of each text: whole groups are drawn where an interval is taken, and texts of one have
        no vote for each other's label. Copies are treated alike.
    first_name, second_name
        What the sentences call the spaces.
    margin
        Difference of accuracies that counts as none; None: 0.02, less near 0 and 1.
    seed
        Of halves and orders that are drawn.

    Raises
    ------
    ConfigError, DataError
        Shapes that do not fit, equal names, or no row that both spaces place.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> vectors = rng.standard_normal((200, 8))
    >>> turned = vectors @ np.linalg.qr(rng.standard_normal((8, 8)))[0]
    >>> compare_spaces(vectors, turned, first_name="old", second_name="turned").sentence
    "'old' and 'turned' are one space turned: every text has the same 10 nearest texts in both."
    """
    n = len(np.asarray(first))
    spaces = [Space(name=first_name, vectors=first), Space(name=second_name, vectors=second)]
    _check_lengths(n, texts=texts, labels=labels, groups=groups)
    neighbors_measured(n, k)
    prepared = prepare(spaces, np.arange(n))
    kept = prepared.kept
    vectors = {space.name: space.vectors for space in prepared.spaces if space.vectors is not None}
    together = rows_together(
        [""] * len(kept) if texts is None else [texts[row] for row in kept],
        groups=None if groups is None else _numbers_of([groups[row] for row in kept]),
        kinds=prepared.kinds,
    )
    halves = draw_halves(len(kept), groups=together, seed=seed)
    looked_at = neighbors_measured(len(kept), k)
    nearest = {name: nearest_listed(each, looked_at, progress) for name, each in vectors.items()}
    found = compare_all(vectors, nearest, prepared.kinds, halves=halves, k=k, seed=seed, progress=progress)
    pair = found.pairs[second_name]
    best, notes = None, list(prepared.notes)
    if labels is not None:
        told = make_labels("label", [labels[row] for row in kept])
        best, why_not = judge_best(
            vectors,
            nearest,
            told,
            halves=halves,
            components=together,
            k=k,
            margin=margin,
            seed=seed,
            progress=progress,
        )
        notes += [f"The labels tell nothing of the spaces: {why_not}."] if why_not else []
    sentences = [*pair_sentences(pair), *([best_sentence(best)] if best else [])]
    pair = _numbered(pair, kept)
    return SpacesCompared(
        numbers=pair,
        labels=best,
        sentences=tuple(sentences),
        changed=tuple(changed_sentences(pair, texts)),
        notes=tuple(notes),
    )


def _numbers_of(groups: Sequence[object]) -> list[str]:
    """(n,) a number for each group, as text: groups may be of any values."""
    known: dict[object, int] = {}
    return [str(known.setdefault(group, len(known))) for group in groups]


def _check_lengths(n: int, **given: Sequence[object] | None) -> None:
    for name, values in given.items():
        if values is not None and len(values) != n:
            raise DataError(
                f"{name} has {len(values):,} entries for {n:,} rows; it needs one a row; pass it in the rows' order"
            )


def _numbered(pair: PairCompared, kept: Ints) -> PairCompared:
    """With the rows of the arrays given in place of those of the texts that were kept."""

    def rows(places: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(kept[list(places)].tolist())

    changed = tuple(
        replace(each, place=int(kept[each.place]), first=rows(each.first), second=rows(each.second))
        for each in pair.changed
    )
    return replace(pair, changed=changed)
