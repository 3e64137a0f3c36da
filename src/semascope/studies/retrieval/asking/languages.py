"""What is said of an encoder: documents in languages that it was not trained for, its name as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from semascope.data.language import LanguageProfile
    from semascope.encoders.protocol import Encoder


def unread_languages(encoder: Encoder, *, documents: LanguageProfile, queries: LanguageProfile) -> str:
    """A sentence without a full stop about what an encoder does not read; "" where it reads all, or does not say what it reads."""
    reads = encoder.languages
    if reads is None:
        return ""
    sides = {"documents": documents, "queries": queries}
    parts = [
        f"{percent(profile.foreign_share(reads))} of the {what} are in others"
        f" ({listing([language for language in profile.shares if language not in reads])}) by {profile.method}"
        for what, profile in sides.items()
        if profile.calls_for_warning(reads)
    ]
    if not parts:
        return ""
    known = f"{listing(sorted(reads))} alone" if len(reads) <= 3 else f"{len(reads)} languages"
    return f"{encoder.name} was trained for {known}, and {' and '.join(parts)}; take a multilingual encoder for these"


def spoken(said: str, name: str) -> str:
    """A clause as a sentence begins; the name of an encoder stays as it is written."""
    return said if said.startswith(name) else capital(said)
