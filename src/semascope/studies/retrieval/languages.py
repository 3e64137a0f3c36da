"""What is said of an encoder: documents in languages that it was not trained for, its name as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from semascope.data.language import LanguageProfile
    from semascope.encoders.protocol import Encoder


def unread_languages(encoder: Encoder, languages: LanguageProfile) -> str:
    """A sentence without a full stop about what an encoder does not read; "" where it reads all, or does not say what it reads."""
    reads = encoder.languages
    if reads is None or not languages.calls_for_warning(reads):
        return ""
    others = [language for language in languages.shares if language not in reads]
    known = f"{listing(sorted(reads))} alone" if len(reads) <= 3 else f"{len(reads)} languages"
    return (
        f"{encoder.name} was trained for {known}, and {percent(languages.foreign_share(reads))} of the documents are in others"
        f" ({listing(others)}) by {languages.method}; take a multilingual encoder for these"
    )


def spoken(said: str, name: str) -> str:
    """A clause as a sentence begins; the name of an encoder stays as it is written."""
    return said if said.startswith(name) else capital(said)
