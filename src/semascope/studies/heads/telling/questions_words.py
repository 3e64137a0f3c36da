"""The questions of a study and their answers, in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.stats.standing import ALPHA
from semascope.studies.heads.result import Answer
from semascope.words.numbers import SPACE, count, p_value, percent, roughly, seconds
from semascope.words.ratios import fraction
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.stats.results import Family, Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.heads.judging.curves import MoreRows
    from semascope.studies.heads.judging.questions import Lead, Pair, Questions
    from semascope.studies.heads.result import HeadResult, LongTexts

TUNED = "Can a small head on frozen vectors match the tuned model?"
CONTEXT = "Does reading more of a long text help?"
TRUNCATION = "What does truncation cost?"
TRADE = "Is there a trade of quality for speed worth making?"
HEADS = "Which head is best?"
MORE = "Would more rows help?"
OPEN = "That cannot be told from these rows"


def answers(
    found: Questions,
    cells: Mapping[str, HeadResult],
    choice: Choice,
    long_texts: Sequence[LongTexts],
    *,
    figures: Mapping[str, float],
    write: Callable[[float], str],
    amount: Callable[[Verdict, HeadResult], str],
) -> list[Answer]:
    """Every question that the study can be asked, with its answer.

    Parameters
    ----------
    cells
        By id.
    figures
        The measure of each cell on what the answer leads with, by its id.
    write, amount
        A value of the measure in words; how far a verdict's cell is from another, "3 %".
    """
    made = _Answers(cells=cells, choice=choice, figures=figures, write=write, amount=amount)
    return [
        *([made.tuned(found.tuned)] if found.tuned else []),
        *([made.context(found.context)] if found.context else []),
        *([made.truncation(long_texts)] if long_texts or made.cut else []),
        *([made.trade(found)] if found.undominated else []),
        *([made.heads(found.heads)] if found.heads else []),
        *([made.more(found.more)] if found.more else []),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answers:
    """One method a question."""

    cells: Mapping[str, HeadResult]
    choice: Choice
    figures: Mapping[str, float]
    write: Callable[[float], str]
    amount: Callable[[Verdict, HeadResult], str]

    @property
    def cut(self) -> list[HeadResult]:
        """Frozen cells that lose tokens."""
        return [cell for cell in self.cells.values() if cell.reads == "vectors" and cell.costs.truncated_rows]

    def tuned(self, pair: Pair) -> Answer:
        tuned = self.cells[pair.against]
        start = {
            "better": "Yes, and more",
            "equivalent": "Yes",
            "worse": "No",
        }.get(pair.verdict.word, OPEN)
        price = _spoken_seconds(tuned.costs.fit_seconds)
        text = f"{start}: {self._beside(pair)}."
        if price:
            text += f" The training took {price}."
        return self._made(TUNED, text, pair.verdict)

    def context(self, found: Lead) -> Answer:
        whole, cut = self.cells[found.cell], self.cells[found.against]
        lost = percent(cut.costs.tokens_lost_share, 1, space=" ")
        both = f"{whole.label} reads the texts whole, {cut.label} loses {lost} of all tokens"
        if math.isnan(found.p):
            text = f"{OPEN}: {both}, and cuts {count(found.over, 'held-out row')}, too few or too many to compare with the others."
            return self._made(CONTEXT, text, None)
        start = "No" if found.small else OPEN
        if found.p < ALPHA and not found.small:
            start = "Yes" if found.on_cut > found.on_others else "No, the other way round"
        text = (
            f"{start}: {both}. Its lead is {self.write(found.on_cut)} on the {count(found.over, 'held-out row')} that are cut and"
            f" {self.write(found.on_others)} on the others (p {p_value(found.p)} that the two are one): only a larger lead there"
            " speaks of what is read, as two encoders differ in more."
        )
        return self._made(CONTEXT, text, None)

    def truncation(self, long_texts: Sequence[LongTexts]) -> Answer:
        told = [
            (each, way.cell, way.over)
            for each in long_texts
            for way in each.ways
            if way.over is not None and way.over.word != "baseline"
        ]
        if not told:
            text = "That cannot be told from these cells: no text over the limit is read in another way."
            lost = {cell.encoder: percent(cell.costs.tokens_lost_share, 1, space=" ") for cell in self.cut}
            if lost:
                named = listing([f"{name} {share}" for name, share in lost.items()])
                text += f" Lost of all tokens: {named}; --long truncate --long chunk compares."
            return self._made(TRUNCATION, text, None)
        shown = [
            f"{self.cells[cell].label} {_word(over)} on the {each.over:,} held-out rows over {each.limit:,} tokens (p"
            f" {p_value(over.p_holm)})"
            for each, cell, over in told
        ]
        said = {over.word for *_, over in told}
        start = OPEN
        if "better" in said:
            start = "Something"
        elif "unresolved" not in said:
            start = (
                "Nothing that counts" if "equivalent" in said else "Nothing: the beginning alone does better"
            )
        return self._made(
            TRUNCATION, f"{start}: beside reading the beginning alone, {listing(shown)}.", told[0][2]
        )

    def trade(self, found: Questions) -> Answer:
        if found.fastest is None:
            cell = self.cells[found.undominated[0]]
            return self._made(
                TRADE,
                f"No: of the cells that read the texts and whose cost is known, {cell.label} is both the best on the training rows and the fastest.",
                None,
            )
        fast, best = self._two(found.fastest)
        quick, slow = (self.choice.by_cell[cell.id].seconds for cell in (fast, best))
        word = found.fastest.verdict.word
        start = {
            "worse": "Yes, that is a choice to make",
            "equivalent": "The faster one gives nothing away",
            "better": "The faster one is better, too",
        }.get(word, OPEN)
        text = (
            f"{start}: {self._beside(found.fastest)}, at {fraction(quick / slow)} of the cost"
            f" ({_spoken_seconds(quick)} for 1,000 texts against {_spoken_seconds(slow)})."
        )
        others = [self.cells[name].label for name in found.undominated[1:-1]]
        if others:
            text += f" Between them, on the training rows, nothing is both better and faster than {listing(others, limit=4)}."
        return self._made(TRADE, text, found.fastest.verdict)

    def heads(self, family: Family) -> Answer:
        base = family.baseline
        words = {name: verdict for name, verdict in family.verdicts.items() if name != base}
        better = [name for name, verdict in words.items() if verdict.word == "better"]
        open_ = [name for name, verdict in words.items() if verdict.word == "unresolved"]
        told = [f"{name} {_word(verdict)} (p {p_value(verdict.p_holm)})" for name, verdict in words.items()]
        best = max(better, key=lambda name: words[name].gain) if better else base
        if better:
            start = best
        elif open_:
            start = OPEN
        else:
            start = base
        text = f"{start}: over all vectors that each was fitted on, on the held-out rows, against {base}: {listing(told)}."
        return self._made(HEADS, text, words[best] if better else next(iter(words.values())))

    def more(self, found: MoreRows) -> Answer:
        cell, first = self.cells[found.cell], found.first
        there = self.write(found.now)
        span = (
            f", {self.write(found.low)} to {self.write(found.high)} over the draws" if found.draws > 1 else ""
        )
        text = (
            f"{cell.label} reaches {self.write(first.mean)} with {count(first.rows, 'training row')} and {there} with all"
            f" {found.rows:,}. If it goes on like that, twice as many would bring it to {self.write(found.twice)}{span}: a guess that"
            " held-out rows do not judge."
        )
        return self._made(MORE, text, None)

    def _two(self, pair: Pair) -> tuple[HeadResult, HeadResult]:
        return self.cells[pair.cell], self.cells[pair.against]

    def _beside(self, pair: Pair) -> str:
        """How the first stands beside the second, with both figures."""
        one, other = self._two(pair)
        verdict = pair.verdict
        figures = f"{self.write(self.figures[one.id])} against {self.write(self.figures[other.id])}"
        if verdict.word in ("better", "worse"):
            return (
                f"{one.label} is {self.amount(verdict, other)} {verdict.word} than {other.label} ({figures}, p"
                f" {p_value(verdict.p_holm)})"
            )
        if verdict.word == "equivalent":
            return f"{one.label} is equivalent to {other.label} ({figures})"
        need = (
            f", about {roughly(verdict.rows_needed)} held-out rows would settle it"
            if verdict.rows_needed
            else ""
        )
        p = f", p {p_value(verdict.p_holm)}" if math.isfinite(verdict.p_holm) else ""
        why = f"; {verdict.reason}" if verdict.reason else ""
        return f"{one.label} and {other.label} ({figures}{p}{need}{why})"

    @staticmethod
    def _made(question: str, answer: str, verdict: Verdict | None) -> Answer:
        return Answer(question=question, answer=answer, verdict=verdict)


def _word(verdict: Verdict) -> str:
    said = {"equivalent": "is equivalent", "unresolved": "cannot be told apart"}
    return said.get(verdict.word, f"is {verdict.word}")


def _spoken_seconds(value: float) -> str:
    return seconds(value).replace(SPACE, " ") if math.isfinite(value) else ""
