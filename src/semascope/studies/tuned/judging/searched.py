"""What tuning is worth to who searches: the base, the tuned encoder, words, and both with words, on the queries that judge.

Queries that ask for a document which was trained on, and those that do not, are judged apart: on the first an encoder may merely
remember.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.encoders.naming import write_asked
from semascope.retrieval.collections.sides import Sides
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.stats.family import one_family
from semascope.stats.intervals import estimate_scores
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.asking.asked import Asked, spoken_in
from semascope.studies.retrieval.asking.plan import Dense
from semascope.studies.retrieval.asking.prepare import prepare
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.searching.searches import Searches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.retrieval.rankings import Rankings
    from semascope.stats.results import Estimate, Verdict
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.tuning.start import Start
    from semascope.types import Floats, Progress

PartName = Literal["unseen", "seen", "all"]
SHOWN = 5
"""Queries that got better, and worse, that are shown."""
_LISTED = 3  # documents of a list that are shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Queries that are judged together."""

    name: PartName
    queries: int
    values: Mapping[str, Estimate]  # of every cell
    verdict: Verdict  # on the tuned encoder against its base; of unseen and seen, Holm over both


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One document that was found."""

    id: str
    text: str
    relevant: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """One query, before and after."""

    query: str  # id
    text: str
    seen: bool
    base: float
    tuned: float
    base_rank: int | None  # of its first relevant document; None beyond what was looked at
    tuned_rank: int | None
    answer: Listed
    base_found: Sequence[Listed]  # the first ones
    tuned_found: Sequence[Listed]


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """All that the judging queries say. Cells are named as a study of retrieval names them."""

    measure: str
    documents: int
    base: str
    tuned: str
    cells: Sequence[str]  # words, base, tuned, and both with words
    parts: Sequence[Part]  # unseen and seen where there are any, and all
    beside: Mapping[str, Verdict]  # on all queries: every cell against the base
    test: str
    interval: str
    better: Sequence[Changed]  # most first
    worse: Sequence[Changed]
    changed: tuple[int, int, int]  # queries that got better, worse, and did not change
    costs: Mapping[str, float]  # by cell, seconds that 1,000 queries take

    def part(self, name: PartName) -> Part | None:
        """That of a name, where it has queries."""
        return next((one for one in self.parts if one.name == name), None)


def judge_search(
    plan: TunePlan,
    start: Start,
    encoder: Path,
    collection: Collection,
    divided: Divided,
    leaks: Leaks,
    *,
    seen: frozenset[str],
    store: VectorStore,
    progress: Progress,
) -> Searched:
    """Base, tuned, words and hybrids on the estimating queries.

    Parameters
    ----------
    encoder
        Folder of the tuned one.
    seen
        Estimating queries that training has seen, or a relevant document of which.
    """
    prepared = _prepared(plan, start, encoder, collection, divided, leaks, store=store)
    base, tuned = _named(prepared)
    searches = Searches(prepared)
    found = {cell.id: searches.of(cell, progress=progress) for cell in prepared.cells}
    runs = {name: one.rankings for name, one in found.items()}
    key = prepared.asked.key_of(divided.estimating)
    measure, seed = prepared.measure, plan.seed
    scores = {name: score_queries(run, key, [measure]).scores[measure.name] for name, run in runs.items()}
    copies = prepared.asked.copies(key)
    is_seen = np.array([query in seen for query in divided.estimating], dtype=bool)
    masks = {"unseen": ~is_seen, "seen": is_seen}
    families = {}
    for name, mask in masks.items():
        if mask.any():
            families[name] = judge_scores(
                {base: scores[base][mask], tuned: scores[tuned][mask]},
                baseline=base,
                measure=measure,
                margin=plan.margin,
                groups=None if copies is None else [copies[row] for row in np.flatnonzero(mask)],
                unit="query",
                seed=seed,
            )
    verdicts = dict(zip(families, one_family(list(families.values())), strict=True))
    whole = judge_scores(
        scores, baseline=base, measure=measure, margin=plan.margin, groups=copies, unit="query", seed=seed
    )

    def part(name: PartName, mask: np.ndarray, verdict: Verdict) -> Part:
        groups = None if copies is None else [copies[row] for row in np.flatnonzero(mask)]
        return Part(
            name=name,
            queries=int(mask.sum()),
            values={
                cell: estimate_scores(values[mask], measure=measure, groups=groups, unit="query", seed=seed)
                for cell, values in scores.items()
            },
            verdict=verdict,
        )

    parts = [part(name, masks[name], verdicts[name][tuned]) for name in families]  # type: ignore[arg-type]
    parts.append(part("all", np.ones(len(is_seen), dtype=bool), whole.verdicts[tuned]))
    moved = scores[tuned] - scores[base]
    order = np.argsort(-moved, kind="stable")
    shown = _Showing(prepared, divided, runs[base], runs[tuned], scores[base], scores[tuned], is_seen)
    up, down = [row for row in order if moved[row] > 0], [row for row in order[::-1] if moved[row] < 0]
    one = families.get("unseen") or whole
    return Searched(
        measure=measure.name,
        documents=len(collection.documents),
        base=base,
        tuned=tuned,
        cells=list(scores),
        parts=parts,
        beside=whole.verdicts,
        test=one.test,
        interval=one.interval,
        better=[shown.of(int(row)) for row in up[:SHOWN]],
        worse=[shown.of(int(row)) for row in down[:SHOWN]],
        changed=(len(up), len(down), int((moved == 0).sum())),
        costs={name: cell.costs.seconds_per_1000 for name, cell in found.items()},
    )


def hybrids_of(*names: str) -> list[str]:
    """What puts each encoder and words together; none for a name that cannot stand in one."""
    written = [f"hybrid:{name}+bm25" for name in names]
    return written if all("+" not in name and "," not in name for name in names) else []


def _prepared(
    plan: TunePlan,
    start: Start,
    encoder: Path,
    collection: Collection,
    divided: Divided,
    leaks: Leaks,
    *,
    store: VectorStore,
) -> Prepared:
    """A study of retrieval on these sides, whatever an encoder has seen: that is told apart here."""
    language, profile = spoken_in(collection)
    asked = Asked(
        collection=collection,
        leaks=leaks,
        sides=Sides(
            how="given",
            choosing=divided.choosing,
            estimating=divided.estimating,
            left_out=(),
            judgements=divided.judgements,
        ),
        language=language,
        languages=profile,
    )
    study = RetrievalStudy.from_mapping(
        {
            "data": plan.data,
            "query": plan.query,
            "document": plan.document,
            "grade": plan.grade,
            "encoder": [
                write_asked(start.encoder.name, start.encoder.source),
                f"{plan.name}={encoder.absolute()}",
                *hybrids_of(start.encoder.name, plan.name),
            ],
            "instruction": plan.instruction,
            "measure": plan.measure,
            "margin": plan.margin,
            "seed": plan.seed,
            "precision": plan.precision,
        }
    )
    return prepare(
        study,
        store=store,
        device=start.encoder.device,
        trust_remote_code=start.trust_remote_code,
        read=lambda study, runs: asked,
    )


def _named(prepared: Prepared) -> tuple[str, str]:
    """Ids of the cells of the base and of the tuned encoder."""
    dense = [cell.id for cell in prepared.cells if isinstance(cell, Dense)]
    return dense[0], dense[1]


@dataclass(frozen=True, slots=True)
class _Showing:
    """Queries with what was found for them, before and after."""

    prepared: Prepared
    divided: Divided
    base: Rankings
    tuned: Rankings
    base_scores: Floats
    tuned_scores: Floats
    seen: np.ndarray

    def of(self, row: int) -> Changed:
        query = self.divided.estimating[row]
        relevant = {
            document
            for one, document, grade in zip(
                self.divided.judgements.queries,
                self.divided.judgements.documents,
                self.divided.judgements.grades.tolist(),
                strict=True,
            )
            if one == query and grade > 0
        }
        at = int(self.prepared.asked.rows(self.prepared.asked.key_of([query]))[0])
        before, after = self.base.listed(at), self.tuned.listed(at)
        ranks = [
            next((rank for rank, (name, _) in enumerate(listed, 1) if name in relevant), None)
            for listed in (before, after)
        ]
        first = next(
            (name for listed in (after, before) for name, _ in listed if name in relevant), min(relevant)
        )
        return Changed(
            query=query,
            text=self.prepared.asked.queries[query],
            seen=bool(self.seen[row]),
            base=float(self.base_scores[row]),
            tuned=float(self.tuned_scores[row]),
            base_rank=ranks[0],
            tuned_rank=ranks[1],
            answer=self._listed(first, relevant),
            base_found=[self._listed(name, relevant) for name, _ in before[:_LISTED]],
            tuned_found=[self._listed(name, relevant) for name, _ in after[:_LISTED]],
        )

    def _listed(self, name: str, relevant: set[str]) -> Listed:
        documents = self.prepared.asked.collection.documents
        return Listed(id=name, text=documents.texts[documents.ids.index(name)], relevant=name in relevant)
