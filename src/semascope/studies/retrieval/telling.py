"""What a study of retrieval says: the answer in sentences, and notes on the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.retrieval.collections.note import counted
from semascope.studies.result import Note
from semascope.studies.retrieval.plan import Words
from semascope.words.numbers import between, fixed, measure_decimals, p_value, percent, rounded_share, signed
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from semascope.stats.results import Verdict
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.judging import Judged
    from semascope.studies.retrieval.prepare import Prepared
    from semascope.studies.task import Records

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
            *self._above_the_advised(),
            *self._wasted(),
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
        if best.id == base.id:
            return f"{base.id} is enough: {value}, and no other cell did better on the queries that choose."
        return (
            f"{base.id} is enough: {value}, and {best.id}, the best on the queries that choose, is not clearly ahead"
            f" of it there."
        )

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

    def _above_the_advised(self) -> list[str]:
        """Where the queries that estimate show cells to be better than a baseline that is advised."""
        if self.judged.choice.advised != self.prepared.baseline:
            return []
        found = [cell.id for cell in self.judged.cells if cell.verdict.word == "better"]
        if not found:
            return []
        return [
            f"On the queries that estimate {listing(found)} {'is' if len(found) == 1 else 'are'} better, which the choice"
            " could not know."
        ]

    def _wasted(self) -> list[str]:
        """Encoders that BM25 is not shown to be behind."""
        dense = {cell for cell, record in self.records.items() if record["kind"] == "dense"}
        if not any(isinstance(cell, Words) for cell in self.prepared.cells):
            return []
        found = [
            f"{cell.id} ({cell.verdict.word})"
            for cell in self.judged.cells
            if cell.id in dense and cell.verdict.word != "better"
        ]
        if not found:
            return []
        return [
            f"By itself {listing(found)} {'is' if len(found) == 1 else 'are'} not shown to beat {self.prepared.baseline}:"
            " an encoder that does not is wasted compute."
        ]

    def _rests_on(self) -> str:
        sides, family = self.prepared.asked.sides, self.judged.family
        copies = self.prepared.asked.copies(self.prepared.asked.estimating)
        alike = " (near-copies of a query count as one)" if copies else ""
        return (
            f"Chosen on {counted(len(sides.choosing), 'query')} and judged on {len(sides.estimating):,} others{alike};"
            f" differences within {fixed(family.margin, self.decimals)} count as none."
        )

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
            for note in (*asked.collection.notes, *asked.leaks.notes(asked.sides))
        ]
        every = [cell.id for cell in self.judged.cells]
        return [*self._holes(every), *read, *_cut(self.records), *self._silent()]

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


def _cut(records: Records) -> list[Note]:
    """Documents that an encoder did not read to their end; once an encoder."""
    told: dict[str, Note] = {}
    for record in records.values():
        read = record["account"].get("documents")
        if read and read["cut"]:
            told.setdefault(
                record["encoder"],
                Note(
                    level="warning",
                    title=f"{record['encoder']} cut {counted(read['cut'], 'document')}",
                    text=f"It did not read {percent(read['tokens_lost_share'], 1)} of all their tokens; what stands there cannot be found.",
                    count=read["cut"],
                ),
            )
    return list(told.values())
