"""Which languages the texts are in: from a column, or detected on a sample."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.language_names import language_code
from semascope.data.near import SPACELESS
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from semascope.types import Ints

SHORTEST = 20  # letters; a text with fewer counts as unknown
SURE = 0.7  # probability of the detector; below it a text counts as unknown
LONGEST = 1_000  # characters that are looked at
LETTERS_PER_SIGN = 3  # what one character says in a script without spaces
NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|\S*@\S+|#")
SIGN = re.compile(rf"[{SPACELESS}]")
DOUBTFUL = frozenset({"pcm"})  # Nigerian Pidgin: English headlines called that were most of the false alarms
FALSE_ALARM = 0.01  # share of known rows that detection may get wrong; measured below 0.2 % (docs/data.md)
FEWEST = 3  # detected rows that are worth a warning


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LanguageProfile:
    """The languages of n texts, as far as they are known."""

    languages: Sequence[str]  # (n,) codes; "" where unknown or not looked at
    looked_at: Ints  # positions that were looked at, ascending
    method: str  # "column 'lang'" or "py3langid on a sample of 500 rows"
    is_detected: bool

    @property
    def known(self) -> int:
        """Number of rows whose language is known."""
        return sum(1 for language in self.languages if language)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the known rows by language, the largest first; empty when none is known."""
        counted = Counter(language for language in self.languages if language)
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return {language: n / self.known for language, n in ordered}

    def foreign_rows(self, supported: AbstractSet[str]) -> Ints:
        """Positions of the rows whose language is known and not among ``supported`` codes."""
        foreign = [i for i, language in enumerate(self.languages) if language and language not in supported]
        return np.array(foreign, dtype=np.int64)

    def foreign_share(self, supported: AbstractSet[str]) -> float:
        """Share of the known rows that are foreign, in [0, 1]; 0 when no language is known."""
        return len(self.foreign_rows(supported)) / self.known if self.known else 0.0

    def calls_for_warning(self, supported: AbstractSet[str]) -> bool:
        """Whether there are foreign rows: any by a column, more than the detector's own errors otherwise."""
        if not self.is_detected:
            return len(self.foreign_rows(supported)) > 0
        return len(self.foreign_rows(supported)) >= FEWEST and self.foreign_share(supported) > FALSE_ALARM


def languages_of(
    texts: Sequence[str],
    *,
    column: Sequence[str] | None = None,
    column_name: str = "",
    sample: int = 500,
    seed: int = 42,
) -> LanguageProfile:
    """The languages of n texts.

    Parameters
    ----------
    texts
        n texts; read only when ``column`` is None.
    column
        (n,) names or codes of languages, as the file has them; None lets the detector look.
    column_name
        Its name, for ``method``.
    sample
        Rows that the detector looks at, 1 or more, drawn at random among those with text.
    seed
        Of that draw.

    Notes
    -----
    The detector is py3langid with probabilities. A text counts as unknown under 20 letters (a character of Chinese,
    Japanese, Thai and the like counts for three) or under a probability of 0.7; addresses and names after ``@`` are left
    out. How often it errs at these two bounds is in ``docs/data.md``.
    """
    if column is not None:
        if len(column) != len(texts):
            raise DataError(
                f"the language column has {len(column)} values for {len(texts)} texts; one each is needed"
            )
        return LanguageProfile(
            languages=[language_code(value) for value in column],
            looked_at=np.arange(len(texts)),
            method=f"column {column_name!r}" if column_name else "a column of the file",
            is_detected=False,
        )
    if sample < 1:
        raise ConfigError(f"sample is {sample}; it must be 1 or more")
    worded = np.array([i for i, text in enumerate(texts) if text.strip()], dtype=np.int64)
    if len(worded) > sample:
        worded = np.sort(np.random.default_rng(seed).choice(worded, size=sample, replace=False))
    languages = [""] * len(texts)
    for i in worded.tolist():
        languages[i] = detect_language(texts[i])
    extent = f"a sample of {len(worded)} rows" if len(worded) < len(texts) else f"all {len(texts)} rows"
    return LanguageProfile(
        languages=languages, looked_at=worded, method=f"py3langid on {extent}", is_detected=True
    )


def detect_language(text: str) -> str:
    """The language of one text; "" when it is too short or the detector is not sure.

    Examples
    --------
    >>> detect_language("La marée monte deux fois par jour dans le port."), detect_language("ok 👍")
    ('fr', '')
    """
    plain = NOT_LANGUAGE.sub("", text[: 2 * LONGEST])[:LONGEST]
    signs = len(SIGN.findall(plain)) if not plain.isascii() else 0
    letters = sum(map(str.isalpha, plain)) + (LETTERS_PER_SIGN - 1) * signs
    if letters < SHORTEST:
        return ""
    language, probability = _detector().classify(plain)
    return language_code(language) if probability >= SURE and language not in DOUBTFUL else ""


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
