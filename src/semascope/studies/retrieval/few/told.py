"""What a study with few judgements says: the answer in sentences, what is open, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.retrieval.collections.note import counted
from semascope.studies.result import Note
from semascope.words.numbers import between, count, fixed, percent, roughly, signed
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.asking.forecast import Beforehand, Effort
    from semascope.retrieval.asking.quality import Share
    from semascope.retrieval.collections.note import Note as Read
    from semascope.stats.results import Verdict
    from semascope.studies.retrieval.few.questions import Questions
    from semascope.studies.retrieval.few.result import Judge

DECIMALS = 3
MOST = 1.0  # a difference of two measures between 0 and 1


def beforehand_line(found: Beforehand, settles: float, short: str) -> str:
    """What it will take, said before the first question."""
    what = f"a difference of {settles:g} {short}"
    if found.half is None:
        every = f"all that differs, {count(found.everything.judgements, 'judgement')},"
        if not found.finest < MOST:
            return f"These queries are too few to settle {what}, or any other: {every} leaves the whole range open."
        return (
            f"These queries are too few to settle {what}: {every} settles one of"
            f" about {fixed(found.finest, 2)} if half the queries have a relevant document there."
        )
    most = roughly(found.whole.judgements) if found.whole else "more than there are"
    return (
        f"To settle {what} it takes about {roughly(found.half.judgements)} judgements if half the queries have a relevant document among"
        f" those in question, and {most} if all have; larger differences take fewer."
    )


def progress_lines(questions: Questions) -> list[str]:
    """Where every candidate stands, and what is left to judge."""
    lines = [
        f"{count(questions.done, 'query', 'queries')} done, {count(len(questions.answers.given), 'judgement')}"
    ]
    for c, cell in enumerate(questions.cells[1:]):
        verdict = questions.standing.verdicts[c]
        if verdict.reason:
            lines.append(f"{cell}: {verdict.reason}")
            continue
        left = _left(open_effort(questions, c), questions) if verdict.word == "unresolved" else ""
        lines.append(f"{cell}: {difference_words(verdict)} from {questions.cells[0]}, {verdict.word}{left}")
    return lines


def difference_words(verdict: Verdict) -> str:
    """A difference with its interval, if there is one that says anything."""
    inside = between(verdict.low, verdict.high, DECIMALS, sign=True) if verdict.high - verdict.low < 2 else ""
    return signed(verdict.difference, DECIMALS) + (f" ({inside})" if inside else "")


def open_effort(questions: Questions, candidate: int) -> Effort | None:
    """What settles a candidate if its difference stays as it is."""
    return questions.forecast.from_here(
        questions.standing.estimated, candidate, questions.standing.variance_needed(candidate)
    )


def _left(effort: Effort | None, questions: Questions) -> str:
    if effort is None:
        return "; at this difference these queries are too few to settle it"
    more = effort.judgements - len(questions.answers.given)
    return f"; about {roughly(more)} judgements more if it stays so" if more > 0 else ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The sentences of an answer."""

    cells: Sequence[str]
    verdicts: Mapping[str, Verdict]
    advised: str
    short: str  # of the measure
    queries: int
    done: int
    judgements: int
    skipped: int
    open: Mapping[str, Effort | None]
    margin: float
    judge: Judge | None
    beforehand: str

    def headline(self) -> list[str]:
        """The answer first, then what it rests on."""
        return [self._answer(), *self._others(), self._rests_on(), *self._judge(), *self._open()]

    def _answer(self) -> str:
        base = self.cells[0]
        if self.advised != base:
            verdict = self.verdicts[self.advised]
            return f"Search with {self.advised}: {self._beside(verdict)}, better than {base}."
        others = [self.verdicts[cell] for cell in self.cells[1:]]
        if all(verdict.word in ("worse", "equivalent") for verdict in others):
            return f"{base} is enough: no other cell is better by more than {fixed(self.margin, DECIMALS)} {self.short}."
        if not self.done:
            return f"Nothing is settled: no query is judged yet. {self.beforehand}"
        if reasons := {verdict.reason for verdict in others if verdict.reason}:
            return f"Nothing is settled against {base} yet: {reasons.pop()}."
        return f"Nothing is settled against {base} yet: {self._each('unresolved')}."

    def _beside(self, verdict: Verdict) -> str:
        interval = between(verdict.low, verdict.high, DECIMALS, sign=True)
        return f"{signed(verdict.difference, DECIMALS)} {self.short} (95 % {interval} at every look)"

    def _each(self, word: str) -> str:
        return listing(
            [f"{cell} {difference_words(v)}" for cell, v in self.verdicts.items() if v.word == word]
        )

    def _others(self) -> list[str]:
        """Cells that the first sentence does not name, by word."""
        named = {self.cells[0], self.advised}
        found = []
        for word, said in (("better", "Better too"), ("equivalent", "Equivalent"), ("worse", "Worse")):
            cells = [
                f"{cell} {difference_words(verdict)}"
                for cell, verdict in self.verdicts.items()
                if verdict.word == word and cell not in named
            ]
            if cells:
                found.append(f"{said}: {listing(cells)}.")
        if self.advised != self.cells[0] and self._each("unresolved"):
            found.append(f"Not settled: {self._each('unresolved')}.")
        return found

    def _rests_on(self) -> str:
        machine = "" if self.judge is None else ", beside those of a machine on every query"
        return (
            f"By {count(self.judgements, 'judgement')} of a person on {self.done:,} of {counted(self.queries, 'query')}, drawn by how"
            f" much the cells disagree{machine}; differences within {fixed(self.margin, DECIMALS)} count as none."
        )

    def _judge(self) -> list[str]:
        if self.judge is None:
            return []
        quality = self.judge.quality
        if not quality.sensitivity.pairs and not quality.specificity.pairs:
            alone = listing(
                [f"{cell} is {signed(value, DECIMALS)}" for cell, value in self.judge.alone.items()]
            )
            return [
                f"By {self.judge.source} alone {alone} from {self.cells[0]}; how good it is nobody knows before a person judges too: add"
                " --ask."
            ]
        trust = [value for cell, value in self.judge.trust.items() if cell != self.cells[0]]
        weight = (
            between(min(trust), max(trust), 2) if max(trust) - min(trust) > 0.01 else fixed(max(trust), 2)
        )
        return [
            f"{self.judge.source} finds {share_words(quality.sensitivity)} of what the person calls relevant and agrees on"
            f" {share_words(quality.specificity)} of the rest; its weight is {weight}."
        ]

    def _open(self) -> list[str]:
        said = []
        for cell, effort in self.open.items():
            more = 0 if effort is None else effort.judgements - self.judgements
            if effort is None:
                said.append(f"{cell} needs more queries than there are")
            elif more > 0:
                said.append(f"{cell} about {roughly(more)} judgements more")
        return [f"To settle it if differences stay as they are: {listing(said)}."] if said else []

    def notes(self) -> list[Note]:
        """What was skipped, and what a machine left out."""
        found = []
        if self.skipped:
            found.append(
                Note(
                    level="warning",
                    title=f"{count(self.skipped, 'document was', 'documents were')} skipped",
                    text="They count as not relevant, as documents do that nobody judged.",
                    count=self.skipped,
                )
            )
        if self.judge is not None and self.judge.missing:
            found.append(
                Note(
                    level="warning",
                    title=f"{self.judge.source} says nothing of {count(self.judge.missing, 'pair')}",
                    text=f"Of {self.judge.pairs:,} pairs of query and document in question. To it they count as not relevant: that costs"
                    " judgements and biases nothing.",
                    count=self.judge.missing,
                )
            )
        return found


def share_words(share: Share) -> str:
    """A share with its interval in words."""
    if not share.pairs:
        return "an unknown share"
    return f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"


def read_notes(notes: Sequence[Read]) -> list[Note]:
    """Notes of the reading as notes of a study."""
    return [
        Note(
            level="warning" if note.warning else "info",
            title=capital(note.kind),
            text=f"{capital(note.text)}.",
            count=note.count,
        )
        for note in notes
    ]
