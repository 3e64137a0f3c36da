"""What a mining prints: how many were found and why others were left out, some to look at, and where all lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.cli.show import print_lines
from semascope.cli.text_on_screen import visible
from semascope.retrieval.collections.note import counted
from semascope.words.numbers import count
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from semascope.studies.tuned.mining_pairs import MinedPairs

_SHOWN, _MORE = 3, 10  # pairs to look at
_WIDTH = 110


def print_mined(found: MinedPairs, *, output: Path, verbose: bool) -> None:
    """Counts, examples, pairs without, and the file."""
    print_lines(
        [
            *_counts(found),
            *_examples(found, _MORE if verbose else _SHOWN),
            *_without(found),
            f"pairs    {output}",
        ]
    )


def _counts(found: MinedPairs) -> Iterator[str]:
    record, settings = found.record(), found.plan.mining
    of = f" of {', '.join(found.splits)}" if any(found.splits) else ""
    by = record["found_by"]
    yield (
        f"{count(record['negatives'], 'hard negative')} of {count(record['pairs'], 'pair')}{of}: {by['both']:,} found by vectors"
        f" ({found.encoder}) and words, {by['vectors']:,} by vectors alone, {by['words']:,} by words alone"
    )
    left = record["left_out"]
    bar = [
        f"{settings.margin:g}" if settings.margin else "",
        f"{settings.relative:.0%}" if settings.relative else "",
    ]
    margin = " and ".join(filter(None, bar))
    nearer = f"not farther than the answer by {margin}" if margin else "as near as the answer, or nearer"
    yield (
        f"Left out of what was looked at: {left['answers']:,} known answers, near-copies included; {left['too_near']:,} {nearer}"
    )
    if left["documents_of_other_splits"]:
        yield f"Not looked at: {counted(left['documents_of_other_splits'], 'document')} that queries of other splits ask for"
    similar = record["similarity"]
    if similar["negatives"] is not None:
        yield f"Mean cosine with the query: answers {similar['answers']:.3f}, hard negatives {similar['negatives']:.3f}"


def _examples(found: MinedPairs, shown: int) -> Iterator[str]:
    """Pairs from all over the table, with what was mined."""
    mined, collection = found.mined, found.collection
    rows = [row for row, number in enumerate(mined.counts.tolist()) if number]
    for row in rows[:: max(-(-len(rows) // shown), 1)]:
        yield ""
        yield f"query    {_said(collection.queries.texts[found.pairs.queries[row]])}"
        answer = collection.documents.texts[found.pairs.documents[row]]
        yield f"answer   {mined.answers[row]:.2f}  {_said(answer)}"
        for place, similar, vectors, words in zip(
            mined.documents[row, : mined.counts[row]].tolist(),
            mined.similarities[row].tolist(),
            mined.vector_ranks[row].tolist(),
            mined.word_ranks[row].tolist(),
            strict=False,
        ):
            ranks = ", ".join(
                f"{what} {rank}" for what, rank in (("vectors", vectors), ("words", words)) if rank
            )
            yield f"wrong    {similar:.2f}  {_said(collection.documents.texts[place])}  ({ranks})"
    yield ""


def _without(found: MinedPairs) -> Iterator[str]:
    record = found.record()
    if record["pairs_with_fewer"]:
        yield f"{count(record['pairs_with_fewer'], 'pair')} with fewer than {found.plan.count}"
    if record["pairs_without"]:
        ids = [
            found.collection.queries.ids[found.pairs.queries[row]]
            for row, number in enumerate(found.mined.counts.tolist())
            if not number
        ]
        yield (
            f"{count(len(ids), 'pair')} without any, the first of query {ids[0]!r}: nothing looked at is far enough from the query;"
            " raise --depth, or lower --margin, --relative or --skip"
        )


def _said(text: str) -> str:
    return visible(shorten(" ".join(text.split()), _WIDTH))
