"""Hard negatives of a collection or a table of pairs, for whoever trains with them: what ``semascope mine`` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.note import named
from semascope.retrieval.collections.read_beir import read_collection
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.studies.tuned.asking.dividing import learning_splits
from semascope.studies.tuned.asking.mining import mined_among
from semascope.studies.tuned.asking.pair_places import PairPlaces, asked_for
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.retrieval.collections.collection import Collection
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.mine_plan import MinePlan
    from semascope.tuning.contrastive.mined import Mined
    from semascope.types import Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MinedPairs:
    """p pairs with what was mined for each."""

    plan: MinePlan
    collection: Collection
    pairs: PairPlaces
    mined: Mined  # documents as places in the collection
    encoder: str  # what it is called
    splits: tuple[str, ...]  # whose pairs these are
    kept_away: int  # documents that were not looked at, as pairs of other splits ask for them

    def record(self) -> dict[str, Any]:
        """What was found, in numbers."""
        ranks = self.mined.vector_ranks, self.mined.word_ranks
        by_vectors, by_words = (int((found > 0).sum()) for found in ranks)
        both = int(((ranks[0] > 0) & (ranks[1] > 0)).sum())
        return {
            "encoder": self.encoder,
            "splits": list(self.splits),
            "pairs": len(self.pairs),
            "negatives": int(self.mined.counts.sum()),
            "found_by": {"both": both, "vectors": by_vectors - both, "words": by_words - both},
            "pairs_without": int((self.mined.counts == 0).sum()),
            "pairs_with_fewer": int(((self.mined.counts > 0) & (self.mined.counts < self.plan.count)).sum()),
            "left_out": {
                "answers": int(self.mined.answering.sum()),
                "too_near": int(self.mined.too_near.sum()),
                "documents_of_other_splits": self.kept_away,
            },
            "similarity": {
                "answers": float(self.mined.answers.mean()),
                "negatives": float(np.nanmean(self.mined.similarities)) if self.mined.counts.any() else None,
            },
        }

    def table(self) -> pa.Table:
        """A row a pair, in the order of the judgements; lists, the best rank first, empty where nothing was found."""
        queries, documents = self.collection.queries, self.collection.documents
        rows = [
            (
                places[:count].tolist(),
                similar[:count].tolist(),
                vectors[:count].tolist(),
                words[:count].tolist(),
            )
            for places, similar, vectors, words, count in zip(
                self.mined.documents,
                self.mined.similarities,
                self.mined.vector_ranks,
                self.mined.word_ranks,
                self.mined.counts.tolist(),
                strict=True,
            )
        ]
        asked, read = self.pairs.queries.tolist(), self.pairs.documents.tolist()
        texts, numbers, ranks = pa.list_(pa.string()), pa.list_(pa.float64()), pa.list_(pa.int64())
        return pa.table(
            {
                "query_id": pa.array([queries.ids[place] for place in asked], pa.string()),
                "query": pa.array([queries.texts[place] for place in asked], pa.string()),
                "document_id": pa.array([documents.ids[place] for place in read], pa.string()),
                "document": pa.array([documents.texts[place] for place in read], pa.string()),
                "grade": pa.array(self.pairs.grades),
                "similarity": pa.array(self.mined.answers),
                "negatives": pa.array([[documents.texts[place] for place in row[0]] for row in rows], texts),
                "negative_ids": pa.array([[documents.ids[place] for place in row[0]] for row in rows], texts),
                "negative_similarities": pa.array([row[1] for row in rows], numbers),
                "negative_vector_ranks": pa.array([row[2] for row in rows], ranks),
                "negative_word_ranks": pa.array([row[3] for row in rows], ranks),
            }
        )


def mine_pairs(plan: MinePlan, *, store: VectorStore | None, progress: Progress = silent) -> MinedPairs:
    """Hard negatives of the pairs that a plan names.

    Raises
    ------
    ConfigError
        For a split that there is not.
    DataError
        For data that cannot be read, or without a pair.
    EncoderError
        When the encoder fails.
    """
    collection = _read(plan)
    splits = _splits(plan, collection)
    judged = collection.judgements
    everyone = set(collection.queries.ids)
    pairs = PairPlaces.of(collection, judged.of_splits(splits).merged(), everyone).relevant()
    if not len(pairs):
        raise DataError(
            f"{collection.name} has no query with a relevant document{f' in {named(splits)}' if any(splits) else ''}; one pair at least"
            " is needed; give judgements"
        )
    others = judged.of_splits([name for name in dict.fromkeys(judged.splits) if name not in splits])
    labels = Leaks.of(collection).duplicates.near
    away = asked_for(
        collection, PairPlaces.of(collection, others, everyone).relevant(), besides=pairs, labels=labels
    )
    pairs = _sampled(pairs, plan)
    encoder = load_encoder(
        plan.encoder, precision=plan.precision, device=plan.device, trust_remote_code=plan.trust_remote_code
    )
    mined = mined_among(
        collection,
        pairs,
        labels,
        ~away,
        encoder=encoder,
        instruction=plan.sentence,
        settings=plan.mining,
        words=not plan.no_bm25,
        store=store,
        seed=plan.seed,
        progress=progress,
    )
    return MinedPairs(
        plan=plan,
        collection=collection,
        pairs=pairs,
        mined=mined,
        encoder=encoder.name,
        splits=tuple(splits),
        kept_away=int(away.sum()),
    )


def _read(plan: MinePlan) -> Collection:
    if plan.query is None or plan.document is None:
        return read_collection(plan.data, judgements=plan.qrels)
    columns = PairColumns(query=plan.query, document=plan.document, grade=plan.grade, split=plan.split_column)
    return read_pairs(plan.data, columns)


def _splits(plan: MinePlan, collection: Collection) -> list[str]:
    there = list(dict.fromkeys(collection.judgements.splits))
    if not plan.split:
        return learning_splits(collection) or there
    odd = [name for name in plan.split if name not in there]
    if odd:
        known = f"its splits are {named(there)}" if any(there) else "its judgements name no split"
        raise ConfigError(
            f"split is {odd[0]!r}, and {collection.name} has no judgements of it; {known}; name one of them, or leave it out"
        )
    return plan.split


def _sampled(pairs: PairPlaces, plan: MinePlan) -> PairPlaces:
    if plan.limit is None or plan.limit >= len(pairs):
        return pairs
    keep = np.zeros(len(pairs), dtype=bool)
    keep[np.random.default_rng(plan.seed).choice(len(pairs), plan.limit, replace=False)] = True
    return pairs.take(keep)
