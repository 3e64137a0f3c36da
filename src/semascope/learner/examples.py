"""The scored texts that a learner holds: adding, taking out, copies, and whether they belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.data.text_checks import check_text
from semascope.errors import DataError
from semascope.learner.example import RankingExample, check_metadata, check_score
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from semascope.types import Array, Floats


@dataclass(slots=True, eq=False)
class Examples:
    """Three lists of one length, which users may change by hand, and vectors that are known of their texts.

    Parameters
    ----------
    texts, scores, metadata
        In the order in which the examples came.
    known
        Vectors of texts, by text.
    """

    texts: list[str]
    scores: list[float]
    metadata: list[dict[str, Any] | None]
    known: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Iterable[RankingExample], vectors: Array) -> Self:
        """New lists of these examples, which are checked already, and the vectors of the first of them."""
        kept = list(examples)
        texts = [each.text for each in kept]
        known = dict(zip(texts[: len(vectors)], vectors, strict=True))
        return cls(texts, [each.score for each in kept], [each.metadata for each in kept], known)

    def replace(self, others: Examples) -> None:
        """Hold the lists and vectors of ``others`` from now on."""
        self.texts, self.scores, self.metadata = others.texts, others.scores, others.metadata
        self.known = others.known

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Put one behind the others; nothing has changed when it cannot be used."""
        text, score, metadata = check_text(text), check_score(score), check_metadata(metadata)
        self._fill_metadata()
        self.texts.append(text)
        self.scores.append(score)
        self.metadata.append(metadata)

    def take_back(self) -> None:
        """Be without the one that was added last, also where lists were changed by hand and are of several lengths."""
        self.known.pop(self.texts.pop(), None)
        self.scores.pop()
        self.metadata.pop()

    def remove(self, rows: list[int]) -> None:
        """Be without these rows, which are ascending."""
        for row in reversed(rows):
            self.known.pop(self.texts[row], None)
            del self.texts[row], self.scores[row], self.metadata[row]

    def to_forget(self, text: str, *, keep_one: bool) -> list[int]:
        """Ascending rows of the examples with exactly this text.

        Raises
        ------
        DataError
            When there is none, or with ``keep_one`` no other example.
        """
        check_text(text)
        self.check_together()
        rows = [row for row, known in enumerate(self.texts) if known == text]
        check_forgettable(text, len(rows), among=len(self) if keep_one else None)
        return rows

    def check_together(self) -> None:
        """Refuse lists that were changed by hand and no longer belong together; what was appended has no metadata."""
        self._fill_metadata()
        if not len(self.texts) == len(self.scores) == len(self.metadata):
            raise DataError(
                f"there are {len(self.texts)} training_texts, {len(self.scores)} training_scores and {len(self.metadata)} training_metadata;"
                " each example has one of each; change them together, or use update and forget"
            )

    def taught(self, make: Callable[[list[str]], Array], *, least: int) -> tuple[Array, Floats]:
        """(n, d) vectors and (n,) scores; ``make`` makes the vectors that are not known, which are known then.

        Raises
        ------
        DataError
            For fewer than ``least``, or a score that is none.
        """
        self.check_together()
        if len(self) < least:
            raise DataError(
                f"the learner holds {count(len(self), 'example')}; training needs at least {least} training examples;"
                " add more with add_training_example"
            )
        scores = [check_score(score, what=f"score {place}") for place, score in enumerate(self.scores)]
        return self.vectors(self.texts, make), np.array(scores)

    def vectors(self, texts: list[str], make: Callable[[list[str]], Array]) -> Array:
        """(n, d) vectors of n of the texts, one or more."""
        texts = list(texts)  # another thread may add to it meanwhile
        missing = [text for text in dict.fromkeys(texts) if text not in self.known]
        if missing:
            self.known.update(zip(missing, make(missing), strict=True))
        return np.stack([self.known[text] for text in texts])

    def all(self) -> list[RankingExample]:
        """All of them, with their metadata."""
        self.check_together()
        triples = zip(self.texts, self.scores, self.metadata, strict=True)
        return [RankingExample(*triple) for triple in triples]

    def _fill_metadata(self) -> None:
        """None for what was appended by hand to the other lists, before anything else comes."""
        self.metadata.extend([None] * (len(self.texts) - len(self.metadata)))


def check_forgettable(text: str, found: int, *, among: int | None) -> None:
    """Refuse to forget a text that ``found`` of the examples have: none, or all of ``among``.

    Parameters
    ----------
    among
        Examples, of which one must stay; None where none must.
    """
    if not found:
        raise DataError(f"no example has the text {text!r:.60}; forget takes the exact text of an example")
    if found == among:
        raise DataError(
            "this is the only text that is left; a model needs one example; add another one first"
        )
