"""How BM25 counts: one cell of a table of searches, written as a flag or as a mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from semascope.data.settings_in_a_word import SettingsInAWord, settings_of
from semascope.errors import ConfigError
from semascope.retrieval.words.tokens import (
    NONE,
    STEMMERS,
    STOP_WORDS,
    WordCut,
    WordReader,
    check_stemmer,
    check_stop_words,
)

Variant = Literal["lucene", "robertson", "atire", "bm25l", "bm25+"]
DELTAS = {"bm25l": 0.5, "bm25+": 1.0}
"""What a word that stands in a document counts at least, by Lv & Zhai: the variants that have it, and their defaults."""
AUTO = "auto"
NAME = "bm25"


class Bm25(SettingsInAWord):
    """One way of BM25.

    Written as a flag, ``bm25`` or ``bm25:k1=0.9,b=0.4,stemmer=none``.

    Examples
    --------
    >>> Bm25.read("bm25:k1=0.9,b=0.4").settled("de").stemmer
    'de'
    """

    what = "bm25"
    needs = "nothing is needed"
    kind = "settings"
    example = "bm25:k1=0.9,b=0.4,stemmer=none"

    name: str = ""  # of the cell; "" names it as it is written
    variant: Variant = "lucene"
    k1: Annotated[float, Field(ge=0, allow_inf_nan=False)] = (
        1.5  # how much more a word counts that stands there often
    )
    b: Annotated[float, Field(ge=0, le=1)] = 0.75  # how much longer documents are held against their words
    delta: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = (
        None  # of bm25l and bm25+ alone; None: ``DELTAS``
    )
    tokens: WordCut = "words"
    stopwords: str = AUTO  # by the collection's language; none, or a key of ``STOP_WORDS``
    stemmer: str = AUTO  # by the collection's language; none, or a key of ``STEMMERS``

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.delta is not None and self.variant not in DELTAS:
            raise ValueError(f"delta belongs to the variants {' and '.join(DELTAS)}; leave it out")
        if self.k1 == 0 and self.variant in DELTAS:  # what a missing word counts is 0 / 0 there
            raise ValueError(f"k1 is 0; the variants {' and '.join(DELTAS)} need more; give one")
        if self.stemmer != AUTO:
            check_stemmer(self.stemmer)
        if self.stopwords != AUTO:
            check_stop_words(self.stopwords)
        return self

    @classmethod
    def from_word(cls, written: str) -> dict[str, Any]:
        """Those behind the colon."""
        if not is_bm25(written):
            raise ConfigError(f"{written!r} is no bm25; write for example {cls.example}")
        return settings_of(written.partition(":")[2], written=written)

    @property
    def label(self) -> str:
        """What the cell is called."""
        given = ",".join(f"{key}={value}" for key, value in self.written().items())
        return self.name or (f"{NAME}:{given}" if given else NAME)

    @property
    def floor(self) -> float:
        """What a word that stands in a document counts at least; 0 for the variants without."""
        return DELTAS.get(self.variant, 0.0) if self.delta is None else self.delta

    def settled(self, language: str) -> Self:
        """The same with stop words and stemmer of a language instead of ``auto``: what a record holds.

        Parameters
        ----------
        language
            A code; "" where it is not known. A language without a list or a stemmer gets none.
        """
        chosen = {
            "stopwords": (language if language in STOP_WORDS else NONE)
            if self.stopwords == AUTO
            else check_stop_words(self.stopwords),
            "stemmer": (language if language in STEMMERS else NONE)
            if self.stemmer == AUTO
            else check_stemmer(self.stemmer),
        }
        return self.model_copy(update=chosen)

    def reader(self) -> WordReader:
        """What reads texts as words, by settled settings."""
        if AUTO in (self.stopwords, self.stemmer):
            raise ConfigError(
                f"{self.label} leaves stop words or stemmer to the language; texts are read by settled ones; "
                "call settled(language) first"
            )
        return WordReader(cut=self.tokens, stopwords=self.stopwords, stemmer=self.stemmer)


def is_bm25(written: str) -> bool:
    """Whether a name of a cell is that of BM25."""
    return written.partition(":")[0].strip() == NAME
