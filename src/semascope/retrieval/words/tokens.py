"""Texts as the words that BM25 counts: cut, without stop words, stemmed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from semascope.data.language import languages_of
from semascope.data.language_names import language_code
from semascope.errors import ConfigError
from semascope.extras import require
from semascope.probes.pieces import is_unspaced, pieces_of, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.data.language import LanguageProfile

WordCut = Literal["words", "words2"]
"""``words``: every word; ``words2``: words of two characters and more, as scikit-learn and bm25s cut."""

STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Snowball's names of its stemmers by code of the language."""

# Chinese has a list there too: of words, while Chinese texts are cut into pairs of characters here.
STOP_WORDS = {
    "da": "DANISH",
    "de": "GERMAN",
    "en": "EN",
    "en_plus": "EN_PLUS",
    "es": "SPANISH",
    "fr": "FRENCH",
    "it": "ITALIAN",
    "ko": "KOREAN",
    "nl": "DUTCH",
    "no": "NORWEGIAN",
    "pt": "PORTUGUESE",
    "ru": "RUSSIAN",
    "sv": "SWEDISH",
    "tr": "TURKISH",
}
"""bm25s' names of its lists of stop words; ``en`` has Lucene's 33, ``en_plus`` those of NLTK."""

NONE = "none"
MAIN_SHARE = 0.5  # of the known texts: a language with more is the collection's


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters and one Unicode form.

    Of a script that writes no spaces (Chinese, Japanese, Thai and the like) each pair of neighbouring characters is
    a word, and a character that stands alone: as Lucene's CJK analyser has it. A whole sentence as one word would be
    found by that sentence alone.

    Examples
    --------
    >>> words_of("Don't wait, 我们走! 好")
    ['don', 't', 'wait', '我们', '们走', '好']
    """
    pieces = pieces_of(text)
    if text.isascii() or not any(map(is_unspaced, pieces)):
        return [piece for piece in pieces if _is_word(piece)]
    words: list[str] = []
    for part in tidy(text).split():  # a space ends a run of characters, and pieces do not show it
        run: list[str] = []
        for piece in pieces_of(part):
            if is_unspaced(piece) and _is_word(piece):
                run.append(piece)
                continue
            words += _pairs(run)
            run = []
            if _is_word(piece):
                words.append(piece)
        words += _pairs(run)
    return words


def _is_word(piece: str) -> bool:
    return piece[0].isalnum() or piece[0] == "_"


def _pairs(run: list[str]) -> list[str]:
    return ["".join(pair) for pair in pairwise(run)] or run


class WordReader:
    """Reads texts as words.

    Parameters
    ----------
    cut
        Which words there are.
    stopwords
        A key of ``STOP_WORDS``, or ``none``.
    stemmer
        A key of ``STEMMERS``, or ``none``.
    """

    def __init__(self, *, cut: WordCut, stopwords: str, stemmer: str) -> None:
        self._shortest = 2 if cut == "words2" else 1
        self._stopped = _stop_words(stopwords)
        self._stem = _stemmer(stemmer)
        self._known: dict[str, str] = {}

    def read(self, text: str) -> list[str]:
        """The words of one text, each as often as it stands there."""
        return [found for word in words_of(text) if (found := self._kept(word))]

    def _kept(self, word: str) -> str:
        """A word as it is counted; "" when it is not."""
        found = self._known.get(word)
        if found is None:
            short = len(word) < self._shortest and not is_unspaced(word)
            found = "" if short or word in self._stopped else self._stem.stemWord(word)
            self._known[word] = found
        return found


class _NoStemmer:  # as PyStemmer calls it
    def stemWord(self, word: str) -> str:
        return word


def _stemmer(name: str) -> _NoStemmer:
    if name == NONE:
        return _NoStemmer()
    package = require("Stemmer", purpose="bm25 with a stemmer")
    language = STEMMERS[check_stemmer(name)]
    if language not in package.algorithms():
        raise ConfigError(
            f"the stemmer of {name!r} is not in the installed PyStemmer, which has {', '.join(package.algorithms())}; "
            "install a newer one or take stemmer=none"
        )
    found: _NoStemmer = package.Stemmer(language)
    return found


def _stop_words(name: str) -> frozenset[str]:
    if name == NONE:
        return frozenset()
    require("bm25s", purpose="bm25 with stop words")
    from bm25s import stopwords

    listed = getattr(stopwords, f"STOPWORDS_{STOP_WORDS[check_stop_words(name)]}")
    return frozenset(map(tidy, listed))


def check_stemmer(name: str) -> str:
    """The code of a language that has a stemmer, by its code or name; ``none`` for itself."""
    return _check(name, STEMMERS, what="stemmer")


def check_stop_words(name: str) -> str:
    """The key of a list of stop words, by code or name of its language; ``none`` for itself."""
    return _check(name, STOP_WORDS, what="stopwords")


def _check(name: str, known: Iterable[str], *, what: str) -> str:
    for code in (name, language_code(name)):
        if code == NONE or code in known:
            return code
    raise ConfigError(f"{what} is {name!r}; known are auto, none, {', '.join(known)}; choose one of them")


def main_language(
    texts: Sequence[str], *, column: Sequence[str] | None = None, column_name: str = ""
) -> tuple[str, LanguageProfile]:
    """The code of the language that more than half of the known texts are in, and how it was found; "" for none.

    Parameters
    ----------
    texts
        Documents: a collection has one stemmer, and queries are read as its documents are.
    column, column_name
        Their languages, where the file says them; None detects.

    Examples
    --------
    >>> main_language(["La marée monte deux fois par jour dans le port."])[0]
    'fr'
    """
    profile = languages_of(texts, column=column, column_name=column_name)
    largest = next(iter(profile.shares.items()), ("", 0.0))
    return (largest[0] if largest[1] > MAIN_SHARE else ""), profile
