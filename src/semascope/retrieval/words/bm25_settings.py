"""How BM25 counts: one cell of a table of searches, written as a flag or as a mapping."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from semascope.data.settings_file import first_problem
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


class Bm25(BaseModel):
    """One way of BM25.

    Written as a flag, ``bm25`` or ``bm25:k1=0.9,b=0.4,stemmer=none``.

    Examples
    --------
    >>> Bm25.read("bm25:k1=0.9,b=0.4").settled("de").stemmer
    'de'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    def read(cls, written: Any) -> Self:
        """The settings of a flag, a mapping or of themselves.

        Raises
        ------
        ConfigError
            For a setting that there is not or a value that it cannot have.
        """
        if isinstance(written, cls):
            return written
        values = _flag(written) if isinstance(written, str) else written
        if not isinstance(values, dict):
            raise ConfigError(
                f"bm25 is {written!r:.80}; it must be settings; write for example bm25:k1=0.9,b=0.4,stemmer=none"
            )
        try:
            return cls(**values)
        except ValidationError as error:
            said = error.errors()[0].get("ctx", {}).get("error") or first_problem(
                error, cls.model_fields, needs="nothing is needed"
            )
            raise ConfigError(f"{written!r:.120}: {said}") from None

    @property
    def label(self) -> str:
        """What the cell is called."""
        given = ",".join(f"{key}={value}" for key, value in self.written().items())
        return self.name or (f"{NAME}:{given}" if given else NAME)

    @property
    def floor(self) -> float:
        """What a word that stands in a document counts at least; 0 for the variants without."""
        return DELTAS.get(self.variant, 0.0) if self.delta is None else self.delta

    def written(self) -> dict[str, Any]:
        """The settings that are not their defaults, as a study file has them."""
        return self.model_dump(mode="json", exclude_defaults=True)

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


def _flag(written: str) -> dict[str, Any]:
    if not is_bm25(written):
        raise ConfigError(f"{written!r} is no bm25; write for example bm25:k1=0.9,b=0.4,stemmer=none")
    return settings_of(written.partition(":")[2], written=written)


def settings_of(listed: str, *, written: str) -> dict[str, Any]:
    """``key=value,key=value`` as a mapping of strings; ``written`` is what an error shows."""
    values: dict[str, Any] = {}
    for setting in filter(None, map(str.strip, listed.split(","))):
        key, given, value = map(str.strip, setting.partition("="))
        if not given:
            raise ConfigError(f"{written!r}: {key!r} has no value; write {key}=VALUE")
        if key in values:
            raise ConfigError(f"{written!r}: {key!r} is given twice; leave one of them out")
        values[key] = value
    return values
