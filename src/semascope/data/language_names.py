"""One code a language, whatever a file calls it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable

# code: its name in English, its own name, and its three-letter and older codes
NAMES: dict[str, str] = {
    "ar": "arabic العربية ara arb ary arz",
    "bg": "bulgarian български bul",
    "bn": "bengali bangla ben",
    "ca": "catalan català cat",
    "cs": "czech čeština ces cze",
    "cy": "welsh cymraeg cym wel",
    "da": "danish dansk dan",
    "de": "german deutsch deu ger",
    "el": "greek ελληνικά ell gre",
    "en": "english eng",
    "es": "spanish español castellano castilian spa",
    "et": "estonian eesti est",
    "eu": "basque euskara eus baq",
    "fa": "persian farsi فارسی fas per pes",
    "fi": "finnish suomi fin",
    "fr": "french français fra fre",
    "ga": "irish gaeilge gle",
    "gl": "galician galego glg",
    "he": "hebrew עברית heb iw",
    "hi": "hindi हिन्दी hin",
    "hr": "croatian hrvatski hrv",
    "hu": "hungarian magyar hun",
    "id": "indonesian ind in",
    "is": "icelandic íslenska isl ice",
    "it": "italian italiano ita",
    "ja": "japanese 日本語 jpn",
    "ko": "korean 한국어 kor",
    "lt": "lithuanian lietuvių lit",
    "lv": "latvian latviešu lav lvs",
    "ms": "malay melayu msa may zsm",
    "nl": "dutch nederlands flemish nld dut",
    "no": "norwegian norsk bokmål nynorsk nor nob nno nb nn",
    "pl": "polish polski pol",
    "pt": "portuguese português por",
    "ro": "romanian română ron rum",
    "ru": "russian русский rus",
    "sk": "slovak slovenčina slk slo",
    "sl": "slovenian slovene slovenščina slv",
    "sq": "albanian shqip sqi alb",
    "sr": "serbian српски srpski srp",
    "sv": "swedish svenska swe",
    "sw": "swahili kiswahili swa swh",
    "ta": "tamil தமிழ் tam",
    "th": "thai ไทย tha",
    "tl": "tagalog filipino tgl fil",
    "tr": "turkish türkçe tur",
    "uk": "ukrainian українська ukr",
    "ur": "urdu اردو urd",
    "vi": "vietnamese tiếng_việt vie",
    "zh": "chinese mandarin 中文 汉语 漢語 zho chi cmn yue wuu",
}
UNKNOWN = frozenset(
    {"", "unknown", "und", "mul", "mis", "zxx", "none", "null", "nan", "n/a", "-", "?", "other"}
)
LANGUAGE_COLUMNS = ("lang", "language")
"""What a column of languages is usually called."""
CODES = {name: code for code, names in NAMES.items() for name in (code, *names.split())}


def language_code(value: str) -> str:
    """The code of a language that a file names in its own way.

    Parameters
    ----------
    value
        A code with or without a region or script, or a name, in any case.

    Returns
    -------
    str
        Two letters where they are known; a code or name that is not known comes back in lower case; "" for none.

    Examples
    --------
    >>> [language_code(value) for value in ("EN", "en-US", "English", "pt_BR", "zh-Hans", "fra", "und", "Klingon")]
    ['en', 'en', 'en', 'pt', 'zh', 'fr', '', 'klingon']
    """
    word = value.strip().casefold()
    if word in UNKNOWN:
        return ""
    if word in CODES:
        return CODES[word]
    first = re.split(r"[-_ (]", word, maxsplit=1)[0]
    if first in UNKNOWN:
        return ""
    return CODES.get(first, first if len(first) in (2, 3) else word)


def spoken_names(codes: Iterable[str]) -> str:
    """Languages by their English names where they are known.

    Examples
    --------
    >>> spoken_names({"en", "es", "xx"})
    'English, Spanish and xx'
    """
    return listing(
        [NAMES[code].partition(" ")[0].title() if code in NAMES else code for code in sorted(codes)]
    )
