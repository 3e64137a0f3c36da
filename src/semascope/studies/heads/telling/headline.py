"""The answer of a study in sentences, most important first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.studies.heads.judging.bench import NOTHING_CLEAN
from semascope.studies.heads.judging.words_alone import words_sentence
from semascope.studies.heads.telling.advice import Advice
from semascope.studies.heads.telling.column_words import caveat, column_sentence
from semascope.studies.heads.telling.figures import Figures
from semascope.studies.heads.telling.guess_words import always, what_vectors_give, why
from semascope.studies.heads.telling.leak_words import leaks
from semascope.studies.heads.telling.published_words import band_sentence, reference_sentence
from semascope.studies.heads.telling.questions_words import answers
from semascope.studies.heads.telling.raced_words import race_in_the_answer
from semascope.studies.heads.telling.spoken import CONSTANTS, made_of
from semascope.studies.heads.telling.truncation_words import cost_of_truncation
from semascope.words.numbers import p_value, roughly
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.results import Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.heads.judging.questions import Questions
    from semascope.studies.heads.result import (
        Answer,
        BandResult,
        Guess,
        LongTexts,
        ReferenceResult,
    )
    from semascope.studies.racing import Raced

AGAINST = {
    "better": "better than",
    "worse": "worse than",
    "equivalent": "equivalent to",
    "unresolved": "cannot be told from",
}
"""How a verdict stands before the baseline's name."""


@dataclass(frozen=True, kw_only=True)
class Headline(Figures):
    """Sentences for a reader who reads nothing else; where splits were repeated, the one split of the study comes after them.

    Parameters
    ----------
    heldout_best
        Id of the cell that is best on the held-out rows.
    choice
        How the first was chosen; None says nothing of it.
    raced
        How cells fell behind before they were computed whole; None where all were.
    constant
        Ids of the heads that look at no vector.
    words
        The cell that reads the words against the chosen one; None where it is that one.
    columns
        Columns of the file against the chosen cell, by cell id.
    references, bands
        Published figures, and the bands that a person put on the measure; None for no bands.
    long_texts
        What truncation costs each recipe; the sentence is about the chosen one.
    warnings
        Sentences that can change the answer; they come last, all of them.
    """

    heldout_best: str
    constant: Sequence[str]
    warnings: Sequence[str]
    long_texts: Sequence[LongTexts] = ()
    grouped: bool = False  # whether groups were named
    words: Verdict | None = None
    columns: Mapping[str, Verdict] = field(default_factory=dict)
    references: Sequence[ReferenceResult] = ()
    bands: BandResult | None = None
    choice: Choice | None = None
    raced: Raced | None = None

    def sentences(self) -> list[str]:
        """The answer, what stands behind it, what else came out, the warnings."""
        found = [
            self._answer(),
            *self._advice(),
            self._given(),
            self._leaks(),
            self._behind(),
            self._one_split(),
            self._not_the_best(),
        ]
        found += [self._trade_off(), self._guessing(), self._words(), *self._beside_columns()]
        found += self._published()
        found += [*self._others(), self._truncation(), race_in_the_answer(self.raced, len(self.cells))]
        return [sentence for sentence in found if sentence] + list(self.warnings)

    def answers(self, questions: Questions) -> list[Answer]:
        """The questions that the study can be asked, answered; none where no choice was made."""
        if self.choice is None:
            return []
        return answers(
            questions,
            self.by_id,
            self.choice,
            self.long_texts,
            figures={cell.id: self.of(cell).value for cell in self.cells},
            write=self.write,
            amount=self.amount,
        )

    # sentences; an empty one is left out

    def _answer(self) -> str:
        chosen, base, verdict = self.chosen, self.base, self.verdict
        learnt = self.learnt()
        if not self.rows:
            return (
                f"Nothing can be said about {learnt}: {NOTHING_CLEAN}."
                f" {chosen.label} is only what the training rows chose."
            )
        numbers = f"{self.spoken()} {self.write(self.of(chosen).value)}"
        against = f"{numbers} against {self.write(self.of(base).value)}"
        against += " over all targets" if len(self.targets) > 1 else ""
        where = self.where()
        if self.guess and not self.guess.beaten_by(chosen.id):
            return self._unbeaten(self.guess, numbers, where)
        if chosen.id == base.id:
            return f"Use {base.label}, the baseline, for {learnt}: {numbers}{where}."
        if verdict.word == "better":
            mean = " on average" if len(self.targets) > 1 else ""
            return f"Use {chosen.label} for {learnt}: {self.change(verdict)} than {base.label}{mean}, {against}{where}."
        if base.reads == "column" and verdict.word in ("equivalent", "worse"):  # nobody can use a column
            its = f"{base.label}, a column of the file"
            if verdict.word == "equivalent":
                return f"Use {chosen.label} for {learnt}: it is equivalent to {its}, {against}{where}."
            return f"Use {chosen.label} for {learnt}, though it is shown worse than {its}: {against}{where}."
        if verdict.word == "equivalent":
            return f"Use {chosen.label} or {base.label} for {learnt}: they are equivalent, {against}{where}."
        if verdict.word == "worse":
            return f"Use {base.label} for {learnt}: {chosen.label}, chosen on the training rows, is worse, {against}{where}; it is the advised cell all the same."
        if self.choice and self._by_cost and self.choice.best == base.id:
            cheaper = "costs less" if chosen.reads in ("vectors", "given", "texts") else "needs no encoder"
            return f"Use {chosen.label} for {learnt}: it {cheaper} and is not shown to be worse than {base.label}, {against}{where}."
        return (
            f"Use {chosen.label} for {learnt}, though it is not shown to beat {base.label}: {against}{where}."
        )

    def _unbeaten(self, guess: Guess, numbers: str, where: str) -> str:
        """The answer when the chosen cell is not shown to beat one that reads nothing, or is that one."""
        chosen, learnt, answer = self.chosen, self.learnt(), always(guess)
        its, comma = self.write(self.of(self.by_id[guess.cell]).value), "," if "," in answer else ""
        if not guess.beaten:
            text = f"By {self.spoken()} nothing is shown to beat {answer}{comma} for {learnt}: {its}"
            if chosen.id != guess.cell:
                text += f" against {self.write(self.of(chosen).value)} of {chosen.label}, chosen on the training rows,"
            return f"{text}{where}."
        if chosen.id == guess.cell:
            clearly = "clearly " if self._by_cost else ""
            return f"On the training rows nothing did {clearly}better than {answer}{comma} for {learnt}: {numbers}{where}."
        unlike = ""
        if self.choice and self._by_cost and guess.beaten_by(self.choice.best):
            unlike = f", unlike {self.by_id[self.choice.best].label},"
        return f"Use {chosen.label} for {learnt}, though{unlike} it is not shown to beat {answer}: {numbers} against {its}{where}."

    def _behind(self) -> str:
        chosen, verdict = self.chosen, self.verdict
        made = made_of(chosen)
        text = f"{chosen.label} is {made}; 95 % interval {self.interval(self.of(chosen))}."
        if self.shares:
            text += f" In comparisons all targets count alike: each error is a share of {self.base.label}'s on that target."
        if self.guess and chosen.id == self.guess.cell:
            return text
        if chosen.id == self.baseline:
            alone = " No other cell did better on the training rows, where the choice is made."
            return text if self._by_cost else f"{text}{alone}"
        if verdict.word == "unresolved":
            told = self.of(chosen).reason == verdict.reason  # as the reason for no interval
            text += f" What keeps it open: {verdict.reason}." if verdict.reason and not told else ""
            text += (
                f" About {roughly(verdict.rows_needed)} held-out rows would settle it."
                if verdict.rows_needed
                else ""
            )
        return text

    def _advice(self) -> list[str]:
        """What stands behind a choice that cost decided."""
        if self.choice is None or not self.rows:
            return []
        return Advice(
            choice=self.choice,
            cells=self.by_id,
            baseline=self.baseline,
            figures={cell.id: self.of(cell).value for cell in self.cells},
            where="over the repeated splits" if self.repeated else "on the held-out rows",
            write=self.write,
            amount=self.amount,
        ).sentences()

    def _given(self) -> str:
        """What the chosen cell cannot do where its vectors came from a file."""
        if self.chosen.reads != "given":
            return ""
        return (
            f"As a scorer {self.chosen.label} can score only texts whose vectors come from where those of {self.chosen.encoder} came"
            " from: semascope score cannot make them."
        )

    @property
    def _by_cost(self) -> bool:
        return self.choice is not None and self.choice.by_cost

    def _not_the_best(self) -> str:
        best = self.by_id[self.heldout_best]
        if self.choice and self._by_cost and best.id == self.choice.best:
            return ""  # how it stands beside the chosen one was said
        # "not more" and not "less or equal": NaN is no gain
        if best.id == self.winner or not self.of(best).verdict.gain > self.verdict.gain:
            return ""
        return (
            f"On the held-out rows {best.label} came out best ({self.write(self.of(best).value)}), yet {self.chosen.label} is"
            " chosen: the choice is made on training rows, because one made on the held-out rows would flatter itself."
        )

    def _trade_off(self) -> str:
        against = self.chosen.verdict.mixed
        if not against:
            return ""
        named = listing([f"“{name}”" for name in against], limit=3)
        return f"Mixed: on {named} it goes the other way, significantly; look at the targets one by one."

    def _guessing(self) -> str:
        """What an answer that reads nothing reaches: without it no figure means anything."""
        guess, chosen = self.guess, self.chosen
        if guess is None:
            return ""
        if not guess.beaten:
            ranker = self.by_id[guess.ranker].label if guess.ranker else ""
            return f"{why(guess)} {what_vectors_give(guess, ranker)}".strip()
        if chosen.id == guess.cell:
            return ""
        cell = self.by_id[guess.cell]
        text = f"Answering every text with {CONSTANTS.get(guess.head, cell.label)} gives {self.write(self.of(cell).value)}"
        if not guess.beaten_by(chosen.id):
            return f"{text}. {why(guess)}".strip()
        return f"{text}; {chosen.label} {self.than(cell)}, p {p_value(guess.verdicts[chosen.id].p_holm)}."

    def _words(self) -> str:
        """What the words alone reach: what an encoder has to beat."""
        figures = {cell.id: self.of(cell).value for cell in self.cells}
        if self.base.reads == "words" and self.chosen.id != self.base.id:
            # by the answer, as the baseline
            told = self.guess is None or self.guess.beaten_by(self.chosen.id)
            # a difference would be a share of the words' errors, not of the chosen cell's
            if told or self.shares:
                return ""
        if self.choice and self._by_cost:
            two = (self.by_id[cell].reads for cell in (self.choice.advised, self.choice.best))
            if "words" in two:
                return ""  # how they stand beside the other was said
        return words_sentence(
            self.cells, self.chosen, self.words, figures, write=self.write, amount=self.amount
        )

    def _beside_columns(self) -> list[str]:
        """How columns of the file stand beside the chosen cell; of a baseline the answer has said it already."""
        figures = {cell.id: self.of(cell).value for cell in self.cells}
        told = {self.baseline} if self.guess is None or self.guess.beaten_by(self.winner) else set()
        said = [
            column_sentence(
                self.by_id[name], self.chosen, verdict, figures, write=self.write, amount=self.amount
            )
            for name, verdict in self.columns.items()
            if name not in told
        ]
        return [*said, caveat([self.by_id[name].label for name in self.columns])] if self.columns else []

    def _published(self) -> list[str]:
        """How the chosen cell stands beside figures without rows, and in which band the frozen one lies."""
        if not self.rows:
            return []
        told = [reference_sentence(each, self.chosen, decimals=self.decimals) for each in self.references]
        if self.bands is not None:
            cell = self.by_id[self.bands.cell]
            interval = self.interval(self.of(cell))
            told.append(
                band_sentence(self.bands, cell, interval, measure=self.measure, decimals=self.decimals)
            )
        return told

    def _others(self) -> list[str]:
        told = (self.baseline, self.winner, *self.constant, *self.columns)
        rest = [cell for cell in self.cells if cell.id not in told]
        found = []
        also = self.verdict.word == "better"
        better = f"better than {self.base.label}"
        for word, start in (
            ("better", f"Also {better}" if also else f"B{better[1:]} on the held-out rows"),
            ("equivalent", f"Equivalent to {self.base.label}"),
        ):
            named = [cell for cell in rest if self.of(cell).verdict.word == word]
            beating = [cell.label for cell in named if word != "better" or self.beats_guess(cell)]
            if beating:
                found.append(f"{start}: {listing(beating)}.")
            others = [cell.label for cell in named if cell.label not in beating]
            if others and self.guess:
                found.append(
                    f"{listing(others)} {'is' if len(others) == 1 else 'are'} {better} too, but not shown to beat {always(self.guess)}."
                )
        return found

    def _truncation(self) -> str:
        """What truncation costs the chosen recipe, or the baseline's when the chosen one has no other way."""
        for cell in (self.chosen, self.base):
            for found in self.long_texts:
                if cell.id in [way.cell for way in found.ways]:
                    head = self.by_id[found.truncated].head
                    return cost_of_truncation(
                        found,
                        head=head,
                        spoken=self.spoken(),
                        measure=self.measure,
                        decimals=self.decimals,
                        shares=self.shares,
                    )
        return ""

    def _leaks(self) -> str:
        if not self.leaked:
            return ""
        return leaks(self.cells, self.base, leaked=self.leaked, left=self.rows, grouped=self.grouped)

    def _one_split(self) -> str:
        """What the study's own split says alone, where repeats lead: about these fitted heads."""
        if not self.repeated:
            return ""
        chosen, verdict = self.chosen, self.chosen.verdict
        estimate = chosen.estimate
        text = (
            f"The study's own split alone, {self.rows:,} held-out rows, gives {self.write(estimate.value)}"
            f" ({self.interval(estimate)})"
        )
        if chosen.id == self.baseline:
            return f"{text}."
        said = verdict.reason if math.isnan(verdict.p_holm) else f"p {p_value(verdict.p_holm)} after Holm"
        return f"{text}: {AGAINST[verdict.word]} {self.base.label}, {said}."
