"""What to do about rows in languages that an encoder was not trained for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.catalogue import find_entry, packaged_encoders
from semascope.encoders.packaged.e5_small import E5_SMALL, EXTRA
from semascope.extras import has_wheels

if TYPE_CHECKING:
    from semascope.data.language import LanguageProfile


def multilingual_way(languages: LanguageProfile) -> str:
    """The end of a sentence that begins with "read the results by language": an encoder that was trained for the rows.

    For a study that compares none; where one of its encoders was, ``foreign.py`` says what the table says.
    """
    entry = find_entry(E5_SMALL)
    if entry is None or languages.calls_for_warning(frozenset(entry.languages)):
        return ", or take a multilingual encoder"
    if E5_SMALL in packaged_encoders():
        return f", or take --encoder {E5_SMALL}, which is packaged here and was trained for them"
    if has_wheels(EXTRA):
        return (
            f", or take a multilingual encoder: pip install 'semascope[{EXTRA}]' brings {E5_SMALL}, which was trained"
            " for them"
        )
    return ", or take a multilingual encoder"
