"""Two cells query by query: every query as a point, and those that got better or worse with both lists side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import breakable, element
from semascope.pages.paired import paired_chart
from semascope.plots.paired import plot_paired
from semascope.reports.model import Figure, Heading, Items, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.reports.retrieval.documents import KEY, listed, listed_words, rank_words
from semascope.reports.retrieval.reading import narrow, queries
from semascope.words.numbers import count, fixed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.model import Block
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.retrieval.telling.shown import Change, Listed, Pair

FIRST = 3  # queries shown before the others are unfolded
TOLD = 3  # queries of a kind in the forms that are no page
DECIMALS = 2


def by_query(reading: Reading) -> Part | None:
    """The pairs of cells; None for a single cell."""
    pairs = reading.result.details.pairs
    if not pairs:
        return None
    panels = [_panel(reading, pair, first=number == 0) for number, pair in enumerate(pairs)]
    page = element("div", *panels, class_="pairs", data_label="Compare")
    left = reading.result.details.pairs_left_out
    blocks = [Apart(page=page, told=_told(reading, pairs[0]))]
    note = f"{KEY} Of each list the first documents are shown, of each pair the queries that changed most."
    if left:
        note += (
            f" {count(left, 'more pair')} of cells {'is' if left == 1 else 'are'} left out here: the baseline, the advised cell and the best others are"
            " compared; runs.parquet has the rankings of all."
        )
    return Part(
        id="pairs",
        title="Two cells, query by query",
        nav="Query by query",
        lead=_lead(pairs[0]),
        blocks=[*blocks, Paragraph(text=note, small=True)],
    )


def _lead(pair: Pair) -> str:
    better, worse, same = pair.counts
    return (
        f"With {pair.cells[1]} {queries(better)} of {better + worse + same:,} got better and {worse:,} worse than with"
        f" {pair.cells[0]}; {same:,} stayed the same."
    )


def _panel(reading: Reading, pair: Pair, *, first: bool) -> Markup:
    one, other = pair.cells
    better, worse, same = pair.counts
    counts = element(
        "dl",
        *[
            element("div", element("dt", words), element("dd", f"{number:,}"))
            for words, number in (("better", better), ("worse", worse), ("the same", same))
        ],
        class_="counts",
    )
    beside = element(
        "div",
        element("p", "Queries with ", element("b", other), " as against ", element("b", one)),
        counts,
        element("p", f"{_how_far(reading, pair)}", class_="fineprint"),
        class_="beside",
    )
    return element(
        "div",
        element("h3", f"{one} and {other}", class_="panel-name"),
        element("div", element("figure", _chart(reading, pair)), beside, class_="pictures two"),
        changes(f"Better with {other}", pair.better, pair.cells, better),
        changes(f"Worse with {other}", pair.worse, pair.cells, worse),
        class_="pair",
        data_one=one,
        data_other=other,
    )


def _how_far(reading: Reading, pair: Pair) -> str:
    values = [reading.by_id[cell].estimate.value for cell in pair.cells]
    return (
        f"{reading.measure.short} {reading.value(values[0])} and {reading.value(values[1])},"
        f" {reading.difference(values[1] - values[0])}. A bubble is the queries with these two values; its area says how many."
    )


def _chart(reading: Reading, pair: Pair) -> Markup:
    one, other = pair.cells
    scores = reading.result.details.per_query.scores
    return paired_chart(
        scores[one],
        scores[other],
        names=(narrow(one, most=44), narrow(other, most=44)),
        noun="query",
        plural="queries",
        words=_words(reading, pair),
    )


def _words(reading: Reading, pair: Pair) -> str:
    better, worse, same = pair.counts
    return (
        f"{reading.measure.short} of each query with {pair.cells[0]} (across) and {pair.cells[1]} (up): {better:,} better,"
        f" {worse:,} worse, {same:,} the same."
    )


def changes(title: str, found: Sequence[Change], cells: tuple[str, str], total: int) -> Markup:
    """Queries that changed, with both lists side by side, the first unfolded; ``total`` is how many changed so."""
    if not found:
        return Markup()
    more = f" ({len(found)} of {total:,})" if total > len(found) else ""
    items = [_change(change, cells) for change in found]
    rest = Markup()
    if len(items) > FIRST:
        summary = element("summary", f"Show {len(items) - FIRST} more")
        rest = element(
            "details",
            summary,
            element("ol", *items[FIRST:], class_="changes", start=FIRST + 1),
            class_="more",
        )
    return element(
        "div", element("h3", f"{title}{more}"), element("ol", *items[:FIRST], class_="changes"), rest
    )


def _change(change: Change, cells: tuple[str, str]) -> Markup:
    sides = [
        element(
            "div",
            element("h4", breakable(cell), " ", element("span", fixed(score, DECIMALS), class_="score")),
            element("p", rank_words(rank), class_="facts"),
            _list(found),
        )
        for cell, score, rank, found in zip(cells, change.scores, change.first, change.lists, strict=True)
    ]
    return element(
        "li",
        element("p", change.text, class_="text", dir="auto") if change.text else Markup(),
        element("p", f"query {shorten(change.query, 60)}", class_="facts"),
        element("div", *sides, class_="sides"),
    )


def _list(found: Sequence[Listed]) -> Markup:
    if not found:
        return element("p", "nothing was found", class_="none")
    return element("ol", *[listed(one) for one in found], class_="found")


def _told(reading: Reading, pair: Pair) -> list[Block]:
    """The first pair alone, with fewer queries."""
    one, other = pair.cells
    scores = reading.result.details.per_query.scores
    words = _words(reading, pair)
    blocks: list[Block] = [
        Figure(
            name="query-by-query",
            caption=f"{reading.measure.short} of each query with {one} and with {other}",
            words=words,
            draw=partial(
                plot_paired,
                scores[one],
                scores[other],
                names=(one, other),
                headline=f"{reading.measure.short}, query by query",
                sentence=f"{words} The area of a bubble says how many queries it is.",
            ),
        )
    ]
    for title, changes in ((f"Better with {other}", pair.better), (f"Worse with {other}", pair.worse)):
        if changes:
            blocks.append(Heading(text=title))
        for change in changes[:TOLD]:
            blocks.append(Paragraph(text=change.text, opening=f"Query {shorten(change.query, 60)}:"))
            blocks.append(
                Items(
                    items=[
                        Paragraph(
                            opening=f"{cell} ({fixed(score, DECIMALS)}; {rank_words(rank)}):",
                            text=listed_words(found),
                        )
                        for cell, score, rank, found in zip(
                            pair.cells, change.scores, change.first, change.lists, strict=True
                        )
                    ]
                )
            )
    return blocks
