"""What a trainer is given of the learning side: texts, and the places of pairs and wrong answers among them.

Letters: q distinct texts of queries, n distinct texts of documents, p pairs, h hard negatives of a pair at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates, normalise
from semascope.data.odd import is_empty
from semascope.data.spellings import join_spellings
from semascope.errors import DataError
from semascope.retrieval.collections.note import counted, note_of
from semascope.studies.tuned.asking.pair_places import (
    PairPlaces,
    kept_away,
    known_answers,
    learning_pairs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.retrieval.collections.note import Note
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.tuning.contrastive.mined import Mined
    from semascope.types import Floats, Ints, Mask

NO_ROLE = "none"
"""Role of a pair of which the column of roles says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learnt:
    """Pairs to learn from."""

    queries: tuple[str, ...]  # (q,)
    documents: tuple[str, ...]  # (n,) answers, and hard negatives
    pair_queries: Ints  # (p,) places among the queries
    pair_documents: Ints  # (p,) places among the documents
    negatives: Ints  # (p, h) places among the documents, -1 behind the last
    weights: Floats  # (p,) grade / highest grade
    roles: tuple[str, ...]  # (p,) "" where none were asked for
    query_groups: Ints  # (q,) near-copies have one number
    document_groups: Ints  # (n,) likewise
    known: frozenset[tuple[int, int]]  # groups of a query and of a document that is no wrong answer to it
    notes: tuple[Note, ...] = ()


def learnt_pairs(
    collection: Collection,
    divided: Divided,
    leaks: Leaks,
    *,
    roles: Mapping[tuple[str, str], str] | None = None,
    negatives: Mined | None = None,
    given_negatives: Mapping[str, Sequence[str]] | None = None,
) -> Learnt:
    """The learning pairs of a collection, each text once.

    Hard negatives of a pair are, in this order, those given for its query, documents judged 0 for it, and mined ones. Left out
    are what answers the query or a near-copy of it by any judgement, what nearly repeats such a document or the query,
    documents that a choosing or an estimating query asks for, and repetitions.

    Parameters
    ----------
    roles
        What each pair is to the study by the ids of its query and its document, as ``roles_in`` and ``roles_of`` give it. An
        empty or a missing one is "none".
    negatives
        As ``mined_for`` gives them for the same collection and sides.
    given_negatives
        Texts by the id of their query, as ``negatives_in`` gives them.

    Raises
    ------
    DataError
        Where no pair has a text on either side; for mined rows of other pairs.
    """
    pairs = learning_pairs(collection, divided)
    if negatives is not None and len(negatives.documents) != len(pairs):
        raise DataError(
            f"hard negatives were mined of {len(negatives.documents)} pairs, and {len(pairs)} learn; they must be those of the same sides;"
            " mine them again"
        )
    texts = _Texts(collection, leaks, given_negatives or {})
    wrong = _judged_wrong(collection, divided)
    kept, merged = _distinct(texts, pairs)
    if not len(kept):
        raise DataError(
            f"{collection.name} has no pair to learn of which query and document have a text; one at least is needed; fill them"
        )
    known = _known(collection, pairs, texts)
    chosen = _Negatives(texts, known, kept_away(collection, divided, texts.labels))
    hard: list[list[int]] = []
    for pair in kept.tolist():
        query = int(pairs.queries[pair])
        hard.append(
            chosen.of(
                query,
                [
                    *texts.given.get(query, ()),
                    *wrong.get(query, ()),
                    *(
                        []
                        if negatives is None
                        else negatives.documents[pair, : negatives.counts[pair]].tolist()
                    ),
                ],
            )
        )
    named, role_notes = _roles(collection, pairs, kept, roles)
    return _assembled(texts, pairs, kept, hard, known, named, (*merged, *role_notes, *chosen.notes()))


def _judged_wrong(collection: Collection, divided: Divided) -> dict[int, list[int]]:
    """Documents judged 0 by the place of their query."""
    judged = PairPlaces.of(collection, divided.judgements, set(divided.learning))
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero(judged.grades == 0).tolist():
        found.setdefault(int(judged.queries[row]), []).append(int(judged.documents[row]))
    return found


class _Texts:
    """Documents of a collection, then texts that were given beside, and queries; with labels of near-copies."""

    def __init__(self, collection: Collection, leaks: Leaks, given: Mapping[str, Sequence[str]]) -> None:
        self.queries = collection.queries.texts
        self.documents = list(collection.documents.texts)
        count = len(self.documents)
        place_of: dict[str, int] = {}
        for place, text in enumerate(self.documents):
            place_of.setdefault(normalise(text), place)
        query_place = {name: place for place, name in enumerate(collection.queries.ids)}
        self.given: dict[int, list[int]] = {}
        for name, texts in given.items():
            for text in texts:
                if (place := place_of.setdefault(normalise(text), len(self.documents))) == len(
                    self.documents
                ):
                    self.documents.append(text)
                self.given.setdefault(query_place[name], []).append(place)
        outside = self.documents[count:]
        labels = leaks.duplicates.near
        if outside:  # one of them may nearly repeat a document, and join what was apart
            labels = find_duplicates([*self.documents[:count], *self.queries, *outside]).near
        self.labels = labels[: count + len(self.queries)]
        self.document_labels = np.concatenate([labels[:count], labels[count + len(self.queries) :]])
        self.query_labels = labels[count : count + len(self.queries)]
        self.count = count


class _Negatives:
    """Which documents may be wrong answers to a query, and how many may not."""

    def __init__(self, texts: _Texts, known: frozenset[tuple[int, int]], away: Mask) -> None:
        self.texts, self.known = texts, known
        self.away = set(texts.document_labels[: texts.count][away].tolist())
        self.answering: list[str] = []
        self.held_out: list[str] = []

    def of(self, query: int, places: Sequence[int]) -> list[int]:
        group = int(self.texts.query_labels[query])
        kept: dict[int, int] = {}
        for place in places:
            label = int(self.texts.document_labels[place])
            if is_empty(self.texts.documents[place]):
                continue
            if (group, label) in self.known or label == group:
                self.answering.append(self.texts.documents[place])
            elif label in self.away:
                self.held_out.append(self.texts.documents[place])
            else:
                kept.setdefault(label, place)
        return list(kept.values())

    def notes(self) -> list[Note]:
        answer, held = (list(dict.fromkeys(found)) for found in (self.answering, self.held_out))
        return [
            *note_of(
                "negative that answers",
                answer,
                f"{counted(len(answer), 'document')} given or judged as wrong that answer the query, or nearly repeat what does, were left"
                " out",
                warning=True,
            ),
            *note_of(
                "negative that is asked for",
                held,
                f"{counted(len(held), 'document')} given or judged as wrong that choosing or estimating queries ask for were left out",
            ),
        ]


def _distinct(texts: _Texts, pairs: PairPlaces) -> tuple[Ints, list[Note]]:
    """Places of the pairs of which both have a text, each pair of texts once with its highest grade."""
    best: dict[tuple[str, str], int] = {}
    empty: list[str] = []
    for pair, (query, document) in enumerate(
        zip(pairs.queries.tolist(), pairs.documents.tolist(), strict=True)
    ):
        both = texts.queries[query], texts.documents[document]
        if is_empty(both[0]) or is_empty(both[1]):
            empty.append(both[0] or both[1])
            continue
        before = best.setdefault(both, pair)
        if pairs.grades[pair] > pairs.grades[before]:
            best[both] = pair
    note = f"{counted(len(empty), 'pair')} without the text of a query or of its document {'is' if len(empty) == 1 else 'are'} not learnt"
    return np.array(sorted(best.values()), dtype=np.int64), note_of(
        "pair without text", empty, note, warning=True
    )


def _known(collection: Collection, pairs: PairPlaces, texts: _Texts) -> frozenset[tuple[int, int]]:
    asked = np.unique(pairs.queries)
    answers = known_answers(collection, asked, texts.labels)
    groups = texts.query_labels[answers.queries].tolist()
    own = set(texts.query_labels[asked].tolist()) & set(texts.document_labels.tolist())
    return frozenset(
        [
            *zip(groups, texts.document_labels[answers.documents].tolist(), strict=True),
            *((label, label) for label in own),  # a document that says the same as the query
        ]
    )


def _roles(
    collection: Collection, pairs: PairPlaces, kept: Ints, given: Mapping[tuple[str, str], str] | None
) -> tuple[tuple[str, ...], list[Note]]:
    if given is None:
        return ("",) * len(kept), []
    asked = [collection.queries.ids[place] for place in pairs.queries[kept].tolist()]
    read = [collection.documents.ids[place] for place in pairs.documents[kept].tolist()]
    names = join_spellings([given.get(pair, "") for pair in zip(asked, read, strict=True)]).values
    lacking = [query for query, name in zip(asked, names, strict=True) if not name]
    text = (
        f"{counted(len(lacking), 'pair')} without a role {'has' if len(lacking) == 1 else 'have'} the role {NO_ROLE!r};"
        " queries"
    )
    return tuple(name or NO_ROLE for name in names), note_of("pair without role", lacking, text)


def _assembled(
    texts: _Texts,
    pairs: PairPlaces,
    kept: Ints,
    hard: Sequence[Sequence[int]],
    known: frozenset[tuple[int, int]],
    roles: tuple[str, ...],
    notes: tuple[Note, ...],
) -> Learnt:
    asked, read = pairs.queries[kept].tolist(), pairs.documents[kept].tolist()
    read_places = [*read, *(place for places in hard for place in places)]
    query_rows, query_groups = _numbered(texts.queries, texts.query_labels, asked)
    document_rows, document_groups = _numbered(texts.documents, texts.document_labels, read_places)
    negatives = np.full((len(kept), max(map(len, hard), default=0)), -1, dtype=np.int64)
    for row, places in enumerate(hard):
        negatives[row, : len(places)] = [document_rows[texts.documents[place]] for place in places]
    grades = pairs.grades[kept]
    return Learnt(
        queries=tuple(query_rows),
        documents=tuple(document_rows),
        pair_queries=np.array([query_rows[texts.queries[place]] for place in asked], dtype=np.int64),
        pair_documents=np.array([document_rows[texts.documents[place]] for place in read], dtype=np.int64),
        negatives=negatives,
        weights=grades / grades.max(),
        roles=roles,
        query_groups=query_groups,
        document_groups=document_groups,
        known=known,
        notes=notes,
    )


def _numbered(texts: Sequence[str], labels: Ints, places: Sequence[int]) -> tuple[dict[str, int], Ints]:
    """The number of each distinct text, in order of appearance, and the groups of these."""
    rows: dict[str, int] = {}
    groups = []
    for place in places:
        if texts[place] not in rows:
            rows[texts[place]] = len(rows)
            groups.append(int(labels[place]))
    return rows, np.array(groups, dtype=np.int64)
