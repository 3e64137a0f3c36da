"""The answer of a study in sentences, most important first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from semascope.studies.heads.judging.bench import NOTHING_CLEAN
from semascope.studies.heads.judging.leading import leading, leads
from semascope.studies.heads.judging.words_alone import words_sentence
from semascope.studies.heads.telling.advice import Advice
from semascope.studies.heads.telling.column_words import caveat, column_sentence
from semascope.studies.heads.telling.guess_words import always, what_vectors_give, why
from semascope.studies.heads.telling.leak_words import leaks
from semascope.studies.heads.telling.published_words import band_sentence, reference_sentence
from semascope.studies.heads.telling.questions_words import answers
from semascope.studies.heads.telling.spoken import CONSTANTS, made_of
from semascope.studies.heads.telling.truncation_words import cost_of_truncation
from semascope.words.numbers import between, count, fixed, measure_decimals, p_value, roughly
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.heads.judging.leading import Leading
    from semascope.studies.heads.judging.questions import Questions
    from semascope.studies.heads.result import (
        Answer,
        BandResult,
        Guess,
        HeadResult,
        LongTexts,
        ReferenceResult,
    )

AGAINST = {
    "better": "better than",
    "worse": "worse than",
    "equivalent": "equivalent to",
    "unresolved": "cannot be told from",
}
"""How a verdict stands before the baseline's name."""


@dataclass(frozen=True, kw_only=True)
class Headline:
    """Sentences for a reader who reads nothing else.

    Where splits were repeated, every figure is theirs, and the one split of the study comes after it.

    Parameters
    ----------
    winner, heldout_best, baseline
        Cell ids: chosen on training rows; best on held-out rows; what the others are held against.
    choice
        How the first was chosen; None says nothing of it.
    constant
        Ids of the heads that look at no vector.
    positive
        The class whose F1 is meant; empty where none is.
    judged
        The headline's restriction, "lang=en"; empty for none.
    rows, groups
        Held-out rows, and groups of rows, that the headline speaks about; groups is None when rows are the unit.
    words
        The cell that reads the words against the chosen one; None where it is that one.
    columns
        Columns of the file against the chosen cell, by cell id.
    references, bands
        Published figures, and the bands that a person put on the measure; None for no bands.
    guess
        The best answer that reads no text, and which cells beat it; None where the measure is undefined for such answers.
    leaked
        Held-out rows that also stand in training: no figure counts them.
    long_texts
        What truncation costs each recipe; the sentence is about the chosen one.
    warnings
        Sentences that can change the answer; they come last, all of them.
    """

    cells: Sequence[HeadResult]
    winner: str
    heldout_best: str
    baseline: str
    constant: Sequence[str]
    targets: Sequence[str]
    measure: RowMeasure
    repeat_family: Family | None
    judged: str
    rows: int
    groups: int | None
    warnings: Sequence[str]
    positive: str = ""
    long_texts: Sequence[LongTexts] = ()
    guess: Guess | None = None
    leaked: int = 0
    grouped: bool = False  # whether groups were named
    words: Verdict | None = None
    columns: Mapping[str, Verdict] = field(default_factory=dict)
    references: Sequence[ReferenceResult] = ()
    bands: BandResult | None = None
    choice: Choice | None = None

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
        found += [*self._others(), self._truncation()]
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
            figures={cell.id: self._of(cell).value for cell in self.cells},
            write=self._write,
            amount=self._amount,
        )

    # the cells that sentences are about

    @cached_property
    def by_id(self) -> dict[str, HeadResult]:
        """The cells by their ids."""
        return {cell.id: cell for cell in self.cells}

    @property
    def chosen(self) -> HeadResult:
        """The cell chosen on the training rows."""
        return self.by_id[self.winner]

    @property
    def base(self) -> HeadResult:
        """The baseline."""
        return self.by_id[self.baseline]

    @cached_property
    def _figures(self) -> dict[str, Leading]:
        """What is said of each cell, by its id."""
        return {cell.id: leading(cell, self.repeat_family) for cell in self.cells}

    def _of(self, cell: HeadResult) -> Leading:
        return self._figures[cell.id]

    @property
    def _verdict(self) -> Verdict:
        """The verdict on the chosen cell."""
        return self._of(self.chosen).verdict

    @property
    def _repeated(self) -> bool:
        return leads(self.repeat_family, self.chosen)

    # sentences; an empty one is left out

    def _answer(self) -> str:
        chosen, base, verdict = self.chosen, self.base, self._verdict
        learnt = self._learnt()
        if not self.rows:
            return (
                f"Nothing can be said about {learnt}: {NOTHING_CLEAN}."
                f" {chosen.label} is only what the training rows chose."
            )
        numbers = f"{self._spoken()} {self._write(self._of(chosen).value)}"
        against = f"{numbers} against {self._write(self._of(base).value)}"
        against += " over all targets" if len(self.targets) > 1 else ""
        where = self._where()
        if self.guess and not self.guess.beaten_by(chosen.id):
            return self._unbeaten(self.guess, numbers, where)
        if chosen.id == base.id:
            return f"Use {base.label}, the baseline, for {learnt}: {numbers}{where}."
        if verdict.word == "better":
            mean = " on average" if len(self.targets) > 1 else ""
            return f"Use {chosen.label} for {learnt}: {self._change(verdict)} than {base.label}{mean}, {against}{where}."
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
        chosen, learnt, answer = self.chosen, self._learnt(), always(guess)
        its, comma = self._write(self._of(self.by_id[guess.cell]).value), "," if "," in answer else ""
        if not guess.beaten:
            text = f"By {self._spoken()} nothing is shown to beat {answer}{comma} for {learnt}: {its}"
            if chosen.id != guess.cell:
                text += f" against {self._write(self._of(chosen).value)} of {chosen.label}, chosen on the training rows,"
            return f"{text}{where}."
        if chosen.id == guess.cell:
            clearly = "clearly " if self._by_cost else ""
            return f"On the training rows nothing did {clearly}better than {answer}{comma} for {learnt}: {numbers}{where}."
        unlike = ""
        if self.choice and self._by_cost and guess.beaten_by(self.choice.best):
            unlike = f", unlike {self.by_id[self.choice.best].label},"
        return f"Use {chosen.label} for {learnt}, though{unlike} it is not shown to beat {answer}: {numbers} against {its}{where}."

    def _behind(self) -> str:
        chosen, verdict = self.chosen, self._verdict
        made = made_of(chosen)
        text = f"{chosen.label} is {made}; 95 % interval {self._interval(self._of(chosen))}."
        if self._shares:
            text += f" In comparisons all targets count alike: each error is a share of {self.base.label}'s on that target."
        if self.guess and chosen.id == self.guess.cell:
            return text
        if chosen.id == self.baseline:
            alone = " No other cell did better on the training rows, where the choice is made."
            return text if self._by_cost else f"{text}{alone}"
        if verdict.word == "unresolved":
            told = self._of(chosen).reason == verdict.reason  # as the reason for no interval
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
            figures={cell.id: self._of(cell).value for cell in self.cells},
            where="over the repeated splits" if self._repeated else "on the held-out rows",
            write=self._write,
            amount=self._amount,
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
        if best.id == self.winner or not self._of(best).verdict.gain > self._verdict.gain:
            return ""
        return (
            f"On the held-out rows {best.label} came out best ({self._write(self._of(best).value)}), yet {self.chosen.label} is"
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
        text = f"Answering every text with {CONSTANTS.get(guess.head, cell.label)} gives {self._write(self._of(cell).value)}"
        if not guess.beaten_by(chosen.id):
            return f"{text}. {why(guess)}".strip()
        return f"{text}; {chosen.label} {self._than(cell)}, p {p_value(guess.verdicts[chosen.id].p_holm)}."

    def _words(self) -> str:
        """What the words alone reach: what an encoder has to beat."""
        figures = {cell.id: self._of(cell).value for cell in self.cells}
        if self.base.reads == "words" and self.chosen.id != self.base.id:
            # by the answer, as the baseline
            told = self.guess is None or self.guess.beaten_by(self.chosen.id)
            # a difference would be a share of the words' errors, not of the chosen cell's
            if told or self._shares:
                return ""
        if self.choice and self._by_cost:
            two = (self.by_id[cell].reads for cell in (self.choice.advised, self.choice.best))
            if "words" in two:
                return ""  # how they stand beside the other was said
        return words_sentence(
            self.cells, self.chosen, self.words, figures, write=self._write, amount=self._amount
        )

    def _beside_columns(self) -> list[str]:
        """How columns of the file stand beside the chosen cell; of a baseline the answer has said it already."""
        figures = {cell.id: self._of(cell).value for cell in self.cells}
        told = {self.baseline} if self.guess is None or self.guess.beaten_by(self.winner) else set()
        said = [
            column_sentence(
                self.by_id[name], self.chosen, verdict, figures, write=self._write, amount=self._amount
            )
            for name, verdict in self.columns.items()
            if name not in told
        ]
        return [*said, caveat([self.by_id[name].label for name in self.columns])] if self.columns else []

    def _published(self) -> list[str]:
        """How the chosen cell stands beside figures without rows, and in which band the frozen one lies."""
        if not self.rows:
            return []
        told = [reference_sentence(each, self.chosen, decimals=self._decimals) for each in self.references]
        if self.bands is not None:
            cell = self.by_id[self.bands.cell]
            interval = self._interval(self._of(cell))
            told.append(
                band_sentence(self.bands, cell, interval, measure=self.measure, decimals=self._decimals)
            )
        return told

    def _others(self) -> list[str]:
        told = (self.baseline, self.winner, *self.constant, *self.columns)
        rest = [cell for cell in self.cells if cell.id not in told]
        found = []
        also = self._verdict.word == "better"
        better = f"better than {self.base.label}"
        for word, start in (
            ("better", f"Also {better}" if also else f"B{better[1:]} on the held-out rows"),
            ("equivalent", f"Equivalent to {self.base.label}"),
        ):
            named = [cell for cell in rest if self._of(cell).verdict.word == word]
            beating = [cell.label for cell in named if word != "better" or self._beats_guess(cell)]
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
                        spoken=self._spoken(),
                        measure=self.measure,
                        decimals=self._decimals,
                        shares=self._shares,
                    )
        return ""

    def _leaks(self) -> str:
        if not self.leaked:
            return ""
        return leaks(self.cells, self.base, leaked=self.leaked, left=self.rows, grouped=self.grouped)

    def _one_split(self) -> str:
        """What the study's own split says alone, where repeats lead: about these fitted heads."""
        if not self._repeated:
            return ""
        chosen, verdict = self.chosen, self.chosen.verdict
        estimate = chosen.estimate
        text = (
            f"The study's own split alone, {self.rows:,} held-out rows, gives {self._write(estimate.value)}"
            f" ({self._interval(estimate)})"
        )
        if chosen.id == self.baseline:
            return f"{text}."
        said = verdict.reason if math.isnan(verdict.p_holm) else f"p {p_value(verdict.p_holm)} after Holm"
        return f"{text}: {AGAINST[verdict.word]} {self.base.label}, {said}."

    # words

    @cached_property
    def _decimals(self) -> int:
        figures = self._figures.values()
        return measure_decimals((f.value for f in figures), ((f.high - f.low) / 2 for f in figures))

    def _write(self, value: float) -> str:
        return fixed(value, self._decimals)

    def _spoken(self) -> str:
        return self.measure.spoken(self.positive)

    @property
    def _shares(self) -> bool:
        """Whether differences are shares of the baseline's error on each target."""
        return self.measure.in_shares(len(self.targets))

    def _learnt(self) -> str:
        if len(self.targets) > 3:
            return f"{len(self.targets)} targets"
        return listing([f"“{name}”" for name in self.targets])

    def _where(self) -> str:
        with_value = f" with {self.judged}" if self.judged else ""
        if self._repeated and self.chosen.repeat:
            repeats, held_out = self.chosen.repeat.repeats, self._verdict.n
            return f" over {repeats:,} repeated splits, each judged on {held_out:,} held-out rows{with_value}"
        rows = f" on the {self.rows:,} held-out rows"
        rows += f" of {count(self.groups, 'group')}" if self.groups else ""
        return rows + with_value + (" that did not leak" if self.leaked else "")

    def _interval(self, figure: Leading | Estimate) -> str:
        written = between(figure.low, figure.high, self._decimals)
        return written or (f"none ({figure.reason})" if figure.reason else "none")

    def _change(self, verdict: Verdict) -> str:
        return f"{self._amount(verdict, self.base)} better"

    def _amount(self, verdict: Verdict, base: HeadResult) -> str:
        """How far a cell is from ``base``, without the direction."""
        return self.measure.amount(
            verdict.difference, self._of(base).value, decimals=self._decimals, shares=self._shares
        )

    def _beats_guess(self, cell: HeadResult) -> bool:
        return self.guess is None or self.guess.beaten_by(cell.id)

    def _than(self, constant: HeadResult) -> str:
        """How far the chosen cell is from a constant, in words."""
        mine, its = self._of(self.chosen).value, self._of(constant).value
        return self.measure.beside(mine, its, decimals=self._decimals)
