"""How labels lie in the base and in the tuned encoder: the same texts before and after, labels that were trained on apart.

Letters: n texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from semascope.data.odd import is_empty
from semascope.data.spellings import join_spellings
from semascope.embedding.path import embed
from semascope.errors import DataError
from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.describing import K, describe_labels
from semascope.geometry.labels.separating import WIDE
from semascope.maps.colouring.labelling import make_labels
from semascope.neighbors import top_k
from semascope.stats.family import one_family
from semascope.stats.results import Verdict
from semascope.studies.geometry.asking.plan import NO_REMEDY, GeometryPlan
from semascope.studies.geometry.judging.copies import of_copies
from semascope.studies.geometry.judging.sides import rows_together
from semascope.studies.tuned.judging.general_task import BASE, TUNED
from semascope.studies.tuned.judging.turned import is_turned
from semascope.studies.tuned.judging.unseen import seen_texts
from semascope.types import silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.geometry.labels.labelled import Labelled
    from semascope.geometry.measured import Measured
    from semascope.maps.contents import Labels
    from semascope.store.vectors import VectorStore
    from semascope.types import Ints, Mask, Progress, Vectors

Which = Literal["all", "trained", "unseen"]
_FEWEST = 3  # texts of which each has neighbours to choose from
_WITHOUT_VERDICT = ("within", "across")
"""Cosines that all rise, or all fall, tell no label better: only the two together do, as the gap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeAfter:
    """One number in both encoders, each with its interval and its floor."""

    name: str  # in a reader's words: "kNN accuracy"
    before: Measured
    after: Measured
    verdict: (
        Verdict | None
    )  # after against before, paired by text; None of a number of which more is not better


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The texts of some labels, told apart among themselves."""

    which: Which  # "trained": labels that the tuned encoder learnt from; "unseen": the others
    labels: int
    texts: int
    k: int  # neighbours that vote; 0 where none can
    largest: float  # share of the most frequent label: what always naming it would reach
    numbers: Mapping[
        str, BeforeAfter
    ]  # "knn", "silhouette", "gap", "within", "across"; none where ``reason`` says why
    test: str  # how the verdict on neighbours was reached
    notes: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Separation:
    """Before and after. The verdicts on neighbours are corrected over the parts by Holm."""

    label: str  # name of the column
    parts: tuple[Part, ...]  # all texts first
    left_out: int  # texts that an encoder was tuned on, near copies included
    rows: Ints  # places of the texts that were looked at, among those given

    def part(self, which: Which) -> Part | None:
        """That part; None where there is none."""
        return next((part for part in self.parts if part.which == which), None)


def separate(
    base: Encoder,
    tuned: Encoder,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    label: str = "label",
    trained: Collection[str] = (),
    groups: Sequence[str] | None = None,
    instruction: str = "",
    k: int = K,
    margin: float | None = None,
    store: VectorStore | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Separation:
    """How well the labels of texts that neither encoder was tuned on separate in both.

    Parameters
    ----------
    base, tuned
        What was tuned, and what came out of it.
    texts
        n; empty ones are left out.
    labels
        n, "" for none: such a text neither votes nor counts.
    label
        Name of the column, for the words.
    trained
        Labels that the tuned encoder learnt from. Where there are others, texts of either sort are told apart among themselves
        besides. Two labels are told apart more easily than twenty: parts are not held against each other.
    groups
        (n,) what belongs together, such as a document: no text votes for another one of its group; "" for a text of its own.
    instruction
        Sentence of the task, before the texts of both.
    k
        Neighbours that vote.
    margin
        What counts as equal, a difference of any measure; None: 0.02, less near the ends of an accuracy.

    Returns
    -------
    Separation
        Accuracy of the k nearest neighbours' vote, silhouette, mean cosines within and across labels, and the gap between them as a
        share of the distance across.

    Raises
    ------
    DataError
        For as many labels or groups as there are no texts, and where fewer than three texts are left.

    Notes
    -----
    Neighbours vote for each other, so that texts are not independent: verdicts are widened by random halves of the texts
    (``geometry/labels/separating.py``).
    """
    for name, given in (("labels", labels), ("groups", groups)):
        if given is not None and len(given) != len(texts):
            raise DataError(
                f"there are {len(given):,} {name} for {len(texts):,} texts; each text needs one; pass one a text"
            )
    together = rows_together(texts, groups=groups)
    empty = np.array([is_empty(text) for text in texts], dtype=np.bool_)
    seen = seen_texts(texts, rows_together(texts), (base, tuned)) & ~empty
    rows = np.flatnonzero(~seen & ~empty)
    if len(rows) < _FEWEST:
        raise DataError(
            f"{count(len(rows), 'text is', 'texts are')} left, {int(seen.sum()):,} were tuned on; neighbours need {_FEWEST}; give texts that"
            " were not trained on"
        )
    kept = [texts[row] for row in rows.tolist()]
    spaces = {
        name: embed(
            kept, encoder=encoder, instruction=instruction, store=store, numbers=rows, progress=progress
        ).vectors
        for name, encoder in ((BASE, base), (TUNED, tuned))
    }
    named = make_labels(label, [labels[row] for row in rows.tolist()])
    found = {
        which: _described(
            spaces,
            named,
            keep,
            together[rows],
            copies=groups is None,
            k=k,
            margin=margin,
            seed=seed,
            progress=progress,
        )
        for which, keep in _parts(named, trained)
    }
    judged = [which for which, each in found.items() if each.families]
    corrected = one_family([found[which].families["knn"] for which in judged])
    verdicts = {which: own[TUNED] for which, own in zip(judged, corrected, strict=True) if TUNED in own}
    turned = is_turned([spaces[BASE]], [spaces[TUNED]], seed=seed)
    return Separation(
        label=label,
        parts=tuple(_part(which, each, verdicts.get(which), turned=turned) for which, each in found.items()),
        left_out=int(seen.sum()),
        rows=rows,
    )


def geometry_plan_for(
    base: str,
    tuned: Path,
    data: Path | str,
    *,
    text: Sequence[str],
    label: str,
    group: str | None = None,
    names: tuple[str, str] = (BASE, TUNED),
    **settings: Any,
) -> GeometryPlan:
    """What draws both encoders: ``reports/geometry/run.py:complete_geometry`` of it writes pictures, neighbours and confusions.

    Its numbers are of all texts of the file, seen ones too. For those of ``separate`` give ``describe_geometry`` the rows alone:
    ``table.take(separation.rows)``, with the settings of this plan.

    Parameters
    ----------
    base
        What loads the base.
    tuned
        Folder of the tuned encoder.
    text, label, group
        Columns of the data.
    names
        What the two are called.
    **settings
        Others of ``GeometryPlan``: ``limit``, ``seed``, ``instruction``.

    Examples
    --------
    >>> plan = geometry_plan_for("minilm", Path("runs/a/encoder"), "news.jsonl", text=["text"], label="topic")
    >>> plan.encoder[0], plan.compare, plan.remedy
    ('base=minilm', True, ['none'])
    """
    before, after = names
    return GeometryPlan.from_mapping(
        {
            "data": Path(data),
            "text": list(text),
            "label": label,
            "group": group,
            "encoder": [f"{before}={base}", f"{after}={Path(tuned).expanduser().resolve()}"],
            "compare": True,
            "remedy": [NO_REMEDY],
            **settings,
        }
    )


def _parts(named: Labels, trained: Collection[str]) -> Iterable[tuple[Which, Mask]]:
    """All texts, and those of labels that were trained on and of others, where there are both."""
    has = named.codes >= 0
    yield "all", np.ones(len(has), dtype=np.bool_)
    known = set(join_spellings(trained).values)
    learnt = np.array([name in known for name in named.names], dtype=np.bool_)
    if learnt.any() and not learnt.all():
        of_learnt = has & learnt[named.codes]
        yield "trained", of_learnt
        yield "unseen", has & ~of_learnt


def _described(
    spaces: Mapping[str, Vectors],
    named: Labels,
    keep: Mask,
    together: Ints,
    *,
    copies: bool,
    k: int,
    margin: float | None,
    seed: int,
    progress: Progress,
) -> Labelled:
    rows = {name: vectors[keep] for name, vectors in spaces.items()}
    halves = draw_halves(int(keep.sum()), groups=together[keep], seed=seed)
    if copies:
        halves = replace(halves, reason=of_copies(halves.reason))
    return describe_labels(
        rows,
        {name: _nearest(vectors, k, progress) for name, vectors in rows.items()},
        named.codes[keep],
        named.names,
        label=named.name,
        halves=halves,
        components=together[keep],
        k=k,
        margin=margin,
        seed=seed,
        progress=progress,
    )


def _nearest(vectors: Vectors, k: int, progress: Progress) -> Ints:
    """(n, 3 k) the nearest of every text, itself not among them; fewer where there are fewer."""
    listed = min(WIDE * k, len(vectors) - 1)
    if listed < 1:
        return np.empty((len(vectors), 0), dtype=np.int64)
    return top_k(vectors, vectors, listed, exclude_self=True, progress=progress).indices


def _part(which: Which, found: Labelled, knn: Verdict | None, *, turned: bool) -> Part:
    told = found.spaces
    numbers = {}
    if BASE in told and TUNED in told:
        verdicts = {name: family.verdicts[TUNED] for name, family in found.families.items()}
        verdicts |= {} if knn is None else {"knn": knn}
        if turned:
            verdicts = {name: _of_one_space(verdict) for name, verdict in verdicts.items()}
        for name in ("knn", "silhouette", "gap", *_WITHOUT_VERDICT):
            before, after = getattr(told[BASE], name), getattr(told[TUNED], name)
            numbers[name] = BeforeAfter(
                name=before.name, before=before, after=after, verdict=verdicts.get(name)
            )
    labels = {one.name for space in told.values() for one in space.labels}
    return Part(
        which=which,
        labels=len(labels),
        texts=found.texts,
        k=found.k,
        largest=found.largest,
        numbers=numbers,
        test=found.families["knn"].test if "knn" in found.families else "",
        notes=found.notes,
        reason=found.reason or _why_no_numbers(told),
    )


def _of_one_space(verdict: Verdict) -> Verdict:
    """That of a space that is the base under another name: what differs is rounding."""
    return Verdict.of_nothing("equivalent", margin=verdict.margin, n=verdict.n, groups=verdict.groups)


def _why_no_numbers(told: Collection[str]) -> str:
    """Which encoder has one vector for all texts; "" for neither."""
    flat = [name for name in (BASE, TUNED) if name not in told]
    return f"all vectors of the {'base' if flat == [BASE] else 'tuned encoder'} are the same" if flat else ""
