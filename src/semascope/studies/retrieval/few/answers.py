"""What a person answered, each answer on the disk before the next question: ``answers.jsonl``, which is only added to.

``judgements.tsv`` beside it is made of it: what other programs read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.files import append_line, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG, JUDGEMENTS = "answers.jsonl", "judgements.tsv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A grade of one document for one query."""

    query: str
    document: str
    grade: float | None  # None: skipped, which counts as not relevant


@dataclass(kw_only=True, slots=True)
class Answers:
    """All that a person answered in a run folder, in this session and before."""

    folder: Path
    given: list[Answer] = field(default_factory=list)  # without those that were taken back

    @classmethod
    def read(cls, folder: Path) -> Answers:
        """Those of a folder; none where nobody was asked there. A last line that a crash has cut is as if never given.

        Raises
        ------
        DataError
            A line is damaged; with its number.
        """
        answers = cls(folder=folder)
        if not answers.log.is_file():
            return answers
        *lines, _ = answers.log.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                said = json.loads(line)
                if "undone" in said:
                    answers.given.pop()
                else:
                    answers.given.append(Answer(**said))
            except (ValueError, TypeError, IndexError):
                raise DataError(
                    f"{answers.log}, line {number} is no answer; each line has query, document and grade; delete that line"
                ) from None
        return answers

    @property
    def log(self) -> Path:
        """Where every answer is added."""
        return self.folder / LOG

    @property
    def grades(self) -> dict[str, dict[str, float]]:
        """By query and document, the last one given; one that was skipped is 0."""
        found: dict[str, dict[str, float]] = {}
        for one in self.given:
            found.setdefault(one.query, {})[one.document] = one.grade or 0.0
        return found

    @property
    def skipped(self) -> int:
        """Documents that were skipped."""
        return sum(one.grade is None for one in self.given)

    def give(self, answer: Answer) -> None:
        """Keep an answer; on the disk when this returns."""
        self._add(asdict(answer))
        self.given.append(answer)

    def undo(self) -> Answer | None:
        """Take the last answer back, of an earlier session too; None where there is none."""
        if not self.given:
            return None
        last = self.given[-1]
        self._add({"undone": {"query": last.query, "document": last.document}})
        return self.given.pop()

    def write_judgements(self) -> None:
        """``judgements.tsv``: query, document and grade between tabs, as BEIR has them; nothing of what was skipped."""
        rows = {(one.query, one.document): one for one in self.given if one.grade is not None}
        lines = [f"{query}\t{document}\t{one.grade:g}\n" for (query, document), one in rows.items()]
        self._safely(
            lambda: replace_file(
                self.folder / JUDGEMENTS, "".join(["query-id\tcorpus-id\tscore\n", *lines]).encode()
            )
        )

    def _add(self, line: dict[str, object]) -> None:
        self._safely(lambda: append_line(self.log, json.dumps(line, ensure_ascii=False).encode()))

    def _safely(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise DataError(
                f"{self.log} cannot be written ({error.strerror}); the answers before are kept; make room, and run it again"
            ) from error
