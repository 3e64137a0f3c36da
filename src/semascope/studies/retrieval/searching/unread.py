"""Which characters of a document an encoder did not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.prompts import write_prompts
from semascope.encoders.long import ends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.studies.retrieval.asking.asked import Asked
    from semascope.types import Ints

CLOSE = 16  # characters that a border may be off: less than a sentence


def unread_of_relevant(asked: Asked, encoder: Encoder) -> dict[str, list[int]]:
    """Of the documents that are relevant for a query that is asked, by id, the characters from and to that were not read."""
    judged, documents = asked.sides.judgements, asked.collection.documents
    wanted = {name for name, grade in zip(judged.documents, judged.grades.tolist(), strict=True) if grade > 0}
    places = [place for place, name in enumerate(documents.ids) if name in wanted]
    found = unread_characters([documents.texts[place] for place in places], encoder=encoder)
    return {documents.ids[places[at]]: [start, end] for at, (start, end) in found.items()}


def unread_characters(texts: Sequence[str], *, encoder: Encoder) -> dict[int, tuple[int, int]]:
    """The first character that was not read, and the one behind the last, by place; none for documents that were read whole.

    Parameters
    ----------
    texts
        Documents.
    encoder
        Its tokens are counted on beginnings (and, where it reads the end too, ends) of a text: a border is where as many are
        reached as it reads, to within ``CLOSE`` characters.
    """
    if not len(texts):
        return {}
    prompts, _ = write_prompts(texts, encoder=encoder, role="document")
    lengths = encoder.lengths(prompts)
    cut = np.flatnonzero(lengths.lost > 0)
    if not len(cut):
        return {}
    shortened = [texts[place] for place in cut.tolist()]
    room = (lengths.tokens - lengths.lost)[cut]
    sizes = np.array([len(text) for text in shortened], dtype=np.int64)
    if encoder.space.long == "truncate":
        heads, tails = _fitting(shortened, room, encoder, _beginning), np.zeros_like(sizes)
    else:
        parts = np.array([ends(int(tokens)) for tokens in room], dtype=np.int64)
        heads = _fitting(shortened, parts[:, 0], encoder, _beginning)
        tails = _fitting(shortened, parts[:, 1], encoder, _end)
    spans = zip(cut.tolist(), heads.tolist(), (sizes - tails).tolist(), strict=True)
    return {place: (start, end) for place, start, end in spans if start < end}


def _beginning(text: str, characters: int) -> str:
    return text[:characters]


def _end(text: str, characters: int) -> str:
    return text[len(text) - characters :]


def _fitting(texts: Sequence[str], room: Ints, encoder: Encoder, part: Callable[[str, int], str]) -> Ints:
    """Characters of each text that have as many tokens as there is room for, by halving."""
    low = np.zeros(len(texts), dtype=np.int64)
    high = np.array([len(text) for text in texts], dtype=np.int64)
    while (high - low).max() > CLOSE:
        middle = (low + high + 1) // 2
        parts = [part(text, characters) for text, characters in zip(texts, middle.tolist(), strict=True)]
        prompts, _ = write_prompts(parts, encoder=encoder, role="document")
        fits = np.array(encoder.count_tokens(prompts)) <= room
        low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
    return low
