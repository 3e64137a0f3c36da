"""The page of a study with few judgements: differences by bounds that hold at every look, who judged, and what is open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.strips import strip_axis, strip_ruler
from semascope.pages.tables import Cell, Column, Row, data_table, definitions
from semascope.reports import verdicts
from semascope.reports.page import render_study
from semascope.studies.retrieval.few.told import DECIMALS, difference_words, share_words
from semascope.words.numbers import between, count, fixed, roughly, signed

if TYPE_CHECKING:
    from semascope.pages.strips import StripAxis
    from semascope.retrieval.asking.forecast import Effort
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.few.result import FewResult, Judge


def render_few(result: FewResult) -> str:
    """One HTML document that loads nothing from anywhere."""
    return render_study(
        result,
        about="retrieval",
        sections=[_cells(result), _judged(result), _judge(result)],
        rows=[
            ("documents", f"{result.documents:,}"),
            ("queries", f"{result.queries:,}; cells differ on {result.differing:,} of them"),
        ],
    )


def _cells(result: FewResult) -> Section:
    """Every cell against the baseline, by an interval that holds at every look."""
    found = [cell.verdict for cell in result.cells if cell.verdict.word != "baseline"]
    axis = strip_axis(((v.low, v.difference, v.high) for v in found), zero=0.0, margin=result.family.margin)
    table = data_table(
        [
            Column(title="Cell", class_="name", sortable=True),
            Column(
                title=f"Difference in {result.measure}",
                class_="num diff",
                sortable=True,
                help="from the baseline, over queries like these",
            ),
            Column(title="95 % at every look", class_="drawn drawn-diff", ruler=strip_ruler(axis)),
            Column(title="To settle it", help="judgements more, if the difference stays as it is"),
            Column(title="Verdict", class_="verdict", sortable=True),
        ],
        [_row(result, cell, axis) for cell in result.cells],
        caption=f"{count(len(result.cells), 'cell')}, each against {result.family.baseline}",
        class_="cells cards",
        fold=verdicts.FOLD,
    )
    said = element(
        "p",
        element("b", "How it was judged. "),
        "Intervals and p hold at every look: they allow for a person who looks after every query and stops when the answer"
        f" pleases. Both by {result.family.interval}, Holm-corrected over {count(result.family.comparisons, 'comparison')}."
        f" “Equivalent” means that the 90 % interval lies inside ±{fixed(result.family.margin, DECIMALS)}. What a cell comes"
        " to by itself is not known: only documents were judged that can change a difference. The ideal of nDCG is that of the"
        " documents that some cell had among its first.",
        class_="fineprint",
    )
    return Section(id="cells", title="What was compared", body=element("div", table, said))


def _row(result: FewResult, cell: CellResult, axis: StripAxis) -> Row:
    verdict = cell.verdict
    baseline, chosen = verdict.word == "baseline", cell.id == result.winner
    unknown = baseline or bool(verdict.reason)
    return Row(
        class_="chosen keep" if chosen else "baseline keep" if baseline else "plain",
        cells=[
            Cell(
                content=element("b", cell.label, " ", chip("chosen") if chosen else "", class_="cell-name"),
                sort=cell.label.casefold(),
            ),
            Cell(
                content="" if unknown else signed(verdict.difference, DECIMALS),
                note="" if unknown else between(verdict.low, verdict.high, DECIMALS),
                sort=verdict.difference,
            ),
            Cell(content=verdicts.difference_strip(verdict, axis)),
            Cell(content=_left(result, cell.id)),
            verdicts.verdict_cell(verdict, units="queries"),
        ],
    )


def _left(result: FewResult, cell: str) -> str:
    """What settles a cell."""
    if cell not in result.open:
        return ""
    effort = result.open[cell]
    if effort is None:
        return "more queries than there are"
    more = effort.judgements - result.judgements
    return f"about {roughly(more)} judgements more" if more > 0 else "a few judgements more"


def _judged(result: FewResult) -> Section:
    """Who judged how much, and what was expected beforehand."""
    facts = [
        ("a person", f"{count(result.judgements, 'judgement')}, {result.skipped:,} of them skipped"),
        (
            "queries done",
            f"{result.done:,} of {result.differing:,} on which cells differ, {result.queries:,} in all",
        ),
        (
            "known before",
            f"{count(result.known, 'pair')} of those in question, from the collection's own judgements",
        ),
        (
            f"expected for a difference of {result.settles:g}",
            f"{_effort(result.beforehand.half)} where half the queries have a relevant document among those in question,"
            f" {_effort(result.beforehand.whole)} where all have",
        ),
    ]
    return Section(
        id="judged",
        title="Who judged, and how much",
        nav="Judgements",
        body=element(
            "div",
            definitions(facts),
            element(
                "p",
                "Queries are drawn at random, those sooner on which cells disagree, and each counts for as many as it stands for."
                " answers.jsonl holds every answer, judgements.tsv what other programs read. A plain mean over these judgements"
                " would be wrong, since disagreement drew them.",
                class_="fineprint",
            ),
        ),
    )


def _judge(result: FewResult) -> Section | None:
    """How good the machine was."""
    judge = result.judge
    if judge is None:
        return None
    quality = judge.quality
    facts = [
        ("finds of what the person calls relevant", share_words(quality.sensitivity)),
        ("agrees on the rest", share_words(quality.specificity)),
        (
            "pairs judged by both",
            f"{quality.sensitivity.pairs:,} relevant, {quality.specificity.pairs:,} not",
        ),
        ("pairs it judged", f"{judge.pairs - judge.missing:,} of {judge.pairs:,} in question"),
    ]
    table = data_table(
        [
            Column(title="Cell", class_="name"),
            Column(title="By the machine alone", class_="num"),
            Column(title="Its weight", class_="num"),
            Column(title="Corrected by the person", class_="num"),
        ],
        [_judge_row(result, judge, cell) for cell in result.cells if cell.id in judge.trust],
        caption="What the machine says, and what is left of it",
        class_="cards",
    )
    said = element(
        "p",
        "The person's judgements correct the machine's: intervals hold whatever it is worth, and a bad one gets little weight."
        " Shares are weighted by what each query stands for, with 95 % intervals, on documents whose place differs.",
        class_="fineprint",
    )
    return Section(
        id="judge",
        title=f"How good {judge.source} is",
        nav="The judge",
        body=element("div", definitions(facts), table, said),
    )


def _judge_row(result: FewResult, judge: Judge, cell: CellResult) -> Row:
    trust = judge.trust[cell.id]
    return Row(
        cells=[
            Cell(content=element("b", cell.label, class_="cell-name")),
            Cell(content=signed(judge.alone[cell.id], DECIMALS)),
            Cell(content=fixed(trust if result.done else math.nan, 2)),
            Cell(content="" if cell.verdict.reason else difference_words(cell.verdict)),
        ]
    )


def _effort(effort: Effort | None) -> str:
    return f"{roughly(effort.judgements)} judgements" if effort else "more than there is to judge"
