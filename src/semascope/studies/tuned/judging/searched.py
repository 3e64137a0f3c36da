"""What tuning is worth to who searches: the base, the tuned encoder, words, and both with words, on the queries that judge.

Queries that ask for a document which was trained on, and those that do not, are judged apart: on the first an encoder may merely
remember.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.encoders.naming import write_asked
from semascope.errors import ConfigError
from semascope.retrieval.collections.sides import Sides
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.words.bm25_settings import is_bm25
from semascope.stats.family import one_family
from semascope.stats.intervals import estimate_scores
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.asking.asked import Asked, spoken_in
from semascope.studies.retrieval.asking.plan import Dense
from semascope.studies.retrieval.asking.prepare import prepare, read_flags
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.searching.searches import Searches
from semascope.studies.tuned.judging.answered import answered_elsewhere, left_out_of
from semascope.studies.tuned.judging.changed import Showing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.retrieval.rankings import Rankings
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.judging.changed import Changed
    from semascope.tuning.start import Start
    from semascope.types import Floats, Mask, Progress

PartName = Literal["unseen", "seen", "all"]
DEPTH: int = Hybrid.model_fields["depth"].default
"""Documents of each part that a hybrid puts together, where nothing deeper is measured."""
SHOWN = 5
"""Queries that got better, and worse, that are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Queries that are judged together."""

    name: PartName
    queries: int
    values: Mapping[str, Estimate]  # of every cell
    verdict: Verdict  # on the tuned encoder against its base; of unseen and seen, Holm over both


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
    choosing: Mapping[str, float] = field(default_factory=dict)
    """The measure of the choosing queries, by cell, over all documents: looks ask for fewer"""

    def part(self, name: PartName) -> Part | None:
        """That of a name, where it has queries."""
        return next((one for one in self.parts if one.name == name), None)


def check_search(plan: TunePlan, name: str, source: str, *, tuned: str) -> None:
    """Refuse, before anything is trained, what ``judge_search`` could not judge afterwards.

    Parameters
    ----------
    name, source
        Of the base.
    tuned
        Source of an encoder that stands for the tuned one.

    Raises
    ------
    ConfigError
        For a name that stands for a way of searching, and settings that do not fit together.
    """
    if is_bm25(plan.name) or is_hybrid(plan.name):
        raise ConfigError(
            f"name is {plan.name!r}, which is a way of searching that the tuned encoder is judged beside; it must be another word;"
            " write for example ours"
        )
    read_flags(_study(plan, name, source, tuned=tuned))


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

    Documents that judgements of another side call relevant for a query are left out of what every cell found for it.

    Parameters
    ----------
    encoder
        Folder of the tuned one.
    seen
        Estimating queries that training has seen, or a relevant document of which.
    """
    prepared = _prepared(plan, start, encoder, collection, divided, leaks, store=store)
    searches = Searches(prepared)
    found = {cell.id: searches.of(cell, progress=progress) for cell in prepared.cells}
    elsewhere = answered_elsewhere(collection, divided)
    runs = {name: left_out_of(one.rankings, elsewhere) for name, one in found.items()}
    asked = _Asked.of(prepared, runs, divided, seen, margin=plan.margin)
    return asked.told({name: cell.costs.seconds_per_1000 for name, cell in found.items()})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """The m estimating queries, in the order of their answer key, and what every cell found for them."""

    prepared: Prepared
    runs: Mapping[str, Rankings]
    queries: Sequence[str]  # (m,)
    seen: Mask  # (m,)
    scores: Mapping[str, Floats]  # by cell, (m,)
    copies: Sequence[int] | None  # (m,)
    margin: float | None
    choosing: Mapping[str, float]

    @classmethod
    def of(
        cls,
        prepared: Prepared,
        runs: Mapping[str, Rankings],
        divided: Divided,
        seen: frozenset[str],
        *,
        margin: float | None,
    ) -> _Asked:
        key, measure = prepared.asked.key_of(divided.estimating), prepared.measure
        return cls(
            prepared=prepared,
            runs=runs,
            queries=key.queries,
            seen=np.array([query in seen for query in key.queries], dtype=bool),
            scores={
                name: score_queries(run, key, [measure]).scores[measure.name] for name, run in runs.items()
            },
            copies=prepared.asked.copies(key),
            margin=margin,
            choosing={
                name: measure.value(
                    score_queries(run, prepared.asked.key_of(divided.choosing), [measure]).scores[
                        measure.name
                    ]
                )
                for name, run in runs.items()
            },
        )

    def told(self, costs: Mapping[str, float]) -> Searched:
        """Seen and unseen queries apart, each with its verdict, and all of them."""
        base, tuned = _named(self.prepared)
        masks: dict[PartName, Mask] = {"unseen": ~self.seen, "seen": self.seen}
        families = {name: self._family(mask, [base, tuned]) for name, mask in masks.items() if mask.any()}
        verdicts = dict(zip(families, one_family(list(families.values())), strict=True))
        everyone = np.ones(len(self.queries), dtype=bool)
        whole = self._family(everyone, list(self.scores))
        parts = [self._part(name, masks[name], verdicts[name][tuned]) for name in families]
        one = families.get("unseen") or whole
        better, worse, same = self._moved(base, tuned)
        showing = Showing(
            prepared=self.prepared,
            base=self.runs[base],
            tuned=self.runs[tuned],
            scores={
                query: (float(before), float(after))
                for query, before, after in zip(
                    self.queries, self.scores[base], self.scores[tuned], strict=True
                )
            },
            seen={query for query, seen in zip(self.queries, self.seen, strict=True) if seen},
        )
        return Searched(
            measure=self.prepared.measure.name,
            documents=len(self.prepared.asked.collection.documents),
            base=base,
            tuned=tuned,
            cells=list(self.scores),
            parts=[*parts, self._part("all", everyone, whole.verdicts[tuned])],
            beside=whole.verdicts,
            test=one.test,
            interval=one.interval,
            better=[showing.of(query) for query in better[:SHOWN]],
            worse=[showing.of(query) for query in worse[:SHOWN]],
            changed=(len(better), len(worse), same),
            costs=costs,
            choosing=self.choosing,
        )

    def _groups(self, mask: Mask) -> list[int] | None:
        return None if self.copies is None else [self.copies[row] for row in np.flatnonzero(mask).tolist()]

    def _family(self, mask: Mask, cells: Sequence[str]) -> Family:
        """Some cells against the base on some queries."""
        return judge_scores(
            {cell: self.scores[cell][mask] for cell in cells},
            baseline=_named(self.prepared)[0],
            measure=self.prepared.measure,
            margin=self.margin,
            groups=self._groups(mask),
            unit="query",
            seed=self.prepared.study.seed,
        )

    def _part(self, name: PartName, mask: Mask, verdict: Verdict) -> Part:
        return Part(
            name=name,
            queries=int(mask.sum()),
            values={
                cell: estimate_scores(
                    values[mask],
                    measure=self.prepared.measure,
                    groups=self._groups(mask),
                    unit="query",
                    seed=self.prepared.study.seed,
                )
                for cell, values in self.scores.items()
            },
            verdict=verdict,
        )

    def _moved(self, base: str, tuned: str) -> tuple[list[str], list[str], int]:
        """Queries that got better, and worse, the most first; and how many stayed."""
        moved = self.scores[tuned] - self.scores[base]
        order = np.argsort(-moved, kind="stable").tolist()
        better = [self.queries[row] for row in order if moved[row] > 0]
        worse = [self.queries[row] for row in reversed(order) if moved[row] < 0]
        return better, worse, int((moved == 0).sum())


def hybrids_of(*names: str, cutoff: int | None = None) -> list[str]:
    """What puts each encoder and words together, as deep as is measured; none for a name that cannot stand in one."""
    deep = f",depth={cutoff}" if cutoff is not None and cutoff > DEPTH else ""
    written = [f"hybrid:{name}+bm25{deep}" for name in names]
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
    return prepare(
        _study(plan, start.encoder.name, start.encoder.source, tuned=str(encoder.absolute())),
        store=store,
        device=start.encoder.device,
        trust_remote_code=start.trust_remote_code,
        read=lambda study, runs: asked,
    )


def _study(plan: TunePlan, name: str, source: str, *, tuned: str) -> RetrievalStudy:
    """The flags of it; ``tuned`` is the source of the tuned encoder."""
    return RetrievalStudy.from_mapping(
        {
            "data": plan.data,
            "query": plan.query,
            "document": plan.document,
            "grade": plan.grade,
            "encoder": [
                write_asked(name, source),
                f"{plan.name}={tuned}",
                *hybrids_of(name, plan.name, cutoff=query_measure(plan.measure).cutoff),
            ],
            "instruction": plan.instruction,
            "measure": plan.measure,
            "margin": plan.margin,
            "seed": plan.seed,
            "precision": plan.precision,
        }
    )


def _named(prepared: Prepared) -> tuple[str, str]:
    """Ids of the cells of the base and of the tuned encoder."""
    dense = [cell.id for cell in prepared.cells if isinstance(cell, Dense)]
    return dense[0], dense[1]
