"""Where the sentences of a text end, by its punctuation."""

from __future__ import annotations

import re

# What closes a sentence, quotation marks and brackets behind it, and the space that follows: after a full stop of
# scripts that write spaces there is one, after those of Chinese, Japanese, Hindi, Urdu and Amharic not always.
# Each alternative begins where a run of its signs begins, so that long runs (dots of a table of contents) take linear time.
_CANDIDATE = re.compile(
    r"""(?P<western>(?<![.!?…؟])[.!?…؟]++["'”’»)\]]*+\s+)|[。！？｡।॥۔።]+["'”’」』）》]*\s*|\n[^\S\n]*\n\s*"""
)
_LAST_WORD = re.compile(r"[\w.]*\Z")
_SHORT = re.compile(
    r"al|approx|bzw|ca|cf|chap|dr|eds?|e\.?g|eqs?|etc|figs?|i\.?e|jr|mrs?|nr|p\.ex|pp|prof|refs?|resp|sect?|sr|usw|vgl|viz|vol|"
    r"vs|z\.b|d\.h|u\.a",
    re.IGNORECASE,
)
_LOOKED_AT = 24  # characters before a full stop


def sentence_ends(text: str) -> list[int]:
    """Offsets behind each sentence and the space after it, ascending; the last is the end of the text.

    No full stop ends a sentence where a small letter follows, or after an initial or a usual abbreviation. A sentence
    may so be taken for a part of the next one; rarely is one cut in two. An empty line ends a sentence always.

    Examples
    --------
    >>> text = "Tides of 3.5 m (cf. Fig. 2). J. Cook saw them! 潮来了。它走了。"
    >>> starts = [0, *sentence_ends(text)]
    >>> [text[start:end].strip() for start, end in zip(starts, starts[1:])]
    ['Tides of 3.5 m (cf. Fig. 2).', 'J. Cook saw them!', '潮来了。', '它走了。']
    """
    found = [
        match.end()
        for match in _CANDIDATE.finditer(text)
        if match.end() < len(text) and (match["western"] is None or _ends(text, match))
    ]
    return [*found, len(text)] if text else []


def _ends(text: str, match: re.Match[str]) -> bool:
    if match[0].count("\n") > 1:
        return True
    if text[match.end()].islower():
        return False
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    before = _LAST_WORD.search(text, max(match.start() - _LOOKED_AT, 0), match.start())
    word = before[0] if before else ""
    is_initial = len(word) == 1 and word.isupper()
    return not (is_initial or _SHORT.fullmatch(word))
