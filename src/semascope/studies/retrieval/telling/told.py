"""What a study of retrieval says: the answer in sentences, and notes on the collection."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from semascope.retrieval.collections.note import counted
from semascope.studies.result import Note
from semascope.studies.retrieval.asking.languages import spoken
from semascope.studies.retrieval.asking.plan import Words
from semascope.studies.retrieval.telling.billed import billing_notes
from semascope.words.numbers import (
    between,
    count,
    fixed,
    measure_decimals,
    p_value,
    percent,
    rounded_share,
    signed,
)
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from semascope.stats.results import Verdict
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.judging.judged import Judged
    from semascope.studies.task import Records

NAMED = 3  # cells that a sentence names; of more it says how many
BESIDE = {
    "better": "better than",
    "worse": "worse than",
    "equivalent": "no better and no worse than",
    "unresolved": "not settled against",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """The sentences of an answer, from verdicts and a choice."""

    prepared: Prepared
    judged: Judged
    records: Records

    @property
    def decimals(self) -> int:
        """Of the measure, everywhere."""
        cells = self.judged.cells
        return measure_decimals(
            (cell.estimate.value for cell in cells),
            ((cell.estimate.high - cell.estimate.low) / 2 for cell in cells),
        )

    def headline(self) -> list[str]:
        """The answer first, then what it rests on."""
        return [
            self._answer(),
            *self._alone(),
            *self._lengths(),
            self._rests_on(),
            *(f"Warning: {note.title}." for note in self._holes([self.judged.choice.advised])),
        ]

    def _answer(self) -> str:
        by_id = {cell.id: cell for cell in self.judged.cells}
        chosen, base = by_id[self.judged.choice.advised], by_id[self.prepared.baseline]
        short = self.prepared.measure.short
        value = f"{short} {fixed(chosen.estimate.value, self.decimals)}"
        if len(by_id) == 1:
            return f"{chosen.id} comes to {value}; nothing stands beside it."
        if chosen.id != base.id:
            return f"Search with {chosen.id}: {value}, {self._beside(chosen, base)}{self._beside_part()}."
        best = by_id[self.judged.choice.best]
        if self.judged.keys.pair:
            return self._answer_of_pair(value, next(cell for cell in by_id.values() if cell.id != base.id))
        if shown := self._shown_better():
            return (
                f"{base.id} comes to {value} and costs least; on the queries that estimate {shown}. The queries that choose could not"
                " tell: take it where that is worth its cost (--choose best)."
            )
        if best.id == base.id:
            return f"{base.id} is enough: {value}, and no other cell did better on the queries that choose."
        return (
            f"{base.id} is enough: {value}, and {best.id}, the best on the queries that choose, is not clearly ahead"
            f" of it there."
        )

    def _answer_of_pair(self, value: str, other: CellResult) -> str:
        """Where the baseline is advised before one other cell: nothing was chosen, so no query is spoken of that chose."""
        base = self.prepared.baseline
        if shown := self._shown_better():
            return f"{base} comes to {value} and costs least; {shown}. Take it where that is worth its cost (--choose best)."
        ahead = self.judged.choice.best == other.id
        return f"{base} is enough: {value}, and {other.id} {'is not clearly ahead of it' if ahead else 'does no better'}."

    def _beside(self, cell: CellResult, base: CellResult) -> str:
        share = relative(cell.verdict, base.estimate.value)
        return f"{share}{BESIDE[cell.verdict.word]} {base.id}{self._numbers(cell.verdict)}"

    def _beside_part(self) -> str:
        """What the advised hybrid is beside the part that did best alone, where that is not the baseline."""
        advised = self.judged.choice.advised
        one = next((each for each in self.judged.against_parts if each.cell == advised), None)
        if one is None:
            return ""
        return f"; {BESIDE[one.verdict.word]} {one.part} alone{self._numbers(one.verdict)}"

    def _numbers(self, verdict: Verdict) -> str:
        interval = between(verdict.low, verdict.high, self.decimals, sign=True)
        p = "" if verdict.p_holm != verdict.p_holm else f", p {p_value(verdict.p_holm)} after Holm"
        return f" ({signed(verdict.difference, self.decimals)}{f', 95 % {interval}' if interval else ''}{p})"

    def _shown_better(self) -> str:
        """The best of the cells that the queries that estimate show to be better than an advised baseline; "" without any."""
        measure = self.prepared.measure
        better = {cell.id: cell.estimate.value for cell in self.judged.cells if cell.verdict.word == "better"}
        if not better:
            return ""
        best = next(cell for cell in self.judged.cells if cell.id == measure.best(better))
        others = f", and {count(len(better) - 1, 'other cell')} too" if len(better) > 1 else ""
        base = next(cell for cell in self.judged.cells if cell.id == self.prepared.baseline)
        return f"{best.id} is {self._beside(best, base)}{others}"

    def _alone(self) -> list[str]:
        """What vectors alone are worth beside words: an encoder that does not beat them is wasted compute, unless both together do."""
        records, base = self.records, self.prepared.baseline
        dense = [cell for cell in self.judged.cells if records[cell.id]["kind"] == "dense"]
        advised = self.judged.choice.advised
        settled = any(cell.verdict.word == "better" or cell.id == advised for cell in dense)
        if not dense or settled or not any(isinstance(cell, Words) for cell in self.prepared.cells):
            return []
        worse = sum(cell.verdict.word == "worse" for cell in dense)
        if len(dense) > NAMED:
            what = f"none of the {len(dense)} cells of vectors is shown to beat {base}"
            what += f", and {worse} {'is' if worse == 1 else 'are'} worse" if worse else ""
        else:
            named = listing([f"{cell.id} ({_word_of(cell)})" for cell in dense])
            what = f"{named} {'is' if len(dense) == 1 else 'are'} not shown to beat {base}"
        if records[advised]["kind"] == "mixed":
            return [f"By {'itself' if len(dense) == 1 else 'themselves'} {what}."]
        return [
            f"By {'itself' if len(dense) == 1 else 'themselves'} {what}: an encoder that does not beat it is wasted compute."
        ]

    def _lengths(self) -> list[str]:
        """How long passages should be, for the first encoder that reads some: chosen on one side, judged on the other."""
        readers = list(dict.fromkeys(one.encoder for one in self.judged.lengths))
        if not readers:
            return []
        of_reader = [one for one in self.judged.lengths if one.encoder == readers[0]]
        by_id = {cell.id: cell for cell in self.judged.cells}
        best = self.prepared.measure.best({one.cell: by_id[one.cell].selection for one in of_reader})
        chosen = next(one for one in of_reader if one.cell == best)
        more = "" if len(readers) == 1 else f" For {listing(readers[1:], limit=2)} see the report."
        where = "" if self.judged.keys.pair else " on the queries that choose"
        if chosen.word == "baseline":
            return [f"Documents stay whole for {readers[0]}: no passages did better{where}.{more}"]
        interval = between(chosen.low, chosen.high, self.decimals, sign=True)
        numbers = f"{signed(chosen.difference, self.decimals)}{f', 95 % {interval}' if interval else ''}"
        if self.judged.keys.pair:
            return [
                f"Passages of {chosen.length} tokens are {BESIDE[chosen.word]} whole documents for {readers[0]} ({numbers})."
            ]
        return [
            f"Cut documents into passages of {chosen.length} tokens for {readers[0]}: so the choosing queries say, and on the others that"
            f" is {BESIDE[chosen.word]} whole documents ({numbers}).{more}"
        ]

    def _rests_on(self) -> str:
        keys, family = self.judged.keys, self.judged.family
        copies = self.prepared.asked.copies(keys.estimating)
        alike = " (near-copies of a query count as one)" if copies else ""
        margin = f"differences within {fixed(family.margin, self.decimals)} count as none"
        number = len(keys.estimating)
        if len(self.judged.cells) == 1:
            return (
                f"Judged on all {counted(number, 'query')}{alike}."
                if keys.pair
                else f"Judged on {counted(number, 'query')}{alike}."
            )
        if keys.pair:
            return f"Judged on all {counted(number, 'query')}{alike}, as a pair of cells needs no choice among them; {margin}."
        return f"Chosen on {counted(len(keys.choosing), 'query')} and judged on {number:,} others{alike}; {margin}."

    def _holes(self, cells: Collection[str]) -> list[Note]:
        """Those of the cells that differ from the baseline by more in holes than in the measure."""
        base, write = self.prepared.baseline, self.decimals
        return [
            Note(
                level="warning",
                title=f"{one.cell} and {base} differ by more in unjudged documents than in {self.prepared.measure.short}",
                text=f"Of the first ten {percent(self.judged.holes[one.cell])} and {percent(self.judged.holes[base])} were never"
                f" judged, and count as wrong. On judged documents alone they come to {fixed(one.value, write)} and"
                f" {fixed(one.baseline, write)}.",
            )
            for one in self.judged.condensed
            if one.cell in cells
        ]

    def notes(self) -> list[Note]:
        """Holes, leaks, what was merged or left out, what was cut."""
        asked = self.prepared.asked
        read = [
            Note(
                level="warning" if note.warning else "info",
                title=capital(note.kind),
                text=f"{capital(note.text)}.",
                count=note.count,
            )
            for note in (
                *asked.collection.notes,
                *asked.leaks.notes(None if self.judged.keys.pair else asked.sides),
            )
        ]
        every = [cell.id for cell in self.judged.cells]
        stated = [
            Note(level="info", title="As asked", text=f"{spoken(one, name)}.")
            for name, several in self.prepared.stated.items()
            for one in several
        ]
        return [
            *self._seen(),
            *self._foreign(),
            *self._holes(every),
            *self._unjudged(),
            *read,
            *_cut(self.records),
            *stated,
            *billing_notes(self.records),
            *self._unchanged(),
            *self._silent(),
        ]

    def _unjudged(self) -> list[Note]:
        """How much of what the advised cell found nobody judged."""
        share = self.judged.holes[self.judged.choice.advised]
        if not share > 0:
            return []
        return [
            Note(
                level="info",
                title=f"{percent(share)} of the first ten documents of {self.judged.choice.advised} were never judged",
                text="They count as wrong, whatever they say; other documents may answer a query as well as the judged ones.",
            )
        ]

    def _foreign(self) -> list[Note]:
        """Encoders that were not trained for the languages of the documents."""
        return [
            Note(level="warning", title=f"{name} was not trained for these languages", text=f"{said}.")
            for name, said in self.prepared.foreign.items()
        ]

    def _unchanged(self) -> list[Note]:
        """Ways of disturbing queries that leave every one of them as it is."""
        told = {one.perturbation for one in self.judged.robustness}
        return [
            Note(
                level="info",
                title=f"{way} changes none of the queries",
                text="Nothing was measured under it.",
            )
            for way in self.prepared.study.perturb
            if way not in told
        ]

    def _seen(self) -> list[Note]:
        """Queries that nobody is judged on, because an encoder was tuned on what answers them."""
        left = self.judged.keys.left_out
        if not left:
            return []
        cells = listing([one.cell for one in self.judged.seen])
        return [
            Note(
                level="warning",
                title=f"{counted(left, 'query')} left out of choice and verdicts",
                text=f"What {cells} {'is' if len(self.judged.seen) == 1 else 'are'} made of was tuned on these queries or on documents that"
                " are relevant for them, so its figures are flattered there. They stand apart in the report.",
                count=left,
            )
        ]

    def _silent(self) -> list[Note]:
        return [
            Note(
                level="info",
                title=f"{cell} found nothing for {counted(number, 'query')}",
                text="They count 0.",
                count=number,
            )
            for cell, number in self.judged.silent.items()
            if number
        ]


def relative(verdict: Verdict, base: float) -> str:
    """How much better or worse, as a share of the baseline: "6 % "; empty where that was not shown, or of a baseline of 0."""
    if verdict.word not in ("better", "worse") or not base > 0:
        return ""
    return f"{rounded_share(abs(verdict.difference) / base)} "


def _word_of(cell: CellResult) -> str:
    verdict = cell.verdict
    return "not compared" if verdict.word == "unresolved" and verdict.p != verdict.p else verdict.word


def _cut(records: Records) -> list[Note]:
    """Documents that an encoder did not read to their end; once an encoder."""
    told: dict[tuple[str, str], Note] = {}
    for record, what in product(records.values(), ("documents", "queries")):
        read = record["account"].get(what)
        if read and read["cut"]:
            one = "document" if what == "documents" else "query"
            told.setdefault(
                (record["encoder"], what),
                Note(
                    level="warning",
                    title=f"{record['encoder']} cut {counted(read['cut'], one)}",
                    text=f"It did not read {percent(read['tokens_lost_share'], 1)} of all their tokens; what stands there cannot be found.",
                    count=read["cut"],
                ),
            )
    return list(told.values())
