"""Why queries of the advised cell fail: reasons counted, with examples and what the other cells did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.failures import REASONS, Corpus, cause_of
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.words.shared_words import SharedWords
from semascope.retrieval.words.tokens import NONE, WordReader
from semascope.studies.retrieval.asking.plan import Words
from semascope.studies.retrieval.judging.hybrids import parts_of
from semascope.studies.retrieval.telling.shown import Example, Excerpt, Failures, ReasonCount
from semascope.words.texts import CUT, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.failures import Cause
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.judging.judged import Judged
    from semascope.studies.retrieval.telling.standing import Lists
    from semascope.studies.task import Records
    from semascope.types import Mask

FIRST = 10  # documents looked at where the measure has no cutoff
EXAMPLES = 4  # of one reason, each about another document
ABOVE = 3  # documents shown above the relevant one
LONGEST = 420  # characters of an excerpt
LONGEST_QUERY = 6_000
SAME = 1e-9


def find_failures(prepared: Prepared, judged: Judged, records: Records, lists: Lists) -> Failures:
    """The estimating queries that the advised cell answers badly, one reason each."""
    cell = judged.choice.advised
    cutoff = min(prepared.measure.cutoff or FIRST, prepared.kept)
    answered = _answered(prepared, judged, cutoff)
    missed: Mask = ~answered[cell]
    best = np.max([scores for name, scores in judged.scores.items()], axis=0)
    behind: Mask = ~missed & (judged.scores[cell] < best - SAME)
    looking = _Looking(
        prepared=prepared, cell=cell, lists=lists, corpus=_corpus(prepared, records, cell), cutoff=cutoff
    )
    has_texts = any(prepared.asked.collection.documents.texts)
    failing = np.flatnonzero(missed | behind).tolist() if has_texts else []
    causes = {at: looking.cause(at) for at in failing}
    others = {name: found for name, found in answered.items() if name != cell}
    counts = []
    examples: list[Example] = []
    for reason in REASONS:
        having = [at for at, cause in causes.items() if cause is not None and cause.reason == reason]
        if not having:
            continue
        gone = [at for at in having if missed[at]]
        counts.append(
            ReasonCount(
                reason=reason,
                missed=len(gone),
                behind=len(having) - len(gone),
                found_by={name: int(found[gone].sum()) for name, found in others.items()},
            )
        )
        shown = sorted(having, key=lambda at: (not missed[at], judged.scores[cell][at] - best[at]))
        of_document = {cause.document: at for at in reversed(shown) if (cause := causes[at]) is not None}
        examples += [
            looking.example(at, cause, missed=bool(missed[at]))
            for at in [at for at in shown if at in of_document.values()][:EXAMPLES]
            if (cause := causes[at]) is not None
        ]
    return Failures(
        cell=cell,
        cutoff=cutoff,
        missed=int(missed.sum()),
        behind=int(behind.sum()),
        order_only=sum(cause is None for cause in causes.values()),
        found_by={name: int(found[missed].sum()) for name, found in others.items()},
        counts=counts,
        examples=_in_turns(examples),
        topic=prepared.study.slice or "",
        has_texts=has_texts,
    )


def _in_turns(examples: Sequence[Example]) -> list[Example]:
    """The first of every reason, then the second of each, and so on."""
    seen: dict[str, int] = {}
    turns = []
    for one in examples:
        seen[one.reason] = seen.get(one.reason, 0) + 1
        turns.append(seen[one.reason])
    order = sorted(range(len(examples)), key=turns.__getitem__)
    return [examples[at] for at in order]


def _answered(prepared: Prepared, judged: Judged, cutoff: int) -> dict[str, Mask]:
    """By cell, (m,) whether a relevant document stands within the cutoff."""
    success = query_measure(f"Success@{cutoff}")
    key = judged.keys.estimating
    return {
        cell: score_queries(run, key, [success]).scores[success.name] > 0 for cell, run in judged.runs.items()
    }


def _corpus(prepared: Prepared, records: Records, cell: str) -> Corpus:
    asked = prepared.asked
    texts = asked.collection.documents.texts
    place = {name: at for at, name in enumerate(asked.collection.documents.ids)}
    unread = {
        place[name]: (span[0], span[1]) for name, span in _unread(records, cell).items() if name in place
    }
    return Corpus(
        texts=texts,
        copies=asked.leaks.document_copies,
        words=SharedWords.of(texts, _reader(prepared), seed=prepared.study.seed),
        unread=unread,
        topics=asked.topics,
    )


def _reader(prepared: Prepared) -> WordReader:
    """Words as the first BM25 reads them; without one as they stand, so that no reason hangs on a package."""
    words = next((cell for cell in prepared.cells if isinstance(cell, Words)), None)
    return WordReader(cut="words", stopwords=NONE, stemmer=NONE) if words is None else words.settings.reader()


def _unread(records: Records, cell: str) -> dict[str, Sequence[int]]:
    """What a cell's encoder did not read; of a hybrid what an encoder in it did not, the first that cut the document."""
    record = records[cell]
    found: dict[str, Sequence[int]] = dict(record.get("unread", {}))
    for part in parts_of(record) if record["kind"] == "mixed" else ():
        for name, span in _unread(records, part).items():
            found.setdefault(name, span)
    return found


@dataclass(frozen=True, kw_only=True)
class _Looking:
    """The queries of one cell, looked at one by one."""

    prepared: Prepared
    cell: str
    lists: Lists
    corpus: Corpus
    cutoff: int

    def cause(self, at: int) -> Cause | None:
        query = self.lists.queries[at]
        return cause_of(
            self.lists.text_of(query),
            self.lists.found(self.cell, query),
            self.lists.grades(query),
            cutoff=self.cutoff,
            corpus=self.corpus,
        )

    def example(self, at: int, cause: Cause, *, missed: bool) -> Example:
        query = self.lists.queries[at]
        text = shorten(self.lists.text_of(query), LONGEST_QUERY)
        return Example(
            query=query,
            text=text,
            marks=self.corpus.words.marks(text, self.corpus.texts[cause.document]),
            reason=cause.reason,
            missed=missed,
            relevant=self._excerpt(query, cause.document),
            above=[self._excerpt(query, place) for place in self._shown(cause)],
            ranks=self._ranks(query, cause.document),
        )

    def _shown(self, cause: Cause) -> list[int]:
        """The first ones above, and for a near-copy that one before them."""
        copies = self.corpus.copies
        first = [place for place in cause.above if copies[place] == copies[cause.document]]
        order = [*first, *cause.above] if cause.reason == "copy" else list(cause.above)
        return list(dict.fromkeys(order))[:ABOVE]

    def _ranks(self, query: str, document: int) -> Mapping[str, int | None]:
        return {cell: self.lists.rank_of(cell, query, document) for cell in self.lists.runs}

    def _excerpt(self, query: str, place: int) -> Excerpt:
        asked, words = self.prepared.asked, self.corpus.words
        documents, wanted = asked.collection.documents, self.lists.text_of(query)
        whole = documents.texts[place]
        best = words.passage(wanted, whole)
        text = whole[best.start : best.end].strip()
        title = documents.titles[place].strip()
        if title and best.start < len(
            title
        ):  # the sentence that begins with the title, which stands above it
            text = text.removeprefix(title).strip() or documents.bodies[place].strip()
            best_start = 0
        else:
            best_start = best.start
        shown = shorten(text, LONGEST)
        shown = f"{CUT}{shown}" if best_start > 0 else shown
        return Excerpt(
            document=documents.ids[place],
            title=shorten(title, 160),
            text=shown,
            marks=words.marks(shown, wanted),
            rank=self.lists.rank_of(self.cell, query, place),
            grade=self.lists.grades(query).get(place),
        )
